"""Rows of applications for zones, their documents, and the log of every step."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select
from sqlmodel import Session, col

from app.store.tables import Application, ApplicationDocument, DelegationStep

DOCUMENT_COLUMNS = (
    col(ApplicationDocument.id),
    col(ApplicationDocument.kind),
    col(ApplicationDocument.name),
    col(ApplicationDocument.media_type),
    col(ApplicationDocument.digest),
    func.length(col(ApplicationDocument.content)),
)


def add(session: Session, row: Application) -> Application:
    session.add(row)
    session.flush()
    return row


def locked(session: Session, application_id: int) -> Application | None:
    """The row as it is now, for this transaction alone to change."""
    query = select(Application).where(col(Application.id) == application_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def by_token(session: Session, token_hash: str) -> Application | None:
    query = select(Application).where(col(Application.token_hash) == token_hash)
    return session.execute(query).scalar_one_or_none()


def of_zone(
    session: Session, zone: str, states: Collection[str], kinds: Collection[str]
) -> Sequence[Application]:
    """By age, the oldest first."""
    query = select(Application).where(
        col(Application.zone) == zone,
        col(Application.state).in_(sorted(states)),
        col(Application.kind).in_(sorted(kinds)),
    )
    return session.execute(query.order_by(col(Application.id))).scalars().all()


def following(session: Session, holder_id: int) -> Sequence[Application]:
    """What was asked later by who holds a zone, the newest first."""
    query = select(Application).where(col(Application.holder_id) == holder_id)
    return session.execute(query.order_by(col(Application.id).desc())).scalars().all()


def page(
    session: Session, *, states: Collection[str] = (), before: int | None = None, limit: int = 50
) -> Sequence[Application]:
    """The newest first; of some states or of all."""
    query = select(Application)
    if states:
        query = query.where(col(Application.state).in_(sorted(states)))
    if before is not None:
        query = query.where(col(Application.id) < before)
    return session.execute(query.order_by(col(Application.id).desc()).limit(limit)).scalars().all()


def counts(session: Session) -> dict[str, int]:
    """How many there are in each state."""
    query = select(col(Application.state), func.count()).group_by(col(Application.state))
    return {state: int(count) for state, count in session.execute(query)}


def add_document(session: Session, row: ApplicationDocument) -> ApplicationDocument:
    session.add(row)
    session.flush()
    return row


def documents(session: Session, application_id: int) -> list[tuple[int, str, str, str, str, int]]:
    """(id, kind, name, media type, SHA-256, size) of each, without the contents."""
    query = select(*DOCUMENT_COLUMNS).where(col(ApplicationDocument.application_id) == application_id)
    return [tuple(row) for row in session.execute(query.order_by(col(ApplicationDocument.id)))]


def count_documents(session: Session, states: Collection[str]) -> int:
    """Of all applications in these states."""
    query = (
        select(func.count())
        .select_from(ApplicationDocument)
        .join(Application, col(Application.id) == col(ApplicationDocument.application_id))
    )
    return int(session.execute(query.where(col(Application.state).in_(sorted(states)))).scalar_one())


def drop_documents(session: Session, states: Collection[str], before: datetime) -> int:
    """Of applications in these states that were decided before a moment; how many there were."""
    decided = select(col(Application.id)).where(
        col(Application.state).in_(sorted(states)), col(Application.decided_time) < before
    )
    gone = delete(ApplicationDocument).where(col(ApplicationDocument.application_id).in_(decided))
    result: CursorResult[Any] = session.connection().execute(gone)
    return result.rowcount


def document(session: Session, application_id: int, document_id: int) -> ApplicationDocument | None:
    found = session.get(ApplicationDocument, document_id)
    return found if found is not None and found.application_id == application_id else None


def add_step(session: Session, row: DelegationStep) -> None:
    session.add(row)
    session.flush()


def steps_of_application(session: Session, application_id: int) -> Sequence[DelegationStep]:
    """In the order in which they were made."""
    query = select(DelegationStep).where(col(DelegationStep.application_id) == application_id)
    return session.execute(query.order_by(col(DelegationStep.id))).scalars().all()


def steps_of_zone(session: Session, zone: str, limit: int = 100) -> Sequence[DelegationStep]:
    """The newest first."""
    query = select(DelegationStep).where(col(DelegationStep.zone) == zone)
    return session.execute(query.order_by(col(DelegationStep.id).desc()).limit(limit)).scalars().all()
