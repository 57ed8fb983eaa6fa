"""Hears on PostgreSQL, over a connection of its own, that something answers are made of has changed (LISTEN)."""

import select
import threading
import time
from contextlib import closing

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import detached, is_sqlite
from app.store.migrations.answer_triggers import CHANNEL

ASK_SECONDS = 0.02  # between two questions whether the connection lives
CERTAIN_SECONDS = 0.08  # so long after a question was answered, silence means that nothing has changed
RETRY_SECONDS = 0.5
IDLE_SECONDS = 30.0  # without anybody who wants to know, listening ends


def outlast(engine: Engine) -> None:
    """Returns when no process can answer any more with what was before the last commit of this thread.

    A lease, not a guess: whoever remembers has heard from the database less than CERTAIN_SECONDS ago, or asks it anew.
    On SQLite every reader sees a commit at once.
    """
    if not is_sqlite(engine):
        time.sleep(CERTAIN_SECONDS)


class Listener:
    """The number grows with every change; it is None whenever one may have been missed.

    A thread that starts when the number is first asked for, and again after having been idle.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._heard = self._asked = float("-inf")

    def number(self) -> int | None:
        self._asked = now = time.monotonic()
        number = self._number  # before the next line, so that it is no newer than what is certain
        if now - self._heard < CERTAIN_SECONDS:
            return number
        self._start()
        return None

    def close(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        with self._guard:
            if not self._ending.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="suyuan-listener", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        import psycopg  # costs memory, which a node on SQLite does not need to spend

        while self._is_wanted():
            try:
                self._listen()
            except (psycopg.Error, SQLAlchemyError, OSError):
                # The number is None until the connection stands again: readers go to the database themselves.
                self._ending.wait(RETRY_SECONDS)
            finally:
                self._heard = float("-inf")

    def _is_wanted(self) -> bool:
        return not self._ending.is_set() and time.monotonic() - self._asked < IDLE_SECONDS

    def _listen(self) -> None:
        with closing(detached(self._engine)) as connection:
            connection.autocommit = True
            connection.add_notify_handler(self._hear)
            connection.execute(f"LISTEN {CHANNEL}")
            self._number += 1  # what changed before, nobody has heard of
            while self._is_wanted():
                began = time.monotonic()
                connection.execute("SELECT 1")  # also takes in what the server has told
                self._heard = began
                select.select([connection.fileno()], [], [], ASK_SECONDS)

    def _hear(self, _: object) -> None:
        self._number += 1
