"""Mass balances of lots for the company that asks: one with every movement, or many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session

from app.domain import conversions, custody, identifiers, ledger
from app.domain.balance import IN, OUT, MassBalance, Run, Stock
from app.domain.epcis import Event, mentions
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.places import NOTHING, State, total
from app.domain.steps import LOT_TO_LOT
from app.errors import N_, Malformed, Refused
from app.services import converting, replaying
from app.services.replaying import unknown_identifier
from app.services.tracing.naming import Names
from app.store import items, ledgers, lineage
from app.store.ledgers import LotRow
from app.store.tables import Thing

FOLDED_AT_ONCE = 200  # lots whose histories are in memory together
History = Mapping[str, Sequence[tuple[Event, State]]]


@dataclass(frozen=True, slots=True)
class Page:
    """Lots with their balances, newest first; `after` is the next page's key, None at the end."""

    rows: Sequence[tuple[LotRow, MassBalance]]
    after: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """A balance with what its page names things by: `units` it can be told in, `numbers` of the lots of its runs."""

    lot: Thing
    balance: MassBalance
    names: Names
    units: Sequence[str]
    numbers: Mapping[str, str]


def named_balance_of(session: Session, actor: Actor, name: str | Identifier | Key, unit: str = "") -> Named:
    """As `balance_of`, for people."""
    found = balance_of(session, actor, name, unit)
    lot = items.of_epcs(session, [found.epc])[found.epc]
    names = Names(lineage.organisations(session))
    names.load_sites(session, {m.site for m in found.movements} | {each.site for each in found.stock})
    others = items.of_epcs(session, {epc for run in found.runs for epc, _ in run.things})
    units = dict.fromkeys([lot.unit, *converting.units_of(session, lot)[1]])
    return Named(lot, found, names, list(units), {epc: row.lot for epc, row in others.items()})


def balance_of(session: Session, actor: Actor, name: str | Identifier | Key, unit: str = "") -> MassBalance:
    """The balance of one lot with all movements, in `unit` (left out: the lot's own).

    Raises Malformed, Unknown whether it is missing or not the company's to know, Refused for what is no lot."""
    actor.require("trace")
    wanted = identifiers.parse(name) if isinstance(name, str) else name
    thing = items.find(session, wanted)
    if (
        thing is None
        or not lineage.things_of(session, [thing.id or 0], actor.organisation_id, actor.prefix)[
            thing.id or 0
        ].took_part
    ):
        raise unknown_identifier(str(wanted))
    if thing.level != "lot":
        raise Refused(
            "not-a-lot",
            N_("{identifier} is no lot."),
            N_("Balances are of lots; what became of a single piece stands on its trace."),
            identifier=str(wanted),
        )
    (found,) = _folded(session, actor, [thing])
    return _in_unit(session, thing, found, unit)


def balances_of(
    session: Session, actor: Actor, thing_ids: Collection[int], unit: str = ""
) -> dict[int, MassBalance]:
    """The balances of those among these things that are lots the company made, has or had; without the movements where
    sums tell the whole story. Ten thousand lots take seconds.

    With `unit`, raises Malformed for a lot that cannot be counted in it."""
    actor.require("trace")
    ids = ledgers.visible(session, thing_ids, actor.organisation_id, actor.prefix)
    lots = items.of_ids(session, ids)
    found = _summed(session, actor, lots)
    doubtful = ledgers.tangled(session, ids) | {key for key, row in found.items() if row.difference}
    for chunk in _chunks([lots[key] for key in ids if key in doubtful and key in lots]):
        rows = _folded(session, actor, chunk)
        found |= {lot.id or 0: row for lot, row in zip(chunk, rows, strict=True)}
    return {key: _in_unit(session, lots[key], found[key], unit) for key in ids if key in found}


