"""Rows of messages to other systems: queued, leased to whoever sends them, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, literal_column, select, update
from sqlmodel import Session, col

from app.store.tables import WebhookMessage

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given-up"
_WAITS = col(WebhookMessage.state) == literal_column("'waiting'")  # as the partial index says it
_OVER = col(WebhookMessage.state) != literal_column("'waiting'")


@dataclass(frozen=True, slots=True)
class Address:
    """One company's messages to one address: these are sent in order, and wait for each other."""

    organisation_id: int
    url: str


def add(session: Session, row: WebhookMessage) -> int:
    session.add(row)
    session.flush()
    return row.id or 0


def waiting(session: Session, organisation_id: int) -> tuple[int, int]:
    """How many of a company's messages wait, and how many bytes they are."""
    query = select(func.count(), func.coalesce(func.sum(WebhookMessage.size), 0)).where(
        _WAITS, col(WebhookMessage.organisation_id) == organisation_id
    )
    count, size = session.execute(query).one()
    return int(count), int(size)


def due(session: Session, now: datetime, most: int) -> list[Address]:
    """Addresses with something to be sent, the longest waiting first."""
    query = (
        select(col(WebhookMessage.organisation_id), col(WebhookMessage.url))
        .where(_WAITS, col(WebhookMessage.due) <= now)
        .group_by(col(WebhookMessage.organisation_id), col(WebhookMessage.url))
        .order_by(func.min(WebhookMessage.due), col(WebhookMessage.url))
        .limit(most)
    )
    return [Address(int(whose), str(url)) for whose, url in session.execute(query)]


def lease(session: Session, at: Address, now: datetime, until: datetime, most: int) -> list[int]:
    """The next messages to this address, for the caller alone until the lease ends."""
    query = (
        select(col(WebhookMessage.id))
        .where(_WAITS, *_to(at), col(WebhookMessage.due) <= now)
        .order_by(col(WebhookMessage.id))
        .limit(most)
        .with_for_update(skip_locked=True)  # nothing on SQLite, where one transaction writes at a time
    )
    ids = [int(each) for each in session.execute(query).scalars()]
    if ids:
        session.execute(update(WebhookMessage).where(col(WebhookMessage.id).in_(ids)).values(due=until))
    return ids


def message(session: Session, message_id: int) -> WebhookMessage | None:
    return session.get(WebhookMessage, message_id)


def postpone(session: Session, at: Address, due: datetime) -> None:
    """Tried in vain: all that waits for this address waits until then."""
    values = {"due": due, "tries": col(WebhookMessage.tries) + 1}
    session.execute(update(WebhookMessage).where(_WAITS, *_to(at)).values(values))


def release(session: Session, ids: Sequence[int], due: datetime) -> None:
    """Gives leased messages back."""
    if ids:
        session.execute(update(WebhookMessage).where(_WAITS, col(WebhookMessage.id).in_(ids)).values(due=due))


def recent(
    session: Session, organisation_id: int, before: int | None, limit: int
) -> Sequence[WebhookMessage]:
    """A company's messages, the newest first, before the message `before`."""
    query = select(WebhookMessage).where(col(WebhookMessage.organisation_id) == organisation_id)
    if before is not None:
        query = query.where(col(WebhookMessage.id) < before)
    return session.execute(query.order_by(col(WebhookMessage.id).desc()).limit(limit)).scalars().all()


def forget(session: Session, sent_before: datetime, given_up_before: datetime) -> None:
    """Drops what was sent or given up that long ago."""
    for state, before in ((SENT, sent_before), (GIVEN_UP, given_up_before)):
        session.execute(
            delete(WebhookMessage).where(
                _OVER, col(WebhookMessage.done) < before, col(WebhookMessage.state) == state
            )
        )


def drop(session: Session, organisation_id: int, source: str) -> None:
    """Takes back what waits of this source: nobody wants it any more."""
    session.execute(
        delete(WebhookMessage).where(
            _WAITS,
            col(WebhookMessage.organisation_id) == organisation_id,
            col(WebhookMessage.source) == source,
        )
    )


def _to(at: Address) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(WebhookMessage.organisation_id) == at.organisation_id, col(WebhookMessage.url) == at.url
