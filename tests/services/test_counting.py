"""Counts of look-ups: none lost, none counted twice, strangers' prefixes together, each company its own."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import Forbidden
from app.services import counting
from app.services.counting import ELSEWHERE, FOUND, MISSING, MOST_PREFIXES, OTHERS, Tally
from app.store.database import reading, writing
from tests.support.world import World

NOW = datetime(2026, 5, 20, 23, 59, tzinfo=UTC)
ANA, CY = "88.118.1001", "88.118.2002"


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, NOW)


def keep(world: World, *noted: tuple[str, str], at: datetime = NOW) -> None:
    tally = Tally()
    for prefix, outcome in noted:
        tally.note(prefix, outcome)
    with writing(world.engine) as session:
        counting.keep(session, tally.take(), at)


def counts(world: World, who: str, days: int = 30, at: datetime = NOW) -> list[tuple[Any, ...]]:
    with reading(world.engine) as session:
        rows = counting.counts(session, world.who(who), days, at)
        return [(row.day, row.prefix, row.outcome, row.count) for row in rows]


def test_counts_of_several_processes_add_up(world: World) -> None:
    for _ in range(3):
        keep(world, (ANA, FOUND), (ANA, FOUND), (ANA, MISSING))
    assert counts(world, "ana") == [("2026-05-20", ANA, FOUND, 6), ("2026-05-20", ANA, MISSING, 3)]


def test_names_of_nobody_here_are_counted_together(world: World) -> None:
    keep(world, ("88.999.1", ELSEWHERE), ("x" * 500, ELSEWHERE), ("中", ELSEWHERE), ("", ELSEWHERE))
    keep(world, ("\x00", ELSEWHERE), ("88.118.1001\x00", ELSEWHERE), ("\ud800", ELSEWHERE))
    assert counts(world, "ana") == [("2026-05-20", OTHERS, ELSEWHERE, 7)]


def test_a_company_sees_the_counts_of_its_own_prefixes_only(world: World) -> None:
    keep(world, (ANA, FOUND), (CY, FOUND), ("88.999.1", ELSEWHERE))
    assert [row[1] for row in counts(world, "cy")] == [CY]
    assert [row[1] for row in counts(world, "ana")] == [OTHERS, ANA, CY], "who runs the node sees all"


def test_days_are_counted_back_from_today_and_the_newest_comes_first(world: World) -> None:
    for back in range(4):
        keep(world, (ANA, FOUND), at=NOW - timedelta(days=back))
    assert [row[0] for row in counts(world, "ana", days=3)] == ["2026-05-20", "2026-05-19", "2026-05-18"]


def test_who_may_not_browse_sees_no_counts(world: World) -> None:
    with pytest.raises(Forbidden):
        counts(world, "bo")


def test_a_tally_takes_so_many_prefixes_and_no_more() -> None:
    tally = Tally()
    for number in range(MOST_PREFIXES + 500):
        tally.note(f"88.{number}", MISSING)
    taken = tally.take()
    assert len(taken) == MOST_PREFIXES + 1
    assert taken[OTHERS, MISSING] == 500
    assert not tally.take()


def test_threads_that_count_at_once_lose_nothing_and_nor_does_who_could_not_keep_it() -> None:
    tally = Tally()
    kept: list[int] = []

    def count() -> None:
        for _ in range(5_000):
            tally.note(ANA, FOUND)

    def take() -> None:
        for turn in range(200):
            taken = tally.take()
            if turn % 2:
                tally.give_back(taken)
            else:
                kept.append(taken.total())

    threads = [threading.Thread(target=work) for work in (count, count, count, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(kept) + tally.take().total() == 15_000
