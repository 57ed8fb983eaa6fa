"""Works out the mass balance of a lot from its folded history: what each event booked, and what became of the stock."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from app.domain.balance import IN, KIND_OF_STEP, OUT, Difference, MassBalance, Movement, Run, Stock
from app.domain.epcis import Event, Mention, mentions
from app.domain.places import NOTHING, Balance, State, total


def balance_of(
    epc: str,
    history: Iterable[tuple[Event, State]],
    *,
    organisation: str,
    unit: str = "",
    on_hand: Decimal | None = None,
    runs: Iterable[Run] = (),
) -> MassBalance:
    """`history` holds the standing events that name or changed the lot with its state after each, in the order they
    happened and with canonical names, as `custody.played` yields them. `on_hand` is the stock on file, where that is
    to be compared; `runs` those that had to conserve."""
    ledger = _Ledger(epc, organisation, unit)
    for event, state in history:
        ledger.book(event, state)
    told_runs = tuple(runs)
    stock = ledger.held if on_hand is None else on_hand
    found = [*ledger.differences, *(_of_run(run) for run in told_runs if run.missing)]
    if stock != ledger.held:
        values = {"quantity": abs(ledger.held - stock), "unit": unit}
        found.append(Difference("index-differs", ledger.held - stock, values))
    balances = ledger.state.balances if ledger.state else ()
    found += on_their_way(balances, organisation, unit)
    return MassBalance(
        epc=epc,
        organisation=organisation,
        unit=unit,
        totals=ledger.totals(),
        on_hand=stock,
        in_transit=total(b for b in balances if b.holder == organisation and b.to),
        coming=_coming(balances, organisation),
        stock=tuple(Stock(b.site, b.container, b.quantity) for b in balances if _is_held(b, organisation)),
        movements=tuple(ledger.movements),
        differences=tuple(found),
        runs=told_runs,
    )


def on_their_way(balances: Iterable[Balance], organisation: str, unit: str) -> Iterator[Difference]:
    """What was shipped and nobody has received yet, by addressee."""
    away = [b for b in balances if b.holder == organisation and b.to]
    for to in sorted({b.to for b in away}):
        rest = total(b for b in away if b.to == to)
        values = {"quantity": rest, "unit": unit, "party": to}
        yield Difference("not-received", rest, values, waiting=True, outside=True)


class _Ledger:
    """The movements of one lot at one company, in the order they happened."""

    def __init__(self, epc: str, organisation: str, unit: str) -> None:
        self.epc, self.organisation, self.unit = epc, organisation, unit
        self.state: State | None = None
        self.held = NOTHING
        self.movements: list[Movement] = []
        self.differences: list[Difference] = []

    def totals(self) -> dict[str, Decimal]:
        kinds = (*IN, *OUT)
        return {kind: sum((m.quantity for m in self.movements if m.kind == kind), NOTHING) for kind in kinds}

    def book(self, event: Event, state: State) -> None:
        before, held = self.state, total(b for b in state.balances if _is_held(b, self.organisation))
        moved, self.held, self.state = held - self.held, held, state
        own = event.extension("organisation") == self.organisation
        named = self._named(event) if own else []
        booked = self._recorded(event, named) if named else self._carried(event, moved)
        if moved != booked:
            self._note(event, moved, booked)
        if own and named and event.extension("step") == "receive" and before is not None:
            self._check_received(event, named, before, state)

    def _named(self, event: Event) -> list[Mention]:
        """What the event counts of the lot, in the lot's unit; another unit, which nothing converts, is told apart."""
        if self.epc in (event.extension("apart") or ()):
            return []
        counted = [m for m in mentions(event) if m.epc == self.epc and m.quantity is not None]
        for mention in counted:
            if self._is_foreign(mention):
                values = self._values(event, mention.quantity or NOTHING) | {"unit": mention.uom}
                found = Difference("other-unit", NOTHING, values, event.event_id, outside=True)
                self.differences.append(found)
        return [m for m in counted if not self._is_foreign(m)]

    def _is_foreign(self, mention: Mention) -> bool:
        return bool(mention.uom and self.unit and mention.uom != self.unit)

    def _recorded(self, event: Event, named: Iterable[Mention]) -> Decimal:
        """Books what the event says of the lot itself; the change of stock that this asks for."""
        change = NOTHING
        for mention in named:
            kind, quantity = kind_of(event.extension("step"), mention.role), mention.quantity or NOTHING
            if kind:
                self._add(event, kind, quantity)
                change += quantity if kind in IN else -quantity
        return change

    def _carried(self, event: Event, moved: Decimal) -> Decimal:
        """What came and went inside of something else, which is all the event names."""
        step = event.extension("step")
        if moved > 0 and step == "receive":
            self._add(event, "received", moved)
        elif moved < 0 and step in {"ship", "return"}:
            self._add(event, "shipped", -moved)
        else:
            return NOTHING
        return moved

    def _add(self, event: Event, kind: str, quantity: Decimal) -> None:
        named = {m.epc: None for m in mentions(event) if m.epc != self.epc and m.role in {"input", "output"}}
        self.movements.append(
            Movement(
                kind,
                event.extension("step"),
                quantity,
                event.event_id,
                event.event_time,
                event.biz_location or event.read_point,
                _other_side(event, self.organisation, self.state),
                event.biz_transaction_list,
                str(event.extension("reason")),
                tuple(named),
            )
        )

    def _note(self, event: Event, moved: Decimal, booked: Decimal) -> None:
        """`moved` is what became of the stock, `booked` what the record asks for."""
        gap = booked - moved
        if booked:
            code = "more-than-there-was" if booked < 0 else "less-than-booked"
        else:
            code = "found" if moved > 0 else "gone"
        self.differences.append(Difference(code, gap, self._values(event, gap), event.event_id))

    def _check_received(self, event: Event, named: Iterable[Mention], before: State, after: State) -> None:
        """Where nothing was on its way at all, the shipment is on record elsewhere or nowhere: a gap, not a surplus."""
        there, left = (_coming(state.balances, self.organisation) for state in (before, after))
        more = sum((m.quantity or NOTHING for m in named), NOTHING) - (there - left)
        if there and more > 0:
            values = self._values(event, more)
            self.differences.append(Difference("received-more", -more, values, event.event_id, outside=True))

    def _values(self, event: Event, quantity: Decimal) -> dict[str, Any]:
        step = event.extension("step")
        return {"quantity": abs(quantity), "unit": self.unit, "step": step, "time": event.event_time}


