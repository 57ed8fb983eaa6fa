"""Which entries of the log a reader is told of, and in which form: their own whole, others' as far as traces tell them.

Closed by default, by the rules of domain/visibility.py: what another company recorded is told to who is named in it,
and to who got its things from that company or sent them there. It never tells more than the trace of such a thing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.domain import epcis, visibility
from app.domain.epcis import telling
from app.domain.epcis.sameness import same_name
from app.domain.masterdata import CHAIN
from app.domain.people import Actor
from app.services.tracing import sight
from app.services.tracing.records import Line, named_in
from app.store import event_ties, lineage
from app.store.event_ties import Named
from app.store.lineage import EntryRow

WALKS = 20  # chains of companies that share theirs, looked at for one page; each costs a trace
THINGS = 4  # of one entry, by which such a chain is looked for


class Teller:
    """For one reader and one transaction."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        rows = lineage.organisations(session)
        self.everybody = {int(row.id or 0) for row in rows}
        self.by_prefix = {row.prefix: int(row.id or 0) for row in rows}
        self.sharing = frozenset(int(row.id or 0) for row in rows if row.sharing == CHAIN)
        self.walks = WALKS
        self.undecided: set[int] = set()

    def rest(self) -> None:
        """As many walks again, for who goes on to the end."""
        self.walks = WALKS

    def told(self, entries: Sequence[EntryRow]) -> dict[int, dict[str, Any]]:
        """The events that the reader may know, by number of their entry. Of entries that are `undecided` afterwards it
        was not found out, since that costs a walk through a chain; the first ones are decided first."""
        self.undecided = set()
        mine = self.actor.organisation_id
        found = {row.seq: _whole(row) for row in entries if row.organisation_id == mine}
        others = [row for row in entries if row.organisation_id != mine]
        for some in self._portions(others):
            found |= self._others(some)
        return found

    def _portions(self, entries: Sequence[EntryRow]) -> Iterator[list[EntryRow]]:
        """So that no entry's things push another's out of sight, whatever else is looked at together with it."""
        sizes = event_ties.sizes(self.session, [row.seq for row in entries]) if entries else {}
        portion, total = list[EntryRow](), 0
        for row in entries:
            if portion and total + sizes.get(row.seq, 0) > event_ties.MOST:
                yield portion
                portion, total = [], 0
            portion.append(row)
            total += sizes.get(row.seq, 0)
        if portion:
            yield portion

    def _others(self, entries: Sequence[EntryRow]) -> dict[int, dict[str, Any]]:
        session, me = self.session, self.actor.organisation_id
        seqs = [row.seq for row in entries]
        ties = event_ties.tied(session, seqs, me)
        inner, containers = event_ties.contained(session, seqs, me)
        things = {seq: ties.get(seq, set()) | inner.get(seq, set()) for seq in seqs}
        steps = event_ties.steps(session, seqs)
        nearby = {
            key for all_of in steps.values() for source, target, _ in all_of for key in (source, target)
        }
        known = event_ties.names_of(session, {key for all_of in things.values() for key in all_of} | nearby)
        traders = self._traders({key for all_of in things.values() for key in all_of}, containers)
        found: dict[int, dict[str, Any]] = {}
        for row in entries:
            event = epcis.parse(row.body)
            parties = self._parties(event)
            near = things[row.seq]
            if near and not self._may_know(row, parties, near, known, traders):
                near = set()
            near = near | self._next_to(ties.get(row.seq, set()) & near, steps.get(row.seq, ()), known)
            if not near and row.organisation_id in self.sharing:
                near = self._in_a_shared_chain(row, event, known)
            if near and (told := self._cut(row, parties, near, known)) is not None:
                found[row.seq] = told
        return found

    def _parties(self, event: epcis.Event) -> frozenset[int]:
        return frozenset(self.by_prefix.get(prefix, sight.ELSEWHERE) for prefix in named_in(event))

    def _may_know(
        self,
        row: EntryRow,
        parties: frozenset[int],
        near: Collection[int],
        known: Mapping[int, Named],
        traders: Mapping[int, frozenset[int]],
    ) -> bool:
        for key in near:
            of_lot = known[key].level == "lot"
            named = parties
            if not of_lot:  # as in services/tracing/sight.py
                named, of_lot = parties - self.sharing, row.organisation_id not in self.sharing
            open_about_it = self.sharing & {known[key].organisation_id}
            if visibility.event_visible(
                self.actor.organisation_id, row.organisation_id, named, self.sharing, of_lot,
                traders.get(key, frozenset()) | open_about_it,
            ):  # fmt: skip
                return True
        return False

    def _next_to(
        self, own: Collection[int], steps: Sequence[tuple[int, int, str]], known: Mapping[int, Named]
    ) -> set[int]:
        """What is one step from the reader's own things; but not what others made of a lot that it bought some of, nor
        what others packed in a box that was the reader's at another time."""
        me = self.actor.organisation_id
        found = {source for source, target, kind in steps if target in own and kind != "packed"}
        return found | {
            target
            for source, target, _ in steps
            if source in own and (known[source].level != "lot" or known[source].organisation_id == me)
        }

    def _traders(
        self, things: set[int], containers: Mapping[int, Collection[int]]
    ) -> dict[int, frozenset[int]]:
        """Who sent each thing to the reader or got it from them, by itself or inside of something."""
        all_of = things | {outer for inside in containers.values() for outer in inside}
        me = self.actor.organisation_id
        found: dict[int, frozenset[int]] = {}
        for thing, entries in event_ties.naming(self.session, all_of, self.actor.prefix).items():
            for entry in entries:
                parties = self._parties(epcis.parse(entry.body))
                sides = parties | {entry.organisation_id}
                if parties and me in sides:
                    found[thing] = found.get(thing, frozenset()) | (sides - {me})
        for thing, outers in containers.items():
            for outer in outers:
                found[thing] = found.get(thing, frozenset()) | found.get(outer, frozenset())
        return found

    def _in_a_shared_chain(self, row: EntryRow, event: epcis.Event, known: dict[int, Named]) -> set[int]:
        """The things of the entry in a chain that the recorder shares and the reader sees a part of."""
        keys = event_ties.mentioned(self.session, row.seq, THINGS)
        for key in keys:
            if self.walks <= 0:
                self.undecided.add(row.seq)
                return set()
            self.walks -= 1
            seen = sight.look(self.session, self.actor, key)
            near = set(keys) & seen.seen
            if key in seen.seen and sight.seen_lines([Line(row, event)], {row.seq: near}, seen, self.actor):
                known |= event_ties.names_of(self.session, near)
                return near
        return set()

    def _cut(
        self, row: EntryRow, parties: frozenset[int], near: Collection[int], known: Mapping[int, Named]
    ) -> dict[str, Any] | None:
        me = self.actor.organisation_id
        names = {name for key in near for name in known[key].names}
        mine = {name for key in near if known[key].organisation_id == me for name in known[key].names}
        frank = me in parties or row.organisation_id in self.sharing
        whole = _whole(row)
        return telling.cut_form(whole, _among(names), _among(mine), named=me in parties, frank=frank)


def _whole(row: EntryRow) -> dict[str, Any]:
    return telling.whole_form(row.body, row.event_id, row.record_time)


def _among(names: Collection[str]) -> Callable[[str], bool]:
    return lambda name: name in names or same_name(name) in names
