"""Rows of zones handed out below us: the newest statement on each, found by zone or by what lies in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from app.domain import meshing, zones
from app.store import mesh, texts
from app.store.tables import Delegation


def find_delegation(session: Session, zone: str) -> Delegation | None:
    """Of exactly this zone, in canonical form, whatever its state."""
    return session.get(Delegation, zone)


def delegation_for(session: Session, handle: str) -> Delegation | None:
    """Of the closest zone that covers a handle's (or a bare prefix's, or `0.NA/prefix`'s) prefix, whatever its state;
    None where nobody was given one. One look into the primary key."""
    lineage = zones.lineage(zones.asked_for(handle)[: zones.LONGEST])[: zones.MOST_LABELS + 1]
    query = select(Delegation).where(col(Delegation.zone).in_(lineage))
    return session.execute(query.order_by(func.length(col(Delegation.zone)).desc()).limit(1)).scalar()


def locked(session: Session, zone: str) -> Delegation | None:
    """The row as it is now, for this transaction alone to change."""
    query = select(Delegation).where(col(Delegation.zone) == zone).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def put(session: Session, row: Delegation) -> bool:
    """Keeps the one of this row and the one there is that counts by `meshing.order_of`, so that all who hold a zone
    come to the same end in whatever order they hear of it. False when the old one stays. What is kept goes into the log
    that other holders of our zone read."""
    before = locked(session, row.zone)
    if before is not None and order(before) >= order(row):
        return False
    session.merge(row)
    session.flush()
    mesh.append(session, row.zone, row.serial, row.state, row.digest, row.statement, row.record_time)
    return True


def order(row: Delegation) -> meshing.Order:
    return meshing.order_of(row.serial, row.state, row.digest)


def page(
    session: Session, *, after: str = "", limit: int = 50, state: str = "", text: str = ""
) -> Sequence[Delegation]:
    """By zone; with `text`, those whose zone begins with it or whose name has it."""
    query = select(Delegation).where(col(Delegation.zone) > after)
    if state:
        query = query.where(col(Delegation.state) == state)
    if text:
        named = [
            col(name).contains(text, autoescape=True) for name in (Delegation.name_zh, Delegation.name_en)
        ]
        query = query.where(or_(*named, and_(*texts.beginning(Delegation.zone, text))))
    return session.execute(query.order_by(col(Delegation.zone)).limit(limit)).scalars().all()


def running_out(session: Session, before: datetime, limit: int) -> Sequence[Delegation]:
    """Those in force whose statement ends before a moment, the first to end in front."""
    query = select(Delegation).where(col(Delegation.not_after) < before, col(Delegation.state) != "left")
    return session.execute(query.order_by(col(Delegation.not_after)).limit(limit)).scalars().all()


def counts(session: Session) -> dict[str, int]:
    """How many zones there are in each state."""
    query = select(col(Delegation.state), func.count()).group_by(col(Delegation.state))
    return {state: int(count) for state, count in session.execute(query)}


def every(session: Session, size: int = 500) -> Iterator[Delegation]:
    """All of them by zone, read in pages."""
    after = ""
    while found := page(session, after=after, limit=size):
        yield from found
        after = found[-1].zone


def longest_labels(session: Session, zone: str, limit: int) -> list[str]:
    """Zones below `zone`, those with the longest and then the greatest names in front: the last number given is among
    the first of them. Reads all; for a reviewer's form."""
    query = select(col(Delegation.zone)).where(*texts.beginning(Delegation.zone, f"{zone}." if zone else ""))
    size = func.length(col(Delegation.zone))
    return list(
        session.execute(query.order_by(size.desc(), col(Delegation.zone).desc()).limit(limit)).scalars()
    )
