"""Connections held open for reading what identifiers resolve to: one a thread, spoken to without SQLAlchemy.

Each knows the number of the last change of anything that answers are made of, so that what was read may be remembered
for as long as that number stays. docs/decisions/0008 tells how.
"""

import sqlite3
import threading
import weakref
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import detached, is_sqlite
from app.store.listening import Listener


class Held(Protocol):
    """A connection of one thread. Every method may raise what `Connections.troubles` lists. `CHEAP`: reading a record
    costs hardly more than taking a stamp."""

    CHEAP: bool

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
    CHEAP = True

    def __init__(self, connection: Any) -> None:
        self._run = connection.execute
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
        for (public,) in self._run("SELECT public FROM record WHERE key = ?", (key,)).fetchall():
            return public
        return None

    def last_seq_of(self, thing_id: int) -> int:
        rows = self._run("SELECT last_seq FROM thing WHERE id = ?", (thing_id,)).fetchall()
        return rows[0][0] or 0 if rows else 0

    def close(self) -> None:
        self._connection.close()

    __del__ = close  # its thread has ended


class PostgresqlHeld:
    CHEAP = False

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

    __del__ = close  # its thread has ended


class Connections:
    """The held connections of a process over one database; made when first asked for, one a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._here = threading.local()
        self._all: weakref.WeakSet[Held] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._listener = None if is_sqlite(engine) else Listener(engine)
        self.troubles = (
            SQLAlchemyError,
            sqlite3.Error if is_sqlite(engine) else engine.dialect.loaded_dbapi.Error,
        )

    def here(self) -> Held:
        try:
            held: Held = self._here.held
        except AttributeError:
            held = self._here.held = self._new()
        return held

    def _new(self) -> Held:
        connection = detached(self._engine)
        held = PostgresqlHeld(connection, self._listener) if self._listener else SqliteHeld(connection)
        with self._guard:
            self._all.add(held)
        return held

    def drop(self) -> None:
        """Forgets this thread's connection, which has failed; the next call makes another."""
        held = self._here.__dict__.pop("held", None)
        if held is not None:
            held.close()

    def close(self) -> None:
        """Closes all of them, those of other threads too: nobody may be reading any more."""
        if self._listener is not None:
            self._listener.close()
        with self._guard:
            for held in self._all:
                held.close()
            self._all.clear()
        self._here = threading.local()
