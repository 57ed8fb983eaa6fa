"""What changed is put into the line and taken in by the node above, on each database."""

from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.domain import filings
from app.domain.filings import DAILY, HOURLY, MONTHLY, REAL_TIME, Filer
from app.services import filing, voiding
from app.store import filing as rows
from app.store.database import reading, writing
from tests.support.world import World

ZONE, ABOVE = "88.118.1001", "88.118"
MINTS, DELEGATES = frozenset({"mint", "file"}), frozenset({"delegate", "file"})


def gather(engine: Engine, now: datetime) -> Filer:
    with writing(engine) as session:
        me = filing.filer(session, ZONE, MINTS, "https://cells.test")
        filing.capture(session, me, now, everything=True)
    with writing(engine) as session:
        filing.capture_things(session, filing.filer(session, ZONE, MINTS, ""), now, everything=True)
    return me


def take(source: Engine, above: Engine, now: datetime, after: int = 0) -> int:
    with reading(source) as session:
        body = filing.push(session, after)
    told = filings.push_of(orjson.loads(orjson.dumps(body)), ZONE)
    with writing(above) as session:
        return filing.take_in(
            session, filing.filer(session, ABOVE, DELEGATES, "https://auto.test"), ZONE, told, now
        )


def test_a_line_is_taken_in_once_and_from_where_it_broke_off(world: World, empty_engine: Engine) -> None:
    now = world.now
    world.mint("module", 4)
    gather(world.engine, now)
    have = take(world.engine, empty_engine, now)
    assert have == take(world.engine, empty_engine, now) == take(world.engine, empty_engine, now, after=3)
    assert take(world.engine, empty_engine, now, after=0) == have
    with reading(empty_engine) as session:
        counts = rows.count_rows(session)
        first_page = rows.page_of(session, "T9", ("", "", ""), 3)
        last = first_page[-1]
        second = rows.page_of(session, "T9", (last.key, last.zone, last.stream), 100)
    assert counts["T9"] == len(first_page) + len(second) >= 4
    assert (counts["T8"], counts["MON"], counts["SUM"]) == (2, 2, 2)
    assert {row.key for row in first_page}.isdisjoint(row.key for row in second)


def test_a_push_that_would_leave_a_gap_is_not_taken(world: World, empty_engine: Engine) -> None:
    world.mint("module", 4)
    gather(world.engine, world.now)
    assert take(world.engine, empty_engine, world.now, after=2) == 0
    with reading(empty_engine) as session:
        assert not rows.count_rows(session)


def test_a_thing_that_is_void_is_withdrawn_above(world: World, empty_engine: Engine) -> None:
    (epc,) = world.mint("module", 1)
    gather(world.engine, world.now)
    have = take(world.engine, empty_engine, world.now)
    with reading(empty_engine) as session:
        before = rows.count_rows(session)["T9"]
    with writing(world.engine) as session:
        voiding.void(session, world.ana, epc, "misprint", world.now)
    gather(world.engine, world.now)
    take(world.engine, empty_engine, world.now, after=have)
    with reading(empty_engine) as session:
        assert rows.count_rows(session).get("T9", 0) == before - 1


moments = st.integers(1_767_225_600, 1_798_761_600).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(moments, st.timedeltas(timedelta(0), timedelta(days=70)))
def test_a_period_is_due_once_in_each_hour_day_and_month_of_beijing(
    last: datetime, passed: timedelta
) -> None:
    now = last + passed
    local, then = now + filings.BEIJING, last + filings.BEIJING
    assert filings.is_due(REAL_TIME, last, now)
    assert filings.is_due(HOURLY, last, now) == (local.replace(minute=0, second=0, microsecond=0) > then)
    assert filings.is_due(DAILY, last, now) == (local.date() > then.date())
    assert filings.is_due(MONTHLY, last, now) == ((local.year, local.month) > (then.year, then.month))
    assert all(filings.is_due(period, None, now) for period in filings.PERIODS)
