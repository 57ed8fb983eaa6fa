"""Slow work, as pages and programs see it: asked for in a transaction, followed, cancelled, its file downloaded again.

What does the work is `app.jobrunner`, in a process of its own.
"""

import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app import jobqueue
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.settings import Settings
from app.store import database
from app.store.tables import Job

# Anything else is not asked of the database, which may refuse it in its own words.
ID = re.compile(r"[0-9a-f]{32}")
UNFINISHED = ("queued", "running")
MOST_AT_ONCE = 50  # unfinished jobs of one organisation
FORGOTTEN = timedelta(seconds=10)  # a queued job older than this may never have reached the queue
COMMITTED = "committed"  # the key in a job's parameters under which it keeps what can no longer be taken back


class TooManyJobs(Refused):
    http_status = 429


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be asked for: the right it takes, and the function that does it.

    Functions are named, not imported: a web process that only asks must not load what draws. `undo` takes back what a
    job has recorded, in the transaction that ends it unfinished; `tidy` clears up after that, at leisure.
    """

    right: str
    function: str
    undo: str = ""
    tidy: str = ""


KINDS = {
    "labels-pdf": Kind("print", "app.jobkinds:labels_pdf"),
    "trace-pdf": Kind("trace", "app.jobkinds:trace_pdf"),
    "recall-trace": Kind("hold", "app.jobrecalling:trace"),
    "recall-hold": Kind("hold", "app.jobrecalling:hold"),
    "recall-release": Kind("hold", "app.jobrecalling:release"),
    "recall-ask": Kind("hold", "app.jobrecalling:ask"),
    "recall-pdf": Kind("report", "app.jobreports:report"),
    "recall-xlsx": Kind("report", "app.jobreports:workbook"),
    "recall-customers": Kind("report", "app.jobreports:customers"),
    "recall-exercise": Kind("report", "app.jobreports:exercise"),
    "trade-sheet": Kind("report", "app.jobsheets:trade"),
    "balance-sheet": Kind("report", "app.jobsheets:balances"),
    "quality-sheet": Kind("report", "app.jobsheets:quality"),
    "monthly-report": Kind("report", "app.jobmonthly:monthly"),
    "import-check": Kind("mint", "app.jobintake:check"),
    "import": Kind("mint", "app.jobintake:bring", undo="app.jobtakeback:undo", tidy="app.jobtakeback:tidy"),
    "capture": Kind("scan", "app.jobcapture:capture", undo="app.services.capture_jobs:undo"),
    "export": Kind("browse", "app.jobexport:export"),
    "print-run": Kind("print", "app.jobprint:make", undo="app.jobprint:undo", tidy="app.jobmint:tidy"),
    "mint": Kind("mint", "app.jobmint:mint", undo="app.jobmint:undo", tidy="app.jobmint:tidy"),
}


def request(
    session: Session, actor: Actor, kind: str, parameters: dict[str, Any], language: str, now: datetime
) -> str:
    """Writes the job down and returns its id; the edge calls `jobqueue.enqueue` after the commit."""
    if kind not in KINDS:
        raise Malformed(
            "unknown-job",
            N_("There is no job '{kind}'."),
            N_("Choose one of: {known}."),
            kind=kind[:40],
            known=", ".join(KINDS),
        )
    actor.require(KINDS[kind].right)
    _check_turn(session, actor)
    job = Job(
        id=secrets.token_hex(16),
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        kind=kind,
        parameters=parameters,
        language=language,
        record_time=now,
    )
    session.add(job)
    session.flush()
    return job.id


def _check_turn(session: Session, actor: Actor) -> None:
    """No organisation fills the queue that all share."""
    own = (col(Job.organisation_id) == actor.organisation_id, col(Job.state).in_(UNFINISHED))
    if session.execute(select(func.count()).select_from(Job).where(*own)).scalar_one() >= MOST_AT_ONCE:
        raise TooManyJobs(
            "too-many-jobs",
            N_("{count} jobs of your organisation are waiting already."),
            N_("Wait until some are done, or cancel them."),
            count=MOST_AT_ONCE,
        )


def job_of(session: Session, actor: Actor, job_id: str) -> Job:
    """A job of the actor's own organisation, of a kind that the actor may ask for."""
    job = session.get(Job, job_id) if ID.fullmatch(job_id) else None
    if job is None or job.organisation_id != actor.organisation_id or job.kind not in _kinds_for(actor):
        raise Unknown(
            "unknown-job", N_("There is no job {job}."), N_("Look in the list of jobs."), job=job_id[:40]
        )
    return job


