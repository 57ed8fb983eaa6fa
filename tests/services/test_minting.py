"""Minting: unguessable, never twice, all or none, under the organisation's own prefix; bad requests in a sentence."""

import re
import secrets
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from app.domain import gs1, identifiers
from app.errors import TraceError
from app.services import minting
from app.services.minting import MintRequest
from app.store import items
from app.store.database import reading, writing
from app.store.tables import Alias, Entry, Product, Thing
from tests.support.world import World

SUFFIX = re.compile(r"hdl:88\.118\.1001/[0-9A-HJKMNP-TV-Z]{16}")


def refusal(world: World, request: MintRequest, by: str = "ana") -> TraceError:
    with pytest.raises(TraceError) as told, writing(world.engine) as session:
        minting.mint(session, world.who(by), request, world.now)
    assert told.value.english()
    return told.value


def counted(world: World) -> tuple[int, int]:
    with reading(world.engine) as session:
        return len(session.exec(select(Thing.id)).all()), len(session.exec(select(Entry.seq)).all())


def serials(world: World, **values: Any) -> MintRequest:
    return MintRequest("serial", product_epc=world.at["module"], **values)


def lots(world: World, **values: Any) -> MintRequest:
    return MintRequest("lot", product_epc=world.at["cell"], **({"lot": "C-1"} | values))


def test_identifiers_are_random_reserved_and_under_the_own_prefix(world: World) -> None:
    epcs = world.mint("module", 50)
    assert len(set(epcs)) == 50
    assert all(SUFFIX.fullmatch(epc) for epc in epcs)
    with reading(world.engine) as session:
        states = items.states_of(session, items.of_epcs(session, epcs).values())
    assert {state.lifecycle for state in states.values()} == {"reserved"}
    assert {state.holder for state in states.values()} == {world.ana.prefix}


def test_a_hundred_thousand_are_minted_at_once_and_no_more(sqlite_world: World) -> None:
    world = sqlite_world
    epcs = world.mint("module", 100_000, serial_start="SN-000001")
    assert len(set(epcs)) == 100_000
    with reading(world.engine) as session:
        things = items.of_epcs(session, [epcs[0], epcs[1], epcs[-1]])
        assert [things[epc].serial for epc in (epcs[0], epcs[1], epcs[-1])] == [
            "SN-000001",
            "SN-000002",
            "SN-100000",
        ]
        entries = session.exec(
            select(Entry).where(Entry.step == "mint").order_by(Entry.seq.desc()).limit(1)
        ).one()  # type: ignore[attr-defined]
        assert len(entries.body) < 100_000
    assert refusal(world, serials(world, count=100_001)).code == "bad-count"


@pytest.mark.parametrize("count", [0, -1, 100_001, 10_000_000, 10**30])
def test_a_count_out_of_range_is_refused_with_the_range(sqlite_world: World, count: int) -> None:
    before = counted(sqlite_world)
    error = refusal(sqlite_world, serials(sqlite_world, count=count))
    assert error.english() == f"{count} identifiers were asked for. Ask for 1 to 100000 at a time."
    assert counted(sqlite_world) == before


def test_a_collision_of_random_numbers_is_drawn_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([bytes(10), bytes(10), b"\x01" * 10])
    monkeypatch.setattr(secrets, "token_bytes", lambda length: next(draws)[:length])
    (first,) = world.mint("module")
    (second,) = world.mint("module")
    assert first == "hdl:88.118.1001/0000000000000000"
    assert second != first
    assert next(draws, None) is None


def test_a_broken_random_source_is_told_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    world.mint("module")
    before = counted(world)
    assert refusal(world, serials(world)).code == "no-free-identifier"
    assert refusal(world, serials(world, count=2)).code == "no-free-identifier"
    assert counted(world) == before


