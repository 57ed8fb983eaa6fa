"""Holds: who may stop a piece or a lot, what is on hold now, and how it is released."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.errors import Forbidden, Malformed, Refused, Unknown
from app.services import holding
from app.store import database
from tests.services.chain import Chain
from tests.support.world import World


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


@pytest.fixture
def dee(chain: Chain) -> Actor:
    return chain.company(1, "Dee")


@pytest.fixture
def eve(chain: Chain) -> Actor:
    return chain.company(2, "Eve")


@pytest.fixture
def pack(chain: Chain, dee: Actor) -> str:
    return chain.serials(dee, chain.product(dee, "P", "Pack"), 1, start="K-1", active=True)[0]


def open_now(chain: Chain, actor: Actor) -> list[str]:
    return [row.card.epc for row in holding.open_holds(chain.session, actor)[0]]


def test_what_is_held_is_listed_with_why_when_and_who_until_it_is_released(
    chain: Chain, dee: Actor, pack: str
) -> None:
    moment = chain.tick()
    holding.hold(chain.session, dee, pack, "  seal   broken ", moment)
    (row,) = holding.open_holds(chain.session, dee)[0]
    assert (row.card.epc, row.reason, row.since, row.company_en, row.operator) == (
        pack,
        "seal broken",
        moment,
        "Dee",
        "Dee",
    )
    holding.release(chain.session, dee, pack, "seal replaced", chain.tick())
    assert open_now(chain, dee) == []


def test_a_held_piece_cannot_leave(chain: Chain, dee: Actor, eve: Actor, pack: str) -> None:
    holding.hold(chain.session, dee, pack, "check", chain.tick())
    with pytest.raises(Refused) as refused:
        chain.ship(dee, eve, pack)
    assert refused.value.code == "held"


def test_a_failed_inspection_is_an_open_hold(chain: Chain, dee: Actor, pack: str) -> None:
    chain.do("inspect", dee, pack, result="fail", reason="leak")
    (row,) = holding.open_holds(chain.session, dee)[0]
    assert (row.reason, row.since) == ("leak", chain.now)


def test_an_inspection_that_passes_does_not_become_the_time_of_the_hold(
    chain: Chain, dee: Actor, pack: str
) -> None:
    moment = chain.tick()
    holding.hold(chain.session, dee, pack, "check", moment)
    chain.do("inspect", dee, pack, result="pass")
    (row,) = holding.open_holds(chain.session, dee)[0]
    assert (row.reason, row.since) == ("check", moment)


def test_a_hold_and_a_release_need_a_reason(chain: Chain, dee: Actor, pack: str) -> None:
    for decide in (holding.hold, holding.release):
        with pytest.raises(Malformed) as refused:
            decide(chain.session, dee, pack, " \t", chain.tick())
        assert refused.value.values["field"] == "reason"


def test_what_is_not_held_cannot_be_released(chain: Chain, dee: Actor, pack: str) -> None:
    with pytest.raises(Refused) as refused:
        holding.release(chain.session, dee, pack, "why not", chain.tick())
    assert refused.value.code == "not-held"


def test_what_has_been_passed_on_is_for_the_next_to_hold(
    chain: Chain, dee: Actor, eve: Actor, pack: str
) -> None:
    chain.hand_over(dee, eve, pack)
    with pytest.raises(Refused) as refused:
        holding.hold(chain.session, dee, pack, "recall", chain.tick())
    assert refused.value.code == "not-yours-to-hold"
    assert "hdl:" not in refused.value.english()
    assert not holding.allowed(chain.session, dee, pack)
    assert holding.allowed(chain.session, eve, pack)


def test_a_maker_may_hold_its_lot_wherever_it_is(chain: Chain, dee: Actor, eve: Actor) -> None:
    lot = chain.lot(dee, chain.product(dee, "L", "Melt", tracing="lot"), "L1", 100)
    chain.hand_over(dee, eve, (lot, 100))
    holding.hold(chain.session, dee, lot, "recall", chain.tick())
    assert open_now(chain, dee) == open_now(chain, eve) == [lot]
    (row,) = holding.open_holds(chain.session, eve)[0]
    assert (row.company_en, row.operator) == ("Dee", "")


@pytest.fixture
def melt(chain: Chain, dee: Actor) -> str:
    return chain.lot(dee, chain.product(dee, "L", "Melt", tracing="lot"), "L1", 100)


def test_customers_of_a_lot_learn_nothing_of_each_other_from_a_hold(
    chain: Chain, dee: Actor, eve: Actor, melt: str
) -> None:
    fay = chain.company(3, "Fay")
    chain.hand_over(dee, eve, (melt, 10))
    chain.hand_over(dee, fay, (melt, 10))
    chain.do("inspect", fay, (melt, 1), result="fail", reason="cracked at Fay's")
    told = {actor.name: holding.open_holds(chain.session, actor)[0][0] for actor in (dee, eve, fay)}
    assert (told["Dee"].company_en, told["Dee"].operator) == ("Fay", "")
    assert (told["Fay"].company_en, told["Fay"].operator, told["Fay"].reason) == (
        "Fay",
        "Fay",
        "cracked at Fay's",
    )
    assert (told["Eve"].company_en, told["Eve"].company_zh, told["Eve"].operator) == ("", "", "")
    assert told["Eve"].since == chain.now
    assert {told["Dee"].reason, told["Eve"].reason} == {"inspection-failed"}


def test_a_recall_of_a_lot_is_not_lifted_by_a_customer(
    chain: Chain, dee: Actor, eve: Actor, melt: str
) -> None:
    chain.hand_over(dee, eve, (melt, 10))
    holding.hold(chain.session, dee, melt, "recall", chain.tick())
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            holding.release(chain.session, eve, melt, "looks fine", chain.tick())
        assert refused.value.code == "held-by-another"
        assert "Dee" not in refused.value.english()
        chain.do("inspect", eve, (melt, 1), result="hold", reason="mine as well now")
    holding.release(chain.session, dee, melt, "checked", chain.tick())
    assert open_now(chain, eve) == []


def test_a_customer_lifts_its_own_hold_of_a_lot_and_one_that_was_withdrawn_does_not_count(
    chain: Chain, dee: Actor, eve: Actor, melt: str
) -> None:
    chain.hand_over(dee, eve, (melt, 10))
    recall = holding.hold(chain.session, dee, melt, "recall", chain.tick())
    chain.withdraw(dee, recall.seq)
    holding.hold(chain.session, eve, melt, "check", chain.tick())
    holding.release(chain.session, eve, melt, "fine", chain.tick())
    assert open_now(chain, eve) == open_now(chain, dee) == []


def test_a_piece_that_left_while_it_was_looked_at_is_not_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: whoever comes second sees what the first has done, and overwrites nothing."""
    piece, looked, go_on = world.piece(), threading.Event(), threading.Event()

    def slow(*values: Any) -> None:
        check(*values)
        looked.set()
        go_on.wait(10)

    check = holding._check
    monkeypatch.setattr(holding, "_check", slow)

    def hold() -> None:
        with database.writing(world.engine) as session:
            holding.hold(session, world.ana, piece, "why", world.now)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        looked.wait(10)
        shipped = pool.submit(world.scan, "ship", piece, destination=world.dee.prefix)
        wait([shipped], timeout=0.5)
        go_on.set()
        held.result()
        assert shipped.result().code == "held"
    thing = world.thing(piece)
    assert (thing.held, thing.site, thing.to) == ("why", world.at["plant"], "")


