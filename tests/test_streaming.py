"""Subscribers who are told of events as they come: found at the next look, sent at once, each address in its order."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self

import pytest
from sqlalchemy import Engine

from app import rounds_of_subscriptions, rounds_of_webhooks, streaming, worker
from app.domain.messages import Ask, Told
from app.rounds import Turn
from app.services import streams, subscribing, webhooks
from app.settings import Settings
from app.store import database
from tests.support.world import World


class Client:
    """Takes messages, as the program at the other end does."""

    def __init__(self) -> None:
        self.got: list[Ask] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, ask: Ask) -> Told:
        self.got.append(ask)
        self.open.wait(5)
        return Told(204, b"", ())


@pytest.fixture
def world(engine: Engine, now: datetime) -> World:
    return World(engine, now)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def stream(world: World, settings: Settings, client: Client) -> Iterator[streaming.Stream]:
    stream = streaming.Stream(settings, world.engine, client)
    yield stream
    client.open.set()
    stream.close()


def subscribe(world: World, settings: Settings, **more: Any) -> None:
    with database.writing(world.engine) as session:
        subscribing.create_query(session, world.ana, "all", {"EQ_action": "ADD"}, {}, world.now)
        body = {"dest": "https://erp.example.com/in"} | more
        subscribing.subscribe(session, world.ana, "all", body, {}, settings.keys_dir, world.now)


def test_an_event_is_sent_with_the_next_look_and_no_minute_goes_by(
    world: World, settings: Settings, stream: streaming.Stream, client: Client
) -> None:
    subscribe(world, settings, stream=True)
    assert stream.look(world.now)
    world.lot("powder", "P", 10)
    assert stream.look(world.now)
    stream.send(world.now)
    stream.close()
    (message,) = client.got
    assert message.url == "https://erp.example.com/in"
    assert b'"ADD"' in message.body
    with database.reading(world.engine) as session:
        assert webhooks.addresses_due(session, world.now, 10) == []


def test_nothing_overtakes_what_is_on_its_way_to_the_same_address(
    world: World, settings: Settings, stream: streaming.Stream, client: Client
) -> None:
    subscribe(world, settings, stream=True)
    client.open.clear()
    for number in range(3):
        world.lot("powder", f"P{number}", 10)
        stream.look(world.now)
        stream.send(world.now)
    assert len(client.got) <= 1
    client.open.set()
    stream.close()


def test_a_schedule_of_seconds_is_kept_to_the_second(
    world: World, settings: Settings, stream: streaming.Stream, client: Client
) -> None:
    subscribe(world, settings, schedule={"second": "0,10,20,30,40,50"}, reportIfEmpty=True)
    assert stream.look(world.now)
    stream.look(world.now + timedelta(seconds=10))
    stream.send(world.now + timedelta(seconds=10))
    stream.close()
    assert len(client.got) == 1


@pytest.mark.parametrize("schedule", [None, {"hour": "8"}])
def test_it_ends_when_nobody_wants_events_at_once(
    world: World, settings: Settings, stream: streaming.Stream, schedule: dict[str, str] | None
) -> None:
    streams.ask(settings.data_dir)
    if schedule:
        subscribe(world, settings, schedule=schedule)
    streaming.run(stream, lambda: world.now, lambda _pause: False)
    assert not streams.asked(settings.data_dir)


def test_the_round_of_every_minute_asks_for_it_where_it_is_wanted(
    world: World, settings: Settings, client: Client
) -> None:
    turn = Turn(settings, world.engine, world.now, client)
    rounds_of_subscriptions.tell(turn)
    assert not streams.asked(settings.data_dir)
    subscribe(world, settings, stream=True)
    rounds_of_subscriptions.tell(turn)
    assert streams.asked(settings.data_dir)


def test_the_round_of_messages_leaves_the_sending_to_who_is_at_it(
    world: World, settings: Settings, client: Client
) -> None:
    subscribe(world, settings, stream=True)
    world.lot("powder", "P", 10)
    turn = Turn(settings, world.engine, world.now, client)
    rounds_of_subscriptions.tell(turn)
    with rounds_of_webhooks.alone(settings.data_dir) as free:
        assert free
        rounds_of_webhooks.send(turn)
        assert client.got == []
    rounds_of_webhooks.send(turn)
    assert len(client.got) == 1


def test_the_worker_starts_it_when_it_is_asked_for_and_not_before(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, started = threading.Event(), list[list[str]]()

    class Process:
        returncode = 0

        def __init__(self, command: list[str]) -> None:
            started.append(command)
            ending.set()

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def poll(self) -> int:
            return 0

    looks = iter((False, True))

    def asked(_folder: object) -> bool:
        assert started == []
        return next(looks)

    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(worker, "STREAM_SECONDS", 0.001)
    monkeypatch.setattr(streams, "asked", asked)
    worker.keep_streaming(settings.data_dir, ending)
    assert [command[1:3] for command in started] == [["-m", "app.streaming"]]
