"""Moves what a SQLite file's write-ahead log holds into the file, beside the writers instead of in their way.

SQLite does it within some commit, whose writer holds the lock meanwhile: every fortieth of our small commits took ten
times as long as the others, and all who waited took so long as well. Here a thread of each process does it, which needs
no lock that writers need. While writers follow each other without a pause the log never is moved whole, and would only
grow; so where it is long, the thread moves nearly all of it and stands in line once for the little that came meanwhile:
the next writer begins the log anew. Where it cannot keep up, SQLite's own way is left (LARGEST); nothing rests on this
thread.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path

from app.errors import Unavailable

PAGES = 1_000  # rows changed by this process, about as many pages: worth a turn
LONG = 8_000  # pages in the log, 32 MB, from which on the thread stands in line to have it begun anew
LARGEST = 32_000  # pages in the log from which on a commit does it after all
PAUSE = 0.2  # seconds between turns: pages that are written again and again move once, and syncs are rarer
LITTLE = 100  # pages: what those who wait in line hardly feel
APPROACHES = 4  # to get there before standing in line

Turn = Callable[[], AbstractContextManager[None]]  # stands in line with all who write to a file


class _Turns:
    """The thread of a process, and how much it has to do for which file."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.process = os.getpid()
        self.guard = threading.Lock()
        self.changed: dict[str, int] = {}
        self.due: dict[str, Turn] = {}
        self.work = threading.Event()
        self.started = False

    def note(self, path: str, rows: int, turn: Turn) -> None:
        if self.process != os.getpid():  # a child of a fork has no thread, and maybe a lock that nobody opens
            self.begin()
        with self.guard:
            count = self.changed[path] = self.changed.get(path, 0) + rows
            if count < PAGES:
                return
            self.changed[path] = 0
            self.due[path] = turn
            if not self.started:
                self.started = True
                threading.Thread(target=self._run, name="checkpoints", daemon=True).start()
        self.work.set()

    def _run(self) -> None:
        while True:
            self.work.wait()
            self.work.clear()
            with self.guard:
                due, self.due = self.due, {}
            for path, turn in due.items():
                _move(path, turn)
            time.sleep(PAUSE)


_turns = _Turns()


def note(path: str, rows: int, turn: Turn) -> None:
    """So many rows were changed in this file and are committed; `turn` is how one stands in line to write to it."""
    _turns.note(path, rows, turn)


def _move(path: str, turn: Turn) -> None:
    """What fails here (the file is gone, somebody else is at it) is done by the next turn or by a commit."""
    with suppress(sqlite3.OperationalError, Unavailable), closing(_opened(path)) as connection:
        length, moved = _moved(connection)
        for _ in range(APPROACHES if length >= LONG else 0):
            before, (length, moved) = moved, _moved(connection)
            if moved < length:
                return  # somebody still reads there
            if length - before <= LITTLE:
                break
        if length >= LONG:
            with turn():
                _moved(connection)


def _moved(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many pages the log had when this began, and how many of them are in the file now: all but what somebody still
    reads as it was."""
    ((_, pages, moved),) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return pages, moved


def _opened(path: str) -> sqlite3.Connection:
    """Never makes a file: a database that was deleted stays so."""
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True, timeout=0)
