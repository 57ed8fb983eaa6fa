"""Events captured in the small world, and what became of them."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.services.capturing_events import ROLLBACK, Outcome, capture_events
from app.services.verifying import verify_log
from app.store import log
from app.store.database import reading, writing
from tests.support.world import World


def capture(
    world: World, *events: Mapping[str, Any], by: str = "ana", behaviour: str = ROLLBACK
) -> list[Outcome]:
    world.tick(60)
    with writing(world.engine) as session:
        return capture_events(session, world.who(by), list(events), world.now, behaviour)


def code(outcome: Outcome) -> str:
    return outcome.problem.code if outcome.problem else ""


def body(world: World, seq: int) -> dict[str, Any]:
    with reading(world.engine) as session:
        entry = log.entry_of(session, seq)
        assert entry is not None
        return dict(orjson.loads(entry.body))


def sound(world: World) -> None:
    """The log and its index agree, and a rebuild finds the same."""
    with reading(world.engine) as session:
        report = verify_log(session, [])
    assert not report.faults, report.faults[:3]
