"""Nonces of calls that were taken, so that none is taken twice."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from app.store.database import Taken
from app.store.tables import HeardCall


def claim(session: Session, sender: str, nonce: str, forget: datetime, now: datetime) -> bool:
    """False when this call was heard before: the constraint is the judge. Forgets those that have run out."""
    session.execute(delete(HeardCall).where(col(HeardCall.forget) < now))
    try:
        with session.begin_nested():
            session.add(HeardCall(sender=sender, nonce=nonce, forget=forget))
    except Taken:
        return False
    return True
