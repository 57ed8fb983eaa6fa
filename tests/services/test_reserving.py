"""Ranges reserved for suppliers: minted inside, never beyond the quota, seen by the owner and the supplier alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.errors import TraceError
from app.services import allotting, cards, rebuilding, reserving, scanning, tracing
from app.services.minting import MintRequest, mint
from app.services.reserving import Told
from app.store import items
from app.store.database import reading, writing
from app.store.tables import Audit, Party, Product, ReservedRange, Thing
from tests.support.world import World


def reserve(
    world: World, *, by: str = "ana", to: str = "dee", product: str = "module", **values: Any
) -> Told:
    with writing(world.engine) as session:
        owned = session.execute(
            select(col(Product.id)).where(col(Product.epc) == world.at[product])
        ).scalar_one()
        wanted = {"supplier": world.who(to).prefix, "start": "S7-", "quota": 10} | values
        return reserving.reserve(session, world.who(by), product_id=owned or 0, now=world.tick(), **wanted)


def change(world: World, told: Told, *, by: str = "ana", **values: Any) -> Told:
    values = {"quota": told.row.quota, "state": "open"} | values
    with writing(world.engine) as session:
        return reserving.change(session, world.who(by), told.row.id or 0, world.tick(), **values)


def minted(world: World, told: Told, count: int = 1, *, by: str = "dee", **values: Any) -> list[str]:
    request = MintRequest(told.product.tracing, count, range_id=told.row.id, **values)
    with writing(world.engine) as session:
        return mint(session, world.who(by), request, world.tick())


def refused(act: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(TraceError) as told:
        act(*args, **values)
    assert told.value.english()
    return told.value.code


def used(world: World) -> int:
    with reading(world.engine) as session:
        return session.execute(select(col(ReservedRange.used))).scalar_one()


def test_a_supplier_mints_inside_its_range_for_the_owners_product(world: World) -> None:
    epcs = minted(world, reserve(world), 3)
    assert all(epc.startswith(f"hdl:{world.ana.prefix}/S7-") for epc in epcs)
    assert used(world) == 3
    thing = world.thing(epcs[0])
    assert (thing.organisation_id, thing.holder) == (world.dee.organisation_id, world.dee.prefix)
    with reading(world.engine) as session:
        product = session.get(Product, thing.product_id)
    assert product is not None
    assert product.epc == world.at["module"]


def test_owner_and_supplier_see_what_was_minted_and_nobody_else(world: World) -> None:
    told = reserve(world)
    (epc,) = minted(world, told)
    for who, sees in (("ana", True), ("dee", True), ("cy", False)):
        actor = world.who(who)
        with reading(world.engine) as session:
            assert cards.is_visible(session, actor, items.of_epcs(session, [epc])[epc]) is sees
            if actor.may("trace"):
                found = tracing.search(session, actor, epc)
                assert [row.epc for row in found.rows] == ([epc] if sees else [])
            if sees:
                records = tracing.trace(session, actor, epc, now=world.now).records
                assert [record.step for record in records] == ["mint"]
                (card,), _ = reserving.minted_in(session, actor, told)
                assert card.epc == epc
            else:
                assert refused(tracing.trace, session, actor, epc, now=world.now) == "unknown-identifier"
                assert refused(reserving.range_of, session, actor, told.row.id or 0) == "unknown-range"
                assert reserving.ranges(session, actor) == ([], None)


def test_the_owner_sees_no_more_of_a_suppliers_making_than_a_customer_does(world: World) -> None:
    """What went into the item is one step up; what the supplier made of the rest of its lots is not."""
    told = reserve(world)
    (epc,) = minted(world, told, activate_at=world.at["line"])
    (other,) = world.mint("car", by="dee", activate_at=world.at["line"])
    world.do("assemble", epc, by="dee", at="line", parent=other)
    with reading(world.engine) as session:
        seen = {node.epc for node in tracing.trace(session, world.ana, epc, now=world.now).nodes}
    assert epc in seen
    assert seen <= {epc, other}


def test_the_range_is_closed_to_everybody_else(world: World) -> None:
    told = reserve(world)
    assert refused(minted, world, told, by="cy") == "unknown-range"
    assert refused(minted, world, told, by="ana") == "unknown-range"
    with writing(world.engine) as session:
        key = f"{world.ana.prefix}/s7-X"
        assert (
            refused(allotting.require_room, session, world.ana.prefix, key, world.ana.organisation_id)
            == "name-reserved"
        )
        keys = [f"{world.ana.prefix}/A", key]
        assert refused(allotting.require_rooms, session, world.ana.organisation_id, keys) == "name-reserved"
        assert (
            refused(allotting.require_room, session, world.ana.prefix, key, world.cy.organisation_id)
            == "name-reserved"
        )
    assert refused(world.mint, "module", suffix="S7-001") == "name-reserved"
    assert used(world) == 0


def test_records_of_the_supplier_count_as_well(world: World) -> None:
    told = reserve(world, quota=3)
    keys = [f"{world.ana.prefix}/S7-{number}" for number in range(2)]
    with writing(world.engine) as session:
        allotting.require_rooms(session, world.dee.organisation_id, keys)
    assert used(world) == 2
    assert refused(minted, world, told, 2) == "range-used-up"
    minted(world, told)


def test_a_quota_of_a_range_is_never_overdrawn(world: World) -> None:
    told = reserve(world, quota=5)
    minted(world, told, 5)
    assert refused(minted, world, told) == "range-used-up"
    assert refused(change, world, told, quota=4) == "quota-below-use"
    change(world, told, quota=6)
    minted(world, told)
    assert used(world) == 6


def test_two_who_race_for_the_last_of_a_range_get_exactly_as_many_as_it_holds(world: World) -> None:
    told = reserve(world, quota=7)

    def attempt(_: int) -> str:
        try:
            with writing(world.engine) as session:
                mint(session, world.dee, MintRequest("serial", 2, range_id=told.row.id), world.now)
        except TraceError as error:
            return error.code
        return "minted"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(attempt, range(12)))
    assert outcomes == ["minted"] * 3 + ["range-used-up"] * 9
    assert used(world) == 6
    with reading(world.engine) as session:
        there = session.execute(select(col(Thing.id)).where(col(Thing.epc).contains("/S7-"))).all()
    assert len(there) == 6


def test_a_closed_range_takes_nothing_and_frees_its_names_for_the_owner(world: World) -> None:
    told = reserve(world)
    minted(world, told)
    change(world, told, state="closed")
    assert refused(minted, world, told) == "range-closed"
    world.mint("module", suffix="S7-001")
    change(world, told, state="open")
    minted(world, told)


def test_a_mint_that_fails_uses_nothing_up(world: World) -> None:
    told = reserve(world, product="cell")
    minted(world, told, lot="S7-L1")
    assert refused(minted, world, told, lot="S7-L1") == "identifier-taken"
    assert refused(minted, world, told, lot="S7-L2", activate_at=world.at["line"]) == "quantity-missing"
    assert used(world) == 1


@pytest.mark.parametrize("values", [{"lot": "L1"}, {"lot": "S7-L", "suffix": "X1"}])
def test_numbers_of_a_range_begin_as_it_does(world: World, values: dict[str, str]) -> None:
    """Else a supplier could find out by trying which lot numbers others have."""
    world.lot("cell", "L1", 5)
    assert refused(minted, world, reserve(world, product="cell"), **values) == "outside-range"


def test_a_range_is_for_its_product_alone(world: World) -> None:
    told = reserve(world)
    request = MintRequest("serial", range_id=told.row.id, product_epc=world.at["pack"])
    with writing(world.engine) as session:
        assert refused(mint, session, world.dee, request, world.now) == "unknown-product"
        assert (
            refused(mint, session, world.dee, replace(request, level="logistic"), world.now)
            == "range-is-for-products"
        )
        assert (
            refused(
                mint, session, world.dee, replace(request, product_epc="", level="lot", lot="S7-1"), world.now
            )
            == "wrong-tracing"
        )


def test_ranges_of_one_prefix_never_overlap(world: World) -> None:
    reserve(world)
    for start in ("s7-", "S7-A-", "Ｓ７－"):
        assert refused(reserve, world, start=start) == "range-taken"
    reserve(world, start="S70-")
    world.mint("module", suffix="T-1")
    assert refused(reserve, world, start="T-") == "names-exist"


def test_of_overlapping_ranges_reserved_at_once_there_is_one(world: World) -> None:
    def attempt(start: str) -> str:
        try:
            reserve(world, start=start)
        except TraceError as error:
            return error.code
        return "reserved"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, ["S7-", "S7-A-", "S7-A-B-", "S7-"] * 2))
    assert outcomes == ["range-taken"] * 7 + ["reserved"]


@pytest.mark.parametrize("start", ["", "-", "S7", "S 7-", "S/7-", "批-", "S" * 30 + "-", "S7%-"])
def test_what_a_range_begins_with_ends_in_a_separator(sqlite_world: World, start: str) -> None:
    assert refused(reserve, sqlite_world, start=start) == "bad-range-start"


def test_only_managers_reserve_of_their_own_for_another_company(sqlite_world: World) -> None:
    world = sqlite_world
    assert refused(reserve, world, by="bo") == "not-your-right"
    assert refused(reserve, world, by="cy") == "unknown-product"
    assert refused(reserve, world, to="ana") == "unknown-supplier"
    assert refused(reserve, world, supplier="88.118.9999") == "unknown-supplier"
    assert refused(reserve, world, prefix=world.cy.prefix) == "prefix-not-yours"
    assert refused(reserve, world, quota=0) == "bad-quota"
    told = reserve(world)
    for by in ("dee", "cy"):
        assert refused(change, world, told, by=by, state="closed") == "unknown-range"


def test_reserving_is_on_record_with_both(world: World) -> None:
    change(world, reserve(world), state="closed")
    with reading(world.engine) as session:
        trail = session.execute(
            select(Audit).where(col(Audit.subject) == f"{world.ana.prefix}/S7-")
        ).scalars()
        assert {(row.organisation_id, row.action) for row in trail} == {
            (who.organisation_id, action)
            for who in (world.ana, world.dee)
            for action in ("range-reserved", "range-changed")
        }


def test_a_rebuild_knows_whose_they_are(world: World) -> None:
    (epc,) = minted(world, reserve(world), activate_at=world.at["line"])
    before = world.thing(epc).model_dump(exclude={"id"})
    with writing(world.engine) as session:
        rebuilding.rebuild(session)
    assert world.thing(epc).model_dump(exclude={"id"}) == before
    with reading(world.engine) as session:
        thing = items.of_epcs(session, [epc])[epc]
        parties = session.execute(
            select(col(Party.organisation_id)).where(col(Party.thing_id) == thing.id)
        ).scalars()
        assert set(parties) == {world.ana.organisation_id, world.dee.organisation_id}


def test_what_a_supplier_minted_goes_its_way_to_the_owner(world: World) -> None:
    (epc,) = minted(world, reserve(world), activate_at=world.at["line"])
    world.do("ship", epc, by="dee", at="dock", destination=world.ana.prefix)
    world.do("receive", epc, by="bo", at="plant")
    assert world.thing(epc).holder == world.ana.prefix
    with writing(world.engine) as session:
        assert scanning.look(session, world.ana, epc).holder == world.ana.prefix
