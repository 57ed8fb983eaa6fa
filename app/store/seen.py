"""Names met so far, with where: more than memory should hold, in a file that SQLite makes and removes itself."""

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    def __init__(self) -> None:
        self.connection = sqlite3.connect("")  # no name: a temporary file, once memory runs short
        self.connection.execute("CREATE TABLE seen (name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def before(self, name: str, number: int) -> int | None:
        """Where the name was met first; None when this is the first time, which is kept."""
        new = self.connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (name, number)).rowcount
        if new:
            return None
        (first,) = self.connection.execute("SELECT number FROM seen WHERE name = ?", (name,)).fetchone()
        return int(first)
