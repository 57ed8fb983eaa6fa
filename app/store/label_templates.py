"""Rows of label templates and of their versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.store.tables import LabelTemplate, LabelTemplateVersion


class Line(NamedTuple):
    """A version without its document, which may hold large pictures."""

    template_id: int
    number: int
    name: str
    width: float
    height: float
    based_on: int
    operator_name: str
    record_time: datetime


LINE = tuple(
    col(getattr(LabelTemplateVersion, "version" if name == "number" else name)) for name in Line._fields
)


def add(session: Session, template: LabelTemplate, version: LabelTemplateVersion) -> None:
    """With its first version. Raises Taken where its nonce is in use."""
    session.add(template)
    session.flush()
    version.template_id = template.id or 0
    session.add(version)
    session.flush()


def by_id(session: Session, template_id: int, *, lock: bool = False) -> LabelTemplate | None:
    """With `lock`, nobody else changes it until the transaction ends."""
    query = select(LabelTemplate).where(col(LabelTemplate.id) == template_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def by_nonce(session: Session, organisation_id: int, nonce: str) -> LabelTemplate | None:
    query = select(LabelTemplate).where(
        col(LabelTemplate.organisation_id) == organisation_id, col(LabelTemplate.nonce) == nonce
    )
    return session.execute(query).scalar_one_or_none()


def version_of(session: Session, template_id: int, number: int) -> LabelTemplateVersion | None:
    return session.get(LabelTemplateVersion, (template_id, number))


def of_organisation(
    session: Session, organisation_id: int, *, active_only: bool = False
) -> Sequence[tuple[LabelTemplate, Line]]:
    """Each with its latest version: those in use first, by name."""
    query = (
        select(LabelTemplate, *LINE)
        .join(
            LabelTemplateVersion,
            (col(LabelTemplateVersion.template_id) == col(LabelTemplate.id))
            & (col(LabelTemplateVersion.version) == col(LabelTemplate.latest)),
        )
        .where(col(LabelTemplate.organisation_id) == organisation_id)
        .order_by(col(LabelTemplate.active).desc(), col(LabelTemplate.name), col(LabelTemplate.id))
    )
    if active_only:
        query = query.where(col(LabelTemplate.active))
    return [(template, Line(*values)) for template, *values in session.execute(query)]


def history(session: Session, template_id: int) -> Sequence[Line]:
    """All versions, the newest first."""
    query = select(*LINE).where(col(LabelTemplateVersion.template_id) == template_id)
    newest = col(LabelTemplateVersion.version).desc()
    return [Line(*values) for values in session.execute(query.order_by(newest))]


def names(session: Session, organisation_id: int) -> set[str]:
    """Of the templates in use."""
    query = select(col(LabelTemplate.name)).where(
        col(LabelTemplate.organisation_id) == organisation_id, col(LabelTemplate.active)
    )
    return set(session.execute(query).scalars())


def count(session: Session, organisation_id: int) -> int:
    query = select(func.count()).where(col(LabelTemplate.organisation_id) == organisation_id)
    return session.execute(query).scalar_one()
