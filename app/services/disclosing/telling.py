"""The chain of a thing as far as a partner's node may know it: walked, cut down to the policy, told as one statement.

Who may not know of a thing gets what somebody gets who asks after one that does not exist, and for as much work: that
is decided before anything is walked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, zip_longest

import orjson
from sqlmodel import Session

from app.domain import disclosure, genealogy, visibility
from app.domain.delegations import time_text
from app.domain.disclosed import Disclosed
from app.domain.disclosure import CUSTOMER, MEMBER, SUPPLIER
from app.domain.genealogy import Tie
from app.domain.people import Actor
from app.domain.provenance import Link, LogPosition, Node, Record
from app.domain.trust import sign
from app.domain.visibility import NodeInfo
from app.services.disclosing.policy import Asker, rules_of
from app.services.introducing import INTRODUCTION
from app.services.tracing.naming import Names, node_of
from app.services.tracing.records import (
    JOINING,
    KEY_STEPS,
    Line,
    Telling,
    named_in,
    places_in,
    read,
    withdrawn,
)
from app.store import adopted, items, keyed, lineage, walks
from app.store import disclosure as rows
from app.store.lineage import ThingRow
from app.store.tables import DisclosureRequest, Organisation, Thing

MOST_NAMES = 4_000
MOST_EVENTS = 2_000
STRANGER = -2  # the id of an organisation that has no row here
CHECKS = frozenset({"inspect", "hold", "release"})
UNTOLD = frozenset({"adopt"})  # what others told us is theirs to tell
MOST_INTRODUCTIONS = 80  # of ours, and as many of others
MOST_INTRODUCED = 500  # things in one of ours


@dataclass(frozen=True, slots=True)
class Question:
    """Canonical epcs: of `up` the asker wants to know where they came from, of `down` what became of them."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


@dataclass
class _Parts:
    """What is gathered over companies and directions; things by id, links and records once each."""

    nodes: dict[int, Node] = field(default_factory=dict)
    links: dict[tuple[Link, int], Link] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    truncated: bool = False


def disclosed(session: Session, asker: Asker, question: Question, now: datetime) -> Disclosed:
    """Everything the asker may know. Nothing at all is an answer like any other. `zone` of it is left empty.

    For a thing that there is not the same statements are run as for one of which nothing may be told.
    """
    names = dict.fromkeys([*question.up[:MOST_NAMES], *question.down[:MOST_NAMES], rows.NOBODYS])
    things = {epc: row for epc, row in items.of_epcs(session, names).items() if row.level != "process"}
    parts = _Parts()
    people = list(lineage.organisations(session))
    seen = _Grants(session, asker, things, people, now)
    for company in adopted.local_companies(session):
        ways: tuple[tuple[tuple[str, ...], genealogy.Direction], ...] = (
            (question.up, "up"),
            (question.down, "down"),
        )
        for epcs, direction in ways:
            for allowed, ids in seen.by_policy(company, epcs):
                _tell(session, asker, company, people, seen, allowed, ids, direction, parts)
    size, root, checkpoint = lineage.log_position(session)
    position = LogPosition(
        size,
        root.hex(),
        checkpoint.note if checkpoint else "",
        checkpoint.size if checkpoint else 0,
        max(parts.records, default=-1),
    )
    if not parts.nodes:
        position = LogPosition(0, "")  # the state of the log is for those who are told something of it
    records = sorted(parts.records.values(), key=lambda row: (row.event_time, row.seq))
    return Disclosed(
        "",
        tuple(parts.nodes.values()),
        tuple(parts.links.values()),
        tuple(records),
        position,
        parts.truncated,
    )


@dataclass
class _Grants:
    """What the asker is allowed to know of each thing it names."""

    session: Session
    asker: Asker
    things: Mapping[str, Thing]
    people: Sequence[Organisation]
    now: datetime

    def __post_init__(self) -> None:
        self.boxes: dict[int, set[int]] = defaultdict(set)
        self.parties: dict[int, set[str]] = defaultdict(set)
        ids = {row.id or 0 for row in self.things.values()}
        box_parties: dict[tuple[int, int], set[str]] = defaultdict(set)
        for thing, box, prefix in rows.parties_of(self.session, ids):
            self.parties[thing].add(prefix)
            box_parties[thing, box].add(prefix)
        self.witnesses = {
            row.id or 0: disclosure.witnesses(self.asker.zone, epc, self.asker.introductions)
            for epc, row in self.things.items()
        }
        for (thing, box), prefixes in box_parties.items():
            if box != thing and prefixes & {self.asker.zone, *self.witnesses[thing]}:
                self.boxes[thing].add(box)

    def by_policy(
        self, company: Organisation, epcs: Iterable[str]
    ) -> list[tuple[Mapping[str, bool], frozenset[int]]]:
        """The things asked for, grouped by what this company allows the asker to know of them."""
        held = rules_of(self.session, company.id or 0)
        groups: dict[tuple[tuple[str, bool], ...], set[int]] = defaultdict(set)
        for thing in (self.things[epc] for epc in epcs if epc in self.things):
            key = thing.id or 0
            if company.prefix not in self.parties[key] and thing.organisation_id != company.id:
                continue
            relations = self._relations(thing)
            told = disclosure.allowed(held, company.sharing, self.asker.zone, relations, self.now)
            if told:
                groups[tuple(told.items())].add(key)
        return [(dict(told), frozenset(ids)) for told, ids in groups.items()]

    def _relations(self, thing: Thing) -> frozenset[str]:
        key = thing.id or 0
        owner = next(row.prefix for row in self.people if row.id == thing.organisation_id)
        if self.asker.zone in self.parties[key]:
            return frozenset({SUPPLIER if owner == self.asker.zone else CUSTOMER})
        if owner == self.asker.zone:
            return frozenset({MEMBER})
        return frozenset({MEMBER}) if self.witnesses[key] & self.parties[key] else frozenset()


