"""Rows into tables past the unit of work, which would take as long over each as the database does."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, inspect
from sqlmodel import Session, SQLModel

from app.store.ready import Ready

AT_A_TIME = 2_000  # rows of one statement: what is held in memory for it


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Defaults of the model are not filled in: each row has all columns that need a value, and the same ones."""
    for start in range(0, len(rows), AT_A_TIME):
        block = rows[start : start + AT_A_TIME]
        _insertion(table, tuple(block[0])).run_many(session, block)


def table_of(model: type[SQLModel]) -> Table:
    """What the model is mapped to; SQLModel gives its classes no type that knows."""
    return inspect(model).local_table


@cache
def _insertion(table: type[SQLModel], columns: tuple[str, ...]) -> Ready:
    return Ready(table_of(table).insert().inline(), keys=columns)
