"""Minting under several prefixes and by the patterns of products: the names, their counters, who gets which number."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.domain import check_characters
from app.errors import TraceError
from app.services import masterdata, patterning, prefixes
from app.services.minting import MintRequest, mint
from app.services.patterning import Preview
from app.store.database import reading, writing
from app.store.tables import Product
from tests.support.world import World


def give(world: World, product: str, pattern: str, by: str = "ana") -> Product:
    with writing(world.engine) as session:
        product_id = session.execute(
            select(col(Product.id)).where(col(Product.epc) == world.at[product])
        ).scalar_one()
        return patterning.set_pattern(session, world.who(by), product_id or 0, pattern, world.tick())


def names(epcs: list[str]) -> list[str]:
    return [epc.partition("/")[2] for epc in epcs]


def refused(act: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(TraceError) as told:
        act(*args, **values)
    assert told.value.english()
    return told.value.code


def test_names_follow_the_pattern_of_the_product(world: World) -> None:
    give(world, "module", "{part}-{lot}-{serial:random16}-{check:mod37}")
    found = names(world.mint("module", 5, lot="L7"))
    assert all(re.fullmatch("MODULE-L7-[0-9A-Z]{16}-[0-9A-Z]", name) for name in found)
    assert all(check_characters.holds("mod37", name) for name in found)
    give(world, "module", "")
    assert all(re.fullmatch("[0-9A-Z]{16}", name) for name in names(world.mint("module", 3)))


def test_a_name_chosen_by_hand_has_the_check_character_of_the_pattern(world: World) -> None:
    give(world, "module", "M{counter:4}-{check:mod1271}")
    (made,) = names(world.mint("module"))
    right = f"M9000-{check_characters.check_of('mod1271', 'M9000-')}"
    assert names(world.mint("module", suffix=right)) == [right]
    for wrong in (made[:-1] + ("A" if made[-1] != "A" else "B"), "M9001", "X"):
        assert refused(world.mint, "module", suffix=wrong) == "wrong-check-character"


def test_counters_count_on_from_mint_to_mint(world: World) -> None:
    give(world, "module", "M{counter:4}")
    assert names(world.mint("module", 3)) == ["M0001", "M0002", "M0003"]
    assert names(world.mint("module", 2)) == ["M0004", "M0005"]


def test_counters_start_anew_for_each_lot_and_day(world: World) -> None:
    give(world, "module", "{lot}-{counter:2/lot}")
    assert names(world.mint("module", 2, lot="A")) == ["A-01", "A-02"]
    assert names(world.mint("module", 1, lot="B")) == ["B-01"]
    assert names(world.mint("module", 1, lot="a")) == ["A-03"]
    give(world, "pack", "P{date:%y%m%d}{counter:3/day}")
    assert names(world.mint("pack", 1, produced_on=date(2026, 3, 7))) == ["P260307001"]
    assert names(world.mint("pack", 1, produced_on=date(2026, 3, 8))) == ["P260308001"]
    assert names(world.mint("pack", 1, produced_on=date(2026, 3, 7))) == ["P260307002"]


def test_a_day_without_a_production_date_is_chinas(world: World) -> None:
    give(world, "module", "{date:%Y%m%d}-{counter:3/day}")
    world.now = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    assert names(world.mint("module")) == ["20260521-001"]


def test_a_mint_that_fails_gives_its_numbers_back(world: World) -> None:
    give(world, "module", "M{counter:4}")
    world.mint("module", serial_start="SN-1")
    assert refused(world.mint, "module", 2, serial_start="SN-1") == "identifier-taken"
    assert names(world.mint("module")) == ["M0002"]


def test_numbers_given_by_hand_are_stepped_over(world: World) -> None:
    give(world, "module", "M{counter:4}")
    for name in ("M0002", "M0003"):
        world.mint("module", suffix=name)
    assert names(world.mint("module", 3)) == ["M0001", "M0004", "M0005"]


def test_a_full_counter_is_told_and_nothing_minted(world: World) -> None:
    give(world, "module", "M{counter:1}")
    assert names(world.mint("module", 9))[-1] == "M9"
    size = world.size()
    assert refused(world.mint, "module") == "counter-full"
    assert world.size() == size


def test_a_pattern_that_has_run_dry_is_told(sqlite_world: World) -> None:
    give(sqlite_world, "module", "X{serial:digits1}")
    assert len(set(sqlite_world.mint("module", 10))) == 10
    assert refused(sqlite_world.mint, "module") == "pattern-used-up"


def test_two_who_count_at_once_never_get_the_same_number(world: World) -> None:
    give(world, "module", "M{counter:4}")
    request = MintRequest("serial", 5, product_epc=world.at["module"])

    def one(_: int) -> list[str]:
        with writing(world.engine) as session:
            return mint(session, world.ana, request, world.now)

    with ThreadPoolExecutor(6) as pool:
        found = sorted(name for block in pool.map(one, range(12)) for name in names(block))
    assert found == [f"M{number:04d}" for number in range(1, 61)]


def test_a_lot_is_named_by_its_number(world: World) -> None:
    give(world, "cell", "{part}.{lot}")
    assert names(world.mint("cell", lot="L 1")) == ["CELL.L-1"]
    assert refused(world.mint, "cell", lot="L/1") == "identifier-taken"
    assert refused(world.mint, "cell", lot="批次") == "pattern-value-missing"
    long = "X" * 80
    give(world, "cell", f"{{part}}{'Y' * 150}{{lot}}")
    assert refused(world.mint, "cell", lot=long) == "bad-suffix"


def test_a_pattern_counts_alone_for_each_product(world: World) -> None:
    give(world, "module", "{counter:4}")
    assert refused(give, world, "pack", "{counter:4}") == "pattern-in-use"
    give(world, "pack", "{part}{counter:4}")
    assert names(world.mint("pack")) == ["PACK0001"]


def test_patterns_are_the_owners_to_set(sqlite_world: World) -> None:
    assert refused(give, sqlite_world, "module", "{counter:4}", by="cy") == "unknown-product"
    assert refused(give, sqlite_world, "module", "{counter:4}", by="bo") == "not-your-right"
    assert refused(give, sqlite_world, "module", "{lot}") == "bad-pattern"
    assert give(sqlite_world, "cell", " m{lot} ").pattern == "M{lot}"


def test_the_way_of_tracing_has_to_suit_the_pattern(sqlite_world: World) -> None:
    product = give(sqlite_world, "cell", "{lot}")
    with writing(sqlite_world.engine) as session:
        code = refused(
            masterdata.change_product, session, sqlite_world.ana, product.id, sqlite_world.now,
            name_zh="电芯", name_en="", shelf_life_days=None, public=True, tracing="serial",
        )  # fmt: skip
    assert code == "bad-pattern"


def test_a_preview_shows_three_and_counts_nothing(world: World) -> None:
    product = give(world, "module", "M{counter:4}")

    def look() -> Preview:
        with reading(world.engine) as session:
            return patterning.preview_for(
                session, world.ana, product.id or 0, "N{counter:4}{check:luhn36}", world.now
            )

    first = look()
    assert [name[:-1] for name in first.examples] == ["N0001", "N0002", "N0003"]
    assert look() == first
    world.mint("module", 2)
    assert look().examples[0].startswith("N0003")
    assert (first.guessable, first.probability, first.most) == (True, 0, 10_000)
    drawn = patterning.preview("{serial:random10}", tracing="serial", now=world.now)
    assert (drawn.guessable, drawn.random_bits, len(set(drawn.examples))) == (False, 50, 3)
    assert drawn.probability == pytest.approx(4.44e-4, rel=1e-2)


def test_what_one_mints_may_be_under_any_prefix_one_holds(world: World) -> None:
    with writing(world.engine) as session:
        prefixes.allot(session, world.ana, world.ana.organisation_id, "86.122.2", world.tick())
    (epc,) = world.mint("module", prefix="86.122.2", activate_at=world.at["plant"])
    assert epc.startswith("hdl:86.122.2/")
    assert world.thing(epc).holder == world.ana.prefix
    assert refused(world.mint, "module", prefix=world.cy.prefix) == "prefix-not-yours"
    assert refused(world.mint, "module", prefix="88.118.9") == "prefix-not-yours"
    world.do("ship", epc, destination=world.dee.prefix)
    world.do("receive", epc, by="dee", at="dock")


def test_nothing_is_minted_under_a_suspended_prefix(world: World) -> None:
    with writing(world.engine) as session:
        allotment = prefixes.allot(
            session, world.ana, world.ana.organisation_id, "86.122.2", world.tick(), quota=2
        )
    assert refused(world.mint, "module", 3, prefix="86.122.2") == "quota-used-up"
    world.mint("module", 2, prefix="86.122.2")
    with writing(world.engine) as session:
        prefixes.change(session, world.ana, allotment.id or 0, world.tick(), state="suspended")
    assert refused(world.mint, "module", prefix="86.122.2") == "prefix-inactive"
