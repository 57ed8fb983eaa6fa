"""Who had the subject, when and where, as far as the lines a reader may see tell it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.domain.genealogy import Moment, Window
from app.domain.people import Actor
from app.domain.provenance import Custody, Holding, Party, Place, Record
from app.services.tracing.naming import Names
from app.store.lineage import MentionRow
from app.store.tables import Balance

TRAVELS = frozenset({"ship", "return"})
WITH_CONTAINER = TRAVELS | {
    "receive",
    "move",
    "scrap",
    "loss",
}  # what happens to a container and so to what is in it
ENDS = frozenset({"scrap", "sample", "loss", "void", "retire"})
NOWHERE = frozenset(
    {"mint", "hold", "release"}
)  # decisions on paper: they tell nothing of where the piece is


def concerning(
    records: Iterable[Record],
    mentions: Iterable[MentionRow],
    subject: int,
    carriers: Mapping[int, Sequence[Window]],
) -> list[tuple[Record, str]]:
    """The standing records that moved the subject, each with its role there ('carried' inside something)."""
    roles = {row.seq: row.role for row in mentions if row.thing_id == subject}
    found: list[tuple[Record, str]] = []
    for record in records:
        if record.corrected or record.corrects or record.step in NOWHERE:
            continue
        if record.seq in roles:
            found.append((record, roles[record.seq]))
        elif record.step in WITH_CONTAINER and _inside(record, carriers):
            found.append((record, "carried"))
    return found


def _inside(record: Record, carriers: Mapping[int, Sequence[Window]]) -> bool:
    moment: Moment = (record.event_time, record.seq)
    return any(low <= moment < high for key in record.node_ids for low, high in carriers.get(key, ()))


def custody_of_item(history: Iterable[tuple[Record, str]]) -> tuple[Custody, ...]:
    """Intervals without overlap, oldest first; the last is open unless the piece was used up or scrapped."""
    spans: list[Custody] = []
    for record, role in history:
        if record.step in ENDS or role == "input":
            _close(spans, record.event_time)
            return tuple(spans)
        travels = record.step in TRAVELS
        place = None if travels else record.place
        last = spans[-1] if spans else None
        if (
            last
            and last.until is None
            and (last.party, last.place, last.in_transit) == (record.party, place, travels)
        ):
            continue
        _close(spans, record.event_time)
        if last and last.since == record.event_time and last.party == record.party:
            spans.pop()  # put away the moment it arrived
        spans.append(Custody(record.party, place, record.event_time, None, in_transit=travels))
    return tuple(spans)


def _close(spans: list[Custody], moment: datetime) -> None:
    if spans and spans[-1].until is None:
        last = spans[-1]
        spans[-1] = Custody(last.party, last.place, last.since, moment, in_transit=last.in_transit)


def custody_of_lot(history: Iterable[tuple[Record, str]], holdings: Iterable[Holding]) -> tuple[Custody, ...]:
    """A lot is in several places at once: from the first to the last record of each place, open while some is there."""
    stocked = {(holding.party, holding.place) for holding in holdings if holding.in_transit_to is None}
    spans: dict[tuple[Party, Place | None], tuple[datetime, datetime]] = {}
    for record, _ in history:
        place = (record.party, record.place)
        first = spans[place][0] if place in spans else record.event_time
        spans[place] = (first, record.event_time)
    return tuple(
        Custody(party, place, first, None if (party, place) in stocked else last)
        for (party, place), (first, last) in spans.items()
    )


def holdings_of(balances: Iterable[Balance], actor: Actor, names: Names) -> tuple[Holding, ...]:
    """The parts of the lot that the reader has, sent or is to get; how the rest is spread is for others to say."""
    return tuple(
        Holding(
            names.party(row.holder), names.place(row.site), row.quantity,
            names.party(row.to) if row.to else None, row.container,
        )
        for row in balances
        if actor.prefix in (row.holder, row.to, row.origin)
    )  # fmt: skip
