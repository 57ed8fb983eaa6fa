"""Mass balances: every gram is accounted for, whatever happened to a lot, and what is not is listed."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from app.domain.balance import MassBalance
from app.errors import Malformed, Refused, Unknown
from app.services import balancing, capturing
from app.store.database import reading, writing
from app.store.tables import Balance, Entry, Thing
from tests.services.test_lot_steps import further_units
from tests.support.world import World


def balance(world: World, lot: str, by: str = "ana", unit: str = "") -> MassBalance:
    """By both ways, which have to agree."""
    with reading(world.engine) as session:
        found = balancing.balance_of(session, world.who(by), lot, unit)
        key = session.exec(select(Thing.id).where(Thing.epc == lot)).one() or 0
        (quick,) = balancing.balances_of(session, world.who(by), [key], unit).values()
    assert (quick.totals, quick.on_hand, quick.in_transit) == (found.totals, found.on_hand, found.in_transit)
    assert quick.differences == found.differences
    return found


def told(found: MassBalance) -> dict[str, Decimal]:
    return {kind: amount for kind, amount in found.totals.items() if amount} | {"on_hand": found.on_hand}


def boxed(world: World) -> str:
    return world.mint(amount=1)[0]


def test_all_that_happens_to_a_lot_adds_up_for_each_company_that_has_some(world: World) -> None:
    lot = world.lot("powder", "P", 100)
    module = world.piece()
    world.do("assemble", lot, parent=module, quantity="2.5")
    world.do("scrap", lot, quantity=1)
    world.do("sample", lot, quantity="0.5")
    world.do("loss", lot, quantity=6, reason="spilt")
    world.do("ship", lot, quantity=50, destination=world.dee.prefix, order="PO-7")
    world.do("receive", lot, by="dee", at="dock", quantity=30)
    world.do("return", lot, by="dee", at="dock", quantity=10, destination=world.ana.prefix)
    world.do("receive", lot, quantity=10)
    ours, theirs = balance(world, lot), balance(world, lot, "dee")
    assert told(ours) == {
        "produced": 100, "received": 10, "shipped": 50, "consumed": Decimal("2.5"), "scrap": 1,
        "samples": Decimal("0.5"), "loss": 6, "on_hand": 50,
    }  # fmt: skip
    assert told(theirs) == {"received": 30, "shipped": 10, "on_hand": 20}
    assert (ours.difference, ours.percentage, ours.balanced) == (0, 100, True)
    assert [(each.code, each.quantity) for each in ours.differences] == [("not-received", 20)]
    assert (ours.in_transit, theirs.coming, theirs.balanced) == (20, 20, True)
    shipped = next(each for each in ours.movements if each.kind == "shipped")
    assert (shipped.party, shipped.documents) == (world.dee.prefix, (("po", "PO-7"),))


def test_what_travels_inside_a_pallet_is_counted_though_no_event_names_it(world: World) -> None:
    lot, pallet = world.lot("powder", "P", 100), boxed(world)
    world.do("pack", lot, parent=pallet, quantity=40)
    world.do("ship", pallet, destination=world.dee.prefix)
    world.do("receive", pallet, by="dee", at="dock")
    assert told(balance(world, lot)) == {"produced": 100, "shipped": 40, "on_hand": 60}
    assert told(balance(world, lot, "dee")) == {"received": 40, "on_hand": 40}
    world.do("unpack", lot, by="dee", at="dock", parent=pallet, quantity=15)
    world.do("return", pallet, by="dee", at="dock", destination=world.ana.prefix)
    world.do("receive", pallet)
    assert told(balance(world, lot)) == {"produced": 100, "received": 25, "shipped": 40, "on_hand": 85}
    assert told(balance(world, lot, "dee")) == {"received": 40, "shipped": 25, "on_hand": 15}


def test_corrections_and_late_arrivals_leave_no_trace_in_the_sums(world: World) -> None:
    lot, early = world.lot("powder", "P", 100), world.tick()
    wrong = world.request("scrap", lot, quantity=30)
    world.send(wrong)
    world.undo(wrong.nonce)
    world.do("sample", lot, quantity=1)
    assert world.scan("scrap", lot, quantity=3, event_time=early).colour == "amber"
    found = balance(world, lot)
    assert told(found) == {"produced": 100, "scrap": 3, "samples": 1, "on_hand": 96}
    assert found.balanced
    assert not found.differences


def test_a_split_out_of_which_less_comes_than_went_in_is_listed_at_both_lots(world: World) -> None:
    lot, new = world.lot("powder", "P", 100), world.mint("powder", lot="N")[0]
    _short_split(world, lot, new, 50, 47)
    source, target = balance(world, lot), balance(world, new)
    assert (told(source), told(target)) == (
        {"produced": 100, "consumed": 50, "on_hand": 50}, {"produced": 47, "on_hand": 47},
    )  # fmt: skip
    assert [(each.code, each.quantity) for each in source.differences] == [("run-short", 3)]
    assert source.differences == target.differences
    assert (source.difference, source.balanced) == (0, False)


def _short_split(world: World, lot: str, new: str, into: int, out: int) -> None:
    from dataclasses import replace

    from app.domain.epcis import Quantity
    from app.domain.steps import STEPS
    from app.services import scan_events

    with writing(world.engine) as session:
        request = world.request("split", new, parent=lot, quantity=out)
        thing = session.exec(select(Thing).where(Thing.epc == new)).one()
        event = scan_events.event_of(session, world.bo, request, STEPS["split"], thing)
        event = replace(event, input_quantity_list=(Quantity(lot, Decimal(into), "KGM"),))
        capturing.capture(session, event, world.bo, world.now)


def test_more_used_than_there_was_is_told_with_the_event_that_did_it(world: World) -> None:
    """As it is after an entry of a log that was recorded under laxer rules."""
    lot = world.lot("powder", "P", 10)
    world.do("scrap", lot, quantity=4)
    with writing(world.engine) as session:
        entry = session.exec(select(Entry).where(Entry.step == "scrap")).one()
        event_id, seq = entry.event_id, entry.seq
        row = session.exec(select(Balance)).one()
        row.quantity = Decimal(5)  # and here the index was tampered with
        session.add(row)
    found = balance(world, lot)
    assert [(each.code, each.quantity) for each in found.differences] == [("index-differs", 1)]
    assert (found.difference, found.percentage, found.balanced) == (1, 90, False)
    assert event_id == found.movements[-1].event_id
    assert seq > 0


def test_everything_can_be_told_in_another_unit(world: World) -> None:
    further_units(world, "powder", "BG = 25")
    lot = world.lot("powder", "P", 100)
    world.do("ship", lot, quantity=3, unit="BG", destination=world.dee.prefix)
    assert told(balance(world, lot)) == {"produced": 100, "shipped": 75, "on_hand": 25}
    assert told(balance(world, lot, unit="BG")) == {"produced": 4, "shipped": 3, "on_hand": 1}
    pounds = balance(world, lot, unit="LBR")
    assert pounds.difference == 0
    assert pounds.of("shipped").quantize(Decimal("0.01")) == Decimal("165.35")
    with pytest.raises(Malformed) as refused:
        balance(world, lot, unit="LTR")
    assert refused.value.code == "no-conversion"


@pytest.mark.parametrize("what", ["a stranger", "a piece"])
def test_a_balance_is_of_lots_one_has_to_do_with(world: World, what: str) -> None:
    lot, piece = world.lot("powder", "P", 100), world.piece()
    cases: dict[str, tuple[str, str, Any]] = {
        "a stranger": ("cy", lot, Unknown),
        "a piece": ("ana", piece, Refused),
    }
    by, epc, error = cases[what]
    with reading(world.engine) as session:
        with pytest.raises(error):
            balancing.balance_of(session, world.who(by), epc)
        ids = [key or 0 for key in session.exec(select(Thing.id))]
        known = balancing.balances_of(session, world.who(by), ids)
        assert len(known) == (by == "ana")


def test_lots_are_listed_newest_first_with_their_balances(world: World) -> None:
    lots = [world.lot("powder", f"P-{n}", 10) for n in range(3)]
    world.lot("cell", "C", 5)
    with reading(world.engine) as session:
        page = balancing.page_of(session, world.ana, text="P-", limit=2)
        rest = balancing.page_of(session, world.ana, text="P-", limit=2, after=page.after)
        assert [row.epc for row, _ in (*page.rows, *rest.rows)] == lots[::-1]
        assert [found.on_hand for _, found in page.rows] == [10, 10]
        assert [row.lot for row, _ in balancing.page_of(session, world.ana, text="CELL").rows] == ["C"]
        assert not balancing.page_of(session, world.cy).rows
