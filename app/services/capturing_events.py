"""EPCIS events of others come into the log: any event of the standard, one or many, each recorded once.

`prepare` judges each event on its own, before a transaction is begun; `capture_prepared` does the rest inside one:
what is there already, whose names are used, what the rules of custody say, and then one INSERT for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlmodel import Session

from app.domain import captured as rules
from app.domain import custody, epcis
from app.domain.captured import PROCEED, ROLLBACK
from app.domain.custody_settings import Verdicts
from app.domain.epcis import Event
from app.domain.people import Actor
from app.errors import N_, Conflict, Refused, TraceError
from app.services import ancestry
from app.services.declaring import Declared
from app.services.naming_things import Names
from app.services.preparing import Prepared, prepare
from app.services.replaying import look_back
from app.services.settling import Judged, Known, Settling
from app.store import captured as rows
from app.store import database, events, items, log

JOINING = {"TransformationEvent", "AssociationEvent"}
MADE, USED = {"output", "parent"}, {"input", "child"}
AT_A_TIME = 1_000  # events held in memory before they are written

__all__ = ["PROCEED", "ROLLBACK", "Outcome", "capture_each", "capture_events", "capture_prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the event at `index`: entry `seq` of the log (`existed`: it was there before), or its `problem`.
    Without both: it would have been recorded, had another event not been refused."""

    index: int
    event_id: str
    seq: int | None = None
    existed: bool = False
    problem: TraceError | None = None
    notices: tuple[custody.Notice, ...] = ()


def capture_events(
    session: Session,
    actor: Actor,
    events: Sequence[Mapping[str, Any]],
    now: datetime,
    behaviour: str = ROLLBACK,
) -> list[Outcome]:
    """Records EPCIS 2.0 events in their JSON form, as `capture_prepared`; judges them inside the transaction."""
    return capture_prepared(session, actor, prepare(events, now), now, behaviour)


def capture_prepared(
    session: Session,
    actor: Actor,
    prepared: Sequence[Prepared],
    now: datetime,
    behaviour: str = ROLLBACK,
) -> list[Outcome]:
    """One outcome for each event, in the order given; nothing is raised for what an event does wrong.

    ROLLBACK: with one problem none of them is recorded. PROCEED: those without are. They go into the log in the order
    in which they happened. Forbidden for who may not record at all.
    """
    actor.require("scan")
    database.lock_log(session)
    good = sorted((p for p in prepared if p.problem is None), key=_happened)
    outcomes = {p.index: Outcome(p.index, p.event_id, problem=p.problem) for p in prepared if p.problem}
    first = log.size(session)
    try:
        with session.begin_nested():
            desk = _Desk(session, now, first)
            for start in range(0, len(good), AT_A_TIME):
                block = good[start : start + AT_A_TIME]
                recorded = desk.record([(actor, each) for each in block])
                outcomes |= {outcome.index: outcome for outcome in recorded}
            if behaviour == ROLLBACK:
                _check_all(outcomes.values())
    except _Refused:
        session.expire_all()
        outcomes = {key: _taken_back(outcome, first) for key, outcome in outcomes.items()}
    return [outcomes[each.index] for each in prepared]


def capture_each(session: Session, asked: Sequence[tuple[Actor, Prepared]], now: datetime) -> list[Outcome]:
    """Single events of several people, each on its own: what is wrong with one is nothing to the others. All are judged
    in the order given; the numbers they came with count for nothing here."""
    database.lock_log(session)
    return _Desk(session, now, log.size(session)).record(asked)


class _Known(NamedTuple):
    """An entry of the log: its number, whose it is, and the hash of its event."""

    seq: int
    organisation_id: int
    hash: str


class _Refused(Exception):
    """Ends the savepoint of a capture that is all or nothing; never leaves this module."""


def _check_all(outcomes: Iterable[Outcome]) -> None:
    if any(outcome.problem for outcome in outcomes):
        raise _Refused


def _taken_back(outcome: Outcome, first: int) -> Outcome:
    stands = outcome.problem or (outcome.seq is not None and outcome.seq < first)
    return outcome if stands else Outcome(outcome.index, outcome.event_id, notices=outcome.notices)


def _happened(prepared: Prepared) -> tuple[datetime, bool, int]:
    event = _typed(prepared)
    return event.event_time, event.error_declaration is not None, prepared.index


