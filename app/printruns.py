"""Print runs with their jobs, for pages and programs: a run is written down with its job, in one transaction.

The edge commits, and then enqueues `run.job_id`. What the job does is `app.jobprint`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app import jobs
from app.domain.people import Actor
from app.errors import N_, Conflict
from app.services import printing
from app.services.printing import RunAsked, settling
from app.services.printing.runs import OVER
from app.store.tables import Job, PrintRun

KIND = "print-run"


def ask(session: Session, actor: Actor, asked: RunAsked, language: str, now: datetime) -> PrintRun:
    """`language` is the one in which the job tells what went wrong. Raises as `printing.request_run`."""
    return _with_job(session, actor, printing.request_run(session, actor, asked, now), language, now)


def reprint(
    session: Session,
    actor: Actor,
    run_id: int,
    positions: Sequence[int],
    reason: str,
    language: str,
    now: datetime,
    **changes: Any,
) -> PrintRun:
    """These labels again, as their next copies; `changes` are fields of RunAsked."""
    run = printing.request_reprint(session, actor, run_id, positions, reason, now, **changes)
    return _with_job(session, actor, run, language, now)


def resume(
    session: Session, actor: Actor, run_id: int, language: str, now: datetime, last: int | None = None
) -> PrintRun:
    """Sets a run going again that failed; `last` answers its question. A run that was to be stopped stops instead."""
    run = settling.answer(session, actor, run_id, last, now)
    return run if run.state in OVER else _with_job(session, actor, run, language, now)


def cancel(session: Session, actor: Actor, run_id: int, now: datetime) -> PrintRun:
    """A run that is being sent to its printer stops behind the labels that are out; any other at once. The edge calls
    `jobs.discard` for `run.job_id` after the commit where the run has stopped."""
    run = settling.cancel(session, actor, run_id, now)
    job = session.get(Job, run.job_id)
    if job and job.state in jobs.UNFINISHED and (run.state != "sending" or job.state == "queued"):
        jobs.cancel(session, actor, job.id, now)
        session.refresh(run)
    return run


def make_file(
    session: Session, actor: Actor, run_id: int, language: str, now: datetime
) -> tuple[PrintRun, bool]:
    """The file of a printed run once more, where it was cleared away; whether a job is to be enqueued for it, as one
    may be at work on it already. Nothing is printed, minted or counted. Raises Conflict for a run not printed."""
    run = printing.run_of(session, actor, run_id, lock=True)
    if run.state != "printed":
        raise Conflict(
            "run-not-printed",
            N_("Print run {run} is not printed."),
            N_("Its file can be made anew when it is."),
            run=run.id,
        )
    if jobs.is_unfinished(session, run.job_id):
        return run, False
    return _with_job(session, actor, run, language, now), True


def _with_job(session: Session, actor: Actor, run: PrintRun, language: str, now: datetime) -> PrintRun:
    run.job_id = jobs.request(session, actor, KIND, {"run": run.id}, language, now)
    session.add(run)
    session.flush()
    return run
