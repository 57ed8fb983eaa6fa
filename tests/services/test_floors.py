"""The newest serials heard of zones, kept in the database: for the next start, for other processes, and bounded."""

import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.domain.delegations import Delegation
from app.errors import Unavailable
from app.services.recursing import floors, kept_floors
from app.services.recursing.floors import Floors, branch_of
from app.store import database
from app.store.floors import Heard
from tests.support.certified import delegation

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
KEYS = {"key", "other"}
ZONE = delegation("88.118.1001", "88.118", b"m" * 32)


@pytest.fixture
def made(engine: Engine) -> Callable[[], Floors]:
    """Those of another process, each time."""
    return lambda: kept_floors(
        partial(database.reading, engine), partial(database.writing, engine), lambda: NOW
    )


def rows(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT zone, serial FROM zone_floor ORDER BY zone"))
        return [(zone, int(serial)) for zone, serial in found]


def numbered(number: int, serial: int, issuer: str = "88.666") -> Delegation:
    return replace(delegation(f"{issuer}.{number}", issuer, b"l" * 32), serial=serial)


def test_a_serial_outlives_the_process_that_heard_of_it(made: Callable[[], Floors]) -> None:
    first = made()
    first.lift(replace(ZONE, serial=7), "key", KEYS)
    first.close()
    assert made().of(ZONE, KEYS) == 7


def test_what_one_process_has_kept_another_that_has_been_running_knows(made: Callable[[], Floors]) -> None:
    one, other = made(), made()
    other.lift(replace(ZONE, serial=3), "key", KEYS)
    one.lift(replace(ZONE, serial=7), "key", KEYS)
    one.close()
    assert other.of(ZONE, KEYS) == 7
    other.close()
    assert made().of(ZONE, KEYS) == 7  # the older one came to be kept later, and lowered nothing


def test_a_first_statement_and_what_is_kept_already_are_not_written(
    made: Callable[[], Floors], engine: Engine
) -> None:
    kept = made()
    kept.lift(ZONE, "key", KEYS)
    kept.lift(replace(ZONE, serial=4), "key", KEYS)
    kept.close()
    assert rows(engine) == [("88.118.1001", 4)]
    later = made()
    later.lift(replace(ZONE, serial=4), "key", KEYS, later.of(ZONE, KEYS))
    assert "suyuan-floors" not in {thread.name for thread in threading.enumerate()}


def test_serials_are_kept_by_themselves_soon(
    made: Callable[[], Floors], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "SECONDS", 0.0)
    kept = made()
    kept.lift(replace(ZONE, serial=2), "key", KEYS)
    for thread in threading.enumerate():
        if thread.name == "suyuan-floors":
            thread.join()
    assert rows(engine) == [("88.118.1001", 2)]


def test_a_zone_that_states_without_end_costs_its_own_branch_only(
    made: Callable[[], Floors], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "MOST_OF_BRANCH", 5)
    kept = made()
    kept.lift(replace(ZONE, serial=7), "key", KEYS)
    for number in range(20):
        kept.lift(numbered(number, 2), "key", KEYS)
        kept.lift(numbered(number, 2, "88.666.5"), "key", KEYS)  # an issuer that it made up
    kept.close()
    found = rows(engine)
    assert len(found) == 6
    assert ("88.118.1001", 7) in found


def test_branches_are_second_level_zones_and_those_above_are_their_own() -> None:
    assert [branch_of(issuer) for issuer in ("", "88", "88.666", "88.666.5.1")] == [
        "",
        "88",
        "88.666",
        "88.666",
    ]


def test_what_the_database_cannot_take_now_is_kept_later(engine: Engine) -> None:
    busy = [Unavailable("busy", "The database is busy.")]

    def writing() -> AbstractContextManager[Session]:
        if busy:
            raise busy.pop()
        return database.writing(engine)

    kept = floors.KeptFloors(partial(database.reading, engine), writing, lambda: NOW)
    waiting, guard, *_ = kept._keep
    waiting["88.118", "88.118.1001"] = Heard("88.118", "88.118.1001", "88.118", 5, "key", ("key",))
    assert floors._keep(waiting, guard, writing, lambda: NOW) is False
    assert rows(engine) == []
    kept.close()
    assert rows(engine) == [("88.118.1001", 5)]


def test_what_a_stolen_key_stated_is_forgotten_with_the_key(
    made: Callable[[], Floors], engine: Engine
) -> None:
    first = made()
    first.lift(replace(ZONE, serial=2**53 - 1), "stolen", {"stolen", "key"})
    first.close()
    later = made()
    assert later.of(ZONE, KEYS) == 0
    later.lift(replace(ZONE, serial=8), "key", KEYS, 0)
    later.close()
    assert rows(engine) == [("88.118.1001", 8)]
    assert made().of(ZONE, KEYS) == 8


def test_a_database_whose_folder_is_gone_is_no_end_of_the_process(tmp_path: Path) -> None:
    engine = database.engine_for(f"sqlite:///{tmp_path}/gone/suyuan.db")
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    kept = floors.KeptFloors(
        partial(database.reading, engine), partial(database.writing, engine), lambda: NOW
    )
    kept.lift(Heard("88.118", "88.118.1001", "88.118", 5, "key", ("key",)))
    kept.close()
    assert kept._thread is None
    engine.dispose()
