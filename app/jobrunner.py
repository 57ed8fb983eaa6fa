"""Does the jobs, one after the other, in a process that the worker starts and ends.

A job is claimed by a lease that its runner renews. A runner that is killed stops renewing; then the job is given to
another, at most `MOST_TRIES` times. Each try is numbered and has a folder of its own, and whoever lost the lease
cannot end the job any more: it ends exactly once, and a file is there only if it ended well.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from app import jobs
from app.domain.people import Actor
from app.errors import N_, TraceError
from app.jobs import KINDS
from app.services import evidencing
from app.services.authenticating import actor_of_operator
from app.settings import Settings
from app.steadying import steady
from app.store import database
from app.store.tables import Job
from app.translating import gettext_in

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
MOST_TRIES = 3


class Cancelled(Exception):
    """Raised inside a job when someone pressed cancel, or when another runner has the job now."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job's function gets: for whom, in which language, a folder for its file, and `progress(done, total)`."""

    settings: Settings
    engine: Engine
    actor: Actor
    job: Job
    folder: Path
    progress: Callable[[int, int], None]

    @property
    def gettext(self) -> Callable[[str], str]:
        return gettext_in(self.job.language)

    def still_mine(self, session: Session) -> Job:
        """The job's row, locked until the transaction ends; raises Cancelled when this try no longer holds it.

        For work that records something: what it records and that it did so go into one transaction.
        """
        held = select(Job).where(_holds(self.job)).with_for_update()
        job = session.execute(held.execution_options(populate_existing=True)).scalar_one_or_none()
        if job is None:
            raise Cancelled
        return job


def run(settings: Settings, engine: Engine, job_id: str) -> None:
    """Does one job, unless another runner has it or it has ended. Never raises for what the job itself does wrong."""
    job = _claim(engine, job_id)
    if job is None:
        return
    folder = settings.results_dir / job_id / f"try-{job.attempts}"
    ended: dict[str, Any] = {}
    digest = ""
    try:
        shutil.rmtree(folder.parent, ignore_errors=True)  # what tries that died have left
        if job.attempts > MOST_TRIES:
            raise _worker_died()
        folder.mkdir(parents=True)
        with database.reading(engine) as session:
            actor = actor_of_operator(session, job.operator_id)
        with _heartbeat(engine, job) as progress:
            work = Work(settings, engine, actor, job, folder, progress)
            made: Path = jobs.function_of(KINDS[job.kind].function)(work, job.parameters)
        ended = {"state": "done", "result": str(made.relative_to(folder.parent))}
        digest = _digest(made)
    except Cancelled:
        pass
    except TraceError as error:
        ended = _failure(job, error)
    except OSError as error:
        ended = _failure(job, _file_failed(error))
    if not (ended and _end(engine, job, ended, digest) and ended["state"] == "done"):
        _remove(folder)
        if tidy := KINDS[job.kind].tidy:
            jobs.function_of(tidy)(engine)


def _file_failed(error: OSError) -> TraceError:
    return TraceError(
        "file-failed",
        N_("The file could not be written: {reason}."),
        N_("Free some space and start it again."),
        reason=error.strerror or type(error).__name__,
    )


def _failure(job: Job, error: TraceError) -> dict[str, Any]:
    gettext = gettext_in(job.language)
    sentence = " ".join(gettext(part).format(**error.values) for part in (error.message, error.hint) if part)
    return {"state": "failed", "error_code": error.code, "error": sentence}


def _remove(folder: Path) -> None:
    """The folder of one try, and that of the job when no other try writes there."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def _claim(engine: Engine, job_id: str) -> Job | None:
    """The job, if it waits or its runner is dead."""
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
        return session.execute(select(Job).where(col(Job.id) == job_id)).scalar_one()


def _worker_died() -> TraceError:
    return TraceError(
        "worker-died",
        N_("The worker died {tries} times over this job."),
        N_("Ask your node's operator to look at its log."),
        tries=MOST_TRIES,
    )


@contextmanager
def _heartbeat(engine: Engine, job: Job) -> Iterator[Callable[[int, int], None]]:
    """Renews the lease from a thread of its own, since one step of a job may take longer than a lease."""
    stop, lost = threading.Event(), threading.Event()
    counts = {"done": 0, "total": 0}

    def renew() -> None:
        if not _update(engine, job, lease=datetime.now(UTC) + LEASE, **counts):
            lost.set()

    def renew_on_and_on() -> None:
        while not lost.is_set() and not stop.wait(RENEW_SECONDS):
            renew()

    def progress(done: int, total: int) -> None:
        told = _percent(**counts)
        counts.update(done=done, total=total)
        if _percent(done, total) != told:
            renew()
        if lost.is_set():
            raise Cancelled

    thread = threading.Thread(target=renew_on_and_on, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join()


def _percent(done: int, total: int) -> int:
    return done * 100 // total if total else 0


def _holds(job: Job) -> Any:
    """True for the job's row while this very try of it goes on."""
    return (col(Job.id) == job.id) & (col(Job.state) == "running") & (col(Job.attempts) == job.attempts)


def _update(engine: Engine, job: Job, **values: Any) -> bool:
    with database.writing(engine) as session:
        return _set(session, job, **values)


def _set(session: Session, job: Job, **values: Any) -> bool:
    return session.connection().execute(update(Job).where(_holds(job)).values(**values)).rowcount == 1


def _digest(made: Path) -> str:
    with made.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _end(engine: Engine, job: Job, values: dict[str, Any], digest: str = "") -> bool:
    """False when the job was cancelled, or taken over, before this try of it ended."""
    now = datetime.now(UTC)
    with database.writing(engine) as session:
        ended = _set(session, job, lease=None, finished=now, **values)
        if ended and values["state"] == "done":
            evidencing.note_issued(session, job.organisation_id, job.kind, digest, now)
        if ended and values["state"] == "failed":
            jobs.undo(session, job, now)
        return ended


def main() -> None:
    """Does the jobs whose ids come on stdin, one a line, and says each back when it has ended.

    Ends with stdin, even amid a job: then the worker is gone or wants to go, and the lease gives the job to another.
    """
    # Ctrl-C reaches the whole group; the worker says when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = Settings.from_env()
    engine = database.engine_for(settings.sqlalchemy_url)
    ids: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(ids,), daemon=True).start()
    steady()
    while True:
        job_id = ids.get()
        run(settings, engine, job_id)
        print(job_id, flush=True)  # noqa: T201


def _listen(ids: "SimpleQueue[str]") -> None:
    for line in sys.stdin:
        ids.put(line.strip())
    os._exit(0)


if __name__ == "__main__":
    main()
