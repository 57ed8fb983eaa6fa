"""Closed by default: what each company of the battery's chain may not learn, by any way of asking."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import orjson
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.domain.provenance import Provenance
from app.errors import Unknown
from app.services import tracing
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
def closed(chain: Chain) -> Battery:
    """The battery, with nobody sharing more than one step."""
    return battery(chain)


def trace(chain: Chain, actor: Actor, name: str) -> Provenance:
    return tracing.trace(chain.session, actor, name, now=chain.now)


def text(found: Provenance) -> str:
    """All a reader gets, to look for what must not be in it."""
    return orjson.dumps(tracing.document(found)).decode()


def names(found: Provenance) -> set[str]:
    return {node.serial or node.lot or node.level for node in found.nodes if not node.hidden}


def everything(known: Battery) -> list[str]:
    return [known.powder, known.cells, *known.modules, known.pack, known.pallet, known.scooter, known.car]


def test_for_cy_nothing_of_the_chain_exists(chain: Chain, closed: Battery) -> None:
    with pytest.raises(Unknown) as missing:
        trace(chain, closed.cy, "88.118.1003/NEVER-MINTED")
    for epc in everything(closed):
        with pytest.raises(Unknown) as hidden:
            trace(chain, closed.cy, epc)
        assert (hidden.value.code, hidden.value.message, hidden.value.hint) == (
            missing.value.code, missing.value.message, missing.value.hint,
        )  # fmt: skip
        assert tracing.search(chain.session, closed.cy, epc).rows == ()


@pytest.mark.parametrize(
    "asked", ["P1", "C1", "M-01", "M-", "K-01", "PACK-60", "cell", "电", "PO-77", "Powder品", "plant"]
)
def test_cys_searches_find_nothing(chain: Chain, closed: Battery, asked: str) -> None:
    assert tracing.search(chain.session, closed.cy, asked).rows == ()


def test_that_all_others_share_their_chains_opens_nothing_for_cy(chain: Chain) -> None:
    known = battery(chain, **dict.fromkeys(("ana", "bea", "dee", "eve", "fay"), "chain"))
    for epc in everything(known):
        with pytest.raises(Unknown):
            trace(chain, known.cy, epc)


def test_one_customer_of_a_lot_learns_nothing_of_the_other(chain: Chain, closed: Battery) -> None:
    found = trace(chain, closed.fay, closed.cells)
    assert names(found) >= {"C1", "S-01"}
    told = text(found)
    for secret in ("Dee", closed.dee.prefix, "Eve", "M-01", "K-01", "V-01"):
        assert secret not in told
    assert not any(node.hidden for node in found.nodes if node.depth > 0)


def test_a_customer_of_a_lot_cannot_work_out_how_much_others_bought(chain: Chain, closed: Battery) -> None:
    found = trace(chain, closed.fay, closed.cells)
    told = {record.quantity for record in found.records} | {link.quantity for link in found.links}
    assert told <= {None, Decimal(100), Decimal(50)}
    assert [(holding.party.name_en, holding.quantity) for holding in found.holdings] == [("Fay", Decimal(50))]
    assert "quantity-unaccounted" not in {gap.code for gap in found.gaps}


def test_a_supplier_two_steps_up_that_does_not_share_is_a_nameless_gap(chain: Chain, closed: Battery) -> None:
    found = trace(chain, closed.eve, closed.pack)
    assert names(found) == {"K-01", "M-01", "M-02", "logistic", "V-01"}
    for secret in (
        "Bea",
        closed.bea.prefix,
        "Ana",
        closed.ana.prefix,
        '"C1"',
        "CELL-50",
        "Cell",
        'H87","undone',
    ):
        assert secret not in text(found)
    hidden = [node for node in found.nodes if node.hidden]
    assert {node.depth for node in hidden} == {-2}
    assert all(node.epc == node.lot == node.product_en == "" and node.owner is None for node in hidden)
    assert {gap.code for gap in found.gaps} == {"hidden-origin"}
    with pytest.raises(Unknown):
        trace(chain, closed.eve, closed.cells)


def test_how_many_hidden_things_went_into_one_cannot_be_counted(chain: Chain) -> None:
    ana, dee, eve = chain.company(1, "Ana"), chain.company(2, "Dee"), chain.company(3, "Eve")
    parts = chain.serials(ana, chain.product(ana, "X", "Part"), 5, active=True)
    chain.hand_over(ana, dee, *parts)
    inner, outer = chain.serials(dee, chain.product(dee, "Y", "Whole"), 2)
    chain.join("assemble", dee, inner, *parts)
    chain.join("assemble", dee, outer, inner)
    chain.hand_over(dee, eve, outer)
    assert len([node for node in trace(chain, eve, outer).nodes if node.hidden]) == 1


def test_a_supplier_that_shares_the_chain_is_seen_and_the_one_behind_it_is_not(chain: Chain) -> None:
    known = battery(chain, bea="chain")
    found = trace(chain, known.eve, known.pack)
    assert names(found) == {"K-01", "M-01", "M-02", "logistic", "V-01", "C1"}
    assert [node.depth for node in found.nodes if node.hidden] == [-3]
    assert known.ana.prefix not in text(found)
    made = next(record for record in found.records if record.step == "produce")
    assert made.party.name_en == "Bea"
    assert made.operator == ""  # a name of staff stays in the house


def test_a_maker_sees_what_its_customer_made_and_no_further(chain: Chain, closed: Battery) -> None:
    found = trace(chain, closed.ana, closed.powder)
    assert names(found) == {"P1", "process", "C1"}
    for secret in ("Dee", "Eve", "Fay", "M-01", "K-01", "V-01"):
        assert secret not in text(found)
    assert not any(node.hidden for node in found.nodes)


def test_how_a_piece_fares_after_the_next_hands_is_not_told_to_its_maker(chain: Chain) -> None:
    dee, eve, fay = chain.company(1, "Dee"), chain.company(2, "Eve"), chain.company(3, "Fay")
    (pack,) = chain.serials(dee, chain.product(dee, "P", "Pack"), 1, active=True)
    chain.hand_over(dee, eve, pack)
    assert trace(chain, dee, pack).subject.lifecycle == "active"
    chain.hand_over(eve, fay, pack)
    chain.do("inspect", fay, pack, result="fail", reason="swollen")
    found = trace(chain, dee, pack)
    assert (found.subject.lifecycle, found.subject.disposition, found.subject.held) == ("", "", "")
    for secret in ("Fay", fay.prefix, "swollen"):
        assert secret not in text(found)
    row = tracing.search(chain.session, dee, pack).rows[0]
    assert (row.holder, row.place, row.held, row.last_time) == (None, None, "", None)


def test_an_order_number_is_found_only_by_those_it_was_between(chain: Chain, closed: Battery) -> None:
    for actor in (closed.dee, closed.eve):
        (row,) = tracing.search(chain.session, actor, "po-77").rows
        assert row.epc == closed.pallet
    assert tracing.search(chain.session, closed.bea, "PO-77").rows == ()


def test_two_buyers_of_a_lot_do_not_find_each_others_orders(chain: Chain, closed: Battery) -> None:
    chain.ship(closed.bea, closed.dee, (closed.cells, 10), biz_transaction_list=(("po", "DEE-1"),))
    assert tracing.search(chain.session, closed.dee, "DEE-1").rows
    assert tracing.search(chain.session, closed.fay, "DEE-1").rows == ()


def test_one_step_away_is_found_by_its_whole_identifier_only(chain: Chain, closed: Battery) -> None:
    assert tracing.search(chain.session, closed.bea, closed.modules[0]).rows
    assert tracing.search(chain.session, closed.bea, "M-01").rows == ()


def test_a_mistake_shows_nobody_anything_new(chain: Chain) -> None:
    ana, dee = chain.company(1, "Ana"), chain.company(2, "Dee")
    part = chain.lot(ana, chain.product(ana, "X", "Part", tracing="lot"), "L1", 10)
    chain.hand_over(ana, dee, (part, 5))
    (whole,) = chain.serials(dee, chain.product(dee, "Y", "Whole"), 1)
    chain.withdraw(dee, chain.join("assemble", dee, whole, (part, 1)))
    assert "process" not in names(trace(chain, ana, part))
    with pytest.raises(Unknown):
        trace(chain, ana, whole)
