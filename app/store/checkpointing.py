"""Moves what a SQLite file's write-ahead log holds into the file, beside the writers instead of in their way.

SQLite does it within some commit, whose writer holds the lock meanwhile: every fortieth of our small commits took ten
times as long as the others, and all who waited took so long as well. Here a thread of each process does it, which needs
no lock that writers need. Where it cannot keep up, SQLite's own way is left (LARGEST); nothing rests on this thread.
"""

import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

PAGES = 1_000  # rows changed by this process, about as many pages: worth a turn
LARGEST = 8_000  # pages in the log, 32 MB, from which on a commit does it after all
PAUSE = 0.05  # seconds between turns: pages that are written again and again move once


class _Turns:
    """The thread of a process, and how much it has to do for which file."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.process = os.getpid()
        self.guard = threading.Lock()
        self.changed: dict[str, int] = {}
        self.due: set[str] = set()
        self.work = threading.Event()
        self.started = False

    def note(self, path: str, rows: int) -> None:
        if self.process != os.getpid():  # a child of a fork has no thread, and maybe a lock that nobody opens
            self.begin()
        with self.guard:
            count = self.changed[path] = self.changed.get(path, 0) + rows
            if count < PAGES:
                return
            self.changed[path] = 0
            self.due.add(path)
            if not self.started:
                self.started = True
                threading.Thread(target=self._run, name="checkpoints", daemon=True).start()
        self.work.set()

    def _run(self) -> None:
        while True:
            self.work.wait()
            self.work.clear()
            with self.guard:
                due, self.due = self.due, set()
            for path in due:
                _move(path)
            time.sleep(PAUSE)


_turns = _Turns()


def note(path: str, rows: int) -> None:
    """So many rows were changed in this file and are committed."""
    _turns.note(path, rows)


def _move(path: str) -> None:
    """What fails here (the file is gone, somebody else is at it) is done by the next turn or by a commit."""
    with suppress(sqlite3.OperationalError), closing(_opened(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _opened(path: str) -> sqlite3.Connection:
    """Never makes a file: a database that was deleted stays so."""
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True, timeout=0)