def jobs_of(session: Session, actor: Actor, limit: int = 50, after: str = "") -> list[Job]:
    """Newest first, from the one behind the job `after`."""
    own = (col(Job.organisation_id) == actor.organisation_id, col(Job.kind).in_(_kinds_for(actor)))
    query = select(Job).where(*own)
    if after:
        last = job_of(session, actor, after)
        at_once = (col(Job.record_time) == last.record_time) & (col(Job.id) > last.id)
        query = query.where((col(Job.record_time) < last.record_time) | at_once)
    query = query.order_by(col(Job.record_time).desc(), col(Job.id)).limit(limit)
    return list(session.execute(query).scalars())


def cancel(session: Session, actor: Actor, job_id: str, now: datetime) -> Job:
    """Stops a job that has not ended, a running one at its next step. The edge calls `discard` after the commit."""
    job = job_of(session, actor, job_id)
    session.refresh(job, with_for_update=True)  # its runner may be ending it at this moment
    if job.state not in UNFINISHED:
        raise Refused("job-ended", N_("This job has ended already."), N_("Look at its result."))
    if COMMITTED in job.parameters:
        raise Refused(
            "too-late-to-cancel",
            N_("What this job was to record is recorded already; only its file is still being written."),
            N_("Wait a moment for the file."),
        )
    job.state, job.finished, job.lease = "cancelled", now, None
    session.add(job)
    undo(session, job, now)
    return job


def undo(session: Session, job: Job, now: datetime) -> None:
    """Takes back what a job that ends unfinished has recorded."""
    if name := KINDS[job.kind].undo:
        function_of(name)(session, job, now)


def function_of(name: str) -> Callable[..., Any]:
    """'app.module:function' as the function."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def is_unfinished(session: Session, job_id: str) -> bool:
    job = session.get(Job, job_id, populate_existing=True) if job_id else None
    return job is not None and job.state in UNFINISHED


def discard(settings: Settings, job_id: str) -> None:
    """Takes away what a job has written so far. A runner that still writes there loses its folder, and so its try."""
    shutil.rmtree(settings.results_dir / job_id, ignore_errors=True)


def result_path(settings: Settings, job: Job) -> Path:
    """The file of a finished job."""
    path = settings.results_dir / job.id / job.result
    if job.state != "done" or not path.is_file():
        raise Unknown("no-result", N_("This job has no file to download."), N_("Start it again."))
    return path


def forgotten(session: Session, now: datetime) -> list[str]:
    """Jobs that nobody works on though they should be: never enqueued, or their runner died."""
    lost = (col(Job.state) == "queued") & (col(Job.record_time) < now - FORGOTTEN)
    died = (col(Job.state) == "running") & (col(Job.lease) < now)
    return list(session.execute(select(col(Job.id)).where(or_(lost, died))).scalars())


def revive(settings: Settings, session: Session, now: datetime) -> None:
    """Queues every unfinished job again: at once what waits, and what runs for when its lease ends, should its runner
    be dead. Too often does no harm, since a job is claimed before it is done."""
    query = select(col(Job.id), col(Job.lease)).where(col(Job.state).in_(UNFINISHED))
    for job_id, lease in session.execute(query.order_by(col(Job.record_time))):
        jobqueue.enqueue(settings, job_id, wait=max(lease - now, timedelta()) if lease else timedelta())


def _kinds_for(actor: Actor) -> list[str]:
    return [name for name, kind in KINDS.items() if actor.may(kind.right)]


def main() -> None:
    """What the worker asks for when it starts, and when a runner of its died."""
    settings = Settings.from_env()
    with database.reading(database.engine_for(settings.sqlalchemy_url)) as session:
        revive(settings, session, datetime.now(UTC))


if __name__ == "__main__":
    main()