def _typed(prepared: Prepared) -> Event:
    if prepared.typed is None:
        raise ValueError("an event with a problem is not recorded")
    return prepared.typed


class _Desk:
    """Takes events in, some hundred at a time, inside one transaction that holds the lock of the log."""

    def __init__(self, session: Session, now: datetime, size: int) -> None:
        self.session, self.now = session, now
        self.namespaces = rows.namespaces(session)
        self.settling = Settling(session, self.namespaces)
        self.names: dict[Actor, Names] = {}
        self.size = size
        self.waiting: list[dict[str, Any]] = []  # rows of the log that are not written yet
        self.indexed: list[events.IndexedEvent] = []

    def record(self, asked: Sequence[tuple[Actor, Prepared]]) -> list[Outcome]:
        known = self._known(asked)
        self.settling.forget()
        self.settling.load((_typed(each), each.mentions) for _, each in asked if each.typed)
        self.declared = Declared(self.session, asked, self.settling)
        outcomes = [self._outcome(actor, each, known) for actor, each in asked]
        self._write()
        return outcomes

    def _outcome(self, actor: Actor, prepared: Prepared, known: dict[str, _Known]) -> Outcome:
        try:
            if prepared.problem:
                raise prepared.problem
            actor.require("scan")
            return self._one(actor, prepared, known)
        except TraceError as problem:
            return Outcome(prepared.index, prepared.event_id, problem=problem)

    def _known(self, asked: Iterable[tuple[Actor, Prepared]]) -> dict[str, _Known]:
        """What stands in the log under the ids of these events, by key."""
        keys = [key for actor, each in asked if each.typed for key in _keys(actor, each)]
        return {
            key: _Known(entry.seq, entry.organisation_id, _hash_in(entry))
            for key, entry in rows.recorded(self.session, keys).items()
        }

    def _one(self, actor: Actor, prepared: Prepared, known: dict[str, _Known]) -> Outcome:
        keys = _keys(actor, prepared)
        mine = [
            known[key] for key in keys if key in known and known[key].organisation_id == actor.organisation_id
        ]
        declares = _typed(prepared).error_declaration is not None
        if declares and keys[0] in known:
            return Outcome(prepared.index, prepared.event_id, known[keys[0]].seq, existed=True)
        if declares and mine and not mine[0].hash:
            raise _step_of_our_own(prepared.event_id)
        if mine and not declares:
            return _again(prepared, mine[0])
        key = keys[1] if keys[0] in known else keys[0]
        more: dict[str, Any] = {}
        if declares and not mine:
            more["declares"] = self.declared.by(actor, prepared)
        elif not declares:
            more["withdrawn"] = self.declared.before(actor, prepared)
        seq, notices = self._settled(actor, prepared, key, more)
        known[key] = _Known(seq, actor.organisation_id, prepared.hash)
        if declares and not mine and not more["declares"]:
            notices = (*notices, _nothing_corrected(prepared.event_id))
        return Outcome(prepared.index, prepared.event_id, seq, notices=notices)

    def _settled(
        self, actor: Actor, prepared: Prepared, key: str, more: dict[str, Any]
    ) -> tuple[int, tuple[custody.Notice, ...]]:
        names = self.names.get(actor)
        if names is None:
            names = self.names[actor] = Names(self.session, actor, self.settling, self.namespaces)
        told = names.told_of(_typed(prepared), prepared.mentions) | more
        if key != prepared.event_id:
            told["key"] = key
        event = _with(_typed(prepared), actor, self.now, told)
        row = self._row(actor, prepared, key, event, told)
        self._check_no_loop(event)
        mentions = epcis.mentions(event) if told["factors"] else prepared.mentions
        things = self.settling.things_of(event, mentions, actor.organisation_id)
        lenient = names.lenient(things)
        _check_right(actor, event, lenient, things)
        judged = self.settling.judge(
            event, actor.organisation_id, mentions, things, strict=True, lenient=lenient, verdicts=names.set
        )
        digest = rules.digest_of(prepared.hash)
        indexed = events.IndexedEvent(
            self.size, actor.organisation_id, key, prepared.event, digest, prepared.postings
        )
        if judged.looks_back:
            notices = self._looked_back(row, indexed, judged, lenient, names.set)
        else:
            notices = judged.notices
            self.settling.take(self.size, judged)
            self.waiting.append(row)
            self.indexed.append(indexed)
        self.size += 1
        return self.size - 1, notices

    def _check_no_loop(self, event: Event) -> None:
        """Asked only where a thing that is there is made, or built upon, from one that is there: then the edges of what
        was taken before have to be in the database."""
        if event.type not in JOINING or event.error_declaration:
            return
        there = [m for m in epcis.mentions(event) if self.settling.is_there(event, m.epc)]
        if {m.role for m in there} & MADE and {m.role for m in there} & USED:
            self._write()
            names = {m.epc: rules.used_name(event, m.epc) for m in there}
            found = items.of_epcs(self.session, names.values())
            things = {name: found[meant] for name, meant in names.items() if meant in found}
            ancestry.check_no_loop(self.session, event, things)

    def _row(
        self, actor: Actor, prepared: Prepared, key: str, event: Event, told: Mapping[str, Any]
    ) -> dict[str, Any]:
        body = rules.envelope(prepared.event, prepared.hash, actor.prefix, actor.name, self.now, **told)
        return {
            "seq": self.size,
            "event_id": key,
            "organisation_id": actor.organisation_id,
            "step": told["step"],
            "event_time": event.event_time,
            "record_time": self.now,
            "version": rules.VERSION,
            "body": body.decode(),
        }

    def _looked_back(
        self,
        row: dict[str, Any],
        indexed: events.IndexedEvent,
        judged: Judged,
        lenient: frozenset[str],
        verdicts: Verdicts,
    ) -> tuple[custody.Notice, ...]:
        """For what has to be laid beside the history of its things: alone, in a savepoint of its own."""
        self._write()
        try:
            with self.session.begin_nested():
                log.append_rows(self.session, [row], [indexed])
                effect = look_back(
                    self.session, self.settling, row["seq"], judged, lenient=lenient, verdicts=verdicts
                )
        except TraceError:
            self.session.expire_all()
            raise
        return effect.notices

    def _write(self) -> None:
        log.append_rows(self.session, self.waiting, self.indexed)
        self.waiting, self.indexed = [], []
        self.settling.flush()


