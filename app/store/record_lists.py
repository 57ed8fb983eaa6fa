"""Many records: by prefix, by their values, or all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlmodel import Session, col

from app.store.records import COLUMNS, KIND, Stored, stored
from app.store.tables import Record, RecordVersion, ValueIndex

_AFTER_SLASH = "0"  # the character that follows "/" in byte order: where a prefix's range ends


def count(session: Session, prefix: str) -> int:
    """How many records there are under a prefix (in capitals)."""
    query = select(func.count()).select_from(Record).where(*_under(prefix))
    return int(session.connection().execute(query).scalar_one())


def keys(session: Session, prefix: str, offset: int, limit: int) -> list[str]:
    """The keys under a prefix, in byte order; cost grows with `offset`. `limit` -1 means all of them."""
    query = select(col(Record.key)).where(*_under(prefix)).order_by(col(Record.key)).offset(offset)
    return list(session.connection().execute(query if limit < 0 else query.limit(limit)).scalars())


def with_values(
    session: Session,
    wanted: Mapping[str, str],
    *,
    anyone: bool,
    organisation_ids: Sequence[int] = (),
    prefix: str = "",
    limit: int,
) -> list[str]:
    """The handles whose records have all of these (type -> value, normalised; * stands for anything): those with public
    values only, unless `anyone` may see them or they belong to one of the organisations (and lie under `prefix`)."""
    query = select(col(Record.handle))
    own: Any = col(ValueIndex.organisation_id).in_(organisation_ids)
    if prefix:
        own = own & exists().where(col(Record.id) == col(ValueIndex.ref), *_under(prefix))
    for type_, value in wanted.items():
        matching = select(col(ValueIndex.ref)).where(
            col(ValueIndex.kind) == KIND, col(ValueIndex.type) == type_, _like(value)
        )
        if not anyone:
            matching = matching.where(col(ValueIndex.public) | own)
        query = query.where(col(Record.id).in_(matching))
    return list(session.connection().execute(query.order_by(col(Record.key)).limit(limit)).scalars())


def every(session: Session) -> Iterator[Stored]:
    """All records, in the order of their keys, a thousand in memory at a time."""
    query = select(*COLUMNS).order_by(col(Record.key)).execution_options(yield_per=1_000)
    return map(stored, session.connection().execute(query))


def every_version(session: Session) -> Iterator[RecordVersion]:
    query = select(RecordVersion).order_by(col(RecordVersion.key), col(RecordVersion.version))
    return iter(session.execute(query.execution_options(yield_per=1_000)).scalars())


def _like(value: str) -> Any:
    if "*" not in value:
        return col(ValueIndex.value) == value
    escaped = value.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%")
    return col(ValueIndex.value).like(escaped, escape="!")


def _under(prefix: str) -> tuple[Any, Any]:
    return col(Record.key) >= f"{prefix}/", col(Record.key) < f"{prefix}{_AFTER_SLASH}"
