"""What a reader would expect in a report and does not find. A long silence is not a gap: stock may lie for years."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.genealogy import Tie
from app.domain.people import Actor
from app.domain.provenance import Gap, Link, Node, Record
from app.errors import N_
from app.services.tracing.naming import Names, both, title_of
from app.store.lineage import MentionRow, ThingRow
from app.store.tables import Balance

BEGINNINGS = frozenset({"commission", "produce"})
ENDS = frozenset({"scrap", "sample", "loss"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What gaps are looked for in. `mentions` is unfiltered: only of everything can be said that it lacks something."""

    subject: int
    things: Mapping[int, ThingRow]  # those the reader may see
    nodes: Sequence[Node]
    links: Sequence[Link]
    ties: Collection[Tie]
    mentions: Mapping[int, Sequence[MentionRow]]  # by thing, in the order they happened
    records: Sequence[Record]
    wrong: Collection[int]  # entries withdrawn or withdrawing, the reader's or not
    balances: Sequence[Balance]
    actor: Actor
    names: Names


def evidence_by_thing(mentions: Iterable[MentionRow]) -> dict[int, list[MentionRow]]:
    found: dict[int, list[MentionRow]] = defaultdict(list)
    for row in mentions:
        found[row.thing_id].append(row)
    return found


def gaps_of(evidence: Evidence) -> tuple[Gap, ...]:
    named = {node.id: node for node in evidence.nodes}
    looks = (
        _hidden(evidence, named),
        _no_origin(evidence, named),
        _never_sent(evidence, named),
        _under_way(evidence, named),
    )
    return tuple(gap for look in looks for gap in look) + tuple(_unaccounted(evidence, named))


def _hidden(evidence: Evidence, named: Mapping[int, Node]) -> Iterable[Gap]:
    message = N_("{item} was partly made from something of a company that does not share this.")
    for link in evidence.links:
        if named[link.source].hidden and link.target in evidence.things:
            yield Gap("hidden-origin", message, {"item": _title(evidence, named, link.target)}, link.source)


def _title(evidence: Evidence, named: Mapping[int, Node], key: int) -> dict[str, str]:
    """A process has no name of its own: it is called after what came out of it."""
    if named[key].level == "process":
        made = [
            link.target for link in evidence.links if link.source == key and not named[link.target].hidden
        ]
        return title_of(named[made[0]]) if made else both(named[key].owner)
    return title_of(named[key])


def _no_origin(evidence: Evidence, named: Mapping[int, Node]) -> Iterable[Gap]:
    made = {tie.target for tie in evidence.ties if not tie.mistaken}
    message = N_("Nothing is recorded about how {item} came into being.")
    for key, row in evidence.things.items():
        begun = any(
            m.step in BEGINNINGS or m.role in {"parent", "output"} for m in evidence.mentions.get(key, ())
        )
        if row.level in {"lot", "serial"} and row.lifecycle != "reserved" and key not in made and not begun:
            yield Gap("no-origin", message, {"item": title_of(named[key])}, key)


def _never_sent(evidence: Evidence, named: Mapping[int, Node]) -> Iterable[Gap]:
    message = N_("{company} received {item} on {date}, but no shipment of it is recorded.")
    for record in evidence.records:
        if record.step != "receive" or record.seq in evidence.wrong:
            continue
        for key in record.node_ids:
            earlier = [
                m
                for m in evidence.mentions.get(key, ())
                if (m.event_time, m.seq) < (record.event_time, record.seq)
            ]
            if key in named and not any(m.step in {"ship", "return", "pack", "adopt"} for m in earlier):
                values = {
                    "company": both(record.party),
                    "item": title_of(named[key]),
                    "date": record.event_time,
                }
                yield Gap("received-without-shipment", message, values, key)


def _under_way(evidence: Evidence, named: Mapping[int, Node]) -> Iterable[Gap]:
    """Only what the reader sent or awaits. What is inside a container travels with it and is told once."""
    message = N_("{item} was shipped to {company} on {date}; its receipt is not recorded.")
    mine, ids = evidence.actor.prefix, evidence.things
    away = {
        key: row.to
        for key, row in ids.items()
        if row.to and mine in (row.holder, row.to) and not row.container
    }
    away |= {
        row.thing_id: row.to
        for row in evidence.balances
        if row.to and mine in (row.holder, row.to) and not row.container and row.thing_id in ids
    }
    sent = {
        (key, record.to.prefix): record.event_time
        for record in evidence.records
        if record.to and record.seq not in evidence.wrong
        for key in record.node_ids
    }
    for key, to in away.items():
        if (key, to) in sent:
            values = {
                "item": title_of(named[key]),
                "company": both(evidence.names.party(to)),
                "date": sent[key, to],
            }
            yield Gap("shipped-not-received", message, values, key)


def _unaccounted(evidence: Evidence, named: Mapping[int, Node]) -> Iterable[Gap]:
    """Of a lot's own company alone: to anybody else the sum would tell what others bought."""
    row = evidence.things[evidence.subject]
    if row.level != "lot" or row.organisation_id != evidence.actor.organisation_id:
        return
    lines = [m for m in evidence.mentions.get(row.id, ()) if m.seq not in evidence.wrong]
    made = _sum(m.quantity for m in lines if m.role == "output" or m.step == "commission")
    used = _sum(
        tie.quantity
        for tie in evidence.ties
        if tie.source == row.id and tie.kind != "packed" and not tie.mistaken
    )
    scrapped = _sum(m.quantity for m in lines if m.step in ENDS)
    left = _sum(balance.quantity for balance in evidence.balances if balance.thing_id == row.id)
    if missing := made - used - scrapped - left:
        message = N_("{quantity} {unit} of {item} are not accounted for.")
        values = {"quantity": missing, "unit": row.unit, "item": title_of(named[row.id])}
        yield Gap("quantity-unaccounted", message, values, row.id)


def _sum(quantities: Iterable[Decimal | None]) -> Decimal:
    return sum((quantity for quantity in quantities if quantity is not None), Decimal(0))
