"""Transactions on SQLite: synced before anyone is told, and never half-done."""

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.errors import TraceError
from app.store import database

INSERT = text(
    "INSERT INTO audit (operator_name, action, subject, detail, record_time) VALUES ('', :a, '', '', '')"
)


def test_a_commit_is_synced_to_disk_before_writing_returns(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = str(sqlite_engine.url.database), []
    really = os.fdatasync

    def watched(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink()
        with sqlite3.connect(path) as other:  # what is being synced was committed before
            seen.append((str(name), other.execute("SELECT action FROM audit").fetchall()))
        really(handle)

    monkeypatch.setattr(os, "fdatasync", watched)
    with database.writing(sqlite_engine) as session:
        session.connection().execute(INSERT, {"a": "first"})
    assert seen == [(f"{path}-wal", [("first",)])]


def test_a_sync_that_fails_is_told_and_the_next_writer_has_its_turn(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(TraceError) as told, database.writing(sqlite_engine) as session:
            session.connection().execute(INSERT, {"a": "unsure"})
    assert told.value.code == "disk-full"
    with database.writing(sqlite_engine) as session:
        session.connection().execute(INSERT, {"a": "next"})


def test_a_reader_reads_on_after_its_transaction_and_cannot_write(sqlite_engine: Engine) -> None:
    for _ in range(3):  # the connection goes back to the pool as it came
        with pytest.raises(Exception, match="readonly"), database.reading(sqlite_engine) as session:
            session.connection().execute(INSERT, {"a": "no"})
        with database.writing(sqlite_engine) as session:
            session.connection().execute(INSERT, {"a": "yes"})


def test_a_database_that_does_not_come_free_is_told_to_all_who_wait_at_once(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 0.5 s each, not one after the other; and reading goes on meanwhile."""
    monkeypatch.setattr(database, "BUSY_MS", 500)
    engine = database.engine_for(str(sqlite_engine.url))

    def write(_: int) -> str:
        with pytest.raises(TraceError) as told, database.writing(engine) as session:
            session.connection().execute(INSERT, {"a": "never"})
        return told.value.code

    with closing(sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(write, range(8)))
        waited = time.monotonic() - started
        with database.reading(engine) as session:
            assert session.connection().execute(text("SELECT count(*) FROM audit")).scalar() == 0
    engine.dispose()
    assert codes == ["busy"] * 8
    assert waited < 2.5
    with database.writing(sqlite_engine) as session:
        session.connection().execute(INSERT, {"a": "free again"})
