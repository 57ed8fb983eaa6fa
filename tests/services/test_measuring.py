"""What a node measures of itself: times with their moments, who asked, the busiest second; bounded, and added up exactly."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.services import measuring
from app.services.measuring import MOST_ADDRESSES, MOST_IN_MEMORY, REGISTER, RESOLVE, Measures, Taken
from app.store import measures as rows
from app.store.database import reading, writing
from tests.support.world import World

NOW = datetime(2026, 5, 20, 23, 59, tzinfo=UTC)
ANA = "88.118.1001"
AT = int(NOW.timestamp())


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, NOW)


def keep(world: World, *noted: tuple[str, str, str, int, int]) -> None:
    measures = Measures()
    for each in noted:
        measures.note(*each)
    with writing(world.engine) as session:
        measuring.keep(session, measures.take(), NOW)


def test_the_slowest_and_the_quickest_answer_of_all_processes_are_known_with_their_moments(
    world: World,
) -> None:
    keep(world, (ANA, RESOLVE, "10.0.0.1", 300, AT), (ANA, RESOLVE, "10.0.0.1", 100, AT + 1))
    keep(world, (ANA, RESOLVE, "10.0.0.2", 900, AT + 2), (ANA, REGISTER, "", 5_000, AT + 3))
    with reading(world.engine) as session:
        found = {(row.prefix, row.kind): row for row in rows.times_of(session, "2026-05-20")}
    row = found[ANA, RESOLVE]
    assert (row.count, row.total) == (3, 1_300)
    assert (row.least, row.least_at, row.most, row.most_at) == (100, AT + 1, 900, AT + 2)
    assert found[ANA, REGISTER].most == 5_000


def test_who_asked_is_known_per_prefix_and_strangers_prefixes_are_taken_together(world: World) -> None:
    keep(world, (ANA, RESOLVE, "10.0.0.1", 1, AT), (ANA, RESOLVE, "10.0.0.1", 1, AT))
    keep(world, ("88.999", RESOLVE, "10.0.0.9", 1, AT), ("\ud800", RESOLVE, "x" * 46, 1, AT))
    with reading(world.engine) as session:
        found = rows.sources_of(session, "2026-05-20", 10)
    assert found == {ANA: [("10.0.0.1", 2)], "": [("", 1), ("10.0.0.9", 1)]}


def test_so_many_addresses_of_a_prefix_are_kept_and_the_rest_counts_together(world: World) -> None:
    for part in range(3):
        noted = Taken()
        for number in range(600):
            noted.note(ANA, RESOLVE, f"10.{part}.{number // 256}.{number % 256}", 1, AT)
        with writing(world.engine) as session:
            measuring.keep(session, noted, NOW)
    keep(world, (ANA, RESOLVE, "10.0.0.1", 1, AT))
    with reading(world.engine) as session:
        (found,) = rows.sources_of(session, "2026-05-20", 5_000).values()
    assert len(found) == MOST_ADDRESSES + 1
    assert dict(found)[""] == 800
    assert dict(found)["10.0.0.1"] == 2


def test_a_flood_of_addresses_takes_so_much_memory_and_no_more() -> None:
    measures = Measures()
    for number in range(MOST_IN_MEMORY + 700):
        measures.note(f"88.{number}", RESOLVE, f"10.0.{number}", 1, AT)
    taken = measures.take()
    assert len(taken.sources) == len(taken.times) == MOST_IN_MEMORY + 1
    assert taken.sources.total() == MOST_IN_MEMORY + 700


def test_the_busiest_second_over_all_processes_goes_into_its_day_and_only_when_it_is_over(
    world: World,
) -> None:
    keep(world, *[(ANA, RESOLVE, "", 1, AT - 60)] * 3, *[(ANA, RESOLVE, "", 1, AT)] * 9)
    keep(world, *[(ANA, RESOLVE, "", 1, AT - 60)] * 2)
    with writing(world.engine) as session:
        measuring.settle(session, NOW)
        (day,) = measuring.days_since(session, "2026-05-01")
        assert (day.peak, day.peak_at, day.minutes) == (5, AT - 60, 1)
    with writing(world.engine) as session:
        measuring.settle(session, NOW + timedelta(seconds=20))
    with reading(world.engine) as session:
        (day,) = measuring.days_since(session, "2026-05-20")
    assert (day.peak, day.peak_at, day.minutes) == (9, AT, 1), "the same minute counts once"


def test_addresses_are_forgotten_when_they_need_not_be_kept_any_more(world: World) -> None:
    keep(world, (ANA, RESOLVE, "10.0.0.1", 1, AT))
    for later, left in ((timedelta(days=300), 1), (timedelta(days=400), 0)):
        with writing(world.engine) as session:
            measuring.forget(session, NOW + later, months=12)
            assert len(rows.sources_of(session, "2026-05-20", 10)) == left


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10**6), st.integers(0, 100)), min_size=1))
def test_what_could_not_be_kept_is_given_back_and_nothing_is_lost(noted: list[tuple[str, int, int]]) -> None:
    measures, all_at_once = Measures(), Taken()
    for prefix, micros, second in noted:
        measures.note(prefix, RESOLVE, "x", micros, second)
        measures.give_back(measures.take())
        all_at_once.note(prefix, RESOLVE, "x", micros, second)
    found = measures.take()
    assert found.seconds == all_at_once.seconds == Counter(second for _, _, second in noted)
    assert found.sources == all_at_once.sources
    assert found.times == all_at_once.times
