"""Rows of named queries and subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from app.store.tables import Entry, NamedQuery, Subscription


def query(session: Session, organisation_id: int, name: str) -> NamedQuery | None:
    own = (col(NamedQuery.organisation_id) == organisation_id, col(NamedQuery.name) == name)
    return session.execute(select(NamedQuery).where(*own)).scalar_one_or_none()


def queries(session: Session, organisation_id: int, after: str, limit: int) -> Sequence[NamedQuery]:
    own = (col(NamedQuery.organisation_id) == organisation_id, col(NamedQuery.name) > after)
    return (
        session.execute(select(NamedQuery).where(*own).order_by(col(NamedQuery.name)).limit(limit))
        .scalars()
        .all()
    )


def count(session: Session, table: type[NamedQuery] | type[Subscription], organisation_id: int) -> int:
    own = col(table.organisation_id) == organisation_id
    return session.execute(select(func.count()).select_from(table).where(own)).scalar_one()


def add(session: Session, row: NamedQuery | Subscription) -> None:
    session.add(row)
    session.flush()


def remove_query(session: Session, row: NamedQuery) -> None:
    """With its subscriptions."""
    session.execute(delete(Subscription).where(col(Subscription.query_id) == row.id))
    session.delete(row)
    session.flush()


def remove(session: Session, row: Subscription) -> None:
    session.delete(row)
    session.flush()


def subscription(session: Session, organisation_id: int, public_id: str) -> Subscription | None:
    own = (col(Subscription.organisation_id) == organisation_id, col(Subscription.id) == public_id)
    return session.execute(select(Subscription).where(*own)).scalar_one_or_none()


def subscriptions(
    session: Session, organisation_id: int, query_id: int | None, after: int, limit: int
) -> Sequence[tuple[Subscription, NamedQuery]]:
    """In the order they were made; of one query, or of all."""
    found = (
        select(Subscription, NamedQuery)
        .join(NamedQuery, col(NamedQuery.id) == col(Subscription.query_id))
        .where(col(Subscription.organisation_id) == organisation_id, col(Subscription.number) > after)
        .order_by(col(Subscription.number))
        .limit(limit)
    )
    if query_id is not None:
        found = found.where(col(Subscription.query_id) == query_id)
    return [(one, two) for one, two in session.execute(found)]


def due(session: Session, now: datetime) -> Sequence[int]:
    """Numbers of the subscriptions whose turn it is, the longest waiting first."""
    found = select(col(Subscription.number)).where(col(Subscription.due) <= now)
    rows = session.execute(found.order_by(col(Subscription.due), col(Subscription.number))).scalars()
    return [int(number or 0) for number in rows]


def times(session: Session) -> Sequence[tuple[int, dict[str, str], datetime]]:
    """Number, schedule and next turn of every subscription, the longest waiting first."""
    found = select(col(Subscription.number), col(Subscription.schedule), col(Subscription.due))
    rows = session.execute(found.order_by(col(Subscription.due), col(Subscription.number)))
    return [(int(number or 0), schedule, moment) for number, schedule, moment in rows]


def with_query(session: Session, number: int) -> tuple[Subscription, NamedQuery] | None:
    found = select(Subscription, NamedQuery).join(
        NamedQuery, col(NamedQuery.id) == col(Subscription.query_id)
    )
    row = session.execute(found.where(col(Subscription.number) == number)).first()
    return None if row is None else (row[0], row[1])


def first_recorded(session: Session, since: datetime, size: int) -> int:
    """The first entry recorded at `since` or later, found by halving: times of recording go up with the numbers."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        when = session.execute(select(col(Entry.record_time)).where(col(Entry.seq) == middle)).scalar()
        if when is None or when < since:
            low = middle + 1
        else:
            high = middle
    return low