def test_a_stranger_finds_nothing_to_hold(chain: Chain, eve: Actor, pack: str) -> None:
    with pytest.raises(Unknown) as refused:
        holding.hold(chain.session, eve, pack, "mine?", chain.tick())
    assert refused.value.code == "unknown-identifier"
    assert open_now(chain, eve) == []


@pytest.mark.parametrize("role", ["operator", "supplier", "auditor"])
def test_holding_is_for_managers(chain: Chain, dee: Actor, pack: str, role: str) -> None:
    other = Actor(dee.operator_id, dee.organisation_id, dee.prefix, "Flo", role)
    with pytest.raises(Forbidden):
        holding.hold(chain.session, other, pack, "check", chain.tick())
    with pytest.raises(Forbidden):
        holding.open_holds(chain.session, other)


def test_open_holds_come_a_page_at_a_time(chain: Chain, dee: Actor) -> None:
    packs = chain.serials(dee, chain.product(dee, "Q", "Part"), 5, active=True)
    for epc in packs:
        holding.hold(chain.session, dee, epc, "batch check", chain.tick())
    first, after = holding.open_holds(chain.session, dee, limit=3)
    rest, end = holding.open_holds(chain.session, dee, limit=3, after=after)
    assert sorted(row.card.epc for row in (*first, *rest)) == sorted(packs)
    assert end is None
