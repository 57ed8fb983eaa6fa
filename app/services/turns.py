"""What became of the node's periodic work: when each round was last done, when last well, what went wrong."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.errors import TraceError
from app.store import filing as rows
from app.store.tables import RoundTurn


def note(session: Session, name: str, now: datetime, error: TraceError | None = None) -> None:
    """Called after each turn; the newest replaces the one before."""
    rows.note_turn(session, name, now, error.code if error else "", error.english()[:500] if error else "")


def newest(session: Session) -> Sequence[RoundTurn]:
    return rows.turns(session)
