"""Rows of what an organisation's columns mean."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, delete, insert, select
from sqlmodel import Session, col

from app.store.tables import ColumnMeaning


def meanings(session: Session, organisation_id: int, target: str, titles: Iterable[str]) -> dict[str, str]:
    query = select(col(ColumnMeaning.title), col(ColumnMeaning.meaning)).where(
        *_own(organisation_id, target, titles)
    )
    return dict(session.execute(query).all())


def remember(session: Session, organisation_id: int, target: str, meanings: Mapping[str, str]) -> None:
    """In place of what these titles meant before."""
    session.execute(delete(ColumnMeaning).where(*_own(organisation_id, target, meanings)))
    same = {"organisation_id": organisation_id, "target": target}
    rows = [same | {"title": title, "meaning": meaning} for title, meaning in meanings.items()]
    if rows:
        session.execute(insert(ColumnMeaning), rows)


def _own(organisation_id: int, target: str, titles: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ColumnMeaning.organisation_id) == organisation_id,
        col(ColumnMeaning.target) == target,
        col(ColumnMeaning.title).in_(list(titles)),
    )