def test_a_collision_within_a_great_many_redraws_one_block_only(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = []
    draw = secrets.token_bytes

    def second_block_repeats(length: int) -> bytes:
        blocks.append(length)
        return blocks_drawn[0] if len(blocks) == 2 else blocks_drawn.setdefault(len(blocks) - 1, draw(length))

    blocks_drawn: dict[int, bytes] = {}
    monkeypatch.setattr(secrets, "token_bytes", second_block_repeats)
    epcs = sqlite_world.mint("module", 3_000)
    assert len(set(epcs)) == 3_000
    assert len(blocks) == 4


def test_a_lot_number_is_given_once_for_a_product(world: World) -> None:
    world.lot("cell", "C-1", 10)
    before = counted(world)
    error = refusal(world, lots(world))
    assert (error.code, error.http_status) == ("identifier-taken", 409)
    assert "'C-1' is in use already" in error.english()
    assert refusal(world, lots(world, lot="  Ｃ-１ ")).code == "identifier-taken"
    assert counted(world) == before
    world.lot("powder", "C-1", 10)


def test_a_serial_number_is_given_once_for_a_product(world: World) -> None:
    world.mint("module", 10, serial_start="SN-0001")
    before = counted(world)
    assert refusal(world, serials(world, count=5, serial_start="SN-0010")).code == "identifier-taken"
    assert counted(world) == before
    world.mint("module", 5, serial_start="SN-0011")
    world.mint("pack", 5, serial_start="SN-0001")


def test_a_chosen_suffix_is_given_once_and_only_what_prints_well(world: World) -> None:
    world.mint("module", suffix="M-2026-001")
    error = refusal(world, serials(world, suffix="M-2026-001"))
    assert error.code == "identifier-taken"
    assert refusal(world, serials(world, suffix="a b")).http_status == 400
    assert refusal(world, serials(world, suffix="A", count=2)).code == "one-at-a-time"


def test_numbers_count_on_with_their_leading_zeros(sqlite_world: World) -> None:
    epcs = sqlite_world.mint("module", 3, serial_start="A7-099")
    with reading(sqlite_world.engine) as session:
        things = items.of_epcs(session, epcs)
    assert [things[epc].serial for epc in epcs] == ["A7-099", "A7-100", "A7-101"]


def test_a_lot_put_into_stock_at_once_has_its_quantity_there(world: World) -> None:
    lot = world.lot("powder", "P-1", "12.5")
    with reading(world.engine) as session:
        (state,) = items.states_of(session, items.of_epcs(session, [lot]).values()).values()
    (balance,) = state.balances
    assert (balance.quantity, balance.site, state.lifecycle) == (Decimal("12.5"), world.at["plant"], "active")


def test_a_lot_without_its_quantity_cannot_be_put_into_stock(world: World) -> None:
    before = counted(world)
    assert refusal(world, lots(world, activate_at=world.at["plant"])).code == "quantity-missing"
    assert (
        refusal(world, lots(world, activate_at=world.at["plant"], quantity=Decimal(0))).code == "bad-quantity"
    )
    assert counted(world) == before


@pytest.mark.parametrize("place", ["yard", "nowhere"])
def test_nothing_is_put_into_stock_at_somebody_elses_place(world: World, place: str) -> None:
    before = counted(world)
    at = world.at.get(place, "hdl:88.118.1001/NOWHERE")
    assert refusal(world, lots(world, activate_at=at, quantity=Decimal(5))).code == "not-your-site"
    assert refusal(world, serials(world, activate_at=at)).code == "not-your-site"
    assert counted(world) == before


@pytest.mark.parametrize("by", ["cy", "dee"])
def test_another_companys_product_is_no_product(world: World, by: str) -> None:
    error = refusal(world, serials(world), by=by)
    missing = refusal(world, replace(serials(world), product_epc="hdl:88.118.1001/NOTHING"), by=by)
    assert error.code == missing.code == "unknown-product"


def test_an_operator_may_not_mint(world: World) -> None:
    assert refusal(world, serials(world), by="bo").code == "not-your-right"


def test_the_shelf_life_of_the_product_gives_the_expiry_date(world: World) -> None:
    with writing(world.engine) as session:
        product = session.exec(select(Product).where(Product.epc == world.at["cell"])).one()
        product.shelf_life_days = 90
        session.add(product)
    world.mint("cell", lot="C-1", produced_on=date(2026, 5, 1))
    world.mint("cell", lot="C-2", produced_on=date(2026, 5, 1), expires_on=date(2026, 6, 1))
    with reading(world.engine) as session:
        found = {
            thing.lot: thing.expires_on for thing in session.exec(select(Thing).where(Thing.level == "lot"))
        }
    assert found == {"C-1": date(2026, 7, 30), "C-2": date(2026, 6, 1)}


BAD = {
    "a level that is none": (lambda _: MintRequest("pallet"), "unknown-level"),
    "a lot without a number": (lambda world: lots(world, lot=""), "lot-missing"),
    "a lot of spaces": (lambda world: lots(world, lot=" 　 "), "lot-missing"),
    "two lots of one number": (lambda world: lots(world, count=2), "one-at-a-time"),
    "a lot number too long": (lambda world: lots(world, lot="X" * 81), "bad-number"),
    "a lot number with a line break": (lambda world: lots(world, lot="A\nB"), "bad-number"),
    "a lot number with a NUL": (lambda world: lots(world, lot="A\x00B"), "bad-number"),
    "half a character": (lambda world: lots(world, lot="A\ud800"), "bad-number"),
    "an order number with a NUL": (lambda world: serials(world, order="PO\x00"), "bad-number"),
    "a serial that counts nothing": (lambda world: serials(world, serial_start="SN-A"), "bad-serial-start"),
    "a serial of another script's digits": (lambda world: serials(world, serial_start="SN-٣"), "bad-serial-start"),
    "a serial of thousands of digits": (lambda world: serials(world, serial_start="9" * 5000), "bad-number"),
    "serials of what is traced by lot": (lambda world: replace(serials(world), product_epc=world.at["cell"]), "wrong-tracing"),
    "a lot of what is traced by serial": (lambda world: replace(lots(world), product_epc=world.at["module"]), "wrong-tracing"),
    "expired before made": (
        lambda world: lots(world, produced_on=date(2026, 5, 2), expires_on=date(2026, 5, 1)),
        "expires-before-made",
    ),
    "made in the year 1": (lambda world: lots(world, produced_on=date(1, 1, 1)), "bad-date"),
    "expiring in the year 9999": (lambda world: lots(world, expires_on=date(9999, 12, 31)), "bad-date"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(sqlite_world: World, name: str) -> None:
    make, code = BAD[name]
    before = counted(sqlite_world)
    error = refusal(sqlite_world, make(sqlite_world))  # type: ignore[no-untyped-call]
    assert error.code == code
    error.english().encode()
    assert counted(sqlite_world) == before


def test_full_width_numbers_are_the_plain_ones(world: World) -> None:
    world.mint("cell", lot=" Ｌ－０７ ")
    (epc,) = world.mint("module", serial_start="ＳＮ００１")
    with reading(world.engine) as session:
        assert session.exec(select(Thing.lot).where(Thing.level == "lot")).one() == "L-07"
        assert items.of_epcs(session, [epc])[epc].serial == "SN001"


def test_logistic_units_get_an_sscc_that_leads_to_them(world: World) -> None:
    units = world.mint(amount=30)
    with reading(world.engine) as session:
        names = {alias.name: alias.thing_id for alias in session.exec(select(Alias))}
        things = items.of_epcs(session, list(names))
        assert {thing.epc for thing in things.values()} == set(units)
    for name in names:
        key = identifiers.from_epc(name)
        number = name.rpartition("/")[2]
        assert number.startswith("36901234")
        assert gs1.check_digit(number[:-1]) == number[-1]
        assert identifiers.parse(f"(00){number}").epc == name == key.epc


def test_a_company_without_a_gs1_prefix_mints_units_without_sscc(world: World) -> None:
    world.mint(by="dee")
    with reading(world.engine) as session:
        assert session.exec(select(Alias)).all() == []


def test_ssccs_in_use_are_stepped_over_until_none_is_left(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([5, 5, 5, 6])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(numbers, 6))
    sqlite_world.mint()
    sqlite_world.mint()
    with reading(sqlite_world.engine) as session:
        assert len(session.exec(select(Alias)).all()) == 2
    assert refusal(sqlite_world, MintRequest("logistic")).code == "no-free-sscc"


def test_what_was_minted_is_in_the_log_as_one_event_a_thousand(sqlite_world: World) -> None:
    _, before = counted(sqlite_world)
    sqlite_world.mint("module", 2_001, order="PO-9")
    _, after = counted(sqlite_world)
    assert after - before == 3
    with reading(sqlite_world.engine) as session:
        assert session.exec(select(Thing.minted_seq).distinct().where(Thing.level == "serial")).all() == [
            before,
            before + 1,
            before + 2,
        ]
