"""Engines, sessions and locks: the only place that knows which database it is (beside the triggers)."""

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from app.errors import N_, Unavailable
from app.store import checkpointing

Failed = DBAPIError  # whatever else a database says no to
Taken = IntegrityError  # a constraint says no: the name for those who may not know SQLAlchemy
BUSY_MS = 15_000
NO_CONNECTION = "08000"
# code -> beginnings of SQLite's error names and of SQLSTATEs, and what people are told
MACHINE_ERRORS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "disk-full": (
        ("SQLITE_FULL", "53100", "ENOSPC"),
        N_("The node's disk is full; nothing was recorded."),
        N_("Tell the administrator of this node. What waits in this browser is kept."),
    ),
    "busy": (
        ("SQLITE_BUSY", "SQLITE_LOCKED", "40", "53300", "55P03"),
        N_("The node is busy; nothing was recorded."),
        N_("Try again in a moment."),
    ),
    "database-away": (
        ("SQLITE_IOERR", "SQLITE_CANTOPEN", "08", "57P"),
        N_("The node's database does not answer; nothing was recorded."),
        N_("Try again in a moment; if it lasts, tell the administrator of this node."),
    ),
}
LOG_LOCK = 0x5375797561  # any fixed number: the advisory lock of whoever appends to the log on PostgreSQL


def engine_for(url: str) -> Engine:
    """An engine with this project's settings: SQLite in WAL with every commit synced, PostgreSQL in UTC."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=4, max_overflow=28, connect_args={"timeout": BUSY_MS / 1000}
        )
        event.listen(engine, "connect", _configure_sqlite)
        return engine
    return create_engine(url, pool_size=4, max_overflow=12, pool_pre_ping=True)


def is_sqlite(engine_or_session: Engine | Session) -> bool:
    bind = engine_or_session if isinstance(engine_or_session, Engine) else engine_or_session.get_bind()
    return bind.dialect.name == "sqlite"


def detached(engine: Engine) -> Any:
    """The driver's own connection, set up like all others and no longer the pool's."""
    pooled = engine.raw_connection()
    driver = pooled.driver_connection
    pooled.detach()
    return driver


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = (
        None  # transactions are begun by hand below, never half-implicitly by the driver
    )
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",  # `writing` syncs each commit itself, when the next writer has its turn already
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE deletes past the append-only triggers
        f"busy_timeout={BUSY_MS}",
        f"wal_autocheckpoint={checkpointing.LARGEST}",
        "cache_size=-2000",
    ):
        connection.execute(f"PRAGMA {pragma}")


class _WriterQueue:
    """One queue for all writers of a SQLite file, in this process and in others.

    SQLite's own busy handler polls with growing sleeps, which puts seconds into the slowest scans under load;
    a thread lock and a file lock wake the next writer at once. Where the database does not come free, all who wait
    are told so at the same time; one after the other, they would keep every thread of the process for minutes.

    Two locks make it fair between processes: whoever is next holds the one at the door while it waits for the other.
    With one alone the process that has just been let go takes it again before the waiting one has woken.
    """

    def __init__(self, path: str) -> None:
        self.path = f"{path}-writer"
        self.threads = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self.threads.acquire(timeout=BUSY_MS / 1000):
            raise unavailable("busy")
        try:
            with _locked(f"{self.path}-next") as at_the_door, _locked(self.path):
                at_the_door.close()
                yield
        finally:
            self.threads.release()


@contextmanager
def _locked(path: str) -> Iterator[FileIO]:
    with FileIO(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _sync_log(path: str) -> None:
    """Waits until the write-ahead log is on the disk, and with it every commit before this moment.

    Commits go into the log one after the other, so that whoever syncs later syncs those before as well: the waits of
    several writers overlap instead of adding up, and nobody is told "recorded" before it is true.
    """
    with suppress(
        FileNotFoundError
    ):  # the last connection closed and moved everything into the database, synced
        handle = os.open(f"{path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(handle)
        finally:
            os.close(handle)


_queues: dict[str, _WriterQueue] = {}
_queues_guard = threading.Lock()


def _queue_of(engine: Engine) -> _WriterQueue:
    path = str(engine.url.database)
    with _queues_guard:
        return _queues.setdefault(path, _WriterQueue(path))


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that may write: commits at the end, rolls back on any raise. Blocks until it is its turn."""
    if is_sqlite(engine):
        with _troubles_told():
            queue = _queue_of(engine)
            with queue.turn(), _session(engine) as session:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                before = _rows_changed(session)
                yield session
                changed = _rows_changed(session) - before
                session.commit()
            _sync_log(str(engine.url.database))
            checkpointing.note(str(engine.url.database), changed, queue.turn)
    else:
        with _troubles_told(), _session(engine) as session:
            yield session
            session.commit()


def _rows_changed(session: Session) -> int:
    """By this connection so far, also by what was rolled back."""
    driver = session.connection().connection.driver_connection
    return int(driver.total_changes) if driver else 0


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent snapshot; a write through it fails on both databases. Rows read in it stay readable afterwards."""
    with _troubles_told(), _session(engine) as session:
        if is_sqlite(engine):
            # spoken to directly: four statements through SQLAlchemy cost as much as the read itself
            driver = session.connection().connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA query_only=ON")
            driver.execute("BEGIN")
            try:
                yield session
            finally:
                session.expunge_all()  # or the rollback would expire what was read
                driver.execute("ROLLBACK")
                driver.execute("PRAGMA query_only=OFF")
        else:
            session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            yield session
            session.expunge_all()
        session.rollback()


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
        except BaseException:
            session.rollback()
            raise


@contextmanager
def _troubles_told() -> Iterator[None]:
    """What is the machine's fault becomes Unavailable, which people are told in a sentence; the rest stays a bug."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        if trouble := _trouble(error):
            raise trouble from error
        raise


def _trouble(error: BaseException | None) -> Unavailable | None:
    """The trouble behind an error, or behind the one that it was raised in the handling of."""
    while error is not None:
        state = _state_of(error)
        for code, (states, _, _) in MACHINE_ERRORS.items():
            if state.startswith(states):
                return unavailable(code)
        error = error.__context__
    return None


def unavailable(code: str) -> Unavailable:
    """The error for one of MACHINE_ERRORS."""
    _, message, hint = MACHINE_ERRORS[code]
    return Unavailable(code, message, hint)


def _state_of(error: BaseException) -> str:
    """SQLite's error name, PostgreSQL's SQLSTATE, or the system's ENOSPC; '' for anything else."""
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "") if error.errno == errno.ENOSPC else ""
    if not isinstance(error, DBAPIError):
        return ""
    if error.connection_invalidated:
        return NO_CONNECTION
    name = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return str(name) if name else (NO_CONNECTION if isinstance(error, OperationalError) else "")


def lock_log(session: Session) -> None:
    """Makes this transaction the only one that appends until it ends. SQLite writers already are."""
    if not is_sqlite(session):
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOG_LOCK})
