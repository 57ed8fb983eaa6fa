"""What is remembered: bounded, forgotten at the first change, and never told to anyone once it is old."""

import json
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.handles import text_value
from app.errors import Unavailable
from app.services import registering
from app.services.remembering import OVERHEAD, Answers, Kept, Memory
from app.store.database import is_sqlite, writing
from app.store.held import PostgresqlHeld, SqliteHeld
from tests.support.processes import until
from tests.support.sources import ROOT
from tests.support.world import World

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
KEY = "88.118.1001/A"
ALLOWED = 0.1  # s that a value may be older than another that has been committed


def kept(answer: bytes) -> Kept:
    return Kept(answer, len(answer))


def nothing() -> Kept | None:
    return None


# --- the memory ---


def test_what_was_put_in_is_there_until_the_stamp_grows() -> None:
    memory = Memory(100_000)
    memory.get("a", 1)
    memory.put("a", 1, kept(b"x"))
    assert memory.get("a", 1) == kept(b"x")
    assert memory.get("a", 2) is None
    assert len(memory) == 0


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    memory = Memory(100_000)
    memory.get("a", 1)
    memory.get("a", 2)  # another thread has heard of the change
    memory.put("a", 1, kept(b"old"))
    assert memory.get("a", 2) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3_000)), max_size=200))
def test_it_never_holds_more_bytes_than_allowed(puts: list[tuple[int, int]]) -> None:
    memory = Memory(20_000)
    memory.get("", 1)
    for name, size in puts:
        memory.put(str(name), 1, kept(b"x" * size))
        assert memory.get(str(name), 1) == kept(b"x" * size)
        held = {**memory.old, **memory.young}
        assert sum(each.size + OVERHEAD + len(key) for key, each in held.items()) <= 20_000


def test_what_is_asked_for_again_stays_and_the_rest_goes() -> None:
    memory = Memory(20_000)
    memory.get("", 1)
    for number in range(200):
        memory.put(str(number), 1, kept(b"x" * 500))
        memory.put("often", 1, memory.get("often", 1) or kept(b"y" * 500))
    assert "often" in memory
    assert "0" not in memory
    assert len(memory) > 10


# --- with a database ---


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, NOW)


@pytest.fixture
def answers(engine: Engine) -> Iterator[Answers]:
    answers = Answers(engine, 1_000_000)
    yield answers
    answers.close()


def register(world: World, value: str) -> None:
    with writing(world.engine) as session:
        items = [(KEY, [text_value(1, "URL", value)])]
        registering.put_many(session, world.ana.organisation_id, items, NOW, overwrite=True)


def value(array: bytes | None) -> str:
    return str(json.loads(array or b"[]")[0]["data"]["value"])


def warm(answers: Answers) -> None:
    """Asks until it is remembered: on PostgreSQL not before it is certain to hear of changes."""
    until(lambda: answers.array_of(KEY, nothing) is not None and KEY in answers.memory)


def test_a_record_that_is_asked_for_again_is_read_once(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(world, "https://a.cn")
    warm(answers)
    held = SqliteHeld if is_sqlite(world.engine) else PostgresqlHeld
    monkeypatch.setattr(held, "public_of", lambda *_: pytest.fail("it was read again"))
    assert value(answers.array_of(KEY, nothing)) == "https://a.cn"


def test_a_change_in_this_process_is_seen_at_once(world: World, answers: Answers) -> None:
    for number in range(5):
        register(world, f"https://{number}.cn")
        if is_sqlite(world.engine):
            assert value(answers.array_of(KEY, nothing)) == f"https://{number}.cn"
        until(lambda at=f"https://{number}.cn": value(answers.array_of(KEY, nothing)) == at)  # type: ignore[misc]
        warm(answers)


def test_a_thing_that_was_scanned_is_told_anew(world: World, answers: Answers) -> None:
    world.piece()
    with world.engine.connect() as connection:
        thing_id, seq = connection.execute(
            text("SELECT id, last_seq FROM thing WHERE level = 'serial'")
        ).one()
    made: list[int] = []

    def derive() -> Kept:
        made.append(1)
        return Kept(b"[1]", 3, thing_id, seq)

    until(lambda: answers.array_of("T", derive) == b"[1]" and "T" in answers.memory)
    before = len(made)
    answers.array_of("T", derive)
    assert len(made) == before
    with writing(world.engine) as session:
        session.connection().execute(text("UPDATE thing SET last_seq = last_seq + 1"))
    answers.array_of("T", derive)
    assert len(made) == before + 1


def test_a_database_in_trouble_is_told_and_asked_again(world: World, answers: Answers) -> None:
    register(world, "https://a.cn")
    warm(answers)
    answers.memory.get(KEY, 10**9)  # nothing is remembered
    answers._connections.idle[-1].close()
    with pytest.raises(Unavailable):
        answers.array_of(KEY, nothing)
    assert value(answers.array_of(KEY, nothing)) == "https://a.cn"


WRITER = """
import sys, time
from datetime import UTC, datetime
from app.domain.handles import text_value
from app.services import registering
from app.store.database import engine_for, writing
url, organisation_id, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]
engine = engine_for(url)
for number in range(1, 151):
    with writing(engine) as session:
        items = [(key, [text_value(1, "URL", str(number))])]
        registering.put_many(session, organisation_id, items, datetime.now(UTC), overwrite=True)
    print(time.monotonic(), flush=True)
    time.sleep(0.003)  # so that something is remembered in between
engine.dispose()
"""


def test_no_reader_sees_a_value_older_than_a_tenth_of_a_second_whoever_writes_it(
    world: World, answers: Answers, database_url: str
) -> None:
    """One process writes, threads of this one read; on SQLite nobody ever sees anything but the newest."""
    register(world, "0")
    warm(answers)
    command = [sys.executable, "-c", WRITER, database_url, str(world.ana.organisation_id), KEY]
    seen: list[tuple[float, int]] = []
    ending = threading.Event()

    def read() -> None:
        while not ending.is_set():
            asked = time.monotonic()
            seen.append((asked, int(value(answers.array_of(KEY, nothing)))))

    threads = [threading.Thread(target=read) for _ in range(2)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        for thread in threads:
            thread.start()
        assert writer.stdout is not None
        committed = [float(line) for line in writer.stdout]
        ending.set()
        for thread in threads:
            thread.join()
    assert len(committed) == 150
    assert len(seen) > 500
    slack = 0.0 if is_sqlite(world.engine) else ALLOWED
    stale = [(at, got) for at, got in seen if got < bisect_right(committed, at - slack)]
    assert not stale
    until(lambda: value(answers.array_of(KEY, nothing)) == "150")
