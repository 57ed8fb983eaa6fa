"""Rows by key, each read once per transaction: a scan asks for the same thing, site and product several times.

A row that the transaction has read stays as it was read; whoever writes states keeps the rows in step (see items).
Once a savepoint is taken back, all are read anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, event, select
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from app.store.mints import SHOWN
from app.store.tables import Thing

Row = TypeVar("Row", bound=SQLModel)
T = TypeVar("T")
CHUNK = 500  # bound parameters in one IN list


def rows(session: Session, table: type[Row], key: str, values: Iterable[Any]) -> dict[Any, Row]:
    """The rows whose column `key` (unique) has one of these values, by that value; missing ones are left out."""
    wanted = list(dict.fromkeys(value for value in values if value))
    memo = _memo(session, table, key)
    found = {value: memo[value] for value in wanted if value in memo and memo[value] in session}
    missing = [value for value in wanted if value not in found]
    for chunk in chunks(missing):
        for row in session.execute(_query(table, key), {"keys": chunk}).scalars():
            memo[getattr(row, key)] = row
            found[getattr(row, key)] = row
    return found


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


@cache
def _query(table: type[SQLModel], key: str) -> Select[Any]:
    """Built once: putting a statement together costs more than running it."""
    query = select(table).where(getattr(table, key).in_(bindparam("keys", expanding=True)))
    return query.where(SHOWN) if table is Thing else query


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _ended: SessionTransaction) -> None:
    """Rows that a savepoint had added are gone with it, and their numbers may be given to others."""
    session.info.pop("memo_of", None)


def _memo(session: Session, table: type[SQLModel], key: str) -> dict[Any, Any]:
    transaction = session.get_transaction()
    if session.info.get("memo_of") is not transaction or transaction is None:
        session.info.update(memo_of=transaction, memo={})
    rows: dict[Any, Any] = session.info["memo"].setdefault((table, key), {})
    return rows
