"""Captured events settled together: what they make of things is worked out in memory and written in a few statements.

The same for events that come in and for entries of the log that are read again, so that a rebuilt index cannot differ
from one that grew. What has to look back into the log (late events, corrections, unpacking) is not done here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlmodel import Session

from app.domain import captured as rules
from app.domain import custody
from app.domain.captured import Namespaces
from app.domain.custody_settings import Verdicts
from app.domain.epcis import Event, Mention
from app.domain.places import State, carried_along, containers
from app.store import captured as rows
from app.store import indexing, items, standing
from app.store.standing import Standing


@dataclass(slots=True)
class Known:
    """A thing as it is after the events so far. `id` is 0 for one that is not in the database yet; `read`: it was there
    before these events."""

    epc: str
    level: str
    organisation_id: int
    state: State
    id: int = 0
    brought: bool = True
    product_id: int | None = None
    read: bool = False
    minted_seq: int = 0
    last_seq: int | None = None
    stocked: bool = False  # has balances in the database
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What an event will do, worked out and not done yet. `things` by the name it uses; `looks_back`: it has to be
    settled with its whole history, alone."""

    event: Event
    organisation_id: int
    things: Mapping[str, Known]
    mentions: Sequence[Mention]
    process: Known | None
    states: Mapping[str, State]
    notices: tuple[custody.Notice, ...] = ()
    looks_back: bool = False


@dataclass(slots=True)
class _Rows:
    mentions: list[tuple[Known, int, Mention]] = field(default_factory=list)
    parties: dict[tuple[str, int], Known] = field(default_factory=dict)
    references: list[dict[str, Any]] = field(default_factory=list)
    edges: list[tuple[Known, Known, str, Any, int]] = field(default_factory=list)
    apart: list[tuple[int, Event]] = field(default_factory=list)


