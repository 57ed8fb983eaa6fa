"""What the world sends: every shared document is captured and comes back as it came; what is bad is refused by name."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import orjson
import pytest

from app.domain.epcis import documents, time_text
from app.services.capturing_events import PROCEED, Outcome, capture_prepared
from app.services.preparing import prepare
from app.services.verifying import verify_log
from app.store import log
from app.store.database import reading, writing
from tests.support import vectors
from tests.support.events import aggregation, observed, transformation
from tests.support.world import World

VALID = [v for v in vectors.vectors("epcis/index.json") if v["valid_2_0_1_format"]]
PIECE = "urn:epc:id:sgtin:4012345.011111.9876"


def take(world: World, events: list[dict[str, Any]], hash_of: Any = None) -> list[Outcome]:
    prepared = prepare(events, world.now, hash_of) if hash_of else prepare(events, world.now)
    with writing(world.engine) as session:
        return capture_prepared(session, world.ana, prepared, world.now, PROCEED)


def body(world: World, seq: int | None) -> dict[str, Any]:
    with reading(world.engine) as session:
        entry = log.entry_of(session, seq if seq is not None else -1)
        assert entry is not None
        return dict(orjson.loads(entry.body))


@pytest.mark.skipif(not VALID, reason="the shared vectors are not beside the project")
def test_every_shared_document_is_captured_and_comes_back_as_it_came(world: World) -> None:
    """They are of many years and contradict each other; none of that keeps them out."""
    taken = 0
    world.tick(60 * 24 * 365)
    for vector in VALID:
        raw = (vectors.FOLDER / vector["file"]).read_bytes()
        media = "application/xml" if vector["syntax"] == "xml" else "application/json"
        document = documents.read_document(raw, media)
        outcomes = take(world, document.events, document.hash_of)
        for event, outcome in zip(document.events, outcomes, strict=True):
            assert outcome.problem is None, (vector["file"], str(outcome.problem))
            assert body(world, outcome.seq)["event"] == event, vector["file"]
            taken += 1
    assert taken > 40
    with reading(world.engine) as session:
        assert verify_log(session, []).sound


LONG = "x" * 1_000_000
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "of the future": ({"eventTime": "2999-01-01T00:00:00Z"}, "time-in-future"),
    "of a clock that was never set": ({"eventTime": "1970-01-01T00:00:00Z"}, "time-too-early"),
    "of a day that never was": ({"eventTime": "2026-02-30T00:00:00Z"}, "bad-time"),
    "of two megabytes": ({"example:text": LONG * 2}, "event-too-large"),
    "with a name that nobody can keep": ({"epcList": ["urn:x:" + "n" * 400]}, "name-too-long"),
    "with an id that nobody can keep": ({"eventID": "urn:x:" + "n" * 600}, "name-too-long"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_event_is_refused_by_name(sqlite_world: World, what: str) -> None:
    values, expected = BAD[what]
    size = sqlite_world.size()
    (outcome,) = take(sqlite_world, [observed(PIECE, sqlite_world.now) | values])
    assert outcome.problem is not None
    assert outcome.problem.code == expected
    assert sqlite_world.size() == size


def test_odd_times_that_can_be_are_taken(world: World) -> None:
    """A leap second, the easternmost offset, an hour that summer time has twice."""
    times = ["2016-12-31T23:59:60.500Z", "2026-01-01T13:00:00.000+14:00", "2025-10-26T02:30:00.000+02:00"]
    events = [
        observed(f"{PIECE}{n}", world.now) | {"eventTime": time, "eventTimeZoneOffset": offset}
        for n, (time, offset) in enumerate(zip(times, ["+00:00", "+14:00", "+02:00"], strict=True))
    ]
    outcomes = take(world, events)
    assert [outcome.problem for outcome in outcomes] == [None] * 3
    with reading(world.engine) as session:
        found = [log.entry_of(session, outcome.seq or 0) for outcome in outcomes]
        assert [time_text(entry.event_time) for entry in found if entry] == [
            "2017-01-01T00:00:00.500Z",
            "2025-12-31T23:00:00.000Z",
            "2025-10-26T00:30:00.000Z",
        ]
        assert verify_log(session, []).sound


def test_an_input_never_produced_and_more_than_there_was_are_told_of_what_others_made(world: World) -> None:
    lots = [f"https://id.gs1.org/01/04012345111118/10/L{n}" for n in range(3)]
    (first,) = take(world, [transformation(world.tick(), [(lots[0], 5, "KGM")], [(lots[1], 5, "KGM")])])
    assert [notice.code for notice in first.notices] == ["not-yours"]
    (more,) = take(world, [transformation(world.tick(), [(lots[1], 9, "KGM")], [(lots[2], 5, "KGM")])])
    assert [notice.code for notice in more.notices] == ["not-enough"]
    (moved,) = take(
        world, [observed("x", world.tick(), epcList=[], bizStep="shipping", quantityList=[
            {"epcClass": "https://id.gs1.org/01/04012345111118/10/L9", "quantity": 2, "uom": "KGM"}])]
    )  # fmt: skip
    assert "lot-code" in [notice.code for notice in moved.notices]


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_events_of_which_one_is_bad(sqlite_world: World, count: int) -> None:
    """More than are held in memory at a time."""
    world, bad = sqlite_world, count * 7 // 9
    events = [observed(f"urn:epc:id:sgtin:4012345.022222.{n}", world.now) for n in range(count)]
    events[bad] |= {"action": "MAYBE"}
    size = world.size()
    prepared = prepare(events, world.now)
    with writing(world.engine) as session:
        whole = capture_prepared(session, world.ana, prepared, world.now)
    assert [outcome.index for outcome in whole if outcome.problem] == [bad]
    assert world.size() == size
    with writing(world.engine) as session:
        rest = capture_prepared(session, world.ana, prepared, world.now, PROCEED)
    assert [outcome.index for outcome in rest if outcome.problem] == [bad]
    assert world.size() == size + count - 1


@pytest.mark.parametrize("what", ["a flipped bit", "a deleted row"])
def test_what_was_changed_behind_the_node_s_back_is_found(sqlite_world: World, what: str) -> None:
    world = sqlite_world
    (outcome,) = take(world, [aggregation("urn:epc:id:sscc:4012345.0111111111", world.now, [PIECE])])
    path = str(world.engine.url.database)
    world.engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        if what == "a flipped bit":
            changed = "UPDATE entry SET body = replace(body, 'packing', 'pacjing') WHERE seq = ?"
        else:
            changed = "DELETE FROM entry_thing WHERE seq = ?"
        assert connection.execute(changed, (outcome.seq,)).rowcount
        connection.commit()
    with reading(world.engine) as session:
        report = verify_log(session, [])
    assert outcome.seq in {fault.seq for fault in report.faults}
    expected = {"a flipped bit": "text-changed", "a deleted row": "index-differs"}[what]
    assert expected in {fault.code for fault in report.faults}


def test_two_clients_that_send_the_same_document_at_once_record_it_once(world: World) -> None:
    events = [observed(f"{PIECE}{n}", world.now) for n in range(30)]
    size = world.size()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: take(world, events), range(4)))
    assert world.size() == size + 30
    assert len({tuple(outcome.seq for outcome in result) for result in results}) == 1
    assert sum(not outcome.existed for result in results for outcome in result) == 30
