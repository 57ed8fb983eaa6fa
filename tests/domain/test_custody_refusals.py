"""Every reason for which a step is refused, one by one; each says so with its sentence and leaves everything as it was."""

from pathlib import Path

import pytest

from app.domain.custody_words import REFUSALS
from tests.support.custody_world import Piece, World, plain_world, refused


@pytest.fixture
def world() -> World:
    return plain_world()


def test_every_refusal_has_a_test_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [key for key in REFUSALS if f'"{key}"' not in source] == []


@pytest.mark.parametrize(("step", "key"), [("sample", "already-sampled"), ("loss", "declared-lost")])
def test_what_was_sampled_or_lost_is_gone(world: World, step: str, key: str) -> None:
    world.do("ana", step, "cell")
    for next_step in ("inspect", "ship", "scrap", "repair"):
        refused(world, key, "ana", next_step, "cell", to="bo")


def test_a_lot_is_never_made_from_itself_nor_more_of_it_than_went_in(world: World) -> None:
    world.mint("ana", "lot", "small")
    refused(world, "into-itself", "ana", "split", ("powder", 5), other=("powder", 5))
    refused(world, "more-out-than-in", "ana", "split", ("small", 6), other=("powder", 5))
    refused(world, "wrong-level", "ana", "merge", "cell", other=("small", 1))
    world.do("ana", "split", ("small", 5), other=("powder", 6))
    assert (world.states["small"].balances[0].quantity, world.states["powder"].balances[0].quantity) == (
        5,
        94,
    )


# --- lifecycle ---


def test_a_thing_nobody_minted_takes_no_step(world: World) -> None:
    refused(world, "unknown-item", "ana", "inspect", "a stranger")


def test_an_identifier_is_minted_once(world: World) -> None:
    with pytest.raises(Exception, match=r"powder was minted before") as caught:
        world.mint("ana", "lot", "powder")
    assert caught.value.code == "already-minted"


def test_a_label_becomes_something_once_and_for_whoever_has_it(world: World) -> None:
    refused(world, "already-claimed", "ana", "claim", "cell")
    world.mint("ana", "blank", "label")
    refused(world, "not-yours", "bo", "claim", "label")
    refused(world, "wrong-level", "ana", "move", "label")
    world.do("ana", "claim", "label")


def test_what_was_scrapped_is_used_no_more(world: World) -> None:
    world.do("ana", "scrap", "cell")
    refused(world, "already-scrapped", "ana", "ship", "cell", to="bo")


def test_what_was_used_up_is_used_no_more(world: World) -> None:
    world.do("ana", "consume", "cell")
    refused(world, "already-consumed", "ana", "move", "cell")


def test_a_void_label_takes_no_step(world: World) -> None:
    world.mint("ana", "serial", "torn label")
    world.do("ana", "void", "torn label")
    refused(world, "voided", "ana", "commission", "torn label")


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap", "hold"])
def test_a_reserved_serial_must_be_commissioned_first(world: World, step: str) -> None:
    world.mint("ana", "serial", "blank")
    refused(world, "not-commissioned", "ana", step, "blank", to="bo")


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap", "hold"])
def test_a_reserved_lot_must_be_commissioned_first(world: World, step: str) -> None:
    world.mint("ana", "lot", "blank")
    refused(world, "not-commissioned", "ana", step, ("blank", 1), to="bo")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_nothing_is_commissioned_twice(world: World, piece: Piece) -> None:
    refused(world, "already-commissioned", "ana", "commission", piece)


def test_a_serial_is_not_produced_twice(world: World) -> None:
    refused(world, "already-commissioned", "ana", "produce", "cell")


@pytest.mark.parametrize(
    ("level", "step"),
    [("product", "ship"), ("location", "move"), ("logistic", "consume"), ("logistic", "produce")],
)
def test_a_step_that_is_not_for_such_a_thing(world: World, level: str, step: str) -> None:
    world.mint("ana", level, "thing")
    refused(world, "wrong-level", "ana", step, "thing", to="bo")


def test_only_logistic_units_are_packed_and_only_serial_items_are_built(world: World) -> None:
    refused(world, "wrong-level", "ana", "pack", "cell", into="module")
    refused(world, "wrong-level", "ana", "assemble", "cell", into="pallet")


def test_a_lot_with_stock_is_not_declared_void(world: World) -> None:
    refused(world, "lot-in-stock", "ana", "void", "powder")


