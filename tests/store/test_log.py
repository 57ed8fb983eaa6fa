"""The log keeps every event in one gapless order, however many write at once, and a tree that proves it."""

import errno
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from app.domain import epcis, merkle
from app.domain.epcis import Event
from app.errors import Unavailable
from app.store import log
from app.store.database import Taken, engine_for, is_sqlite, reading, writing
from app.store.tables import Entry, MerkleNode, Organisation
from tests.support import postgres
from tests.support.sources import ROOT

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def owner(engine: Engine) -> int:
    return founded(engine)


def founded(engine: Engine) -> int:
    with writing(engine) as session:
        company = Organisation(prefix="88.118.1001", name_zh="安娜", name_en="Ana", record_time=NOW)
        session.add(company)
        session.flush()
        return company.id or 0


def event(number: int, at: datetime = NOW) -> Event:
    return Event(
        "ObjectEvent",
        at,
        f"urn:uuid:{number:032d}",
        action="OBSERVE",
        epc_list=(f"hdl:88.118.1001/{number}",),
    )


def append(engine: Engine, owner: int, number: int) -> int:
    with writing(engine) as session:
        return log.append(session, event(number), owner, "inspect", NOW)


def bodies(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [entry.body for entry in log.entries(session)]


def test_eight_threads_append_four_hundred_events_without_a_gap(engine: Engine, owner: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda number: append(engine, owner, number), range(400)))
    assert sorted(given) == list(range(400))
    texts = bodies(engine)
    assert len(texts) == 400
    with reading(engine) as session:
        size, root = log.head(session)
        assert size == 400
        assert root == merkle.root_of(merkle.leaf_hash(body.encode()) for body in texts)
        assert session.execute(select(func.count()).select_from(MerkleNode)).scalar() == sum(
            400 >> level for level in range(9)
        )
        by_number = {entry.seq: entry.event_id for entry in log.entries(session)}
    assert [by_number[seq] for seq in given] == [event(number).event_id for number in range(400)]


def test_an_appended_event_is_kept_as_its_canonical_text(engine: Engine, owner: int) -> None:
    seq = append(engine, owner, 7)
    with reading(engine) as session:
        entry = log.entry_of(session, seq)
        assert entry
        assert entry.body.encode() == epcis.canonical(event(7))
        assert (entry.leaf, entry.version) == (merkle.leaf_hash(entry.body.encode()), epcis.VERSION)
        assert (entry.event_time, entry.record_time) == (NOW, NOW)
        assert epcis.parse(entry.body) == event(7)
        assert log.entry_by_id(session, event(7).event_id) == entry
        assert log.entry_by_id(session, "urn:uuid:none") is None


def append_and_fail(engine: Engine, owner: int) -> None:
    with writing(engine) as session:
        assert log.append(session, event(1), owner, "inspect", NOW) == 1
        raise RuntimeError("after the append")


def test_a_transaction_that_fails_leaves_no_number_behind(engine: Engine, owner: int) -> None:
    append(engine, owner, 0)
    with pytest.raises(RuntimeError):
        append_and_fail(engine, owner)
    assert append(engine, owner, 2) == 1
    assert len(bodies(engine)) == 2


def test_an_event_id_is_recorded_once(engine: Engine, owner: int) -> None:
    append(engine, owner, 1)
    with pytest.raises(Taken):
        append(engine, owner, 1)
    assert len(bodies(engine)) == 1


def test_reading_sees_one_moment_and_cannot_write(engine: Engine, owner: int) -> None:
    append(engine, owner, 0)
    with reading(engine) as session:
        assert log.size(session) == 1
        append(engine, owner, 1)
        assert log.size(session) == 1
        assert log.root(session, 1) == log.head(session)[1]
        with pytest.raises(DBAPIError):
            log.append(session, event(2), owner, "inspect", NOW)
    with reading(engine) as session:
        assert log.size(session) == 2


