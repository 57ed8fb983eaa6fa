"""Master data as plain values, out of one database and into another; and a scratch database to compare with."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import create_engine, delete, insert, inspect, select
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, col

from app.store.indexing import INDEX_TABLES
from app.store.masterdata import add_organisation
from app.store.tables import (
    Allotment,
    Counter,
    DeclaredAlias,
    Entry,
    Link,
    Organisation,
    Product,
    ReservedRange,
    Site,
    Template,
    TemplateVersion,
)

MASTER: dict[str, type[SQLModel]] = {  # parents before children
    "organisation": Organisation,
    "allotment": Allotment,
    "site": Site,
    "template": Template,
    "template_version": TemplateVersion,
    "product": Product,
    "reserved_range": ReservedRange,
    "counter": Counter,
    "declared_alias": DeclaredAlias,
    "link": Link,
}
# column: (its name in an export, the table it leads to, the column that names a row in every database)
NAMED: dict[str, tuple[str, type[SQLModel], str]] = {
    "organisation_id": ("organisation", Organisation, "prefix"),
    "supplier_id": ("supplier", Organisation, "prefix"),
    "template_id": ("template", Template, "epc"),
    "product_id": ("product", Product, "epc"),
}
KIND, SYSTEM = (
    "kind",
    "system",
)  # a line of an export is of a kind; a column of that name has another name there
LEFT_OUT = {"id", "operator_id"}  # ids count rows of one database; people are no part of an export


def master_rows(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, values) of every row of MASTER; times as text, rows it leads to by their names."""
    names = {column: _names(session, table, key) for column, (_, table, key) in NAMED.items()}
    for kind, table in MASTER.items():
        in_order = select(table).order_by(*inspect(table).primary_key)
        for row in session.execute(in_order.execution_options(yield_per=1_000)).scalars():
            values = {name: _plain(value) for name, value in row.model_dump(exclude=LEFT_OUT).items()}
            for column, (said, _, _) in NAMED.items():
                if column in values:
                    values[said] = names[column].get(values.pop(column))
            if KIND in values:
                values[SYSTEM] = values.pop(KIND)
            yield kind, values


def restore_master(
    session: Session, kind: str, values: dict[str, Any], organisations: dict[str, int]
) -> None:
    """One row of `master_rows` into an empty database; `organisations` (prefix -> id) grows with those that come.

    Raises KeyError, TypeError or ValueError for values that are not such a row, Taken for one that is there.
    """
    values = dict(values)
    if SYSTEM in values:
        values[KIND] = values.pop(SYSTEM)
    for column, (said, table, key) in NAMED.items():
        if said in values and column in MASTER[kind].model_fields:
            name = values.pop(said)
            values[column] = organisations[name] if key == "prefix" else _id_of(session, table, key, name)
    row: Any = MASTER[kind].model_validate(values)
    if "record_time" in values and row.record_time.tzinfo is None:
        raise ValueError(f"'{values['record_time']}' has no time zone")
    if isinstance(row, Organisation):
        add_organisation(session, row)
        organisations[row.prefix] = row.id or 0
        return
    if isinstance(
        row, Allotment
    ):  # takes the place of the one that each organisation gets: older exports have none
        session.execute(delete(Allotment).where(col(Allotment.prefix) == row.prefix))
    session.add(row)
    session.flush()


def _names(session: Session, table: type[SQLModel], key: str) -> dict[int, str]:
    columns = (getattr(table, "id"), getattr(table, key))  # noqa: B009  (SQLModel itself has neither)
    return dict(session.execute(select(*columns)).all())


def _id_of(session: Session, table: type[SQLModel], key: str, name: str | None) -> int | None:
    if name is None:
        return None
    found = session.execute(select(getattr(table, "id")).where(getattr(table, key) == name)).scalar()  # noqa: B009
    if found is None:
        raise KeyError(name)
    return int(found)


def prefixes_by_id(session: Session) -> dict[int, str]:
    rows = session.execute(select(col(Organisation.id), col(Organisation.prefix)))
    return {int(key or 0): prefix for key, prefix in rows}


def is_empty(session: Session) -> bool:
    """Whether there is neither master data nor an entry."""
    tables = (Organisation, Entry)
    return all(session.execute(select(table).limit(1)).first() is None for table in tables)


@contextmanager
def scratch(session: Session) -> Iterator[Session]:
    """An empty log and index beside this node's master data, in a temporary SQLite file that nobody else sees."""
    engine = create_engine("sqlite://", creator=_temporary, poolclass=StaticPool)
    kinds: list[type[SQLModel]] = [*MASTER.values(), Entry, *INDEX_TABLES]
    tables = [SQLModel.metadata.tables[str(kind.__tablename__)] for kind in kinds]
    try:
        SQLModel.metadata.create_all(engine, tables=tables)
        with Session(engine, expire_on_commit=False) as copy:
            copy.connection().exec_driver_sql("BEGIN")
            for table in MASTER.values():
                if rows := [row.model_dump() for row in session.execute(select(table)).scalars()]:
                    copy.execute(insert(table), rows)
            yield copy
    finally:
        engine.dispose()


def _temporary() -> sqlite3.Connection:
    # An empty name is a file that SQLite makes, fills only when memory runs short, and removes by itself.
    return sqlite3.connect("", isolation_level=None)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