# --- holder ---


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "return", "scrap", "hold", "void"])
def test_only_the_holder_steps_a_thing(world: World, step: str) -> None:
    error = refused(world, "not-yours", "bo", step, "cell", to="cy")
    assert "ana" in error.english()


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "return", "scrap", "hold", "void"])
def test_earlier_hands_are_not_told_where_a_thing_went_next(world: World, step: str) -> None:
    world.do("ana", "ship", "cell", to="bo")
    world.do("bo", "receive", "cell")
    assert "bo" in refused(world, "not-yours", "ana", step, "cell", to="bo").english()
    world.do("bo", "ship", "cell", to="cy")
    world.do("cy", "receive", "cell")
    assert "cy" in refused(world, "not-yours", "bo", step, "cell", to="ana").english()
    assert "cy" not in refused(world, "not-yours/away", "ana", step, "cell", to="bo").english()
    world.mint("cy", "logistic", "cy/carton")
    world.do("cy", "pack", "cell", into="cy/carton")
    if step not in {"hold", "void"}:
        assert "cy" in refused(world, "inside-container", "bo", step, "cell", to="ana").english()
    assert "cy" not in refused(world, "not-yours/away", "ana", step, "cell", to="bo").english()


def test_only_who_minted_an_identifier_commissions_it(world: World) -> None:
    world.mint("ana", "serial", "blank")
    world.mint("ana", "lot", "batch")
    refused(world, "not-yours", "bo", "commission", "blank")
    refused(world, "not-yours", "bo", "produce", ("batch", 5))
    refused(world, "not-yours", "bo", "void", "batch")


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap", "hold"])
def test_who_has_nothing_of_a_lot_learns_nothing_of_its_holders(world: World, step: str) -> None:
    error = refused(world, "not-yours/lot", "bo", step, ("powder", 1), to="cy")
    assert "ana" not in error.english()


@pytest.mark.parametrize("piece", ["cell", ("powder", 100)])
@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap"])
def test_what_is_on_its_way_to_you_is_received_first(world: World, step: str, piece: Piece) -> None:
    world.do("ana", "ship", piece, to="bo")
    refused(world, "receive-first", "bo", step, piece, to="cy")


@pytest.mark.parametrize("piece", ["cell", ("powder", 100)])
@pytest.mark.parametrize("step", ["inspect", "consume", "move", "scrap"])
def test_what_is_on_its_way_to_another_is_out_of_reach(world: World, step: str, piece: Piece) -> None:
    world.do("ana", "ship", piece, to="bo")
    error = refused(world, "in-transit-elsewhere", "ana", step, piece)
    assert "bo" in error.english()


def test_the_sender_does_not_receive_what_another_should(world: World) -> None:
    world.do("ana", "ship", "cell", to="bo")
    refused(world, "in-transit-elsewhere", "ana", "receive", "cell")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_what_was_never_shipped_to_you_is_not_received(world: World, piece: Piece) -> None:
    refused(world, "not-shipped-to-you", "bo", "receive", piece)
    world.do("ana", "ship", piece, to="bo")
    refused(world, "not-shipped-to-you", "cy", "receive", piece)


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_nothing_is_received_twice(world: World, piece: Piece) -> None:
    world.do("ana", "ship", piece, to="bo")
    world.do("bo", "receive", piece)
    refused(world, "already-received", "bo", "receive", piece)


@pytest.mark.parametrize("piece", ["cell", ("powder", 100)])
def test_nothing_is_shipped_twice(world: World, piece: Piece) -> None:
    world.do("ana", "ship", piece, to="bo")
    refused(world, "already-shipped", "ana", "ship", piece, to="cy")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_a_shipment_needs_a_destination(world: World, piece: Piece) -> None:
    refused(world, "destination-missing", "ana", "ship", piece)


@pytest.mark.parametrize("step", ["ship", "return"])
@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_nobody_ships_to_themselves(world: World, step: str, piece: Piece) -> None:
    refused(world, "ship-to-self", "ana", step, piece, to="ana")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_what_came_from_nobody_has_nowhere_to_return(world: World, piece: Piece) -> None:
    refused(world, "nowhere-to-return", "ana", "return", piece)


# --- containers ---


