"""What a card tells of a thing, and to whom: as far as its reader took part, and no further than the trace tells."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.errors import Refused, Unknown
from app.services import holding, listing, scanning, tracing
from app.services.cards import Card
from app.store import database
from tests.services.chain import Battery, Chain, battery


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


def whereabouts(card: Card) -> set[str]:
    return {card.holder, card.to, card.site, card.site_en, card.container, card.disposition, card.held} - {""}


def listed(chain: Chain, actor: Actor) -> set[str]:
    return {card.epc for card in listing.things(chain.session, actor, listing.Filter())[0]}


def can_look(chain: Chain, actor: Actor, epc: str) -> bool:
    try:
        scanning.look(chain.session, actor, epc)
    except Unknown:
        return False
    return True


def can_trace(chain: Chain, actor: Actor, epc: str) -> bool:
    try:
        tracing.trace(chain.session, actor, epc, now=chain.now)
    except Unknown:
        return False
    return True


def test_a_card_says_where_a_thing_is_to_the_hands_next_to_it_and_to_no_others(chain: Chain) -> None:
    dee, eve, fay = (chain.company(number, name) for number, name in enumerate(("Dee", "Eve", "Fay"), 1))
    (pack,) = chain.serials(dee, chain.product(dee, "P", "Pack"), 1, start="K-1", active=True)
    chain.hand_over(dee, eve, pack)
    assert chain.home[eve.prefix] in whereabouts(scanning.look(chain.session, dee, pack))
    chain.hand_over(eve, fay, pack)
    assert chain.home[fay.prefix] in whereabouts(scanning.look(chain.session, eve, pack))
    card = scanning.look(chain.session, dee, pack)
    assert (card.serial, card.lifecycle, whereabouts(card)) == ("K-1", "active", set())
    (row,) = (row for row in listing.things(chain.session, dee, listing.Filter())[0] if row.epc == pack)
    assert whereabouts(row) == set()


def test_a_card_says_where_a_thing_is_when_its_holder_shares_the_chain(chain: Chain) -> None:
    dee, eve = chain.company(1, "Dee"), chain.company(2, "Eve")
    fay = chain.company(3, "Fay", sharing="chain")
    (pack,) = chain.serials(dee, chain.product(dee, "P", "Pack"), 1, active=True)
    chain.hand_over(dee, eve, pack)
    chain.hand_over(eve, fay, pack)
    assert chain.home[fay.prefix] in whereabouts(scanning.look(chain.session, dee, pack))


@pytest.fixture
def sold(chain: Chain) -> Battery:
    """Eve has sold the car, with the pack in it, to Cy."""
    world = battery(chain)
    chain.hand_over(world.eve, world.cy, world.car)
    return world


@pytest.mark.parametrize("who", ["ana", "bea", "dee", "eve", "fay", "cy"])
def test_of_what_is_built_in_one_sees_no_more_than_the_trace_tells(
    chain: Chain, sold: Battery, who: str
) -> None:
    actor = getattr(sold, who)
    for epc in (sold.car, sold.pack, *sold.modules, sold.pallet, sold.scooter):
        assert not can_look(chain, actor, epc) or can_trace(chain, actor, epc), epc


def test_who_buys_a_thing_sees_what_is_built_into_it_and_not_the_parts_of_these(
    chain: Chain, sold: Battery
) -> None:
    assert can_look(chain, sold.cy, sold.car)
    assert can_look(chain, sold.cy, sold.pack)
    assert not can_look(chain, sold.cy, sold.modules[0])
    assert listed(chain, sold.cy) == {sold.car}


def test_a_part_of_a_part_is_seen_while_it_keeps_what_one_bought_from_leaving(chain: Chain) -> None:
    """Its maker's inspection comes late, when it is with the buyer already: who has it must be able to release it."""
    dee, eve, fay = (chain.company(number, name) for number, name in enumerate(("Dee", "Eve", "Fay"), 1))
    products = [chain.product(dee, name, name) for name in ("CELL", "MODULE", "PACK")]
    cell, module, pack = (chain.serials(dee, product, 1, active=True)[0] for product in products)
    before = chain.tick()
    chain.join("assemble", dee, module, cell)
    chain.join("assemble", dee, pack, module)
    chain.hand_over(dee, eve, pack)
    assert not can_look(chain, eve, cell)
    chain.do("inspect", dee, cell, result="hold", reason="swollen", when=before)
    with pytest.raises(Refused, match="cannot leave"):
        chain.ship(eve, fay, pack)
    assert [row.card.epc for row in holding.open_holds(chain.session, eve)[0]] == [cell]
    holding.release(chain.session, eve, cell, "measured", chain.tick())
    chain.ship(eve, fay, pack)


def test_what_one_built_in_oneself_stays_in_ones_list(chain: Chain) -> None:
    world = battery(chain)
    assert {world.car, world.pack} <= listed(chain, world.eve)
    assert {*world.modules, world.pack} <= listed(chain, world.dee)
