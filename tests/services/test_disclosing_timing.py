"""Who asks after what it may not know waits as long as who asks after what there is not.

Not measured, since no clock is fine enough on a busy machine: the statements are compared that the database is asked.
"""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from app.services import disclosing
from app.services.disclosing import Asker, Question
from app.store.database import reading, writing
from app.store.tables import Organisation
from tests.support.world import World

STRANGER = "88.118.9009"
SEED = b"s" * 32
LIST = re.compile(r"IN \((?:[^()]|\([^()]*\))*\)")


def statements(engine: Engine, work: Callable[[Session], object]) -> list[str]:
    """What the database is asked, without the numbers in it and however many names are in a list."""
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(re.sub(r"-?\d+", "#", LIST.sub("IN (…)", statement)))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with reading(engine) as session:
            work(session)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return heard


@pytest.fixture
def withheld(world: World) -> dict[str, str]:
    """A piece that stayed, one that was sent to another, a lot of which others got some, and what it is packed in."""
    with writing(world.engine) as session:
        session.get_one(Organisation, world.dee.organisation_id).elsewhere = True
    stayed, sent, lot = world.piece(), world.piece(), world.lot("cell", "L-77", 100)
    world.do("ship", sent, destination=world.dee.prefix)
    world.do("ship", lot, destination=world.dee.prefix, quantity=Decimal(5))
    return {"stayed": stayed, "sent": sent, "lot": lot}


def asked(world: World, asker: str, name: str) -> dict[str, list[str]]:
    who = Asker(asker)

    def provenance(session: Session) -> object:
        found = disclosing.disclosed(session, who, Question((name,), (name,)), world.now)
        return disclosing.introduced(session, found, who, zone="88.118.1001", seed=SEED, now=world.now)

    return {
        "provenance": statements(world.engine, provenance),
        "shipments": statements(world.engine, lambda session: disclosing.shipments(session, [name], asker)),
    }


@pytest.mark.parametrize("what", ["stayed", "sent", "lot"])
def test_the_same_is_done_for_what_is_withheld_as_for_what_there_is_not(
    world: World, withheld: dict[str, str], what: str
) -> None:
    nothing = asked(world, STRANGER, "hdl:88.118.1001/NOTHING")
    assert asked(world, STRANGER, withheld[what]) == nothing


def test_it_is_the_withholding_that_costs_nothing(world: World, withheld: dict[str, str]) -> None:
    """Else the test above would say nothing."""
    told = asked(world, world.dee.prefix, withheld["sent"])
    nothing = asked(world, STRANGER, withheld["sent"])
    assert all(len(told[way]) > len(nothing[way]) for way in told)