@pytest.mark.parametrize("piece", ["cell", ("powder", 100)])
@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap"])
def test_what_is_packed_takes_no_step_but_unpack(world: World, step: str, piece: Piece) -> None:
    world.do("ana", "pack", piece, into="pallet")
    error = refused(world, "inside-container", "ana", step, piece, to="bo")
    assert "pallet" in error.english()


@pytest.mark.parametrize("piece", ["cell", ("powder", 100)])
def test_the_content_of_a_pallet_is_not_received_by_itself(world: World, piece: Piece) -> None:
    world.do("ana", "pack", piece, into="pallet")
    world.do("ana", "ship", "pallet", to="bo")
    refused(world, "inside-container", "bo", "receive", piece)


def test_nothing_is_packed_into_a_sealed_carton_on_a_pallet(world: World) -> None:
    world.do("ana", "pack", "cell", into="carton")
    world.do("ana", "pack", "carton", into="pallet")
    refused(world, "inside-container", "ana", "pack", "module", into="carton")
    refused(world, "inside-container", "ana", "unpack", "cell", out_of="carton")


def test_nothing_is_packed_into_what_is_away_or_anothers(world: World) -> None:
    world.do("ana", "pack", "cell", into="pallet")
    refused(world, "not-yours", "bo", "pack", "cell", into="pallet")
    world.do("ana", "ship", "pallet", to="bo")
    refused(world, "in-transit-elsewhere", "ana", "pack", "module", into="pallet")
    refused(world, "receive-first", "bo", "unpack", "cell", out_of="pallet")


@pytest.mark.parametrize("step", ["inspect", "consume", "move", "ship", "scrap"])
def test_what_is_built_in_takes_no_step(world: World, step: str) -> None:
    world.do("ana", "assemble", "cell", into="module")
    error = refused(world, "built-in", "ana", step, "cell", to="bo")
    assert "module" in error.english()


def test_what_is_built_in_is_not_unpacked(world: World) -> None:
    world.do("ana", "assemble", "cell", into="module")
    world.do("ana", "pack", "module", into="pallet")
    refused(world, "built-in", "ana", "unpack", "cell", out_of="pallet")


@pytest.mark.parametrize(("inside", "asked"), [("cell", "cell"), (("powder", 5), ("powder", 5))])
def test_a_thing_is_unpacked_only_from_where_it_is(world: World, inside: Piece, asked: Piece) -> None:
    world.do("ana", "pack", inside, into="pallet")
    world.do("ana", "pack", "module", into="carton")
    refused(world, "not-in-that-container", "ana", "unpack", asked, out_of="carton")


def test_a_thing_does_not_go_into_itself_nor_into_its_own_content(world: World) -> None:
    refused(world, "container-loop", "ana", "pack", "pallet", into="pallet")
    refused(world, "container-loop", "ana", "assemble", "module", into="module")
    world.do("ana", "pack", "cell", into="carton")
    world.do("ana", "pack", "carton", into="pallet")
    refused(world, "container-loop", "ana", "pack", "pallet", into="carton")


def test_packing_nothing_is_not_packing(world: World) -> None:
    refused(world, "no-children", "ana", "pack", into="pallet")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
@pytest.mark.parametrize("step", ["scrap", "void"])
def test_a_full_container_is_not_thrown_away(world: World, step: str, piece: Piece) -> None:
    world.do("ana", "pack", piece, into="pallet")
    refused(world, "not-empty", "ana", step, "pallet")


# --- holds ---


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
@pytest.mark.parametrize("step", ["consume", "assemble", "pack", "ship", "return"])
def test_what_is_on_hold_goes_nowhere_and_into_nothing(world: World, step: str, piece: Piece) -> None:
    world.do("ana", "hold", piece, reason="swollen")
    parent = {"assemble": "module", "pack": "pallet"}.get(step, "")
    error = refused(world, "held", "ana", step, piece, to="bo", into=parent)
    assert "swollen" in error.english()
    assert "manager" in error.hint


def test_nothing_is_built_onto_a_product_on_hold(world: World) -> None:
    world.do("ana", "hold", "module", reason="swollen")
    refused(world, "held", "ana", "assemble", "cell", into="module")


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_a_pallet_does_not_leave_with_something_on_hold_in_any_layer(world: World, piece: Piece) -> None:
    world.do("ana", "pack", piece, into="carton")
    world.do("ana", "pack", "carton", into="pallet")
    world.do("ana", "hold", piece, reason="swollen")
    error = refused(world, "content-held", "ana", "ship", "pallet", to="bo")
    assert (piece if isinstance(piece, str) else piece[0]) in error.english()
    assert "swollen" in error.english()


