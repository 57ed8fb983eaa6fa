"""EPCIS events of others come into the log: any event of the standard, one or many, each recorded once.

`prepare` judges each event on its own, before a transaction is begun; `capture_prepared` does the rest inside one:
what is there already, whose names are used, what the rules of custody say, and then one INSERT for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import captured as rules
from app.domain import custody, epcis
from app.domain.captured import PROCEED, ROLLBACK
from app.domain.epcis import Event
from app.domain.people import Actor
from app.errors import N_, Conflict, TraceError
from app.services import naming_things
from app.services.preparing import Prepared, prepare
from app.services.replaying import look_back
from app.services.settling import Judged, Settling
from app.store import captured as rows
from app.store import database, log

AT_A_TIME = 1_000  # events held in memory before they are written

__all__ = ["PROCEED", "ROLLBACK", "Outcome", "capture_events", "capture_prepared", "prepare"]


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
    outcomes: dict[int, Outcome] = {}
    good = sorted((p for p in prepared if p.problem is None), key=_happened)
    bad = [Outcome(p.index, p.event_id, problem=p.problem) for p in prepared if p.problem]
    first = log.size(session)
    try:
        with session.begin_nested():
            desk = _Desk(session, actor, now, first)
            for start in range(0, len(good), AT_A_TIME):
                for outcome in desk.record(good[start : start + AT_A_TIME]):
                    outcomes[outcome.index] = outcome
            if behaviour == ROLLBACK:
                _check_all([*bad, *outcomes.values()])
    except _Refused:
        session.expire_all()
        outcomes = {key: _taken_back(outcome, first) for key, outcome in outcomes.items()}
    return sorted((*outcomes.values(), *bad), key=lambda each: each.index)


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
    """Takes events of one company in, some hundred at a time, inside one transaction that holds the lock of the log."""

    def __init__(self, session: Session, actor: Actor, now: datetime, size: int) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.namespaces = rows.namespaces(session)
        self.settling = Settling(session, self.namespaces)
        self.names = naming_things.Names(session, actor, self.settling, self.namespaces)
        self.size = size
        self.waiting: list[dict[str, Any]] = []  # rows of the log that are not written yet

    def record(self, block: Sequence[Prepared]) -> Iterable[Outcome]:
        known = self._known(block)
        self.settling.forget()
        self.settling.load(_typed(each) for each in block)
        for prepared in block:
            try:
                yield self._one(prepared, known)
            except TraceError as problem:
                yield Outcome(prepared.index, prepared.event_id, problem=problem)
        self._write()

    def _known(self, block: Sequence[Prepared]) -> dict[str, tuple[int, int, str]]:
        """What stands in the log under the ids of these events: (entry, whose, hash) by key."""
        keys = [key for each in block for key in self._keys(each)]
        return {
            key: (entry.seq, entry.organisation_id, _hash_in(entry))
            for key, entry in rows.recorded(self.session, keys).items()
        }

    def _keys(self, prepared: Prepared) -> tuple[str, ...]:
        event = _typed(prepared)
        plain = rules.key_of(event.event_id)
        if event.error_declaration is None:
            return plain, rules.key_beside(event.event_id, self.actor.prefix)
        beside = rules.key_beside(event.event_id, self.actor.prefix)
        return rules.key_of_declaration(event, self.actor.prefix), plain, beside

    def _one(self, prepared: Prepared, known: dict[str, tuple[int, int, str]]) -> Outcome:
        event = _typed(prepared)
        keys = self._keys(prepared)
        mine = [known[key] for key in keys if key in known and known[key][1] == self.actor.organisation_id]
        if event.error_declaration:
            if keys[0] in known:
                return Outcome(prepared.index, prepared.event_id, known[keys[0]][0], existed=True)
            key = keys[0]
        elif mine:
            return self._again(prepared, *mine[0])
        else:
            key = keys[1] if keys[0] in known else keys[0]
        seq, notices = self._settled(prepared, key, bool(mine))
        known[key] = (seq, self.actor.organisation_id, prepared.hash)
        return Outcome(prepared.index, prepared.event_id, seq, notices=notices)

    def _again(self, prepared: Prepared, seq: int, _: int, digest: str) -> Outcome:
        if digest == prepared.hash:
            return Outcome(prepared.index, prepared.event_id, seq, existed=True)
        raise Conflict(
            "event-differs",
            N_("The event {event_id} is recorded already, with other content."),
            N_("Give the event an id of its own, or correct the first one by an error declaration."),
            event_id=prepared.event_id,
        )

    def _settled(
        self, prepared: Prepared, key: str, corrects: bool
    ) -> tuple[int, tuple[custody.Notice, ...]]:
        told = self.names.told_of(_typed(prepared))
        if key != prepared.event_id:
            told["key"] = key
        body = rules.envelope(
            prepared.event, prepared.hash, self.actor.prefix, self.actor.name, self.now, **told
        )
        event = _with(_typed(prepared), self.actor, self.now, told)
        things = self.settling.things_of(event, self.actor.organisation_id)
        lenient = self.names.lenient(things)
        judged = self.settling.judge(event, self.actor.organisation_id, strict=True, lenient=lenient)
        row = {
            "seq": self.size,
            "event_id": key,
            "organisation_id": self.actor.organisation_id,
            "step": event.extension("step"),
            "event_time": event.event_time,
            "record_time": self.now,
            "version": rules.VERSION,
            "body": body.decode(),
        }
        notices = self._looked_back(row, judged, lenient) if judged.looks_back else judged.notices
        if not judged.looks_back:
            self.settling.take(self.size, judged)
            self.waiting.append(row)
        self.size += 1
        if event.error_declaration and not corrects:
            notices = (*notices, _nothing_corrected(prepared.event_id))
        return self.size - 1, notices

    def _looked_back(
        self, row: dict[str, Any], judged: Judged, lenient: frozenset[str]
    ) -> tuple[custody.Notice, ...]:
        """For what has to be laid beside the history of its things: alone, in a savepoint of its own."""
        self._write()
        try:
            with self.session.begin_nested():
                log.append_rows(self.session, [row])
                effect = look_back(self.session, self.settling, row["seq"], judged, lenient=lenient)
        except TraceError:
            self.session.expire_all()
            raise
        return effect.notices

    def _write(self) -> None:
        log.append_rows(self.session, self.waiting)
        self.waiting = []
        self.settling.flush()


def _hash_in(entry: rows.Recorded) -> str:
    return str(orjson.loads(entry.body)["hash"]) if entry.version == rules.VERSION else ""


def _with(event: Event, actor: Actor, now: datetime, told: Mapping[str, Any]) -> Event:
    """The event as it will be read out of the log."""
    said = {"organisation": actor.prefix, "operator": actor.name, "recorded": epcis.time_text(now), **told}
    ours = {f"suyuan:{key}": value for key, value in said.items() if value}
    known = replace(event, extensions=dict(event.extensions) | ours)
    return rules.in_our_words(known, told.get("names") or {})


def _nothing_corrected(event_id: str) -> custody.Notice:
    return custody.Notice(
        "nothing-corrected",
        N_("No event {event_id} is on record that this could correct."),
        {"event_id": event_id},
    )