def page_of(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    after: int | None = None,
    limit: int = 50,
    unit: str = "",
) -> Page:
    """The company's lots, newest first; with `text`, the beginning of a lot's number or a part number, also those it
    once had."""
    actor.require("trace")
    rows = ledgers.lots(
        session,
        actor.organisation_id,
        actor.prefix,
        text=text.replace("\0", "").strip(),
        after=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    balances = balances_of(session, actor, [row.id for row in shown], unit)
    told = [(row, balances[row.id]) for row in shown if row.id in balances]
    return Page(told, shown[-1].id if len(rows) > limit else None)


def _summed(session: Session, actor: Actor, lots: Mapping[int, Thing]) -> dict[int, MassBalance]:
    booked = ledgers.booked(session, lots, actor.organisation_id)
    states = items.states_of(session, lots.values())
    return {
        key: _of_sums(lot, states[lot.epc], booked.get(key, ()), actor.prefix) for key, lot in lots.items()
    }


def _of_sums(lot: Thing, state: State, booked: Iterable[ledgers.Booked], mine: str) -> MassBalance:
    totals: dict[str, Decimal] = dict.fromkeys((*IN, *OUT), NOTHING)
    for row in booked:
        if kind := ledger.kind_of(row.step, row.role):
            totals[kind] += row.quantity
    here = [b for b in state.balances if b.holder == mine and not b.to]
    return MassBalance(
        epc=lot.epc,
        organisation=mine,
        unit=lot.unit,
        totals=totals,
        on_hand=total(here),
        in_transit=total(b for b in state.balances if b.holder == mine and b.to),
        coming=total(b for b in state.balances if b.to == mine),
        stock=tuple(Stock(b.site, b.container, b.quantity) for b in here),
        differences=tuple(ledger.on_their_way(state.balances, mine, lot.unit)),
    )


def _folded(session: Session, actor: Actor, lots: Sequence[Thing]) -> list[MassBalance]:
    """From the events themselves, in the order they happened."""
    past, fresh = replaying.past_of(session, lots)
    history: dict[str, list[tuple[Event, State]]] = defaultdict(list)
    for epc, event, state in custody.played(past, fresh, {lot.epc for lot in lots}):
        history[epc].append((event, state))
    states = items.states_of(session, lots)
    runs = _runs(session, actor, history)
    return [
        ledger.balance_of(
            lot.epc,
            history[lot.epc],
            organisation=actor.prefix,
            unit=lot.unit,
            on_hand=total(b for b in states[lot.epc].balances if b.holder == actor.prefix and not b.to),
            runs=runs.get(lot.epc, ()),
        )
        for lot in lots
    ]


def _runs(session: Session, actor: Actor, history: History) -> dict[str, list[Run]]:
    """The company's own splits, merges, repackings and reworks of each lot, as far as both sides can be compared."""
    events = {
        event.event_id: event
        for rows in history.values()
        for event, _ in rows
        if event.extension("step") in LOT_TO_LOT and event.extension("organisation") == actor.prefix
    }
    things = items.of_epcs(session, {m.epc for event in events.values() for m in mentions(event)})
    found: dict[str, list[Run]] = defaultdict(list)
    for event in events.values():
        if run := _run_of(session, event, things):
            for epc, _ in run.things:
                if epc in history:
                    found[epc].append(run)
    return found


def _run_of(session: Session, event: Event, things: Mapping[str, Thing]) -> Run | None:
    named = [m for m in mentions(event) if m.quantity is not None and m.epc in things]
    units = dict.fromkeys(things[m.epc].unit for m in named)
    for unit in units:
        rates = {m.epc: converting.rate_of(session, things[m.epc], things[m.epc].unit, unit) for m in named}
        if all(rates.values()):
            return _weighed(
                event, unit, [(m.epc, m.role, m.quantity or NOTHING, rates[m.epc]) for m in named]
            )
    return None


def _weighed(event: Event, unit: str, rows: Iterable[tuple[str, str, Decimal, Fraction | None]]) -> Run:
    sums = {"input": NOTHING, "output": NOTHING}
    things: dict[str, Decimal] = {}
    for epc, role, quantity, rate in rows:
        amount = conversions.converted(quantity, rate or Fraction(1))
        sums[role] += amount
        things[epc] = things.get(epc, NOTHING) + (amount if role == "output" else -amount)
    step = event.extension("step")
    return Run(event.event_id, step, unit, sums["input"], sums["output"], tuple(things.items()))


def _in_unit(session: Session, lot: Thing, found: MassBalance, unit: str) -> MassBalance:
    if unit in ("", found.unit):
        return found
    rate = converting.rate_of(session, lot, found.unit, unit)
    if rate is None:
        raise Malformed(
            "no-conversion",
            N_("{given} cannot be turned into {unit} here."),
            N_("Write on the product how much one is of the other."),
            given=found.unit,
            unit=unit,
            field="unit",
        )
    return found.in_unit(unit, Decimal(conversions.text_of(rate)))


def _chunks(lots: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    return (lots[start : start + FOLDED_AT_ONCE] for start in range(0, len(lots), FOLDED_AT_ONCE))
