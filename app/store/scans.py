"""Scans as they were sent, by their nonce."""

from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from app.store.tables import Scan


def find(session: Session, organisation_id: int, nonce: str) -> Scan | None:
    return session.get(Scan, (organisation_id, nonce))


def add(session: Session, **values: Any) -> None:
    """One scan and its answer, for ever."""
    session.connection().execute(insert(Scan), [values])
