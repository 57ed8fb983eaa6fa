"""Where what a recall reaches is now, and who sent how much of it to whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain import genealogy
from app.domain.epcis import Event
from app.domain.genealogy import Moment, Tie
from app.domain.masterdata import PIECES
from app.domain.people import Actor
from app.services.recalling.reaching import PACKED, Reached
from app.services.tracing import records, sight
from app.services.tracing.naming import Names, is_told_of
from app.services.tracing.records import Line
from app.store import keyed, lineage
from app.store.lineage import MentionRow, ThingRow
from app.store.tables import Balance

SHIPPING = frozenset({"ship", "adopt"})  # announced by the sender is sent
GOING = SHIPPING | {"return", "receive"}
OVER = frozenset({"void", "retired", "reserved"})
ONE, NONE = Decimal(1), Decimal(0)
Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Some of an affected thing went from one company to another; prefixes, and epcs of places and containers."""

    thing: int
    sender: str
    consignee: str
    quantity: Decimal
    unit: str
    shipped: datetime
    event_id: str
    container: str
    site: str
    documents: tuple[tuple[str, str], ...]
    received: datetime | None = None
    returned: Decimal = NONE


def stock_of(session: Session, reached: Reached, actor: Actor, names: Names) -> list[dict[str, Any]]:
    """As rows: of lots what the company has, sent or is to get; pieces as far as it is told of them. What was used up,
    scrapped or built into something is nowhere any more."""
    things = reached.sight.things
    keys = [key for key in reached.roles if reached.roles[key] != "withdrawn"]
    found: list[dict[str, Any]] = []
    for chunk in keyed.chunks([key for key in keys if things[key].level == "lot"]):
        found += [
            _row(row, things[row.thing_id], row.quantity)
            for row in lineage.balances_of(session, chunk)
            if actor.prefix in (row.holder, row.to, row.origin)
        ]
    built_in = {tie.source for tie in reached.sight.ties if tie.kind == "assembled" and not tie.undone}
    pieces = [
        things[key] for key in keys if things[key].level in {"serial", "logistic"} and key not in built_in
    ]
    return found + [
        _row(row, row, ONE) for row in pieces if row.lifecycle not in OVER and is_told_of(row, names, actor)
    ]


def _row(place: Balance | ThingRow, thing: ThingRow, quantity: Decimal) -> dict[str, Any]:
    return {
        "epc": thing.epc,
        "unit": thing.unit if thing.level == "lot" else PIECES,
        "quantity": quantity,
        "holder": place.holder,
        "site": place.site,
        "to": place.to,
        "container": place.container,
    }


def sent_of(session: Session, reached: Reached, actor: Actor, progress: Progress = silent) -> list[Sent]:
    """Every shipment and return of what is affected, and every delivery to the company of that or of what it came
    from, as far as it may know of it; in the order of time."""
    wanted = sorted({*reached.those("suspect", "downstream", "shared", "upstream"), *reached.carriers})
    mentions = [row for chunk in keyed.chunks(wanted) for row in _going(session, chunk)]
    lines = list(_lines(session, sorted({row.seq for row in mentions}), progress))
    about: dict[int, list[MentionRow]] = defaultdict(list)
    for row in mentions:
        about[row.seq].append(row)
    told = sight.seen_lines(
        lines, {seq: [row.thing_id for row in rows] for seq, rows in about.items()}, reached.sight, actor
    )
    wrong = records.withdrawn(lines)
    standing = [
        line for line in told if not line.event.error_declaration and line.entry.event_id not in wrong
    ]
    return _Road(reached, actor, about).travelled(standing)


def _going(session: Session, ids: Sequence[int]) -> Iterator[MentionRow]:
    return (row for row in lineage.mentions_of(session, ids) if row.step in GOING)


def _lines(session: Session, seqs: Sequence[int], progress: Progress) -> Iterator[Line]:
    done = 0
    for chunk in keyed.chunks(seqs):
        yield from records.read(lineage.entries_of(session, chunk))
        done += len(chunk)
        progress(done, len(seqs))