@pytest.mark.parametrize("block", [1, 2, 3, 500])
def test_entries_come_in_order_whatever_the_block(
    sqlite_engine: Engine, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = founded(sqlite_engine)
    with writing(sqlite_engine) as session:
        for number in range(6):
            log.append(session, event(number), owner, "inspect", NOW)
    monkeypatch.setattr(log, "BLOCK", block)
    with reading(sqlite_engine) as session:
        assert [entry.seq for entry in log.entries(session)] == [0, 1, 2, 3, 4, 5]
        assert [entry.seq for entry in log.entries(session, 2, 5)] == [2, 3, 4]
        assert [entry.seq for entry in log.entries(session, 6)] == []


def test_a_late_event_keeps_the_time_it_happened(engine: Engine, owner: int) -> None:
    with writing(engine) as session:
        log.append(session, event(0, NOW - timedelta(days=3)), owner, "inspect", NOW)
        (entry,) = session.exec(select(Entry)).all()
        assert entry.event_time == NOW - timedelta(days=3)
        assert entry.event_time.tzinfo is not None


# --- what must not be half done ---

CHILD = """
import sys
from tests.store.test_log import NOW, event
from app.store import log
from app.store.database import engine_for, writing
engine = engine_for(sys.argv[1])
with writing(engine) as session:
    for number in range(100, 150):
        log.append(session, event(number), int(sys.argv[2]), "inspect", NOW)
    session.flush()
    print("in the middle", flush=True)
    sys.stdin.readline()
"""


def test_a_process_killed_in_the_middle_of_a_transaction_leaves_nothing_of_it(
    engine: Engine, owner: int, database_url: str
) -> None:
    for number in range(3):
        append(engine, owner, number)
    before = bodies(engine)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, database_url, str(owner)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        assert child.stdout
        assert child.stdout.readline() == "in the middle\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert bodies(engine) == before
    assert append(engine, owner, 3) == 3
    with reading(engine) as session:
        assert log.root(session, 4) == merkle.root_of(
            merkle.leaf_hash(body.encode()) for body in bodies(engine)
        )


def append_until_full(engine: Engine, owner: int) -> None:
    """As if the disk had no room for another page."""
    with writing(engine) as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for number in range(1, 200):
            with session.begin_nested():
                log.append(session, event(number), owner, "inspect", NOW)


def test_a_full_disk_is_told_in_a_sentence_and_keeps_what_was_there(sqlite_engine: Engine) -> None:
    owner = founded(sqlite_engine)
    append(sqlite_engine, owner, 0)
    with pytest.raises(Unavailable) as told:
        append_until_full(sqlite_engine, owner)
    assert told.value.code == "disk-full"
    assert told.value.english().startswith("The node's disk is full; nothing was recorded.")
    assert len(bodies(sqlite_engine)) == 1
    sqlite_engine.dispose()  # the limit was the connection's; the disk has room again
    assert append(sqlite_engine, owner, 1) == 1
    with reading(sqlite_engine) as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_lock_file_that_finds_no_room_is_a_full_disk_too(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(Unavailable) as told, writing(sqlite_engine):
        pass
    assert told.value.code == "disk-full"


def test_a_database_that_went_away_is_told_in_a_sentence(
    postgres_cluster: postgres.Cluster, postgres_url: str
) -> None:
    engine = engine_for(postgres_url)
    owner = founded(engine)
    with pytest.raises(Unavailable) as told:
        append_after_losing_the_connection(engine, owner, postgres_cluster)
    assert told.value.code == "database-away"
    assert append(engine, owner, 0) == 0
    engine.dispose()
    gone = engine_for(postgres_url.replace(str(postgres_cluster.folder), "/nowhere"))
    with pytest.raises(Unavailable), reading(gone) as session:
        log.size(session)


def append_after_losing_the_connection(engine: Engine, owner: int, cluster: postgres.Cluster) -> None:
    with writing(engine) as session:
        pid = session.connection().execute(text("SELECT pg_backend_pid()")).scalar()
        with cluster.connect() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        log.append(session, event(0), owner, "inspect", NOW)


def test_two_processes_write_to_one_sqlite_file_in_turn(sqlite_url: str, sqlite_engine: Engine) -> None:
    owner = founded(sqlite_engine)
    script = CHILD.replace('print("in the middle", flush=True)', "pass").replace(
        "sys.stdin.readline()", "pass"
    )
    script = script.replace("range(100, 150)", "range(int(sys.argv[3]), int(sys.argv[3]) + 50)")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, sqlite_url, str(owner), str(start)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for start in (1000, 2000)
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: append(sqlite_engine, owner, number), range(30)))
    assert [child.wait() for child in children] == [0, 0]
    with reading(sqlite_engine) as session:
        assert [entry.seq for entry in log.entries(session)] == list(range(130))


def test_the_lock_of_the_log_is_the_databases_own(engine: Engine, owner: int) -> None:
    """Nothing of it is left after a transaction, and no reader waits for it."""
    with writing(engine) as session:
        log.append(session, event(0), owner, "inspect", NOW)
        with reading(engine) as other:
            assert log.size(other) == 0
    if not is_sqlite(engine):
        with reading(engine) as session:
            assert (
                session.connection()
                .execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
                .scalar()
                == 0
            )
    with reading(engine) as session:
        assert session.exec(select(col(Entry.seq))).all() == [0]
