"""Lines of the timeline: entries of the log, parsed and reduced to what the reader may know of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain import epcis
from app.domain.epcis import Event
from app.domain.genealogy import Tie
from app.domain.people import Actor
from app.domain.provenance import Record
from app.domain.steps import LOT_TO_LOT
from app.services.tracing.naming import Names
from app.store.lineage import EntryRow, MentionRow, ThingRow

MOST = 2_000  # lines of a timeline; nobody reads more, and each costs a parse
JOINING = frozenset({"consume", "produce", "assemble", "pack", "unpack"}) | LOT_TO_LOT
KEY_STEPS = frozenset(
    {"commission", "produce", "consume", "assemble", "ship", "receive", "return", "scrap", "hold", "release"}
    | {"sample", "loss", "repair", *LOT_TO_LOT}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One parsed entry."""

    entry: EntryRow
    event: Event


def choose(
    mentions: Iterable[MentionRow],
    subject: int,
    carriers: Collection[int],
    astray: Collection[int],
    ties: Iterable[Tie],
    depth: Mapping[int, int],
) -> tuple[list[int], bool]:
    """Which entries to read; the second value says that some were left out.

    All about the subject, and what was done to the things it was in. Of the rest only what belongs to this chain: not
    what else was made of the same lot or packed on the same pallet. Too many: the key ones first, then the nearest.
    """
    joins = {moment[1] for tie in ties for moment in (tie.since, tie.until) if moment}
    kept: set[int] = set()
    others: dict[int, tuple[bool, int]] = {}
    for row in mentions:
        if row.thing_id == subject:
            kept.add(row.seq)
        elif row.seq not in joins and (row.step in JOINING or row.thing_id in astray):
            continue
        elif row.thing_id in carriers:
            kept.add(row.seq)
        else:
            rank = (row.step not in KEY_STEPS, abs(depth.get(row.thing_id, 0)))
            others[row.seq] = min(rank, others.get(row.seq, rank))
    rest = sorted(others.keys() - kept, key=lambda seq: (others[seq], seq))
    room = max(0, MOST - len(kept))
    return [*kept, *rest[:room]], len(rest) > room


def read(entries: Iterable[EntryRow]) -> list[Line]:
    return [Line(entry, epcis.parse(entry.body)) for entry in entries]


def withdrawn(lines: Iterable[Line]) -> frozenset[str]:
    """Ids of the events that a later error declaration takes back."""
    return frozenset(line.event.error_declaration.of for line in lines if line.event.error_declaration)


def places_in(lines: Iterable[Line]) -> set[str]:
    return {place for line in lines for place in (line.event.read_point, _place_of(line.event)) if place}


@dataclass(frozen=True, slots=True)
class Telling:
    """How lines are told to `actor`. `things` holds what they may see; `sharing` the companies that share the chain."""

    subject: int
    things: Mapping[int, ThingRow]
    names: Names
    actor: Actor
    sharing: Collection[int]

    def records(self, lines: Sequence[Line], mentions: Iterable[MentionRow]) -> list[Record]:
        """In the order of `lines`; other things than those in `things` are left out of each."""
        about: dict[int, list[MentionRow]] = defaultdict(list)
        for row in mentions:
            about[row.seq].append(row)
        wrong = withdrawn(lines)
        return [self._record(line, about[line.entry.seq], wrong) for line in lines]

    def _record(self, line: Line, about: list[MentionRow], wrong: Collection[str]) -> Record:
        event, entry = line.event, line.entry
        recorder = self.names.by_id[entry.organisation_id]
        declaration, to = event.error_declaration, destination_of(event)
        own = recorder.prefix == self.actor.prefix
        sender = sender_of(event) if entry.step == "adopt" else ""  # it is the sender's word
        frank = own or self.actor.prefix in named_in(event) or entry.organisation_id in self.sharing
        quantity, unit = self._amount(about, frank)
        reason = declaration.reason if declaration else str(event.extension("reason"))
        return Record(
            seq=entry.seq,
            event_id=entry.event_id,
            step=entry.step,
            event_time=entry.event_time,
            record_time=entry.record_time,
            party=self.names.party(sender) if sender else recorder,
            place=self.names.place(_place_of(event)),
            operator=str(event.extension("operator")) if own else "",  # a name of staff stays in the house
            node_ids=self._ids(about),
            quantity=quantity,
            unit=unit,
            result=str(event.extension("result")),
            reason=reason if frank else "",
            to=self.names.party(to) if to else None,
            references=event.biz_transaction_list if frank else (),
            corrected=entry.event_id in wrong and declaration is None,
            corrects=declaration.of if declaration else "",
        )

    def _ids(self, about: list[MentionRow]) -> tuple[int, ...]:
        """The subject first. A mint mentions nothing in the index; only the subject's own is told."""
        ids = sorted({row.thing_id for row in about}, key=lambda key: (key != self.subject, key))
        return tuple(ids) or (self.subject,)

    def _amount(self, about: list[MentionRow], frank: bool) -> tuple[Decimal | None, str]:
        """Not what others made or used in all of a lot that the reader bought some of."""
        counted = _counted(about, self.subject)
        if counted is None or not (
            frank or self.things[counted.thing_id].organisation_id == self.actor.organisation_id
        ):
            return None, ""
        return counted.quantity, self.things[counted.thing_id].unit


def _counted(about: list[MentionRow], subject: int) -> MentionRow | None:
    """The mention whose quantity the line tells: the subject's, else the only one there is."""
    counted = [row for row in about if row.quantity is not None]
    own = [row for row in counted if row.thing_id == subject]
    return own[0] if own else counted[0] if len(counted) == 1 else None


def named_in(event: Event) -> set[str]:
    """Prefixes of who sent the goods and who is to get them."""
    pairs = (*event.source_list, *event.destination_list)
    return {value.removeprefix("hdl:") for kind, value in pairs if kind != "location"}


def sender_of(event: Event) -> str:
    return next(
        (value.removeprefix("hdl:") for kind, value in event.source_list if kind == "possessing_party"), ""
    )


def destination_of(event: Event) -> str:
    return next(
        (value.removeprefix("hdl:") for kind, value in event.destination_list if kind == "possessing_party"),
        "",
    )


def _place_of(event: Event) -> str:
    return event.biz_location or event.read_point
