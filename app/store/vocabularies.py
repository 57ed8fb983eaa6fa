"""Rows of companies' own master data of places and terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import VocabularyElement


def replace(
    session: Session, organisation_id: int, elements: Mapping[str, Mapping[str, Any]], now: datetime
) -> None:
    """Each by its name, in place of what was known of it."""
    for chunk in keyed.chunks(list(elements)):
        known = (
            col(VocabularyElement.organisation_id) == organisation_id,
            col(VocabularyElement.name).in_(chunk),
        )
        session.execute(delete(VocabularyElement).where(*known))
    values = [
        {"organisation_id": organisation_id, "name": name, "record_time": now} | dict(element)
        for name, element in elements.items()
    ]
    if values:
        session.execute(insert(VocabularyElement), values)


def of(session: Session, organisation_id: int) -> Sequence[VocabularyElement]:
    query = select(VocabularyElement).where(col(VocabularyElement.organisation_id) == organisation_id)
    return session.execute(query.order_by(col(VocabularyElement.name))).scalars().all()
