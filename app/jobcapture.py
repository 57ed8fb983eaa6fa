"""The job that takes in a document of EPCIS events which was too large for a request.

What can be said of the events without the log is said before it is locked. With `proceed` some hundred events go into
one transaction, with how far the job is, so that a try that takes over goes on there; with `rollback` all go into one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from app.domain.captured import ROLLBACK
from app.domain.epcis import documents
from app.jobrunner import Work
from app.jobs import COMMITTED
from app.services import capture_files, capture_jobs
from app.services.capturing_events import Outcome, capture_prepared
from app.services.preparing import Prepared, prepare
from app.store import database

BLOCK = 500


def capture(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: capture (id), media (type of the document), behaviour. Makes a list of what became of each event."""
    capture_id, behaviour = parameters["capture"], parameters["behaviour"]
    with database.reading(work.engine) as session:
        known = capture_jobs.job_of(session, work.actor, capture_id)
    folder = work.settings.uploads_dir
    if known.running:
        raw = capture_files.read(folder, capture_id)
        document = documents.read_document(raw, parameters["media"])
        if behaviour == ROLLBACK:
            _as_a_whole(work, capture_id, document)
        else:
            _as_can_be(work, capture_id, document, known.captured + known.known + known.failed)
    made = _listed(work, capture_id)
    capture_files.forget(folder, capture_id)
    return made


def _prepared(document: documents.Document, first: int, last: int) -> list[Prepared]:
    events = document.events[first:last]
    return prepare(events, datetime.now(UTC), document.hash_of, first=first)


def _as_a_whole(work: Work, capture_id: str, document: documents.Document) -> None:
    count = len(document.events)
    prepared: list[Prepared] = []
    for first in range(0, count, BLOCK):
        prepared += _prepared(document, first, first + BLOCK)
        work.progress(first, 2 * count)
    faults = [Outcome(each.index, each.event_id, problem=each.problem) for each in prepared if each.problem]
    now = datetime.now(UTC)
    with database.writing(work.engine) as session:
        outcomes: Sequence[Outcome] = faults or capture_prepared(session, work.actor, prepared, now, ROLLBACK)
        _note(work, session, capture_id, outcomes, now, last=True)


def _as_can_be(work: Work, capture_id: str, document: documents.Document, done: int) -> None:
    count = len(document.events)
    for first in range(done, count, BLOCK):
        prepared = _prepared(document, first, first + BLOCK)
        now = datetime.now(UTC)
        with database.writing(work.engine) as session:
            outcomes = capture_prepared(session, work.actor, prepared, now, capture_jobs.PROCEED)
            _note(work, session, capture_id, outcomes, now, last=first + BLOCK >= count)
        work.progress(min(first + BLOCK, count), count)


def _note(
    work: Work, session: Session, capture_id: str, outcomes: Sequence[Outcome], now: datetime, *, last: bool
) -> None:
    """In the transaction of the events, and only while this try has the job."""
    job = work.still_mine(session)
    capture_jobs.note(session, work.actor, capture_id, outcomes, now, last=last)
    if last:
        job.parameters = job.parameters | {COMMITTED: True}
        session.add(job)


def _listed(work: Work, capture_id: str) -> Path:
    with database.reading(work.engine) as session:
        told = capture_jobs.job_of(session, work.actor, capture_id)
    path = work.folder / "capture.json"
    counts = {name: getattr(told, name) for name in ("events", "captured", "known", "failed")}
    path.write_bytes(orjson.dumps(counts | {"errors": list(told.errors)}, option=orjson.OPT_INDENT_2))
    return path