class _Road:
    """Who sent what to whom, read off the events of shipping, returning and receiving."""

    def __init__(self, reached: Reached, actor: Actor, about: Mapping[int, Sequence[MentionRow]]) -> None:
        self.reached, self.actor, self.about = reached, actor, about
        self.things = reached.sight.things
        self.prefixes = {int(row.id or 0): row.prefix for row in reached.sight.organisations}
        self.inside: dict[int, list[Tie]] = defaultdict(list)
        for tie in dict.fromkeys((*reached.sight.ties, *reached.packings)):
            if tie.kind == PACKED and not tie.mistaken:
                self.inside[tie.target].append(tie)
        self.sent: list[Sent] = []
        self.open: dict[tuple[str, str], list[int]] = defaultdict(
            list
        )  # consignee and epc -> places in `sent`

    def travelled(self, lines: Iterable[Line]) -> list[Sent]:
        for line in sorted(lines, key=lambda line: (line.entry.event_time, line.entry.seq)):
            for row in self.about[line.entry.seq]:
                if line.entry.step in SHIPPING:
                    self._ship(line, row, consignee_of(line.event))
                elif line.entry.step == "receive":
                    self._receive(line, row)
                else:
                    self._give_back(line, row)
        return self.sent

    def _ship(self, line: Line, row: MentionRow, consignee: str, received: datetime | None = None) -> None:
        event, entry = line.event, line.entry
        sender = records.sender_of(event) or self.prefixes[entry.organisation_id]
        frank = self._frank(line)
        for thing, quantity, container in self._goods(row, (entry.event_time, entry.seq)):
            item, inward = self.things[thing], consignee == self.actor.prefix
            if sender == consignee or (self.reached.roles[thing] == "upstream" and not inward):
                continue
            self.open[consignee, item.epc].append(len(self.sent))
            if container:
                self.open[consignee, container].append(len(self.sent))
            self.sent.append(
                Sent(
                    thing=thing,
                    sender=sender,
                    consignee=consignee,
                    quantity=quantity if frank or item.level == "serial" else NONE,
                    unit=item.unit if item.level == "lot" else PIECES,
                    shipped=entry.event_time,
                    event_id=entry.event_id,
                    container=container,
                    site="" if received else event.read_point or event.biz_location,
                    documents=tuple(event.biz_transaction_list) if frank else (),
                    received=received,
                )
            )

    def _frank(self, line: Line) -> bool:
        """Amounts and papers are for the two sides, and for whom the recorder shares its chain with."""
        recorder = line.entry.organisation_id
        own = recorder == self.actor.organisation_id or self.actor.prefix in records.named_in(line.event)
        return own or recorder in self.reached.sight.sharing

    def _goods(self, row: MentionRow, moment: Moment) -> Iterator[tuple[int, Decimal, str]]:
        """(thing, how much, container): the thing itself where it was affected by then, or what was in it then."""
        thing = self.things.get(row.thing_id)
        if thing is None:
            return
        if thing.level == "logistic":
            yield from self._contents(row.thing_id, moment, thing.epc, frozenset())
        elif self._affected(row.thing_id, moment):
            yield row.thing_id, ONE if thing.level == "serial" else row.quantity or NONE, ""

    def _contents(
        self, unit: int, moment: Moment, outer: str, above: frozenset[int]
    ) -> Iterator[tuple[int, Decimal, str]]:
        for tie in self.inside[unit]:
            thing = self.things.get(tie.source)
            if thing is None or tie.source in above or not tie.since <= moment < (tie.until or genealogy.END):
                continue
            if thing.level == "logistic":
                yield from self._contents(tie.source, moment, outer, above | {unit})
            elif self._affected(tie.source, moment):
                yield tie.source, ONE if thing.level == "serial" else tie.quantity or NONE, outer

    def _affected(self, key: int, moment: Moment) -> bool:
        role = self.reached.roles.get(key)
        reach = self.reached.sight.up if role == "upstream" else self.reached.sight.down
        windows = reach.windows.get(key, ()) if role and role != "withdrawn" else ()
        return any(low[0] <= moment[0] and moment < high for low, high in windows)

    def _receive(self, line: Line, row: MentionRow) -> None:
        """Booked on what was sent; what nobody here recorded as sent came from whom the receipt names."""
        who, entry = self.prefixes[line.entry.organisation_id], line.entry
        thing = self.things.get(row.thing_id)
        places = self.open.get((who, thing.epc), []) if thing else []
        waiting = [place for place in places if self.sent[place].received is None]
        for place in waiting:
            self.sent[place] = replace(self.sent[place], received=entry.event_time)
        if not places and who == self.actor.prefix and records.sender_of(line.event) not in ("", who):
            self._ship(line, row, who, entry.event_time)

    def _give_back(self, line: Line, row: MentionRow) -> None:
        """A return, booked on the newest shipments first."""
        who, entry = self.prefixes[line.entry.organisation_id], line.entry
        for thing, quantity, _ in self._goods(row, (entry.event_time, entry.seq)):
            rest = quantity
            for place in reversed(self.open.get((who, self.things[thing].epc), [])):
                sent = self.sent[place]
                back = min(rest, sent.quantity - sent.returned)
                rest -= back
                self.sent[place] = replace(sent, returned=sent.returned + back)


def consignee_of(event: Event) -> str:
    """The prefix of who is to get the goods; '' where the event does not say."""
    named = {kind: value.removeprefix("hdl:") for kind, value in event.destination_list}
    return next(
        (named[kind] for kind in ("possessing_party", "owning_party", "location") if kind in named), ""
    )
