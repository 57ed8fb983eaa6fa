"""Names and values that begin with a text, a page at a time, each from one index; who may see them is in the query.

Each function gives rows in the order of their key, `after` a key of the page before (None for the first page).
"""

from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select, tuple_
from sqlmodel import Session, col

from app.store import texts
from app.store.lineage import took_part
from app.store.mints import SHOWN
from app.store.tables import DeclaredAlias, Record, Thing, ValueIndex
from app.store.types import filled

Key = tuple[str | int, ...]


class Found(NamedTuple):
    """`key` is its place in the order; `thing_id` or `handle` says what was found, by `value` of `field`."""

    key: Key
    thing_id: int | None
    handle: str
    field: str
    value: str


def things_named(
    session: Session, organisation_id: int, prefix: str, start: str, after: Key | None, limit: int
) -> list[Found]:
    """Things of one's own, or that one took part in, whose epc begins with `start`."""
    query = select(col(Thing.epc), col(Thing.id)).where(
        *texts.beginning(Thing.epc, start),
        took_part(organisation_id, prefix),
        col(Thing.level) != "process",
        SHOWN,
    )
    rows = _page(session, query, (col(Thing.epc),), after, limit)
    return [Found((epc,), key, "", "", epc) for epc, key in rows]


def records_named(
    session: Session, organisation_id: int, start: str, after: Key | None, limit: int
) -> list[Found]:
    """One's own records whose key begins with `start`."""
    query = select(col(Record.key), col(Record.handle)).where(
        *texts.beginning(Record.key, start), col(Record.organisation_id) == organisation_id
    )
    rows = _page(session, query, (col(Record.key),), after, limit)
    return [Found((key,), None, handle, "", handle) for key, handle in rows]


def aliases_named(
    session: Session, organisation_id: int, start: str, after: Key | None, limit: int
) -> list[Found]:
    """What one's own declared aliases that begin with `start` lead to."""
    query = (
        select(col(DeclaredAlias.name), col(Thing.id), col(DeclaredAlias.kind))
        .join(Thing, col(Thing.epc) == col(DeclaredAlias.epc))
        .where(
            *texts.beginning(DeclaredAlias.name, start),
            col(DeclaredAlias.organisation_id) == organisation_id,
            SHOWN,
        )
    )
    rows = _page(session, query, (col(DeclaredAlias.name),), after, limit)
    return [Found((name,), key, "", kind, name) for name, key, kind in rows]


def numbered(
    session: Session,
    organisation_id: int,
    prefix: str,
    field: str,
    start: str,
    after: Key | None,
    limit: int,
) -> list[Found]:
    """Things one took part in whose lot or serial number (`field`) begins with `start`, case and all."""
    column = {"lot": col(Thing.lot), "serial": col(Thing.serial)}[field]
    query = select(column, col(Thing.id)).where(
        filled(column),  # as the index says it
        *texts.beginning(column, start),
        took_part(organisation_id, prefix),
        SHOWN,
    )
    rows = _page(session, query, (column, col(Thing.id)), after, limit)
    return [Found((value, key), key, "", field, value) for value, key in rows]


def record_values(
    session: Session, organisation_id: int, start: str, after: Key | None, limit: int
) -> list[Found]:
    """Records with a value that begins with `start`: of one's own any value, of others what anyone may read."""
    query = (
        select(col(ValueIndex.value), col(ValueIndex.type), col(ValueIndex.ref), col(Record.handle))
        .join(Record, col(Record.id) == col(ValueIndex.ref))
        .where(
            *texts.beginning(ValueIndex.value, start),
            col(ValueIndex.kind) == "record",
            or_(col(ValueIndex.public), col(ValueIndex.organisation_id) == organisation_id),
        )
    )
    order = (col(ValueIndex.value), col(ValueIndex.type), col(ValueIndex.ref))
    rows = _page(session, query, order, after, limit)
    return [Found((value, type_, ref), None, handle, type_, value) for value, type_, ref, handle in rows]


def attribute_values(
    session: Session, organisation_id: int, prefix: str, start: str, after: Key | None, limit: int
) -> list[Found]:
    """Things minted with a value that begins with `start`: one's own by any value; others' only where one took part,
    by public ones. A thing of others is never found by its values alone: its name is not for everybody."""
    query = (
        select(col(ValueIndex.value), col(ValueIndex.type), col(ValueIndex.ref), col(Thing.id))
        .join(Thing, col(Thing.attributes_id) == col(ValueIndex.ref))
        .where(
            *texts.beginning(ValueIndex.value, start),
            col(ValueIndex.kind) == "attributes",
            or_(
                col(ValueIndex.organisation_id) == organisation_id,
                and_(col(ValueIndex.public), took_part(organisation_id, prefix)),
            ),
            SHOWN,
        )
    )
    order = (col(ValueIndex.value), col(ValueIndex.type), col(ValueIndex.ref), col(Thing.id))
    rows = _page(session, query, order, after, limit)
    return [Found((value, type_, ref, key), key, "", type_, value) for value, type_, ref, key in rows]


def _page(session: Session, query: Any, order: tuple[Any, ...], after: Key | None, limit: int) -> list[Any]:
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return list(session.connection().execute(query.order_by(*order).limit(limit)).all())