class Settling:
    """Events are judged one after the other against what those before them left, taken, and written with `flush`.

    Nothing else may write to the index in the same transaction between `load` and `flush`."""

    def __init__(self, session: Session, namespaces: Namespaces) -> None:
        self.session, self.namespaces = session, namespaces
        self.companies: dict[str, int] = {}  # by prefix, those that a source or destination names
        self.prefixes: dict[int, str] = {key: prefix for prefix, key in namespaces.prefixes.items()}
        self.forget()

    def forget(self) -> None:
        """What was read may have changed; what is needed again has to be loaded again."""
        self.by_name: dict[str, Known | None] = {}
        self.known: dict[str, Known] = {}
        self.contents: dict[str, set[str]] = {}
        self.rows = _Rows()

    def load(self, events: Iterable[tuple[Event, Sequence[Mention]]]) -> None:
        """Reads what these events name and all that is inside of it: a few statements for each level of packing."""
        names: dict[str, None] = {}
        for event, mentions in events:
            names.update(dict.fromkeys(rules.used_name(event, mention.epc) for mention in mentions))
            if event.type == "TransformationEvent":
                names[_process_name(event)] = None
        wanted = [name for name in names if name not in self.by_name]
        found = standing.of_names(self.session, wanted)
        self._keep_new(found.values())
        for name in wanted:
            self.by_name[name] = self.known[found[name].epc] if name in found else None

    def meet(self, epc: str) -> Known | None:
        """One more thing that is there, with all that is inside of it."""
        if epc not in self.known:
            self._keep_new(standing.of_names(self.session, [epc]).values())
        return self.known.get(epc)

    def _keep_new(self, things: Iterable[Standing]) -> None:
        new = [thing for thing in things if thing.epc not in self.known]
        self._keep(new)
        inside = standing.inside(self.session, new)
        self._keep(thing for thing in inside if thing.epc not in self.known)

    def refresh(self, epcs: Iterable[str], process: Known | None = None) -> None:
        """These were changed in the database; what is known of them follows."""
        self._keep(standing.of_names(self.session, epcs).values())
        if process:
            self.meet(process.epc)

    def _keep(self, things: Iterable[Standing]) -> None:
        for thing in things:
            known = self.known.get(thing.epc)
            self._reindex(thing.epc, known.state if known else None, thing.state)
            if known is None:
                known = Known(thing.epc, thing.level, thing.organisation_id, thing.state)
                self.known[thing.epc] = known
            known.id, known.state, known.read = thing.id, thing.state, True
            known.brought, known.product_id = thing.brought, thing.product_id
            known.last_seq, known.stocked = thing.last_seq, bool(thing.state.balances)

    def judge(
        self,
        event: Event,
        organisation_id: int,
        mentions: Sequence[Mention],
        things: Mapping[str, Known],
        *,
        strict: bool = False,
        lenient: frozenset[str] = frozenset(),
        verdicts: Verdicts | None = None,
    ) -> Judged:
        """What the event makes of things; Refused, when strict, for what cannot have happened. `load` has read it,
        `things` are what `things_of` says of its `mentions`."""
        process = self._process_of(event, organisation_id)
        named = rules.renamed(event, {name: known.epc for name, known in things.items()})
        before = {known.epc: known.state for known in things.values()}
        inside = {epc: self.known[epc].state for epc in self.inside_of(before)}
        if self._looks_back(event, (*before.values(), *inside.values())):
            return Judged(event, organisation_id, things, mentions, process, {}, (), looks_back=True)
        outcome = custody.apply(
            named, before, strict=strict, inside=inside, lenient=lenient, verdicts=verdicts
        )
        return Judged(event, organisation_id, things, mentions, process, outcome.states, outcome.notices)

    def things_of(self, event: Event, mentions: Sequence[Mention], organisation_id: int) -> dict[str, Known]:
        """Every thing that the event has a say on, by the name it uses; those not known yet as it brings them in."""
        apart = frozenset(event.extension("apart") or ())
        found: dict[str, Known] = {}
        for mention in mentions:
            if mention.epc in found or mention.epc in apart:
                continue
            name = rules.used_name(event, mention.epc)
            known = self.by_name.get(name) or self.known.get(name)
            found[mention.epc] = known or _brought(name, mention, organisation_id)
        return found

    def is_there(self, event: Event, name: str) -> bool:
        """Whether a name of the event stands for a thing that was known before, and that it has a say on."""
        if name in (event.extension("apart") or ()):
            return False
        used = rules.used_name(event, name)
        return bool(self.by_name.get(used) or self.known.get(used))

    def inside_of(self, epcs: Iterable[str]) -> set[str]:
        found: set[str] = set()
        layer = set(epcs)
        while layer:
            layer = {child for epc in layer for child in self.contents.get(epc, ())} - found
            found |= layer
        return found

    @staticmethod
    def _looks_back(event: Event, states: Iterable[State]) -> bool:
        if (
            event.error_declaration
            or event.extension("withdrawn")
            or (event.parent_id and event.action == "DELETE")
        ):
            return True
        return any(state.is_later(event.event_time) for state in states)

    def _process_of(self, event: Event, organisation_id: int) -> Known | None:
        if event.type != "TransformationEvent":
            return None
        name = _process_name(event)
        known = self.by_name.get(name) or self.known.get(name)
        if known and (known.level != indexing.PROCESS or known.organisation_id != organisation_id):
            name = rules.key_beside(name, str(event.extension("organisation")))
            known = self.meet(name)
        state = State(indexing.PROCESS, lifecycle="active")
        return known or Known(name, indexing.PROCESS, organisation_id, state, brought=False)

    def take(self, seq: int, judged: Judged) -> None:
        """The event is entry `seq`: from now on things are as it left them."""
        for name, known in judged.things.items():
            if known.epc not in self.known:
                known.minted_seq = seq
                self.known[known.epc] = known
            self.by_name[name] = known
        if (process := judged.process) and process.epc not in self.known:
            process.minted_seq = seq
            self.known[process.epc] = self.by_name[process.epc] = process
        for epc, state in judged.states.items():
            known = self.known[epc]
            self._reindex(epc, known.state, state)
            known.state, known.last_seq, known.changed = state, seq, True
        self._note(seq, judged)

    def bring_in(self, seq: int, judged: Judged) -> None:
        """Only the things that the event names first, for one that is settled on its own."""
        new = [known for known in judged.things.values() if not known.id]
        for known in new:
            known.minted_seq = seq
        rows.add_things(
            self.session, [_row_of(known) for known in {known.epc: known for known in new}.values()]
        )

    def _note(self, seq: int, judged: Judged) -> None:
        event, things, process = judged.event, judged.things, judged.process
        mentions = [mention for mention in judged.mentions if mention.epc in things]
        once = {(things[m.epc].epc, m.role): (things[m.epc], seq, m) for m in mentions}
        self.rows.mentions += once.values()
        companies = {judged.organisation_id, *self._companies(event)}
        along = [self.known[epc] for epc in carried_along(judged.states)]
        for known in {
            known.epc: known for known in (*things.values(), *along, *([process] if process else []))
        }.values():
            self.rows.parties |= {(known.epc, company): known for company in companies}
        if event.extension("apart"):
            self.rows.apart.append((seq, event))
        self.rows.references += indexing.reference_rows(seq, event)
        for source, target, kind, quantity in _ties(event, mentions, things, process):
            self.rows.edges.append((source, target, kind, quantity, seq))

    def _companies(self, event: Event) -> Iterable[int]:
        named = [value.removeprefix("hdl:") for value in rules.parties_named(event)]
        if unknown := [name for name in named if name not in self.companies]:
            self.companies |= dict.fromkeys(unknown, 0) | rows.companies(self.session, unknown)
        return [self.companies[name] for name in named if self.companies[name]]

    def _reindex(self, epc: str, old: State | None, new: State) -> None:
        for container in containers(old) if old else ():
            self.contents[container].discard(epc)
        for container in containers(new):
            self.contents.setdefault(container, set()).add(epc)

    def flush(self) -> None:
        """Writes what was taken since the last time."""
        new = [known for known in self.known.values() if not known.id]
        ids = rows.add_things(self.session, [_row_of(known) for known in new])
        for known in new:
            known.id = ids[known.epc]
        changed = [known for known in self.known.values() if known.changed]
        old = [known for known in changed if known.epc not in ids]
        rows.save_things(self.session, [_state_row(known) | {"id": known.id} for known in old])
        self._save_balances(changed)
        for known in changed:
            # somebody else may have read the row, and would go on with what they read
            row = items.in_memory(self.session, known.id)
            if row is not None:
                items.keep_in_step(row, known.state, known.last_seq or 0, known.state.unit[:3])
            known.changed = False
        self._add_rows()

    def _save_balances(self, changed: Sequence[Known]) -> None:
        lots = [known for known in changed if known.level == "lot"]
        balances = {known.id: items.balance_rows(known.state.balances) for known in lots}
        rows.save_balances(self.session, balances, [known.id for known in lots if known.stocked])
        for known in lots:
            known.stocked = bool(balances[known.id])

    def _add_rows(self) -> None:
        written, self.rows = self.rows, _Rows()
        for seq, event in written.apart:
            indexing.index_apart(self.session, seq, event)
        rows.add_rows(
            self.session,
            mentions=[
                {"thing_id": known.id, "seq": seq, "role": m.role, "quantity": m.quantity}
                for known, seq, m in written.mentions
            ],
            parties=sorted((known.id, company) for (_, company), known in written.parties.items()),
            references=written.references,
            edges=[
                {"source_id": a.id, "target_id": b.id, "kind": kind, "quantity": quantity, "seq": seq}
                for a, b, kind, quantity, seq in written.edges
            ],
        )


