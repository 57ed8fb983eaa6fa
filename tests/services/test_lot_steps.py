"""Splitting, merging, repacking and reworking lots, samples and losses, and counting in other units, at the scanner."""

from decimal import Decimal

import pytest
from sqlmodel import Session, select

from app.services import masterdata, tracing
from app.store.database import reading, writing
from app.store.tables import Edge, Entry, Product, Thing
from tests.support.world import World


def stock(world: World, lot: str) -> Decimal:
    return sum(world.stock(lot).values(), Decimal(0))


def ties(session: Session) -> set[tuple[str, str, str, str]]:
    things = {row.id: row.lot or row.level for row in session.exec(select(Thing))}
    return {
        (things[row.source_id], things[row.target_id], row.kind, f"{row.quantity:f}")
        for row in session.exec(select(Edge))
    }


def reserved(world: World, product: str, name: str) -> str:
    return world.mint(product, lot=name)[0]


def further_units(world: World, product: str, text: str) -> None:
    with writing(world.engine) as session:
        row = session.exec(select(Product).where(Product.epc == world.at[product])).one()
        masterdata.change_product(
            session, world.ana, row.id or 0, world.now, name_zh=row.name_zh, name_en=row.name_en,
            shelf_life_days=None, public=True, conversions=text,
        )  # fmt: skip


def test_a_lot_is_split_merged_and_reworked_and_every_piece_stays_traceable(world: World) -> None:
    bulk = world.lot("powder", "BULK", 100)
    half, rest, whole = (reserved(world, "powder", name) for name in ("HALF", "REST", "WHOLE"))
    world.do("split", half, parent=bulk, quantity=40)
    world.do("split", rest, parent=bulk, quantity=60)
    world.do("merge", half, parent=whole, quantity=40)
    world.do("rework", rest, parent=whole, quantity=25)
    assert [stock(world, each) for each in (bulk, half, rest, whole)] == [0, 0, 35, 65]
    with reading(world.engine) as session:
        found = tracing.trace(session, world.ana, whole, now=world.now)
        assert {node.lot for node in found.nodes if node.depth < 0} >= {"BULK", "HALF", "REST"}
        assert ("BULK", "process", "consumed", "40") in ties(session)
        assert ("process", "WHOLE", "produced", "25") in ties(session)
        steps = set(session.exec(select(Entry.step)))
    assert {"split", "merge", "rework"} <= steps
    assert not [gap for gap in found.gaps if gap.code == "quantity-unaccounted"]


def test_repacking_counts_in_the_units_of_both_lots(world: World) -> None:
    further_units(world, "cell", "KGM = 0.5, BX = 12")  # a kilogram of cells is half a piece, a box twelve
    powder, cells = world.lot("powder", "P", 100), reserved(world, "cell", "C")
    world.do("repack", cells, parent=powder, quantity=2, unit="BX")
    assert (stock(world, powder), stock(world, cells)) == (52, 24)
    world.do("scrap", cells, quantity=1, unit="BX")
    world.do("scrap", powder, quantity=500, unit="GRM")
    assert (stock(world, powder), stock(world, cells)) == (Decimal("51.5"), 12)
    assert world.scan("scrap", cells, quantity=1, unit="MTR").code == "wrong-unit"
    assert world.scan("repack", powder, parent=cells, quantity=1, unit="LTR").code == "no-conversion"


def test_samples_and_losses_leave_the_stock_and_a_loss_says_why(world: World) -> None:
    lot, piece = world.lot("powder", "P", 10), world.piece()
    world.do("sample", lot, quantity="0.5")
    world.do("sample", piece)
    assert world.scan("loss", lot, quantity=1).code == "reason-missing"
    world.do("loss", lot, quantity=1, reason="spilt")
    assert stock(world, lot) == Decimal("8.5")
    assert world.scan("ship", piece, destination=world.dee.prefix).code == "already-sampled"


def test_what_a_lot_cannot_become_is_refused(world: World) -> None:
    powder, cells, piece = world.lot("powder", "P", 10), world.lot("cell", "C", 10), world.piece()
    new = reserved(world, "powder", "N")
    assert world.scan("split", cells, parent=powder, quantity=1).code == "other-product"
    assert world.scan("split", new, parent=piece, quantity=1).code == "wrong-level"
    assert world.scan("split", new, quantity=1).code == "parent-missing"
    assert world.scan("split", new, parent=powder).code == "quantity-missing"
    assert world.scan("split", powder, parent=powder, quantity=1).code == "into-itself"
    assert world.scan("split", new, parent=powder, quantity=11).code == "not-enough"
    assert stock(world, powder) == 10


def test_nothing_is_made_from_what_was_made_from_it(world: World) -> None:
    a = world.lot("powder", "A", 10)
    b, c = reserved(world, "powder", "B"), reserved(world, "powder", "C")
    world.do("split", b, parent=a, quantity=5)
    world.do("split", c, parent=b, quantity=5)
    back = world.scan("rework", c, parent=a, quantity=5)
    assert (back.colour, back.code) == ("red", "genealogy-loop")
    run = "urn:uuid:00000000-0000-4000-8000-000000000001"
    world.do("consume", c, transformation=run, quantity=1)
    assert world.scan("produce", a, transformation=run, quantity=1).code == "genealogy-loop"
    module = world.piece()
    world.do("assemble", c, parent=module, quantity=1)
    other = "urn:uuid:00000000-0000-4000-8000-000000000002"
    world.do("produce", a, transformation=other, quantity=1)
    assert world.scan("consume", module, transformation=other).code == "genealogy-loop"


@pytest.mark.parametrize("first", ["consume", "produce"])
def test_a_circle_is_found_whichever_half_of_the_run_comes_first(world: World, first: str) -> None:
    a, b = world.lot("powder", "A", 10), reserved(world, "powder", "B")
    world.do("split", b, parent=a, quantity=5)
    run = "urn:uuid:00000000-0000-4000-8000-000000000003"
    scans = {"consume": b, "produce": a}
    world.do(first, scans.pop(first), transformation=run, quantity=1)
    ((step, lot),) = scans.items()
    assert world.scan(step, lot, transformation=run, quantity=1).code == "genealogy-loop"


def test_an_undone_split_may_be_made_the_other_way_round(world: World) -> None:
    a, b = world.lot("powder", "A", 10), reserved(world, "powder", "B")
    split = world.request("split", b, parent=a, quantity=10)
    world.send(split)
    world.undo(split.nonce)
    world.do("commission", b, quantity=3)
    world.do("merge", b, parent=a, quantity=3)
    assert (stock(world, a), stock(world, b)) == (13, 0)


def test_nothing_is_merged_into_a_lot_that_is_on_hold(world: World) -> None:
    sound, stopped = world.lot("powder", "SOUND", 10), world.lot("powder", "STOPPED", 10)
    world.do("inspect", stopped, result="hold", quantity=1)
    assert world.scan("merge", sound, parent=stopped, quantity=5).code == "held"
    assert (stock(world, sound), stock(world, stopped)) == (10, 10)
