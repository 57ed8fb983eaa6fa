"""Rows of idempotency keys: claimed before the work, filled in after it, in the transaction of the work."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from app.store.database import Taken
from app.store.tables import IdempotencyKey


def find(session: Session, organisation_id: int, key: str) -> IdempotencyKey | None:
    return session.get(IdempotencyKey, (organisation_id, key), populate_existing=True)


def claim(
    session: Session, organisation_id: int, key: str, fingerprint: str, now: datetime
) -> IdempotencyKey | None:
    """None when the key is now this transaction's; else the row of who had it first.

    While another transaction holds the key uncommitted, this waits for it: the constraint is the judge.
    """
    row = IdempotencyKey(
        organisation_id=organisation_id,
        key=key,
        fingerprint=fingerprint,
        status=0,
        answer="",
        record_time=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except Taken:
        return find(session, organisation_id, key)
    return None


def fill(session: Session, organisation_id: int, key: str, status: int, answer: str) -> None:
    row = session.get_one(IdempotencyKey, (organisation_id, key))
    row.status, row.answer = status, answer
    session.flush()


def drop(session: Session, organisation_id: int, *, key: str = "", before: datetime | None = None) -> None:
    """One key of an organisation, or all of them that are older."""
    condition = col(IdempotencyKey.key) == key if before is None else col(IdempotencyKey.record_time) < before
    session.execute(
        delete(IdempotencyKey).where(col(IdempotencyKey.organisation_id) == organisation_id, condition)
    )
