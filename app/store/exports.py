"""An organisation's records and things in order, some at a time, for tables that leave the node."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from app.store.mints import SHOWN
from app.store.tables import Product, Record, Thing

BLOCK = 2_000
LEVELS = ("lot", "serial", "logistic")


class ThingLine(NamedTuple):
    id: int
    epc: str
    level: str
    part_number: str | None
    lot: str
    serial: str
    produced_on: date | None
    expires_on: date | None
    lifecycle: str
    attributes_id: int | None


def records(session: Session, organisation_id: int, after: int) -> list[tuple[int, str, bytes]]:
    """(id, handle, values as JSON) of the next records behind the row `after`."""
    columns = (col(Record.id), col(Record.handle), col(Record.values), col(Record.public))
    own = (col(Record.organisation_id) == organisation_id, col(Record.id) > after)
    rows = session.connection().execute(select(*columns).where(*own).order_by(col(Record.id)).limit(BLOCK))
    return [(int(key or 0), handle, values or public) for key, handle, values, public in rows]


def things(session: Session, organisation_id: int, product_id: int | None, after: int) -> Sequence[ThingLine]:
    """The next lots, items and logistic units behind the row `after`, of one product or of all."""
    columns: list[Any] = [
        col(Product.part_number) if name == "part_number" else getattr(Thing, name)
        for name in ThingLine._fields
    ]
    own = [
        col(Thing.organisation_id) == organisation_id,
        col(Thing.id) > after,
        SHOWN,
        col(Thing.level).in_(LEVELS),
    ]
    if product_id is not None:
        own.append(col(Thing.product_id) == product_id)
    query = select(*columns).outerjoin(Product, col(Product.id) == col(Thing.product_id)).where(*own)
    rows = session.connection().execute(query.order_by(col(Thing.id)).limit(BLOCK))
    return [ThingLine(*row) for row in rows]


def product_of(session: Session, organisation_id: int, epc: str) -> Product | None:
    own = (col(Product.organisation_id) == organisation_id, col(Product.epc) == epc)
    return session.execute(select(Product).where(*own)).scalar_one_or_none()


def blocks(read: Any) -> Iterator[Any]:
    """`read(after)` on and on, until it gives nothing."""
    after = 0
    while rows := read(after):
        yield rows
        after = int(rows[-1][0])
