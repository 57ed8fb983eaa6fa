"""Scans as they were sent, by their nonce."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from app.store import plain
from app.store.ready import Ready
from app.store.tables import Scan

_THERE = Ready(
    select(col(Scan.nonce)).where(
        col(Scan.organisation_id) == bindparam("owner"), col(Scan.nonce) == bindparam("nonce")
    )
)


def find(session: Session, organisation_id: int, nonce: str) -> Scan | None:
    there = _THERE.rows(
        session, owner=organisation_id, nonce=nonce
    )  # nearly never, and a row costs more than a look
    return session.get(Scan, (organisation_id, nonce)) if there else None


def add(session: Session, **values: Any) -> None:
    """One scan and its answer, for ever."""
    plain.insert_rows(session, Scan, [values])
