"""Statements that are compiled once: the same answers and the same errors as SQLAlchemy's own way, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.domain.captured import digest_of
from app.errors import Unavailable
from app.store import captured, database, items, plain, standing
from app.store.database import engine_for, reading, writing
from app.store.ready import Ready
from app.store.tables import EventWord, Thing
from tests.support.history import eventful
from tests.support.world import World

WORDS = Ready(
    select(col(EventWord.value), col(EventWord.kind) == "colour")
    .where(col(EventWord.organisation_id) == bindparam("owner"))
    .where(col(EventWord.value).in_(bindparam("words", expanding=True)))
    .order_by(col(EventWord.value)),
    "words",
)


@pytest.fixture
def world(engine: Engine, now: datetime) -> World:
    return World(engine, now)


def add_words(session: Session, owner: int, *words: str) -> None:
    rows = [{"organisation_id": owner, "kind": "colour", "value": word} for word in words]
    plain.insert_rows(session, EventWord, rows)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 13])
def test_a_list_of_any_length_finds_what_is_in_it_and_nothing_twice(world: World, count: int) -> None:
    owner = world.ana.organisation_id
    with writing(world.engine) as session:
        add_words(session, owner, *(f"w{n:02}" for n in range(20)))
        wanted = [f"w{n:02}" for n in range(count)]
        found = WORDS.rows(session, owner=owner, words=wanted)
        assert [(value, bool(same)) for value, same in found] == [(word, True) for word in wanted]
        assert WORDS.rows(session, owner=owner + 1, words=wanted) == []


def test_what_a_constraint_refuses_is_told_as_ever_and_the_savepoint_goes_back(world: World) -> None:
    with writing(world.engine) as session:
        add_words(session, world.ana.organisation_id, "red")
        with pytest.raises(IntegrityError), session.begin_nested():
            add_words(session, world.ana.organisation_id, "blue", "red")
        found = WORDS.rows(session, owner=world.ana.organisation_id, words=["red", "blue"])
        assert [value for value, _ in found] == ["red"]


def test_a_write_in_a_reading_transaction_fails(world: World) -> None:
    with pytest.raises(database.Failed), reading(world.engine) as session:
        add_words(session, world.ana.organisation_id, "red")


@pytest.mark.postgresql
def test_a_database_that_went_away_is_told_as_such(postgres_url: str) -> None:
    engine = engine_for(postgres_url)
    with pytest.raises(Unavailable):
        ask_after_the_line_is_cut(engine)
    with reading(engine) as session:
        assert WORDS.rows(session, owner=1, words=["red"]) == []
    engine.dispose()


def ask_after_the_line_is_cut(engine: Engine) -> None:
    with writing(engine) as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.close()
        WORDS.rows(session, owner=1, words=["red"])


def test_times_and_amounts_are_kept_as_the_columns_keep_them(world: World) -> None:
    eventful(world, described=False)
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    move = Ready(update(Thing).where(col(Thing.id) == bindparam("row")).values(last_time=bindparam("moment")))
    with writing(world.engine) as session:
        key = session.execute(select(col(Thing.id)).order_by(col(Thing.id)).limit(1)).scalar_one()
        move.run_many(session, [{"row": key, "moment": moment}])
        assert session.get_one(Thing, key, populate_existing=True).last_time == moment


def test_things_stand_as_their_rows_say_by_any_of_their_names(world: World) -> None:
    eventful(world, described=False)
    with reading(world.engine) as session:
        things = list(session.execute(select(Thing)).scalars())
        found = standing.of_names(session, [thing.epc for thing in things] + ["hdl:nobody/knows", ""])
        states = items.states_of(session, things)
    assert {epc: each.state for epc, each in found.items()} == states
    assert any(state.balances for state in states.values())
    for thing in things:
        one = found[thing.epc]
        own = (thing.id, thing.level, thing.organisation_id, thing.product_id, thing.brought, thing.last_seq)
        assert (one.id, one.level, one.organisation_id, one.product_id, one.brought, one.last_seq) == own


def test_who_looks_for_declarations_reads_the_index_of_hashes_and_not_all_of_a_company(
    sqlite_engine: Engine,
) -> None:
    """Each capture asks. PostgreSQL counts what it has before it chooses."""
    asked: list[str] = []
    with writing(sqlite_engine) as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        captured.alike(session, 1, ["one"], [digest_of("ni:///sha-256;ab?ver=CBV2.0")])
        driver.set_trace_callback(None)
        plan = " ".join(str(row[3]) for row in driver.execute(f"EXPLAIN QUERY PLAN {asked[-1]}"))
    assert "ix_event_fact_hash" in plan
    assert "ix_event_fact_event_id" in plan
    assert "organisation_id=?" not in plan
