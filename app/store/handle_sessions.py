"""Rows of sessions of the Handle API, by the hash of what the client holds."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from app.store.tables import HandleSession


def find(session: Session, id_hash: str, now: datetime) -> HandleSession | None:
    row = session.get(HandleSession, id_hash)
    return row if row is not None and row.expires > now else None


def keep(session: Session, row: HandleSession, now: datetime) -> None:
    """A new row or a changed one; drops those that have run out."""
    session.execute(delete(HandleSession).where(col(HandleSession.expires) <= now))
    session.merge(row)
    session.flush()
