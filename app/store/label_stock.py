"""Rows of label stock: a company's own, and how far its printer is off on each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.store.tables import LabelOffset, LabelStock


def own(session: Session, organisation_id: int) -> Sequence[LabelStock]:
    """What was not withdrawn, by name."""
    query = select(LabelStock).where(
        col(LabelStock.organisation_id) == organisation_id, col(LabelStock.withdrawn).is_(False)
    )
    return session.execute(query.order_by(col(LabelStock.name), col(LabelStock.id))).scalars().all()


def count(session: Session, organisation_id: int) -> int:
    query = (
        select(func.count()).select_from(LabelStock).where(col(LabelStock.organisation_id) == organisation_id)
    )
    return int(session.execute(query).scalar_one())


def by_id(session: Session, organisation_id: int, stock_id: int) -> LabelStock | None:
    row = session.get(LabelStock, stock_id)
    return row if row is not None and row.organisation_id == organisation_id else None


def by_nonce(session: Session, organisation_id: int, nonce: str) -> LabelStock | None:
    query = select(LabelStock).where(
        col(LabelStock.organisation_id) == organisation_id, col(LabelStock.nonce) == nonce
    )
    return session.execute(query).scalar_one_or_none()


def add(session: Session, row: LabelStock) -> LabelStock:
    session.add(row)
    session.flush()
    return row


def offsets(session: Session, organisation_id: int) -> dict[str, tuple[float, float]]:
    """(right, down) in mm by the code of the stock."""
    query = select(LabelOffset).where(col(LabelOffset.organisation_id) == organisation_id)
    return {row.code: (row.x, row.y) for row in session.execute(query).scalars()}


def offset(session: Session, organisation_id: int, code: str) -> tuple[float, float]:
    row = session.get(LabelOffset, (organisation_id, code))
    return (row.x, row.y) if row else (0.0, 0.0)


def set_offset(
    session: Session, organisation_id: int, code: str, x: float, y: float, now: datetime, by: str
) -> None:
    session.merge(
        LabelOffset(organisation_id=organisation_id, code=code, x=x, y=y, changed=now, changed_by=by)
    )
    session.flush()
