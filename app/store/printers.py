"""Rows of printers."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.store.tables import Printer


def printers(session: Session, organisation_id: int, *, active_only: bool) -> Sequence[Printer]:
    """A company's own, those in use first, by name."""
    query = select(Printer).where(col(Printer.organisation_id) == organisation_id)
    if active_only:
        query = query.where(col(Printer.active))
    order = col(Printer.active).desc(), col(Printer.name), col(Printer.id)
    return session.execute(query.order_by(*order)).scalars().all()


def count(session: Session, organisation_id: int) -> int:
    query = select(func.count()).where(col(Printer.organisation_id) == organisation_id)
    return int(session.execute(query).scalar_one())


def by_id(session: Session, organisation_id: int, printer_id: int) -> Printer | None:
    row = session.get(Printer, printer_id)
    return row if row is not None and row.organisation_id == organisation_id else None


def by_name(session: Session, organisation_id: int, name: str) -> Printer | None:
    query = select(Printer).where(col(Printer.organisation_id) == organisation_id, col(Printer.name) == name)
    return session.execute(query).scalar_one_or_none()


def add(session: Session, row: Printer) -> Printer:
    session.add(row)
    session.flush()
    return row