def kind_of(step: str, role: str) -> str:
    """Which side of the balance an event books a thing on; '' for steps that change nothing of the amount."""
    if role == "input":
        return "rework" if step == "rework" else "consumed"
    return "produced" if role == "output" else KIND_OF_STEP.get(step, "")


def _is_held(balance: Balance, organisation: str) -> bool:
    return bool(balance.holder == organisation and not balance.to)


def _coming(balances: Iterable[Balance], organisation: str) -> Decimal:
    return total(b for b in balances if b.to == organisation)


def _other_side(event: Event, organisation: str, state: State | None) -> str:
    pairs = (*event.destination_list, *event.source_list)
    named = [value.removeprefix("hdl:").partition("/")[0] for kind, value in pairs if kind != "location"]
    if other := [prefix for prefix in named if prefix != organisation]:
        return other[0]
    if event.extension("step") != "receive" or state is None:
        return ""
    here = event.biz_location or event.read_point
    return next((b.origin for b in state.balances if b.site == here and b.origin), "")


def _of_run(run: Run) -> Difference:
    code = "run-short" if run.missing > 0 else "run-over"
    values = {"quantity": abs(run.missing), "unit": run.unit, "run": run.run, "step": run.step}
    return Difference(code, run.missing, values, run.run, outside=True)
