"""Recalls: what they reach, where that is, who got it; and whom that is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.domain.recalls import Recall
from app.errors import Conflict, Forbidden, Malformed, Refused, TraceError, Unknown
from app.services import holding, recalling
from app.services.recalling import Asked, Change, Draft
from app.store import database
from tests.services.chain import Battery, Chain, battery


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


@pytest.fixture
def world(chain: Chain) -> Battery:
    return battery(chain)


def begun(chain: Chain, actor: Actor, *asked: Asked | str, **more: Any) -> Recall:
    """A recall of these suspects, traced."""
    named = [Asked("thing", each.removeprefix("hdl:")) if isinstance(each, str) else each for each in asked]
    draft = Draft("Swollen cells", "swelling after the tenth cycle", named, **more)
    moment = chain.tick()
    recall = recalling.begin(chain.session, actor, draft, moment)
    found = recalling.gather(chain.session, actor, recall.id, moment)
    recalling.keep(chain.session, actor, recall.id, found, moment)
    return recalling.recall_of(chain.session, actor, recall.id)


def epcs(items: Any) -> set[str]:
    return {item.epc for item in items}


def told(chain: Chain, actor: Actor, recall: Recall) -> Recall:
    return recalling.recall_of(chain.session, actor, recall.id)


def test_a_lot_that_was_shipped_is_found_in_stock_in_products_and_at_customers(chain: Chain, world: Battery) -> None:
    recall = begun(chain, world.bea, world.cells)
    affected = recall.affected
    assert epcs(affected.suspects) == {world.cells}
    (customer, other) = affected.customers
    assert {customer.party.name_en, other.party.name_en} == {"Dee", "Fay"}
    assert {row.quantities for row in affected.customers} == {(("H87", Decimal(200)),), (("H87", Decimal(100)),)}
    assert all(row.received for row in affected.consignments)
    (stock,) = [row for row in affected.stock if row.party.name_en == "Bea"]
    assert (stock.item.epc, stock.quantity, stock.unit) == (world.cells, Decimal(200), "H87")
    assert recall.number == f"R-{recall.started.year}-0001"
    assert [step.action for step in recall.trail] == ["started", "traced"]
