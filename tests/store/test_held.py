"""Held connections: what they read is as new as the moment, and their stamp grows with whatever changes an answer."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import Session

from app.domain.handles import text_value
from app.errors import Unknown
from app.services import registering, resolving, short_urls
from app.store import listening
from app.store.database import engine_for, is_sqlite, reading, writing
from app.store.held import Connections, Held
from app.store.migrations.answer_triggers import CHANNEL, COLUMNS, WHOLE
from tests.support.processes import until
from tests.support.world import World

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
KEY = "88.118.1001/A"


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, NOW)


@pytest.fixture
def connections(engine: Engine) -> Iterator[Connections]:
    connections = Connections(engine)
    yield connections
    connections.close()


@pytest.fixture
def held(connections: Connections) -> Iterator[Held]:
    held = connections.take()
    yield held
    connections.give_back(held)


def register(world: World, text: str, handle: str = KEY) -> None:
    with writing(world.engine) as session:
        values = [text_value(1, "URL", text)]
        organisation_id = world.who("ana").organisation_id
        registering.put_many(session, organisation_id, [(handle, values)], NOW, overwrite=True)


def certain(held: Held) -> int:
    """The stamp, when the listening connection stands."""
    until(lambda: held.stamp() is not None)
    found = held.stamp()
    assert found is not None
    return found


def grows(held: Held, before: int) -> bool:
    """On SQLite at once; PostgreSQL tells in its own time, which is bounded."""
    return until(lambda: (held.stamp() or 0) > before, seconds=20)


def test_it_reads_what_was_committed_last(world: World, held: Held) -> None:
    assert held.public_of(KEY) is None
    for text_ in ("https://a.cn", "https://b.cn"):
        register(world, text_)
        assert text_.encode() in (held.public_of(KEY) or b"")


def test_reading_leaves_no_transaction_open(world: World, held: Held) -> None:
    register(world, "https://a.cn")
    held.public_of(KEY)
    held.stamp()
    driver: Any = held._connection  # type: ignore[attr-defined]
    if is_sqlite(world.engine):
        assert not driver.in_transaction
        with world.engine.connect() as connection:  # busy while anybody reads an older snapshot
            assert connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar() == 0
    else:
        assert driver.info.transaction_status.name == "IDLE"


def test_there_are_as_many_as_are_used_at_once(connections: Connections) -> None:
    one, other = connections.take(), connections.take()
    assert one is not other
    connections.give_back(one)
    connections.give_back(other)
    assert {connections.take(), connections.take()} == {one, other}
    connections.give_back(one)
    connections.give_back(other)


def test_the_stamp_stays_while_nothing_changes(world: World, held: Held) -> None:
    before = certain(held)
    with writing(world.engine) as session:
        session.connection().execute(text("UPDATE thing SET holder = 'x', last_seq = 7"))
        session.connection().execute(text("UPDATE allotment SET used = used + 1"))
    time.sleep(0.1)  # what could have been told has been told
    assert certain(held) == before


CHANGES: dict[str, Callable[[World], Any]] = {
    "a record is replaced": lambda world: register(world, "https://new.cn"),
    "a record is made": lambda world: register(world, "https://new.cn", f"{KEY}1"),
    "a record is deleted": lambda world: run(world, "DELETE FROM record"),
    "a thing is voided": lambda world: run(world, "UPDATE thing SET lifecycle = 'void' WHERE lot = 'L1'"),
    "a thing gets values": lambda world: run(world, "UPDATE thing SET attributes_id = 1 WHERE lot = 'L1'"),
    "a lot is minted": lambda world: world.lot("cell", "L2", 1),
    "a company is renamed": lambda world: run(world, "UPDATE organisation SET name_en = 'X'"),
    "a prefix is suspended": lambda world: run(world, "UPDATE allotment SET state = 'suspended'"),
}


def run(world: World, statement: str) -> None:
    with writing(world.engine) as session:
        assert session.connection().execute(text(statement)).rowcount


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_stamp_grows_with_whatever_changes_an_answer(
    world: World, held: Held, change: Callable[[World], Any]
) -> None:
    world.lot("cell", "L1", 1)
    register(world, "https://old.cn")
    before = certain(held)
    change(world)
    if is_sqlite(world.engine):
        assert held.stamp() == certain(held) > before
    assert grows(held, before)


UNCHANGING = {
    "entry",  # the log
    "mint_part",  # of the log
    "mint_run",
}


def test_every_table_that_answers_are_made_of_is_watched(world: World) -> None:
    """Reads the statements themselves, so that a table that answers come to need cannot be forgotten."""
    world.lot("cell", "L1", 1)
    piece = world.piece()
    seen: set[str] = set()

    def note(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
        seen.update(name.strip('"') for name in re.findall(r"(?:FROM|JOIN)\s+(\S+)", statement))

    event.listen(world.engine, "before_cursor_execute", note)
    with reading(world.engine) as session:
        for epc in (piece, *world.at.values()):
            look_up(session, epc.removeprefix("hdl:"))
        look_up(session, "88.118.1001/NOTHING")
    event.remove(world.engine, "before_cursor_execute", note)
    assert seen >= {"thing", "record", "organisation", "product", "link"}
    assert seen - {*WHOLE, *COLUMNS} - UNCHANGING == set()


def look_up(session: Session, name: str) -> None:
    resolving.answer_of(session, name, base_url="https://id.cn")
    for accept, query in (
        ("application/linkset+json", ""),
        ("application/json", ""),
        ("", "linkType=linkset"),
    ):
        with suppress(Unknown):
            short_urls.resolve(session, name, query, accept, "", "https://id.cn")


# --- PostgreSQL only: the connection that listens ---


@pytest.mark.postgresql
def test_without_a_listening_connection_there_is_no_stamp_until_it_stands_again(postgres_url: str) -> None:
    engine = engine_for(postgres_url)
    connections = Connections(engine)
    held = connections.take()
    before = certain(held)
    with engine.connect() as connection:
        ended = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query IN ('SELECT 1', :listen) AND pid <> pg_backend_pid()"
            ),
            {"listen": f"LISTEN {CHANNEL}"},
        ).scalar_one()
    assert ended == 1
    until(lambda: held.stamp() is None)
    assert certain(held) > before, "what happened meanwhile was not heard"
    connections.give_back(held)
    connections.close()
    engine.dispose()


@pytest.mark.postgresql
def test_nobody_listens_when_nobody_asks(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0.2)
    engine = engine_for(postgres_url)
    connections = Connections(engine)
    held = connections.take()
    certain(held)
    until(lambda: not any(each.name == "suyuan-listener" for each in threading.enumerate()))
    certain(held)
    connections.give_back(held)
    connections.close()
    engine.dispose()
