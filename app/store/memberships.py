"""Rows of our own zones, as the nodes above know them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from app.store.tables import Membership


def of_zone(session: Session, zone: str) -> Membership | None:
    return session.get(Membership, zone)


def every(session: Session) -> Sequence[Membership]:
    return session.execute(select(Membership).order_by(col(Membership.zone))).scalars().all()


def keep(session: Session, row: Membership) -> Membership:
    session.add(row)
    session.flush()
    return row
