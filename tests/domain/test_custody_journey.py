"""Where things are after each step, what is odd but recorded, and what can follow."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain import custody
from app.domain.custody import Balance
from app.domain.places import put, take, total
from tests.support.custody_world import Piece, World, codes, plain_world


@pytest.fixture
def world() -> World:
    return plain_world()


def test_a_minted_identifier_is_reserved_and_a_place_or_product_is_active_at_once() -> None:
    world = World()
    for level in ("product", "location", "lot", "serial", "logistic"):
        world.mint("ana", level, level)
    found = {name: state.lifecycle for name, state in world.states.items()}
    reserved = dict.fromkeys(("lot", "serial", "logistic"), "reserved")
    assert found == {"product": "active", "location": "active"} | reserved
    assert {state.holder for state in world.states.values()} == {"ana"}


def test_a_serial_goes_to_another_organisation_and_back(world: World) -> None:
    world.do("ana", "ship", "cell", to="bo")
    cell = world.states["cell"]
    assert (cell.holder, cell.site, cell.to, cell.disposition) == ("ana", "", "bo", "in_transit")
    world.do("bo", "receive", "cell")
    cell = world.states["cell"]
    assert (cell.holder, cell.site, cell.to, cell.origin) == ("bo", "bo/store", "", "ana")
    world.do("bo", "return", "cell")
    cell = world.states["cell"]
    assert (cell.holder, cell.to, cell.disposition) == ("bo", "ana", "returned")
    world.do("ana", "receive", "cell", at="ana/dock")
    assert (world.states["cell"].holder, world.states["cell"].site) == ("ana", "ana/dock")


def test_a_lot_is_split_over_holders_sites_and_the_road(world: World) -> None:
    world.do("ana", "ship", ("powder", 60), to="bo")
    world.do("bo", "receive", ("powder", "40.5"))
    world.do("bo", "move", ("powder", 10), at="bo/line")
    world.do("ana", "ship", ("powder", 5), to="cy")
    assert world.amounts("powder") == {
        ("ana", "ana/store", "", ""): 35,
        ("ana", "", "bo", ""): Decimal("19.5"),
        ("ana", "", "cy", ""): 5,
        ("bo", "bo/store", "", ""): Decimal("30.5"),
        ("bo", "bo/line", "", ""): 10,
    }


def test_some_of_a_lot_goes_back_to_who_sent_it(world: World) -> None:
    world.do("ana", "ship", ("powder", 60), to="bo")
    world.do("bo", "receive", ("powder", 60))
    world.do("bo", "return", ("powder", 20))
    assert world.amounts("powder")["bo", "", "ana", ""] == 20
    world.do("ana", "receive", ("powder", 20))
    assert world.amounts("powder")["ana", "ana/store", "", ""] == 60


def test_a_receiver_of_two_shipments_may_say_whose_arrived(world: World) -> None:
    world.do("ana", "ship", ("powder", 30), to="bo")
    world.do("bo", "receive", ("powder", 30))
    world.do("bo", "ship", ("powder", 10), to="cy")
    world.do("ana", "ship", ("powder", 10), to="cy")
    world.do("cy", "receive", ("powder", 4), source=[("possessing_party", "hdl:bo")])
    assert world.amounts("powder")["bo", "", "cy", ""] == 6
    assert world.amounts("powder")["ana", "", "cy", ""] == 10


def test_a_lot_moves_from_where_it_was_scanned_to_the_place_named(world: World) -> None:
    world.do("ana", "move", ("powder", 30), moved_to="ana/line")
    assert world.amounts("powder") == {("ana", "ana/store", "", ""): 70, ("ana", "ana/line", "", ""): 30}


def test_a_lot_scanned_at_its_new_place_came_from_the_only_other_one(world: World) -> None:
    world.do("ana", "move", ("powder", 30), at="ana/line")
    assert world.amounts("powder") == {("ana", "ana/store", "", ""): 70, ("ana", "ana/line", "", ""): 30}


def test_a_run_uses_up_serials_and_makes_others(world: World) -> None:
    world.mint("ana", "serial", "pack")
    world.do("ana", "consume", "cell", ("powder", 40))
    world.do("ana", "produce", "pack")
    assert (world.states["cell"].lifecycle, world.states["cell"].bond) == ("retired", "consumed")
    assert (world.states["pack"].lifecycle, world.states["pack"].site) == ("active", "ana/store")
    assert total(world.states["powder"].balances) == 60


def test_a_lot_is_produced_in_several_runs(world: World) -> None:
    world.do("ana", "produce", ("powder", 11))
    world.do("ana", "produce", ("powder", 12), at="ana/line")
    assert world.amounts("powder") == {("ana", "ana/store", "", ""): 111, ("ana", "ana/line", "", ""): 12}


def test_a_product_comes_into_being_with_its_first_part(world: World) -> None:
    world.mint("ana", "serial", "pack")
    world.do("ana", "assemble", "module", ("powder", 3), into="pack")
    assert (world.states["pack"].lifecycle, world.states["pack"].site) == ("active", "ana/store")
    assert (world.states["module"].container, world.states["module"].bond) == ("pack", "assembled")
    assert total(world.states["powder"].balances) == 97


@pytest.mark.parametrize("named", [("cell", "carton", ("powder", 20)), ()])
def test_everything_in_a_pallet_travels_with_it_and_comes_out_where_it_arrived(
    world: World, named: tuple[Piece, ...]
) -> None:
    world.do("ana", "pack", "module", into="carton")
    world.do("ana", "pack", "carton", "cell", ("powder", 20), into="pallet")
    world.do("ana", "ship", "pallet", to="bo")
    for name in ("pallet", "carton", "cell", "module"):
        assert (world.states[name].holder, world.states[name].to, world.states[name].site) == (
            "ana",
            "bo",
            "",
        )
    assert world.amounts("powder")["ana", "", "bo", "pallet"] == 20
    world.do("bo", "receive", "pallet", at="bo/dock")
    world.do("bo", "move", "pallet", at="bo/hall")
    world.do("bo", "unpack", *named, out_of="pallet", at="bo/hall")
    for name in ("carton", "cell"):
        state = world.states[name]
        assert (state.holder, state.site, state.container, state.origin) == ("bo", "bo/hall", "", "ana")
    assert world.amounts("powder")["bo", "bo/hall", "", ""] == 20
    assert (world.states["module"].container, world.states["module"].holder) == ("carton", "bo")


def test_some_of_a_lot_stays_in_the_pallet(world: World) -> None:
    world.do("ana", "pack", ("powder", 20), into="pallet")
    world.do("ana", "unpack", ("powder", 8), out_of="pallet")
    assert world.amounts("powder") == {
        ("ana", "ana/store", "", ""): 88,
        ("ana", "ana/store", "", "pallet"): 12,
    }


def test_what_is_left_of_a_scrapped_lot_says_so() -> None:
    world = plain_world()
    world.do("ana", "scrap", ("powder", 40))
    assert (world.states["powder"].lifecycle, world.states["powder"].disposition) == ("active", "active")
    world.do("ana", "scrap", ("powder", 60))
    assert (world.states["powder"].lifecycle, world.states["powder"].disposition) == ("active", "destroyed")
    assert world.states["powder"].balances == ()


# --- holds ---


@pytest.mark.parametrize(("result", "text"), [("fail", "inspection-failed"), ("hold", "inspection-hold")])
@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_an_inspection_that_is_not_passed_puts_on_hold(
    world: World, piece: Piece, result: str, text: str
) -> None:
    name = piece if isinstance(piece, str) else piece[0]
    world.do("ana", "inspect", piece, result=result)
    assert world.states[name].held == text
    world.do("ana", "release", piece)
    assert world.states[name].held == ""


def test_a_later_pass_does_not_lift_a_hold(world: World) -> None:
    world.do("ana", "inspect", "cell", result="fail", reason="swollen")
    outcome = world.do("ana", "inspect", "cell", result="pass")
    assert codes(outcome) == ["still-held"]
    assert world.states["cell"].held == "swollen"
    assert world.states["cell"].disposition == "conformant"


@pytest.mark.parametrize("step", ["inspect", "move", "scrap"])
@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_what_is_on_hold_may_be_looked_at_put_aside_and_thrown_away(
    world: World, piece: Piece, step: str
) -> None:
    name = piece if isinstance(piece, str) else piece[0]
    world.do("ana", "hold", piece)
    before = world.states[name]
    world.do("ana", step, piece)
    assert world.states[name] != before
    assert world.states[name].held == before.held != ""


def test_a_hold_reaches_what_is_packed_built_in_or_on_its_way(world: World) -> None:
    world.mint("ana", "serial", "pack")
    world.do("ana", "assemble", "module", into="pack")
    world.do("ana", "pack", "cell", into="pallet")
    world.do("ana", "ship", "pallet", to="bo")
    world.do("ana", "hold", "cell", "module", reason="swollen")
    assert world.states["cell"].held == world.states["module"].held == "swollen"
    assert (world.states["cell"].container, world.states["cell"].to) == ("pallet", "bo")
    world.do("bo", "receive", "pallet")
    world.do("bo", "unpack", "cell", out_of="pallet")


def test_who_made_a_lot_may_hold_it_when_all_of_it_is_with_customers(world: World) -> None:
    world.do("ana", "ship", ("powder", 100), to="bo")
    world.do("bo", "receive", ("powder", 100))
    world.do("ana", "hold", "powder", reason="recall")
    assert world.states["powder"].held == "recall"


# --- odd, but recorded ---


def test_a_thing_seen_at_another_site_than_before_is_there_from_now_on(world: World) -> None:
    outcome = world.do("ana", "inspect", "cell", at="ana/line")
    assert codes(outcome) == ["elsewhere"]
    assert outcome.notices[0].values == {"item": "cell", "site": "ana/store"}
    assert world.states["cell"].site == "ana/line"


def test_moving_and_receiving_at_another_site_is_not_odd(world: World) -> None:
    assert codes(world.do("ana", "move", "cell", at="ana/line")) == []
    world.do("ana", "ship", "cell", to="bo", at="ana/line")
    assert codes(world.do("bo", "receive", "cell")) == []


def test_a_lot_inspected_where_none_of_it_is_is_odd(world: World) -> None:
    assert codes(world.do("ana", "inspect", ("powder", 1), at="ana/line")) == ["elsewhere"]


def test_a_container_seen_elsewhere_takes_its_content_with_it(world: World) -> None:
    world.do("ana", "pack", "cell", ("powder", 5), into="pallet")
    assert codes(world.do("ana", "pack", "module", into="pallet", at="ana/line")) == [
        "elsewhere",
        "elsewhere",
    ]
    assert {world.states[name].site for name in ("pallet", "cell", "module")} == {"ana/line"}
    assert world.amounts("powder")["ana", "ana/line", "", "pallet"] == 5


def test_an_event_that_comes_late_is_noted_and_does_not_turn_back_the_clock(world: World) -> None:
    last = world.states["cell"].last_time
    assert last is not None
    outcome = world.do("ana", "inspect", "cell", when=last - timedelta(seconds=1))
    assert codes(outcome) == ["late"]
    assert world.states["cell"].last_time == last


# --- what can follow ---


def test_what_can_follow_depends_on_where_the_thing_is_in_its_life() -> None:
    world = World()
    world.mint("ana", "serial", "cell", "pack")
    assert world.steps("cell", "ana") == ("commission", "produce", "assemble")
    assert world.steps("cell", "bo") == ()
    world.do("ana", "commission", "cell")
    ends = ("scrap", "sample", "loss", "repair")
    free = ("inspect", "consume", "assemble", "pack", "move", "ship", *ends)
    assert world.steps("cell", "ana") == free
    world.do("ana", "ship", "cell", to="bo")
    assert (world.steps("cell", "ana"), world.steps("cell", "bo"), world.steps("cell", "cy")) == (
        (),
        ("receive",),
        (),
    )
    world.do("bo", "receive", "cell")
    assert world.steps("cell", "bo") == (*free[:-4], "return", *ends)
    world.do("bo", "hold", "cell")
    assert world.steps("cell", "bo") == ("inspect", "move", *ends)
    world.do("bo", "scrap", "cell")
    assert world.steps("cell", "bo") == ()


def test_what_can_follow_for_what_is_in_something(world: World) -> None:
    world.do("ana", "assemble", "cell", into="module")
    assert world.steps("cell", "ana") == ()
    assert world.steps("pallet", "ana") == ("commission", "pack")
    world.do("ana", "pack", "module", ("powder", 100), into="pallet")
    assert world.steps("module", "ana") == ("unpack",)
    assert world.steps("powder", "ana") == ("produce", "unpack")
    assert world.steps("pallet", "ana") == (
        *("inspect", "pack", "unpack", "move", "ship", "scrap", "loss", "repair"),
    )
    world.do("ana", "ship", "pallet", to="bo")
    assert world.steps("module", "ana") == world.steps("module", "bo") == ()
    assert world.steps("powder", "bo") == ()


def test_what_can_follow_for_a_lot_depends_on_who_has_how_much_of_it_where(world: World) -> None:
    assert "return" not in world.steps("powder", "ana")
    world.do("ana", "ship", ("powder", 50), to="bo")
    assert world.steps("powder", "bo") == ("receive",)
    world.do("bo", "receive", ("powder", 20))
    assert world.steps("powder", "bo") == (
        *("receive", "inspect", "consume", "assemble", "pack", "move", "ship", "return", "scrap"),
        *("sample", "loss", "split", "merge", "repack", "rework"),
    )
    assert world.steps("powder", "cy") == ()


def test_products_and_places_are_not_scanned_into_steps(world: World) -> None:
    world.mint("ana", "product", "part")
    assert world.steps("part", "ana") == ()


# --- events of others, and arithmetic ---


def test_an_event_that_is_none_of_ours_changes_nothing(world: World) -> None:
    event = world.event("ana", "inspect", "cell")
    foreign = custody.Event(event.type, event.event_time, biz_step="sampling", epc_list=("cell",))
    assert custody.apply(foreign, world.states) == custody.Outcome({})


def test_an_event_from_elsewhere_is_read_by_its_business_step(world: World) -> None:
    event = world.event("ana", "ship", "cell", to="bo")
    del event.extensions["suyuan:step"]  # type: ignore[attr-defined]
    world.record(event)
    assert world.states["cell"].to == "bo"


def test_one_transformation_may_name_inputs_and_outputs_together(world: World) -> None:
    world.mint("ana", "serial", "pack")
    event = world.event("ana", "produce", "pack")
    both = replace(event, input_epc_list=("cell",))
    world.record(both)
    assert world.states["cell"].bond == "consumed"
    assert world.states["pack"].lifecycle == "active"


def test_what_is_taken_and_what_stays_add_up() -> None:
    stock = put((), [Balance("ana", "a", quantity=Decimal(3)), Balance("ana", "b", quantity=Decimal(4))])
    rest, taken = take(stock, lambda _: True, Decimal(5))
    assert [b.quantity for b in taken] == [3, 2]
    assert [(b.site, b.quantity) for b in rest] == [("b", 2)]
    assert put(rest, taken) == stock