def _tell(
    session: Session,
    asker: Asker,
    company: Organisation,
    people: Sequence[Organisation],
    grants: _Grants,
    allowed: Mapping[str, bool],
    ids: frozenset[int],
    direction: genealogy.Direction,
    parts: _Parts,
) -> None:
    """Adds what one company tells of things for which its policy is the same."""
    kind = "origin" if direction == "up" else "use"
    reader = _reader(asker, people)
    walked = walks.closure(session, ids, direction) if kind in allowed else walks.Closure(ids, ())
    reach = genealogy.reach(walked.edges, ids, direction)
    boxes = frozenset(box for key in ids for box in grants.boxes[key])
    wanted = {*reach.windows, *boxes}
    found = lineage.things_of(session, wanted, reader.organisation_id, reader.prefix)
    deep = allowed.get(kind, False)
    sharing = {company.id or 0, *(row.id or 0 for row in people if row.elsewhere)} if deep else set()
    ties = [tie for tie in reach.ties if not tie.mistaken]
    if deep and all(row.organisation_id in sharing for row in found.values()):
        seen = frozenset(found)  # no other company of this node has a say
    else:
        seen = _seen(reader.organisation_id, ids, found, ties, sharing) | boxes
    names = Names(people)
    for key in seen - parts.nodes.keys():
        parts.nodes[key] = _without_state(node_of(found[key], 0, names, reader), allowed)
    for tie in (tie for tie in ties if tie.source in seen and tie.target in seen):
        link = _link(tie, found, reader, deep and "quantities" in allowed)
        parts.links[link, tie.since[1]] = link
    tied = {(link.source, link.target) for link in parts.links.values()}
    around = {(thing, box) for thing in ids for box in grants.boxes[thing]} - tied
    for thing, box in around:
        # that it was; not since when, nor whether it still is
        link = Link(thing, box, "packed", undone=True)
        parts.links[link, 0] = link
    parts.truncated = parts.truncated or walked.truncated
    if "events" in allowed:
        circle = {asker.zone, company.prefix, *(w for key in ids for w in grants.witnesses[key])}
        if deep:
            circle |= {names.by_id[found[key].organisation_id].prefix for key in seen}
        about = (
            seen if allowed["events"] else {key for key in seen if found[key].took_part or key in ids} | boxes
        )
        told = _Events(session, company, names, reader, allowed, circle, ids)
        told.add({key: found[key] for key in about}, reach.ties, parts)


def _reader(asker: Asker, people: Iterable[Organisation]) -> Actor:
    row = next((row for row in people if row.prefix == asker.zone), None)
    return Actor(0, row.id or STRANGER if row else STRANGER, asker.zone, asker.zone, "auditor")


def _seen(
    reader: int,
    ids: frozenset[int],
    found: Mapping[int, ThingRow],
    ties: Iterable[Tie],
    sharing: Collection[int],
) -> frozenset[int]:
    mine = frozenset({reader})
    nodes = {
        key: NodeInfo(row.organisation_id, mine if row.took_part or key in ids else frozenset(), row.level)
        for key, row in found.items()
    }
    edges = ((tie.source, tie.target, tie.kind) for tie in ties)
    return visibility.visible(reader, ids, nodes, edges, frozenset(sharing))


def _without_state(node: Node, allowed: Mapping[str, bool]) -> Node:
    """A hold is the result of a check; what state a thing is in is for those who may know what happened to it."""
    if "events" not in allowed:
        node = replace(node, lifecycle="", disposition="", held="")
    return node if "checks" in allowed else replace(node, held="", disposition="")


def _link(tie: Tie, found: Mapping[int, ThingRow], reader: Actor, counted: bool) -> Link:
    ends = {found[key].organisation_id for key in (tie.source, tie.target)}
    if tie.quantity is None or not (counted or reader.organisation_id in ends):
        return Link(tie.source, tie.target, tie.kind, undone=tie.undone)
    unit = found[tie.target if tie.kind == "produced" else tie.source].unit
    return Link(tie.source, tie.target, tie.kind, tie.quantity, unit, undone=tie.undone)


