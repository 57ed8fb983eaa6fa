"""The round of subscriptions: in transactions of its own, past whatever one of them meets."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from app import rounds, rounds_of_subscriptions
from app.domain.messages import Ask, Told
from app.rounds import Turn
from app.services import subscribing, webhooks
from app.settings import Settings
from app.store import database
from app.store.tables import WebhookMessage
from tests.support.world import World


def no_network(ask: Ask) -> Told:
    raise AssertionError(f"looking for events asked {ask.url}")


def turn(world: World, settings: Settings) -> None:
    rounds_of_subscriptions.tell(Turn(settings, world.engine, world.now, no_network))


def waiting(engine: Engine) -> int:
    with Session(engine) as session:
        return session.execute(select(func.count()).select_from(WebhookMessage)).scalar_one()


@pytest.fixture
def world(sqlite_engine: Engine, settings: Settings, now: datetime) -> World:
    """Ana's two subscriptions of all her events."""
    world = World(sqlite_engine, now)
    with database.writing(sqlite_engine) as session:
        subscribing.create_query(session, world.ana, "all", {"EQ_action": "ADD"}, {}, now)
        for path in ("one", "two"):
            body = {"dest": f"https://erp.example.com/{path}", "stream": True}
            subscribing.subscribe(session, world.ana, "all", body, {}, settings.keys_dir, now)
    return world


def test_what_was_recorded_is_queued_for_each_and_only_once(world: World, settings: Settings) -> None:
    world.lot("powder", "P", 10)
    world.tick()
    turn(world, settings)
    assert waiting(world.engine) == 2
    world.tick()
    turn(world, settings)
    assert waiting(world.engine) == 2


def test_a_queue_that_is_full_keeps_the_events_for_later(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lot("powder", "P", 10)
    world.tick()
    with monkeypatch.context() as narrow:
        narrow.setattr(webhooks, "MOST_WAITING", 1)
        turn(world, settings)
    assert waiting(world.engine) == 1
    with Session(world.engine) as session:
        found, _ = subscribing.subscriptions_of(session, world.ana, "all", "", 10)
    assert [each.error for each in found] == ["", "webhook-queue-full"]
    world.now += timedelta(hours=2)
    turn(world, settings)
    assert waiting(world.engine) == 2


def test_the_round_is_one_of_those_that_a_node_alone_does() -> None:
    found = rounds.ROUNDS["subscriptions"]
    assert (found.every, found.alone) == (timedelta(minutes=1), timedelta(minutes=1))
