"""An import that ends unfinished is taken back: items by withdrawing their mint, records of all or nothing in steps.

Cancelling only says so; the steps are made by whichever runner comes first, and go on after it died.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from app import jobmint
from app.jobs import COMMITTED
from app.services import taking_back
from app.store import database
from app.store.tables import Job, Operator

BEGAN = "began"  # the key in a job's parameters: the moment that all its records have in common
TO_TAKE_BACK = "take-back"  # and whether they still are to be taken back


def undo(session: Session, job: Job, now: datetime) -> None:
    """Takes back items; notes of records that they are to be taken back."""
    jobmint.undo(session, job, now)
    row = session.get_one(Job, job.id, populate_existing=True)
    if BEGAN in row.parameters and COMMITTED not in row.parameters:
        row.parameters = row.parameters | {TO_TAKE_BACK: True}
        session.add(row)


def tidy(engine: Engine) -> None:
    """Makes the steps that are due, of every job."""
    jobmint.tidy(engine)
    with database.reading(engine) as session:
        due = list(session.execute(_due()))
    for job_id, organisation_id, parameters, by in due:
        _take_back(engine, organisation_id, datetime.fromisoformat(parameters[BEGAN]), by)
        with database.writing(engine) as session:
            row = session.get_one(Job, job_id, with_for_update=True)
            row.parameters = {name: value for name, value in row.parameters.items() if name != TO_TAKE_BACK}
            session.add(row)


def _due() -> Any:
    jobs = select(col(Job.id), col(Job.organisation_id), col(Job.parameters), col(Operator.name))
    ended = col(Job.state).in_(("cancelled", "failed"))
    marked = col(Job.parameters)[TO_TAKE_BACK].as_boolean()
    return jobs.join(Operator, col(Operator.id) == col(Job.operator_id)).where(
        col(Job.kind) == "import", ended, marked
    )


def _take_back(engine: Engine, organisation_id: int, moment: datetime, by: str) -> None:
    last = 0
    while True:
        with database.reading(engine) as session:
            page = taking_back.page_of(session, organisation_id, moment, last)
        if not page:
            return
        with database.writing(engine) as session:
            taking_back.take_back(session, page, moment, datetime.now(UTC), by)
        last = page[-1][0]
