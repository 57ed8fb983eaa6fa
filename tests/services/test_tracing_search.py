"""Search by whatever people remember: identifier, part number, lot, serial, order number, name."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.people import Actor
from app.errors import Forbidden
from app.services import minting, tracing
from app.services.tracing import Found
from app.store import database, items
from tests.services.chain import Chain


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


def search(chain: Chain, actor: Actor, text: str, **options: int) -> Found:
    return tracing.search(chain.session, actor, text, **options)


def serials(found: Found) -> list[str]:
    return [row.serial for row in found.rows]


@pytest.fixture
def packs(chain: Chain, dee: Actor) -> list[str]:
    return chain.serials(
        dee, chain.product(dee, "PACK-60", "Traction pack"), 12, start="SN-0001", active=True
    )


def test_a_serial_number_finds_the_one_piece_in_any_case(chain: Chain, dee: Actor, packs: list[str]) -> None:
    for text in ("SN-0007", "sn-0007", "  sn-0007 ", "ＳＮ－０００７", "SN-\u200b0007"):
        found = search(chain, dee, text)
        assert (serials(found), found.exact) == (["SN-0007"], True)


def test_the_beginning_of_a_number_finds_all_that_begin_so(
    chain: Chain, dee: Actor, packs: list[str]
) -> None:
    found = search(chain, dee, "sn-001")
    assert (sorted(serials(found)), found.exact) == (["SN-0010", "SN-0011", "SN-0012"], False)


@pytest.mark.parametrize("text", ["PACK-60", "pack-60", "pack", "traction", "TRACTION PACK", "pack品"])
def test_a_part_number_or_name_finds_its_pieces(
    chain: Chain, dee: Actor, packs: list[str], text: str
) -> None:
    assert len(search(chain, dee, text).rows) == 12


def test_a_lot_number_finds_the_lot(chain: Chain, dee: Actor) -> None:
    lot = chain.lot(dee, chain.product(dee, "L", "Melt", tracing="lot"), "Lot-A7", 5)
    assert [row.epc for row in search(chain, dee, "LOT-a7").rows] == [lot]


def test_an_identifier_in_any_spelling_finds_the_thing(chain: Chain, dee: Actor, packs: list[str]) -> None:
    plain = packs[0].removeprefix("hdl:")
    for text in (plain, plain.lower(), packs[0], f"https://node.example/{plain}"):
        found = search(chain, dee, text)
        assert ([row.epc for row in found.rows], found.exact) == ([packs[0]], True)


def test_a_place_is_found_by_its_name(chain: Chain, dee: Actor) -> None:
    assert search(chain, dee, "Dee plant").rows == ()  # its row here was made without minting
    found = search(chain, dee, "88.118.1/NOTHING")
    assert found == Found(())


@pytest.mark.parametrize(
    "text", ["%", "_", "SN_0007", "S%7", "\\", "'", '"; DROP TABLE thing; --', "", "   ", "\0", "\ud800", "é"]
)
def test_signs_with_a_meaning_in_sql_mean_nothing_here(
    chain: Chain, dee: Actor, packs: list[str], text: str
) -> None:
    assert search(chain, dee, text).rows == ()


def test_pages_follow_each_other_without_gap_or_repeat(chain: Chain, dee: Actor, packs: list[str]) -> None:
    seen: list[str] = []
    after = None
    while True:
        found = tracing.search(chain.session, dee, "sn-", limit=5, after=after)
        seen += serials(found)
        after = found.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 12


def test_a_row_says_where_it_is_and_how_it_is(chain: Chain, dee: Actor, packs: list[str]) -> None:
    chain.do("hold", dee, packs[3], reason="cracked")
    (row,) = search(chain, dee, packs[3]).rows
    assert row.holder == chain.party(dee)
    assert row.place == chain.place(dee)
    assert (row.lifecycle, row.held, row.product_en) == ("active", "cracked", "Traction pack")


def test_who_may_not_trace_may_not_search(chain: Chain, dee: Actor) -> None:
    with pytest.raises(Forbidden):
        search(chain, Actor(1, dee.organisation_id, dee.prefix, "Flo", "operator"), "x")


def test_what_was_minted_for_an_order_is_found_by_its_number(chain: Chain, dee: Actor) -> None:
    product = chain.product(dee, "M-9", "Module")
    request = minting.MintRequest("serial", 2, product_epc=product, serial_start="S-1", order="po-77/a")
    minting.mint(chain.session, dee, request, chain.tick())
    assert serials(search(chain, dee, "PO-77/A")) == ["S-1", "S-2"]
    assert not search(chain, chain.company(2, "Eve"), "PO-77/A").rows


def test_where_in_the_list_anothers_thing_would_stand_is_not_told(chain: Chain, dee: Actor) -> None:
    """Else one could mint lots around a stranger's number and watch on which side of it they come."""
    cy = chain.company(2, "Cy")
    secret = chain.lot(dee, chain.product(dee, "A", "Secret", tracing="lot"), "L-5")
    product = chain.product(cy, "C", "Bait", tracing="lot")
    own = [chain.lot(cy, product, number) for number in ("L-4", "L-6")]
    ids = {epc: thing.id or 0 for epc, thing in items.of_epcs(chain.session, [secret, *own]).items()}
    assert [row.lot for row in search(chain, cy, "Bait", after=ids[secret]).rows] == ["L-4", "L-6"]
    assert [row.lot for row in search(chain, cy, "Bait", after=ids[own[0]]).rows] == ["L-6"]
