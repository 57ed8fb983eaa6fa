"""Rows of what is filed: the line of changes, the data sets as they are now, who files to us and to whom we file."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.store.tables import (
    RoundTurn,
)

# --- rounds ---


def note_turn(session: Session, name: str, now: datetime, code: str, error: str) -> None:
    row = session.get(RoundTurn, name) or RoundTurn(name=name, time=now)
    row.time, row.error_code, row.error = now, code, error
    if not code:
        row.well_time = now
    session.add(row)
    session.flush()


def turns(session: Session) -> Sequence[RoundTurn]:
    return session.execute(select(RoundTurn).order_by(col(RoundTurn.name))).scalars().all()
