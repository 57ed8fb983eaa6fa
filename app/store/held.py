"""Connections held open for reading what identifiers resolve to, spoken to without SQLAlchemy.

Each knows the number of the last change of anything that answers are made of, so that what was read may be remembered
for as long as that number stays. docs/decisions/0008 tells how.
"""

import sqlite3
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import detached, is_sqlite
from app.store.listening import Listener


class Held(Protocol):
    """A connection, for one thread at a time. Every method may raise what `Connections.troubles` lists."""

    def stamp(self) -> int | None:
        """The number of the last change; None while nobody can be certain of it. Take it before reading."""
        ...

    def public_of(self, key: str) -> bytes | None:
        """`Record.public` of that key as it is at this moment."""
        ...

    def last_seq_of(self, thing_id: int) -> int:
        """The entry of the log that a thing's state is the result of; 0 for none, or for no such thing."""
        ...

    def close(self) -> None: ...


class SqliteHeld:
    def __init__(self, connection: Any) -> None:
        self._run = connection.cursor().execute
        self._connection = connection
        self._version = 0
        self._number = 0

    def stamp(self) -> int:
        # Changes whenever another connection commits, in whatever process; asking costs 1.5 µs.
        (version,) = self._run("PRAGMA data_version").fetchone()
        if version != self._version:
            (self._number,) = self._run("SELECT number FROM answer_change").fetchone()
            self._version = version
        return self._number

    def public_of(self, key: str) -> bytes | None:
        # All rows are fetched, here and below: a statement left unfinished would keep this connection's snapshot.
        rows = self._run("SELECT public FROM record WHERE key = ?", (key,)).fetchall()
        return rows[0][0] if rows else None

    def last_seq_of(self, thing_id: int) -> int:
        rows = self._run("SELECT last_seq FROM thing WHERE id = ?", (thing_id,)).fetchall()
        return rows[0][0] or 0 if rows else 0

    def close(self) -> None:
        self._connection.close()


class PostgresqlHeld:
    def __init__(self, connection: Any, listener: Listener) -> None:
        self._connection = connection
        connection.autocommit = True
        self._listener = listener

    def stamp(self) -> int | None:
        return self._listener.number()

    def public_of(self, key: str) -> bytes | None:
        rows = self._rows("SELECT public FROM record WHERE key = %s", key)
        return bytes(rows[0][0]) if rows else None

    def last_seq_of(self, thing_id: int) -> int:
        rows = self._rows("SELECT last_seq FROM thing WHERE id = %s", thing_id)
        return rows[0][0] or 0 if rows else 0

    def _rows(self, query: str, value: str | int) -> list[Any]:
        found: list[Any] = self._connection.execute(query, (value,), prepare=True, binary=True).fetchall()
        return found

    def close(self) -> None:
        self._connection.close()


class Connections:
    """The held connections of a process over one database: as many as threads have ever read at the same time.

    A stack, not one a thread: what belongs to a thread is finalised while the thread dies, and there CPython 3.11
    crashes on finalisers that are written in Python.

    `cheap`: reading a record costs hardly more than taking a stamp.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.cheap = is_sqlite(engine)
        self.idle: list[Held] = []
        self._listener = None if is_sqlite(engine) else Listener(engine)
        driver_error = sqlite3.Error if is_sqlite(engine) else engine.dialect.loaded_dbapi.Error
        self.troubles = (SQLAlchemyError, driver_error)

    def take(self) -> Held:
        """For this thread alone until it gives it back; one that has failed is closed instead."""
        try:
            return self.idle.pop()
        except IndexError:
            connection = detached(self._engine)
            return PostgresqlHeld(connection, self._listener) if self._listener else SqliteHeld(connection)

    def give_back(self, held: Held) -> None:
        self.idle.append(held)

    def close(self) -> None:
        """Closes all of them. Nobody may be reading any more."""
        if self._listener is not None:
            self._listener.close()
        while self.idle:
            self.idle.pop().close()