def _process_name(event: Event) -> str:
    return rules.key_of(event.transformation_id or event.event_id)


def _brought(name: str, mention: Mention, organisation_id: int) -> Known:
    role = f"{mention.role} quantity" if mention.quantity is not None or mention.uom else mention.role
    level = rules.level_of(name, role)
    unit = mention.uom if level == "lot" else ""
    state = State(level, lifecycle="active", unit=unit)
    return Known(name, level, organisation_id, state)


def _row_of(known: Known) -> dict[str, Any]:
    lot, serial = rules.numbers_in(known.epc) if known.brought else ("", "")
    return {
        "epc": known.epc,
        "level": known.level,
        "organisation_id": known.organisation_id,
        "minted_seq": known.minted_seq,
        "brought": known.brought,
        "lot": lot,
        "serial": serial,
        **_state_row(known),
    }


_told = attrgetter(*items.STATE_COLUMNS)


def _state_row(known: Known) -> dict[str, Any]:
    told = dict(zip(items.STATE_COLUMNS, _told(known.state), strict=True))
    return told | {"unit": known.state.unit[:3], "last_seq": known.last_seq}


def _ties(
    event: Event, mentions: Sequence[Mention], things: Mapping[str, Known], process: Known | None
) -> Iterable[tuple[Known, Known, str, Any]]:
    if process:
        yield from ((things[m.epc], process, "consumed", m.quantity) for m in mentions if m.role == "input")
        yield from ((process, things[m.epc], "produced", m.quantity) for m in mentions if m.role == "output")
    elif event.parent_id in things and event.action == "ADD":
        kind = "assembled" if event.type == "AssociationEvent" else "packed"
        parent = things[event.parent_id]
        yield from ((things[m.epc], parent, kind, m.quantity) for m in mentions if m.role == "child")