@dataclass(frozen=True, slots=True)
class _Events:
    """The entries of one company that may be told. `circle` are those who may be named beside it: a lot goes to many
    customers, and none reads of another; where the whole chain is told, single pieces may have gone to anyone."""

    session: Session
    company: Organisation
    names: Names
    reader: Actor
    allowed: Mapping[str, bool]
    circle: set[str]
    asked: frozenset[int]

    def add(self, things: Mapping[int, ThingRow], ties: Iterable[Tie], parts: _Parts) -> None:
        mentions = lineage.mentions_of(self.session, things)
        joins = {moment[1] for tie in ties for moment in (tie.since, tie.until) if moment}
        ranks = {
            row.seq: (row.step not in KEY_STEPS, row.seq)
            for row in mentions
            if row.organisation_id == self.company.id and (row.seq in joins or row.step not in JOINING)
        }
        seqs = sorted(ranks, key=lambda seq: ranks[seq])[:MOST_EVENTS]
        parts.truncated = parts.truncated or len(ranks) > MOST_EVENTS
        minted = {things[key].minted_seq: key for key in self.asked & things.keys()}
        lines = read(lineage.entries_of(self.session, {*seqs, *minted}))
        lots = {row.seq for row in mentions if things[row.thing_id].level == "lot"}
        lines = [line for line in lines if self._told(line, of_lot=line.entry.seq in lots)]
        if "places" in self.allowed:
            self.names.load_sites(self.session, places_in(lines))
        telling = Telling(-1, things, self.names, self.reader, self._frank())
        for record in telling.records(lines, mentions):
            ids = tuple(key for key in record.node_ids if key in things)
            ids = ids or ((minted[record.seq],) if record.seq in minted else ())
            parts.records[record.seq] = self._cut(replace(record, node_ids=ids, operator=""))
        self._close(parts, lines)

    def _told(self, line: Line, *, of_lot: bool) -> bool:
        if line.entry.organisation_id != self.company.id or line.entry.step in UNTOLD:
            return False
        if line.entry.step in CHECKS and "checks" not in self.allowed:
            return False
        return (self.allowed["events"] and not of_lot) or named_in(line.event) <= self.circle

    def _frank(self) -> frozenset[int]:
        return frozenset({self.company.id or 0}) if self.allowed["events"] else frozenset()

    def _cut(self, record: Record) -> Record:
        """Without what the policy keeps back."""
        if "places" not in self.allowed:
            record = replace(record, place=None)
        if "quantities" not in self.allowed:
            record = replace(record, quantity=None, unit="")
        if "documents" not in self.allowed:
            record = replace(record, references=())
        return record if "checks" in self.allowed else replace(record, result="", reason="")

    def _close(self, parts: _Parts, lines: Iterable[Line]) -> None:
        """What was withdrawn is told as withdrawn also where the withdrawal came in another group."""
        wrong = withdrawn(lines)
        for seq, record in parts.records.items():
            if record.event_id in wrong and not record.corrected:
                parts.records[seq] = replace(record, corrected=True)


def introduced(
    session: Session,
    told: Disclosed,
    asker: Asker,
    *,
    zone: str,
    seed: bytes,
    now: datetime,
) -> list[Mapping[str, object]]:
    """Words by which the asker may go on asking others about things of theirs that we told of: our own, one for each
    owner of things, and those that we have from before us. By those on our own things one asks who had them next."""
    owned: dict[str, list[str]] = defaultdict(list)
    for node in told.nodes:
        if node.owner and node.level != "process" and node.owner.prefix != asker.zone:
            owned[node.owner.prefix].append(node.epc)
    stated = {"from": zone, "to": asker.zone, "issued": time_text(now)}
    ours: list[Mapping[str, object]] = [
        sign(INTRODUCTION, {**stated, "things": list(some)}, seed).wire
        for some in islice(_portions(owned), MOST_INTRODUCTIONS)
    ]
    known = [epc for epcs in owned.values() for epc in epcs]
    earlier: dict[str, None] = {}
    for company in adopted.local_companies(session):
        earlier |= dict.fromkeys(rows.introductions(session, company.id or 0, known).values())
    wires = [wire for statements in earlier for wire in orjson.loads(statements)]
    once = {str(wire["payload"]): wire for wire in wires}
    return ours + list(once.values())[:MOST_INTRODUCTIONS]


def _portions(owned: Mapping[str, list[str]]) -> Iterator[Sequence[str]]:
    """Of each owner a portion in turn: whoever asks sends along only what concerns the things it asks about."""
    each_owners = [keyed.chunks(sorted(epcs), MOST_INTRODUCED) for _, epcs in sorted(owned.items())]
    for turn in zip_longest(*each_owners):
        yield from (portion for portion in turn if portion)


def note(session: Session, asker: Asker, why: str, asked: int, told: int, now: datetime) -> None:
    """Puts on record that we were asked."""
    row = DisclosureRequest(zone=asker.zone, why=why[:16], asked=asked, told=told, record_time=now)
    rows.add(session, row)
