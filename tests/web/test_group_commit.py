"""Events that wait together are recorded together: each with its own outcome, and none lost whatever the others do."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from app.domain.people import Actor
from app.errors import Unavailable
from app.services import capturing_events
from app.services.capturing_events import Outcome
from app.services.preparing import Prepared, prepare
from app.services.verifying import verify_log
from app.store import database
from app.store.database import reading
from app.web import group_commit
from app.web.group_commit import Group
from tests.support.events import observed
from tests.support.world import World

CLIENTS = 8


@pytest.fixture
def group(world: World) -> Group:
    return Group(world.engine, lambda: world.now)


@pytest.fixture
def world(engine: Engine, now: Any) -> World:
    return World(engine, now)


def prepared(world: World, number: int, **more: Any) -> Prepared:
    name = f"urn:epc:id:sgtin:4012345.011111.{number}"
    (one,) = prepare([observed(name, world.now, **more)], world.now)
    return one


def commits(engine: Engine) -> list[int]:
    done: list[int] = []
    event.listen(engine, "commit", lambda _: done.append(1))
    return done


def test_events_that_wait_together_share_a_transaction_and_have_outcomes_of_their_own(
    world: World, group: Group
) -> None:
    people = [world.ana, world.bo, world.dee, world.cy]
    asked = [(people[n % 4], prepared(world, n)) for n in range(CLIENTS)]
    asked[3] = (world.cy, prepared(world, 3, readPoint={"id": world.at["plant"]}))
    asked[5] = (world.bo, prepared(world, 1))  # the same event as another client's of the same company
    size = world.size()
    with database.writing(world.engine) as session:
        database.lock_log(session)
        done = commits(world.engine)
        outcomes = in_the_background(group, asked)
    told = [outcome() for outcome in outcomes]
    assert len(done) <= 3  # ours, the group's; one more where somebody came too late for it
    assert [each.problem.code if each.problem else "" for each in told] == [
        "",
        "",
        "",
        "not-your-site",
        "",
        "",
        "",
        "",
    ]
    assert sorted(each.existed for each in told) == [False] * 7 + [True]
    assert world.size() == size + 6
    with reading(world.engine) as session:
        assert verify_log(session, []).sound


def in_the_background(group: Group, asked: list[tuple[Actor, Prepared]]) -> list[Callable[[], Outcome]]:
    pool = ThreadPoolExecutor(len(asked))
    running = [pool.submit(group.capture, *each) for each in asked]
    while len(group.waiting) < len(asked):
        threading.Event().wait(0.002)
    pool.shutdown(wait=False)
    return [each.result for each in running]


def test_an_event_that_nobody_foresaw_fails_alone(
    world: World, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = capturing_events.capture_each
    poison = prepared(world, 3)

    def capture_each(session: Session, asked: Any, now: Any) -> list[Outcome]:
        outcomes = real(session, asked, now)
        if any(each is poison for _, each in asked):
            raise ZeroDivisionError
        return outcomes

    monkeypatch.setattr(group_commit, "capture_each", capture_each)
    asked = [(world.ana, poison if n == 3 else prepared(world, n)) for n in range(CLIENTS)]
    size = world.size()
    with database.writing(world.engine) as session:
        database.lock_log(session)
        outcomes = in_the_background(group, asked)
    for number, outcome in enumerate(outcomes):
        if number == 3:
            with pytest.raises(ZeroDivisionError):
                outcome()
        else:
            assert outcome().seq is not None
    assert world.size() == size + 7
    assert (group.capture(world.ana, prepared(world, 99)).seq, group.waiting, group.led) == (
        size + 7,
        [],
        False,
    )


def test_when_the_database_is_away_all_who_wait_hear_so_and_the_next_goes_on(
    world: World, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> list[Outcome]:
        raise database.unavailable("database-away")

    with monkeypatch.context() as patched:
        patched.setattr(group_commit, "capture_each", away)
        with database.writing(world.engine) as session:
            database.lock_log(session)
            outcomes = in_the_background(group, [(world.ana, prepared(world, n)) for n in range(CLIENTS)])
        for outcome in outcomes:
            with pytest.raises(Unavailable):
                outcome()
    assert group.capture(world.ana, prepared(world, 1)).seq is not None


def test_more_than_one_transaction_takes_are_taken_in_turn(
    world: World, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MOST", 3)
    size = world.size()
    with database.writing(world.engine) as session:
        database.lock_log(session)
        outcomes = in_the_background(group, [(world.ana, prepared(world, n)) for n in range(CLIENTS)])
    assert sorted(outcome().seq or 0 for outcome in outcomes) == list(range(size, size + CLIENTS))


def test_who_comes_while_others_are_written_goes_along_with_them(
    world: World, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = capturing_events.capture_each
    late: list[Callable[[], Outcome]] = []

    def capture_each(session: Session, asked: Any, now: Any) -> list[Outcome]:
        if not late:
            late.extend(in_the_background(group, [(world.ana, prepared(world, n)) for n in (2, 3)]))
        return real(session, asked, now)

    monkeypatch.setattr(group_commit, "capture_each", capture_each)
    done, size = commits(world.engine), world.size()
    assert group.capture(world.ana, prepared(world, 1)).seq == size
    assert sorted(outcome().seq or 0 for outcome in late) == [size + 1, size + 2]
    assert len(done) == 1


def test_who_comes_while_others_are_brought_to_the_disk_goes_together_when_they_are(
    sqlite_engine: Engine, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(sqlite_engine, now)
    group = Group(sqlite_engine, lambda: world.now)
    syncing, go_on, really = threading.Event(), threading.Event(), os.fdatasync

    def slow(handle: int) -> None:
        syncing.set()
        assert go_on.wait(20)
        really(handle)

    done = commits(sqlite_engine)
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(os, "fdatasync", slow)
        first = pool.submit(group.capture, world.ana, prepared(world, 1))
        assert syncing.wait(20)
        outcomes = in_the_background(group, [(world.ana, prepared(world, n)) for n in range(2, 8)])
        assert (len(done), first.done()) == (1, False)
        go_on.set()
        assert first.result().seq is not None
        told = {outcome().seq for outcome in outcomes}
    assert (len(told), len(done)) == (6, 2)
