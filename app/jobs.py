"""Slow work: asked for in a transaction, done by a runner process, its result kept for download.

A job is claimed by a lease that its runner renews. A runner that is killed stops renewing; then the job is given to
another, at most `MOST_TRIES` times. Whoever lost the lease cannot finish the job any more, so it ends exactly once.
"""

import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, or_, select, update
from sqlmodel import Session, col

from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError, Unknown
from app.settings import Settings
from app.store import database
from app.store.tables import Job
from app.translating import gettext_in

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
MOST_TRIES = 3
# What can be asked for, and the function that does it: it writes one file into `work.folder` and returns its path.
# Named, not imported: a web process that only asks must not load what draws.
KINDS = {
    "labels-pdf": "app.jobkinds:labels_pdf",
    "trace-pdf": "app.jobkinds:trace_pdf",
    "mint": "app.jobkinds:mint",
}
FORGOTTEN = timedelta(seconds=10)  # a queued job older than this was never enqueued, or its queue was lost


class Cancelled(Exception):
    """Raised inside a job at its next progress call after someone pressed cancel, or when the lease was lost."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job's function gets: for whom, in which language, a folder for its file, and `progress(done, total)`."""

    settings: Settings
    engine: Engine
    actor: Actor
    language: str
    gettext: Callable[[str], str]
    folder: Path
    job_id: str
    progress: Callable[[int, int], None]


def request(
    session: Session, actor: Actor, kind: str, parameters: dict[str, Any], language: str, now: datetime
) -> str:
    """Writes the job down and returns its id; the edge calls `jobqueue.enqueue` after the commit."""
    if kind not in KINDS:
        raise Malformed(
            "unknown-job",
            N_("There is no job '{kind}'."),
            N_("Choose one of: {known}."),
            kind=kind,
            known=", ".join(KINDS),
        )
    job_id = secrets.token_hex(16)
    job = Job(
        id=job_id,
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        kind=kind,
        parameters=parameters,
        language=language,
        record_time=now,
    )
    session.add(job)
    session.flush()
    return job_id


def job_of(session: Session, actor: Actor, job_id: str) -> Job:
    """A job of the actor's own organisation."""
    job = session.get(Job, job_id)
    if job is None or job.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-job", N_("There is no job {job}."), N_("Look in the list of jobs."), job=job_id
        )
    return job


def jobs_of(session: Session, actor: Actor, limit: int = 50) -> list[Job]:
    query = select(Job).where(col(Job.organisation_id) == actor.organisation_id)
    return list(session.execute(query.order_by(col(Job.record_time).desc()).limit(limit)).scalars())


def cancel(session: Session, actor: Actor, job_id: str, now: datetime) -> Job:
    """Stops a job that has not ended; a running one stops at its next step."""
    job = job_of(session, actor, job_id)
    if job.state not in {"queued", "running"}:
        raise Refused("job-ended", N_("This job has ended already ({state})."), "", state=job.state)
    job.state, job.finished, job.lease = "cancelled", now, None
    session.add(job)
    return job


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


def run(settings: Settings, engine: Engine, job_id: str) -> None:
    """Does one job, unless another runner has it or it has ended. Never raises for what the job itself does wrong."""
    claimed = _claim(engine, job_id)
    if claimed is None:
        return
    job, actor = claimed
    folder = settings.results_dir / job_id / f"try-{job.attempts}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _heartbeat(engine, job) as progress:
            work = Work(
                settings, engine, actor, job.language, gettext_in(job.language), folder, job_id, progress
            )
            made = _function_of(job.kind)(work, job.parameters)
            made.replace(settings.results_dir / job_id / made.name)
        _finish(engine, job, state="done", result=made.name)
    except Cancelled:
        shutil.rmtree(settings.results_dir / job_id, ignore_errors=True)
    except TraceError as error:
        sentence = " ".join(
            gettext_in(job.language)(part).format(**error.values)
            for part in (error.message, error.hint)
            if part
        )
        _finish(engine, job, state="failed", error_code=error.code, error=sentence)
    except OSError as error:
        sentence = gettext_in(job.language)(
            N_("The file could not be written: {reason}. Free some space and start it again.")
        )
        _finish(
            engine,
            job,
            state="failed",
            error_code="file-failed",
            error=sentence.format(reason=error.strerror or ""),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _function_of(kind: str) -> Callable[[Work, dict[str, Any]], Path]:
    module, _, name = KINDS[kind].partition(":")
    function: Callable[[Work, dict[str, Any]], Path] = getattr(import_module(module), name)
    return function


def _claim(engine: Engine, job_id: str) -> tuple[Job, Actor] | None:
    from app.services.authenticating import actor_of_operator

    now = datetime.now(UTC)
    free = (col(Job.state) == "queued") | ((col(Job.state) == "running") & (col(Job.lease) < now))
    with database.writing(engine) as session:
        claim = (
            update(Job)
            .where(col(Job.id) == job_id, free)
            .values(state="running", lease=now + LEASE, attempts=Job.attempts + 1)
        )
        if session.connection().execute(claim).rowcount == 0:
            return None
        job = session.execute(select(Job).where(col(Job.id) == job_id)).scalar_one()
        if job.attempts > MOST_TRIES:
            _give_up(session, job, now)
            return None
        return job, actor_of_operator(session, job.operator_id)


def _give_up(session: Session, job: Job, now: datetime) -> None:
    sentence = gettext_in(job.language)(
        N_("The worker died {tries} times over this job. Ask your node's operator to look at its log.")
    )
    job.state, job.error_code, job.error = "failed", "worker-died", sentence.format(tries=MOST_TRIES)
    job.lease, job.finished = None, now
    session.add(job)


@contextmanager
def _heartbeat(engine: Engine, job: Job) -> Iterator[Callable[[int, int], None]]:
    """Renews the lease from a thread of its own, since one step of a job may take longer than a lease."""
    stop, lost = threading.Event(), threading.Event()
    counts = {"done": 0, "total": 0}

    def renew() -> None:
        while not stop.wait(RENEW_SECONDS):
            if not _update(engine, job, lease=datetime.now(UTC) + LEASE, **counts):
                lost.set()
                return

    def progress(done: int, total: int) -> None:
        if lost.is_set():
            raise Cancelled
        percent = lambda value: value * 100 // total if total else 0  # noqa: E731
        changed = percent(done) != percent(counts["done"]) or total != counts["total"]
        counts.update(done=done, total=total)
        if changed and not _update(engine, job, lease=datetime.now(UTC) + LEASE, **counts):
            raise Cancelled

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join()


def _update(engine: Engine, job: Job, **values: Any) -> bool:
    """Changes the job only while this try of it holds it."""
    mine = (col(Job.id) == job.id) & (col(Job.state) == "running") & (col(Job.attempts) == job.attempts)
    with database.writing(engine) as session:
        return session.connection().execute(update(Job).where(mine).values(**values)).rowcount == 1


def _finish(engine: Engine, job: Job, **values: Any) -> None:
    _update(engine, job, lease=None, finished=datetime.now(UTC), **values)


def main() -> None:
    """Reads job ids from stdin, one a line, and says each back when it is finished."""
    settings = Settings.from_env()
    engine = database.engine_for(settings.sqlalchemy_url)
    for line in sys.stdin:
        run(settings, engine, line.strip())
        print(line.strip(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