def _keys(actor: Actor, prepared: Prepared) -> tuple[str, ...]:
    """The keys under which the event may stand in the log: of a declaration its own, then those of what it declares."""
    event = _typed(prepared)
    keys = (rules.key_of(event.event_id), rules.key_beside(event.event_id, actor.prefix))
    return keys if event.error_declaration is None else (rules.key_of_declaration(event, actor.prefix), *keys)


def _again(prepared: Prepared, known: _Known) -> Outcome:
    if known.hash == prepared.hash:
        return Outcome(prepared.index, prepared.event_id, known.seq, existed=True)
    raise Conflict(
        "event-differs",
        N_("The event {event_id} is recorded already, with other content."),
        N_("Give the event an id of its own, or correct the first one by an error declaration."),
        event_id=prepared.event_id,
    )


def _check_right(actor: Actor, event: Event, lenient: frozenset[str], things: Mapping[str, Known]) -> None:
    """What takes a right of its own in the application takes it here, too, where it is about what is our own."""
    right = rules.RIGHTS.get(rules.step_in(event))
    if right and any(known.epc not in lenient for known in things.values()):
        actor.require(right)


def _step_of_our_own(event_id: str) -> Refused:
    return Refused(
        "own-step-declared",
        N_("The event {event_id} is a step that was recorded here."),
        N_("Undo it where it was recorded, which also sees whether later steps build on it."),
        event_id=event_id,
    )


def _hash_in(entry: rows.Recorded) -> str:
    return str(orjson.loads(entry.body)["hash"]) if entry.version == rules.VERSION else ""


def _with(event: Event, actor: Actor, now: datetime, told: Mapping[str, Any]) -> Event:
    """The event as it will be read out of the log."""
    said = {"organisation": actor.prefix, "operator": actor.name, "recorded": epcis.time_text(now), **told}
    ours = {f"suyuan:{key}": value for key, value in said.items() if value and key != "declares"}
    known = event.extended(ours)
    if (declaration := event.error_declaration) and told.get("declares"):
        known = replace(known, error_declaration=replace(declaration, of=told["declares"]))
    return rules.in_our_words(known, told.get("names") or {})


def _nothing_corrected(event_id: str) -> custody.Notice:
    message = N_("No event {event_id} is on record that this could correct.")
    return custody.Notice("nothing-corrected", message, {"event_id": event_id})
