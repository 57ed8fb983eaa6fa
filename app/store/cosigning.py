"""Rows of co-signing: the partners, their checkpoints as we saw them, their signatures under ours."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.store.database import Taken
from app.store.tables import Cosignature, LogPartner, PartnerCheckpoint

MOST_UNFIT = 20  # checkpoints of one partner that do not fit: two are proof enough


def find(session: Session, zone: str) -> LogPartner | None:
    return session.get(LogPartner, zone)


def lock(session: Session, zone: str) -> None:
    """Two checkpoints of one log are judged one after the other. Only where the transaction may write."""
    session.get(LogPartner, zone, with_for_update=True, populate_existing=True)


def partners(session: Session) -> Sequence[LogPartner]:
    return session.execute(select(LogPartner).order_by(col(LogPartner.zone))).scalars().all()


def add(session: Session, zone: str, now: datetime) -> bool:
    """False when it is one already."""
    try:
        with session.begin_nested():
            session.add(LogPartner(zone=zone, since=now))
    except Taken:
        return False
    return True


def remove(session: Session, row: LogPartner) -> None:
    session.delete(row)
    session.flush()


def newest_fitting(session: Session, zone: str) -> PartnerCheckpoint | None:
    own = (col(PartnerCheckpoint.zone) == zone, col(PartnerCheckpoint.fits).is_(True))
    query = select(PartnerCheckpoint).where(*own).order_by(col(PartnerCheckpoint.size).desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def unfit(session: Session, zone: str) -> Sequence[PartnerCheckpoint]:
    own = (col(PartnerCheckpoint.zone) == zone, col(PartnerCheckpoint.fits).is_(False))
    query = select(PartnerCheckpoint).where(*own).order_by(col(PartnerCheckpoint.id)).limit(MOST_UNFIT)
    return session.execute(query).scalars().all()


def keep_checkpoint(session: Session, row: PartnerCheckpoint) -> None:
    """Once; of those that do not fit only so many."""
    if not row.fits and len(unfit(session, row.zone)) >= MOST_UNFIT:
        return
    try:
        with session.begin_nested():
            session.add(row)
    except Taken:
        pass


def newest_signed(session: Session, zone: str) -> int:
    """The size of our newest checkpoint that this partner signed; 0 for none."""
    query = select(func.max(col(Cosignature.size))).where(col(Cosignature.zone) == zone)
    return session.execute(query).scalar() or 0


def keep_cosignature(session: Session, row: Cosignature) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except Taken:
        pass  # the first one stays


def cosignatures(session: Session, size: int | None = None) -> Sequence[Cosignature]:
    """Under our checkpoint of this size; without one, all in order of size."""
    query = select(Cosignature).order_by(col(Cosignature.size), col(Cosignature.zone))
    if size is not None:
        query = query.where(col(Cosignature.size) == size)
    return session.execute(query).scalars().all()


def confirmed(session: Session) -> dict[str, Cosignature]:
    """For each partner its signature under the newest of our checkpoints."""
    newest = select(func.max(col(Cosignature.id))).group_by(col(Cosignature.zone))
    rows = session.execute(select(Cosignature).where(col(Cosignature.id).in_(newest))).scalars()
    return {row.zone: row for row in rows}