@pytest.mark.parametrize("step", ["consume", "assemble"])
def test_nothing_is_used_with_something_on_hold_inside(world: World, step: str) -> None:
    world.mint("ana", "serial", "pack")
    world.do("ana", "commission", "pack")
    world.do("ana", "assemble", "cell", into="module")
    world.do("ana", "hold", "cell", reason="swollen")
    parent = "pack" if step == "assemble" else ""
    error = refused(world, "content-held/used", "ana", step, "module", into=parent)
    assert "swollen" in error.english()


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_only_what_is_on_hold_is_released(world: World, piece: Piece) -> None:
    refused(world, "not-held", "ana", "release", piece)


@pytest.mark.parametrize("piece", ["cell", ("powder", 5)])
def test_an_inspection_ends_with_pass_fail_or_hold(world: World, piece: Piece) -> None:
    refused(world, "bad-result", "ana", "inspect", piece, result="perhaps")


# --- quantities ---


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity"])
@pytest.mark.parametrize("step", ["produce", "consume", "inspect", "ship", "receive", "move", "scrap"])
def test_a_quantity_is_a_number_greater_than_zero(world: World, step: str, quantity: str) -> None:
    refused(world, "bad-quantity", "ana", step, ("powder", quantity), to="bo")


def test_a_lot_does_not_grow_beyond_what_can_be_counted(world: World) -> None:
    for _ in range(9):
        world.do("ana", "produce", ("powder", 10**11))
    refused(world, "lot-too-large", "ana", "produce", ("powder", 10**11))


@pytest.mark.parametrize("step", ["consume", "ship", "receive", "scrap"])
def test_a_lot_needs_a_quantity(world: World, step: str) -> None:
    refused(world, "quantity-missing", "ana", step, "powder", to="bo")


@pytest.mark.parametrize("step", ["commission", "consume", "ship", "inspect"])
def test_a_single_item_takes_no_quantity(world: World, step: str) -> None:
    refused(world, "serial-has-no-quantity", "ana", step, ("cell", 1), to="bo")


def test_a_lot_in_kilograms_is_not_taken_in_pieces(world: World) -> None:
    error = refused(world, "wrong-unit", "ana", "consume", ("powder", 5), uom="H87")
    assert "KGM" in error.english()
    assert "H87" in error.english()


@pytest.mark.parametrize("step", ["consume", "ship", "scrap", "assemble", "pack"])
def test_no_more_is_taken_than_is_there(world: World, step: str) -> None:
    parent = {"assemble": "module", "pack": "pallet"}.get(step, "")
    error = refused(world, "not-enough", "ana", step, ("powder", "100.5"), to="bo", into=parent)
    assert "only 100 KGM of powder at ana/store, not 100.5" in error.english()


def test_who_used_up_all_of_a_lot_is_told_that_nothing_is_left(world: World) -> None:
    world.do("ana", "consume", ("powder", 100))
    refused(world, "not-enough", "ana", "consume", ("powder", 1))


def test_what_is_missing_here_but_lies_elsewhere_is_pointed_out(world: World) -> None:
    world.do("ana", "ship", ("powder", 30), to="bo")
    error = refused(world, "not-enough/elsewhere", "ana", "consume", ("powder", 5), at="ana/line")
    assert "You have 70 KGM at ana/store" in error.english()


def test_no_more_is_received_than_was_sent(world: World) -> None:
    world.do("ana", "ship", ("powder", 30), to="bo")
    error = refused(world, "not-enough/transit", "bo", "receive", ("powder", 31))
    assert "Only 30 KGM" in error.english()


def test_no_more_is_unpacked_than_was_packed(world: World) -> None:
    world.do("ana", "pack", ("powder", 30), into="pallet")
    refused(world, "not-enough/packed", "ana", "unpack", ("powder", 31), out_of="pallet")


def test_a_lot_at_several_sites_is_moved_from_one_that_is_named(world: World) -> None:
    world.do("ana", "move", ("powder", 10), at="ana/line")
    refused(world, "move-from-where", "ana", "move", ("powder", 5), at="ana/yard")
    world.do("ana", "move", ("powder", 5), at="ana/yard", source=[("location", "ana/line")])
    assert world.amounts("powder")["ana", "ana/line", "", ""] == 5
