"""Captures of documents with many events (EPCIS 2.0 §12.6.2): asked for, followed, and what became of each event.

A small document is captured within the request and its job is finished when it is told; a larger one waits in a file
for the worker (see app.jobcapture). `record` is the one place where either takes events in.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.captured import PROCEED, ROLLBACK
from app.domain.people import Actor
from app.errors import N_, Malformed, Unknown
from app.services.capturing_events import Outcome, capture_prepared
from app.services.preparing import Prepared
from app.store import captures
from app.store.tables import CaptureJob

INSIDE = 500  # events that are taken in within a request
MOST_EVENTS = (
    20_000  # of one document, which may have to be recorded as a whole: a few seconds for all others
)
MOST_ERRORS = 100  # that are kept of one job
ID = re.compile(r"[0-9a-f]{32}")
WAITING, RUNNING, FINISHED = "waiting", "running", "finished"

__all__ = [
    "INSIDE",
    "MOST_EVENTS",
    "PROCEED",
    "ROLLBACK",
    "Capture",
    "begin",
    "begin_later",
    "job_of",
    "jobs_of",
]


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture as EPCIS tells it. `errors` are dicts with index, event_id, code, message and hint (templates), values;
    at most MOST_ERRORS of the `failed`. `known` events were on record before."""

    capture_id: str
    number: int
    created_at: datetime
    finished_at: datetime | None
    running: bool
    success: bool
    behaviour: str
    events: int
    captured: int
    known: int
    failed: int
    errors: tuple[dict[str, Any], ...]
    job_id: str = ""


def new_id() -> str:
    return secrets.token_hex(16)


def begin(
    session: Session, actor: Actor, prepared: Sequence[Prepared], behaviour: str, now: datetime
) -> Capture:
    """Captures within this transaction. Malformed for more events than one capture may have."""
    check_count(len(prepared))
    row = captures.add(session, _row(actor, new_id(), len(prepared), behaviour, now))
    outcomes = capture_prepared(session, actor, prepared, now, behaviour)
    note(session, actor, row.id, outcomes, now, last=True)
    return job_of(session, actor, row.id)


def begin_later(
    session: Session,
    actor: Actor,
    capture_id: str,
    events: int,
    behaviour: str,
    job_id: str,
    now: datetime,
) -> Capture:
    """Writes down that a document waits; `job_id` is the slow work (`app.jobs`) that will take it in."""
    check_count(events)
    row = _row(actor, capture_id, events, behaviour, now)
    row.job_id = job_id
    return _told(captures.add(session, row))


def check_count(events: int) -> None:
    if events > MOST_EVENTS:
        raise Malformed(
            "too-many-events",
            N_("This document has {count} events."),
            N_("Send up to {most} in one document."),
            count=events,
            most=MOST_EVENTS,
        )


def note(
    session: Session,
    actor: Actor,
    capture_id: str,
    outcomes: Iterable[Outcome],
    now: datetime,
    *,
    last: bool,
) -> None:
    """Adds to a capture what became of some more of its events; with `last` it is finished."""
    row = _row_of(session, actor, capture_id)
    done = list(outcomes)
    faults = [outcome for outcome in done if outcome.problem]
    row.next += len(done)
    row.known += sum(outcome.existed for outcome in done)
    row.captured += sum(outcome.seq is not None and not outcome.existed for outcome in done)
    row.failed += len(faults)
    row.errors = [*row.errors, *(error_of(outcome) for outcome in faults)][:MOST_ERRORS]
    row.success = row.success and not faults
    row.state = FINISHED if last else RUNNING
    row.finished = now if last else None
    session.add(row)
    session.flush()


def error_of(outcome: Outcome) -> dict[str, Any]:
    """The problem of an event, so that it can be kept and told in any language."""
    problem = outcome.problem
    if problem is None:
        raise ValueError("this event has no problem")
    return {
        "index": outcome.index,
        "event_id": outcome.event_id[:200],
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "values": {name: _plain(value) for name, value in problem.values.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return str(value)[:300] if isinstance(value, str | Decimal) else str(value)[:100]


def job_of(session: Session, actor: Actor, capture_id: str) -> Capture:
    """A capture of the actor's own company."""
    return _told(_row_of(session, actor, capture_id))


def _row_of(session: Session, actor: Actor, capture_id: str) -> CaptureJob:
    row = captures.by_id(session, actor.organisation_id, capture_id) if ID.fullmatch(capture_id) else None
    if row is None:
        raise Unknown(
            "unknown-capture",
            N_("There is no capture {capture}."),
            N_("Look in the list of captures."),
            capture=capture_id[:40],
        )
    return row


def jobs_of(
    session: Session, actor: Actor, before: int | None = None, limit: int = 30
) -> tuple[list[Capture], int | None]:
    """The newest first, from behind number `before`; and the number to go on from, None at the end."""
    rows = captures.newest(session, actor.organisation_id, before, limit + 1)
    return [_told(row) for row in rows[:limit]], rows[limit - 1].number if len(rows) > limit else None


def undo(session: Session, job: Any, now: datetime) -> None:
    """The slow work of a capture ended without having done all: so does the capture."""
    captures.end(session, str(job.parameters["capture"]), FINISHED, now)


def _row(actor: Actor, capture_id: str, events: int, behaviour: str, now: datetime) -> CaptureJob:
    return CaptureJob(
        id=capture_id,
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        behaviour=behaviour,
        state=WAITING,
        events=events,
        record_time=now,
    )


def _told(row: CaptureJob) -> Capture:
    return Capture(
        row.id,
        row.number or 0,
        row.record_time,
        row.finished,
        row.state != FINISHED,
        row.success,
        row.behaviour,
        row.events,
        row.captured,
        row.known,
        row.failed,
        tuple(row.errors),
        row.job_id,
    )
