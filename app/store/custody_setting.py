"""Rows of the rules of custody that companies have set."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import Session, col

from app.store.tables import CustodyRule


def of_company(session: Session, organisation_id: int) -> Sequence[CustodyRule]:
    own = select(CustodyRule).where(col(CustodyRule.organisation_id) == organisation_id)
    return session.execute(own.order_by(col(CustodyRule.code), col(CustodyRule.step))).scalars().all()


def put(session: Session, rule: CustodyRule) -> None:
    session.merge(rule)
    session.flush()


def remove(session: Session, organisation_id: int, code: str, step: str) -> bool:
    """Whether there was one."""
    one = (
        col(CustodyRule.organisation_id) == organisation_id,
        col(CustodyRule.code) == code,
        col(CustodyRule.step) == step,
    )
    return session.connection().execute(delete(CustodyRule).where(*one)).rowcount == 1
