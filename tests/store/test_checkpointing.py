"""The write-ahead log goes into the file beside the writers, and nothing is lost or made by it."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.store import checkpointing, database

INSERT = text(
    "INSERT INTO audit (operator_name, action, subject, detail, record_time) VALUES ('', :a, '', '', '')"
)
PATIENCE = 20.0


def write(engine: Engine, rows: int) -> None:
    with database.writing(engine) as session:
        session.connection().execute(INSERT, [{"a": str(n)} for n in range(rows)])


def without_its_log(path: str, folder: Path) -> int:
    """How many rows the file alone has, as it is after a copy that forgot the log."""
    alone = folder / "alone.db"
    shutil.copyfile(path, alone)
    with closing(sqlite3.connect(alone)) as connection:
        return int(connection.execute("SELECT count(*) FROM audit").fetchone()[0])


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_was_written_gets_into_the_file_while_it_is_in_use(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    path = str(sqlite_engine.url.database)
    write(sqlite_engine, 10)
    assert without_its_log(path, tmp_path) == 0
    write(sqlite_engine, checkpointing.PAGES)
    until(lambda: without_its_log(path, tmp_path) == checkpointing.PAGES + 10)


def test_a_commit_moves_the_log_where_the_thread_does_not_keep_up(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "note", lambda *_: None)
    path, longest = str(sqlite_engine.url.database), 0
    long = "x" * 3_000
    with database.writing(sqlite_engine) as session:
        session.connection().exec_driver_sql("PRAGMA wal_autocheckpoint=100")
    for _ in range(20):
        with database.writing(sqlite_engine) as session:
            session.connection().execute(INSERT, [{"a": long}] * 50)
        longest = max(longest, Path(f"{path}-wal").stat().st_size)
    assert longest < 400 * 4_200
    assert without_its_log(path, tmp_path) >= 900


@pytest.mark.parametrize(("long", "stood"), [(1, [True]), (1_000_000, [])])
def test_a_long_log_is_begun_anew_by_who_stands_in_line_for_it(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, long: int, stood: list[bool]
) -> None:
    path, turns = str(sqlite_engine.url.database), []
    monkeypatch.setattr(checkpointing, "LONG", long)

    @contextmanager
    def turn() -> Iterator[None]:
        write(sqlite_engine, 1)  # somebody was first, as there always is where many write
        before = Path(f"{path}-wal").stat().st_size
        yield
        write(sqlite_engine, 1)
        turns.append(Path(f"{path}-wal").stat().st_size == before)  # written over, not behind

    write(sqlite_engine, 500)
    checkpointing._move(path, turn)
    assert turns == stood


def test_a_file_that_is_gone_is_not_made_again(sqlite_engine: Engine, tmp_path: Path) -> None:
    gone = tmp_path / "gone.db"
    checkpointing.note(str(gone), checkpointing.PAGES, nullcontext)
    write(sqlite_engine, checkpointing.PAGES)
    path = str(sqlite_engine.url.database)
    until(lambda: without_its_log(path, tmp_path) == checkpointing.PAGES)
    assert not gone.exists()


def test_a_child_of_a_fork_has_a_thread_of_its_own(sqlite_engine: Engine, tmp_path: Path) -> None:
    write(sqlite_engine, checkpointing.PAGES)  # the thread of this process is there
    child = os.fork()
    if not child:
        try:
            checkpointing.note(str(tmp_path / "other.db"), 1, nullcontext)
            os._exit(0 if not checkpointing._turns.started and not checkpointing._turns.due else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
