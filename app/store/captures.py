"""Rows of capture jobs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from app.store.tables import CaptureJob


def add(session: Session, job: CaptureJob) -> CaptureJob:
    session.add(job)
    session.flush()
    return job


def by_id(session: Session, organisation_id: int, capture_id: str) -> CaptureJob | None:
    """As it is now, whatever this transaction has read before."""
    query = select(CaptureJob).where(
        col(CaptureJob.id) == capture_id, col(CaptureJob.organisation_id) == organisation_id
    )
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def newest(session: Session, organisation_id: int, before: int | None, limit: int) -> Sequence[CaptureJob]:
    """The newest first; with `before`, those older than that number."""
    query = select(CaptureJob).where(col(CaptureJob.organisation_id) == organisation_id)
    if before is not None:
        query = query.where(col(CaptureJob.number) < before)
    return session.execute(query.order_by(col(CaptureJob.number).desc()).limit(limit)).scalars().all()


def end(session: Session, capture_id: str, state: str, now: datetime) -> None:
    """Of a job that has not ended: it has, without success."""
    unfinished = (col(CaptureJob.id) == capture_id, col(CaptureJob.state) != state)
    session.execute(update(CaptureJob).where(*unfinished).values(state=state, success=False, finished=now))
