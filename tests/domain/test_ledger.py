"""Every difference of a balance is listed with the event it comes from, and nothing is a difference that is none."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain import custody, ledger
from app.domain.balance import DIFFERENCES, MassBalance, Run, summed
from app.domain.epcis import Event, Quantity
from tests.support.custody_world import World, withdrawn


@pytest.fixture
def world() -> World:
    world = World()
    world.mint("ana", "lot", "powder", "paste")
    world.mint("ana", "logistic", "box")
    world.do("ana", "commission", ("powder", 100))
    return world


def balance(world: World, *unasked: Event, by: str = "ana", **more: object) -> MassBalance:
    """With events that no rule would have let pass, such as a log of older days may hold."""
    history = [
        (event, state) for _, event, state in custody.played([*world.events, *unasked], {}, {"powder"})
    ]
    found = ledger.balance_of("powder", history, organisation=by, unit="KGM", **more)  # type: ignore[arg-type]
    for each in found.differences:
        assert "{" not in DIFFERENCES[each.code].format(**each.values)
    inside = sum((each.quantity for each in found.differences if not each.outside), Decimal(0))
    assert found.difference == inside
    return found


def told(found: MassBalance) -> dict[str, Decimal]:
    return {each.code: each.quantity for each in found.differences}


def test_more_used_than_there_was_is_a_surplus(world: World) -> None:
    found = balance(world, world.event("ana", "consume", ("powder", 120)))
    assert told(found) == {"more-than-there-was": -20}
    assert (found.of("consumed"), found.on_hand, found.percentage) == (120, 0, 120)


def test_what_an_event_moves_or_unpacks_without_its_having_been_there_turned_up(world: World) -> None:
    moved = world.event("ana", "move", ("powder", 130), source=[("location", "ana/store")], at="ana/line")
    assert told(balance(world, moved)) == {"found": -30}
    taken = world.event("ana", "unpack", ("powder", 7), out_of="box")
    assert told(balance(world, taken)) == {"found": -7}


def test_more_received_than_was_on_its_way(world: World) -> None:
    world.do("ana", "ship", ("powder", 50), to="bo")
    late = world.event("bo", "receive", ("powder", 55))
    theirs = balance(world, late, by="bo")
    assert (told(theirs), theirs.of("received"), theirs.balanced) == ({"received-more": -5}, 55, False)
    assert told(balance(world, late)) == {}


def test_a_receipt_whose_shipment_is_on_record_nowhere_is_no_surplus(world: World) -> None:
    found = balance(world, world.event("bo", "receive", ("powder", 55)), by="bo")
    assert (told(found), found.on_hand) == ({}, 55)


def test_a_unit_that_nothing_converts_is_told_and_counted_nowhere(world: World) -> None:
    strange = replace(
        world.event("ana", "scrap", ("powder", 3)), quantity_list=(Quantity("powder", Decimal(3), "MTR"),)
    )
    found = balance(world, strange)
    assert (told(found), found.of("scrap"), found.balanced) == ({"other-unit": 0}, 0, False)


def test_an_event_in_another_unit_counts_by_its_factor(world: World) -> None:
    bags = replace(
        world.event("ana", "scrap", ("powder", 3)), quantity_list=(Quantity("powder", Decimal(3), "BG"),)
    )
    factors: Mapping[str, object] = {"suyuan:factors": {"powder": {"BG": "12.5"}}}
    found = balance(world, replace(bags, extensions=dict(bags.extensions) | factors))
    assert (told(found), found.of("scrap"), found.on_hand) == ({}, Decimal("37.5"), Decimal("62.5"))


def test_what_was_withdrawn_and_what_came_late_leave_nothing_behind(world: World) -> None:
    wrong = world.event("ana", "scrap", ("powder", 90))
    world.record(wrong)
    world.events.append(withdrawn(wrong))
    early = world.event("ana", "sample", ("powder", 1), when=world.events[3].event_time)
    found = balance(world, early)
    assert (told(found), found.of("samples"), found.of("scrap"), found.on_hand) == ({}, 1, 0, 99)


def test_stock_on_file_that_the_log_does_not_tell_is_a_difference(world: World) -> None:
    found = balance(world, on_hand=Decimal(95))
    assert (told(found), found.difference, found.percentage) == ({"index-differs": 5}, 5, 95)


def test_a_run_that_gave_less_or_more_is_listed_beside_the_equation(world: World) -> None:
    runs = [
        Run("r1", "split", "KGM", Decimal(50), Decimal(48)),
        Run("r2", "merge", "KGM", Decimal(5), Decimal(6)),
    ]
    found = balance(world, runs=runs)
    assert (told(found), found.difference, found.balanced) == ({"run-short": 2, "run-over": -1}, 0, False)


def test_rounding_to_another_unit_makes_no_difference_of_what_is_none(world: World) -> None:
    for quantity in (33, 33, 34):
        world.do("ana", "scrap", ("powder", quantity))
    third = balance(world).in_unit("XXX", Decimal(1) / Decimal(3))
    assert (third.difference, third.balanced) == (0, True)
    assert summed([third, third], "XXX").difference == 0
    with pytest.raises(ValueError, match="XXX"):
        summed([third, balance(world)], "XXX")
