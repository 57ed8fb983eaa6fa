"""Transactions on SQLite: synced before anyone is told, and never half-done."""

import os
import sqlite3
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
    really = os.fsync

    def watched(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink()
        with sqlite3.connect(path) as other:  # what is being synced was committed before
            seen.append((str(name), other.execute("SELECT action FROM audit").fetchall()))
        really(handle)

    monkeypatch.setattr(os, "fsync", watched)
    with database.writing(sqlite_engine) as session:
        session.connection().execute(INSERT, {"a": "first"})
    assert seen == [(f"{path}-wal", [("first",)])]


def test_a_sync_that_fails_is_told_and_the_next_writer_has_its_turn(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
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
