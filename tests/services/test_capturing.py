"""The single way into the log: who recorded it is never the sender's word, and what is indexed is what the text says."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.domain import epcis
from app.domain.epcis import Event, Quantity
from app.errors import TraceError
from app.services import capturing
from app.services.capturing import Captured
from app.store import items, log
from app.store.database import reading, writing
from app.store.tables import Edge, EntryThing, Organisation, Party, Reference, Thing
from tests.support.world import World


def event(world: World, *epcs: str, step: str = "move", at: str = "store", **values: Any) -> Event:
    return Event(
        "ObjectEvent",
        values.pop("event_time", None) or world.tick(),
        action="OBSERVE",
        biz_step="storing",
        disposition="in_progress",
        read_point=world.at.get(at, at),
        biz_location=world.at.get(at, at),
        epc_list=epcs,
        extensions={"suyuan:step": step} | values.pop("extensions", {}),
        **values,
    )


def capture(world: World, made: Event, by: str = "bo") -> Captured:
    with writing(world.engine) as session:
        return capturing.capture(session, made, world.who(by), world.now)


def correct(world: World, seq: int, by: str = "bo") -> Captured:
    with writing(world.engine) as session:
        return capturing.correct(session, seq, world.who(by), world.tick(), "did_not_occur")


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    with reading(world.engine) as session:
        yield session


def test_who_recorded_it_is_not_for_the_sender_to_say(world: World) -> None:
    claimed = {
        "suyuan:organisation": "88.118.2002",
        "suyuan:operator": "Cy",
        "suyuan:recorded": "2020-01-01T00:00:00.000Z",
    }
    captured = capture(world, event(world, world.piece(), extensions=claimed))
    told = captured.event.extensions
    assert (told["suyuan:organisation"], told["suyuan:operator"]) == ("88.118.1001", "Bo")
    assert told["suyuan:recorded"] == epcis.time_text(world.now)
    with reading(world.engine) as session:
        entry = log.entry_of(session, captured.seq)
        assert entry
        assert entry.organisation_id == world.bo.organisation_id
        assert epcis.parse(entry.body) == captured.event


def test_what_is_indexed_is_what_the_text_says_to_the_millisecond(world: World) -> None:
    piece, lot = world.piece(), world.lot("powder", "P-1", "1.000001")
    moment = world.tick().replace(microsecond=123_999).astimezone(timezone(timedelta(hours=8)))
    first = capture(world, event(world, piece, event_time=moment))
    amount = Quantity(lot, Decimal("0.100000"), "KGM")
    capture(world, event(world, step="scrap", at="plant", event_time=moment, quantity_list=(amount,)))
    with reading(world.engine) as session:
        entry = log.entry_of(session, first.seq)
        assert entry
        parsed = epcis.parse(entry.body)
        thing = items.of_epcs(session, [piece])[piece]
        assert parsed.event_time == entry.event_time == thing.last_time == first.event.event_time
        assert parsed.event_time.microsecond == 123_000
    assert list(world.stock(lot).values()) == [Decimal("0.900001")]


def test_an_event_gets_an_id_or_keeps_its_own(world: World) -> None:
    piece = world.piece()
    assert capture(world, event(world, piece)).event.event_id.startswith("urn:uuid:")
    named = replace(event(world, piece, at="plant"), event_id="urn:uuid:11111111-1111-4111-8111-111111111111")
    assert capture(world, named).event.event_id == named.event_id


def test_what_nobody_minted_cannot_be_recorded(world: World) -> None:
    before = world.size()
    with pytest.raises(TraceError) as told:
        capture(world, event(world, world.piece(), "hdl:88.118.1001/NOSUCH"))
    assert told.value.code == "unknown-identifier"
    assert world.size() == before + 2


@pytest.mark.parametrize("place", ["yard", "hdl:88.118.1001/NOWHERE", ""])
def test_an_event_happens_at_a_place_of_ones_own(world: World, place: str) -> None:
    with pytest.raises(TraceError) as told:
        capture(world, event(world, world.piece(), at=place))
    assert told.value.code == "not-your-site"
    assert "Yard" not in told.value.english()


def test_a_hold_is_a_decision_and_needs_no_place(world: World) -> None:
    piece = world.piece()
    held = event(world, piece, step="hold", at="", extensions={"suyuan:reason": "recall"})
    capture(world, held)
    assert world.thing(piece).held == "recall"
    with pytest.raises(TraceError) as told:
        capture(world, event(world, piece, step="release", at="yard"))
    assert told.value.code == "not-your-site"


def test_all_or_nothing_of_an_event_with_many_things(world: World) -> None:
    pieces = [world.piece() for _ in range(3)]
    world.do("scrap", pieces[1])
    before = world.size()
    with pytest.raises(TraceError) as told:
        capture(world, event(world, *pieces))
    assert told.value.code == "already-scrapped"
    assert world.size() == before
    assert {world.thing(piece).site for piece in pieces} == {world.at["plant"]}


def test_events_about_the_same_lot_at_once_are_taken_in_turn(world: World) -> None:
    lot = world.lot("cell", "C-1", 10)
    moment = world.tick()
    made = [
        event(
            world,
            step="scrap",
            at="plant",
            event_time=moment,
            quantity_list=(Quantity(lot, Decimal(3), "H87"),),
        )
        for _ in range(8)
    ]

    def attempt(one: Event) -> bool:
        try:
            capture(world, one)
        except TraceError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(attempt, made))
    assert done.count(True) == 3
    assert list(world.stock(lot).values()) == [Decimal(1)]


def test_the_index_names_who_took_part_what_was_ordered_and_what_went_into_what(world: World) -> None:
    lot, (module,) = world.lot("cell", "C-1", 10), world.mint("module")
    built = world.do("assemble", lot, parent=module, quantity=4, order=" po-77 ")
    shipped = world.do("ship", module, destination=world.dee.prefix, order="PO-78")
    with reading(world.engine) as session:
        things = items.of_epcs(session, [lot, module])
        names = {row.id: row.prefix for row in session.exec(select(Organisation))}
        mentions = {
            (row.thing_id, row.seq, row.role, row.quantity)
            for row in session.exec(select(EntryThing))
            if row.seq >= (built.seq or 0)
        }
        assert mentions == {
            (things[lot].id, built.seq, "child", Decimal(4)),
            (things[module].id, built.seq, "parent", None),
            (things[module].id, shipped.seq, "object", None),
        }
        parties = {(row.thing_id, names[row.organisation_id]) for row in session.exec(select(Party))}
        assert parties == {
            (things[lot].id, "88.118.1001"),
            (things[module].id, "88.118.1001"),
            (things[module].id, "88.118.3003"),
        }
        assert {(row.value, row.seq) for row in session.exec(select(Reference))} == {
            ("PO-77", built.seq),
            ("PO-78", shipped.seq),
        }
        (edge,) = session.exec(select(Edge)).all()
        assert (edge.source_id, edge.target_id, edge.kind, edge.quantity) == (
            things[lot].id,
            things[module].id,
            "assembled",
            Decimal(4),
        )


def test_what_is_inside_follows_what_it_is_in(world: World) -> None:
    piece, (box, pallet) = world.piece(), world.mint(amount=2)
    world.do("pack", piece, parent=box)
    world.do("pack", box, parent=pallet)
    world.do("ship", pallet, destination=world.dee.prefix)
    assert world.thing(piece).to == world.dee.prefix
    world.do("receive", pallet, by="dee", at="dock")
    assert {(world.thing(epc).holder, world.thing(epc).site) for epc in (piece, box, pallet)} == {
        ("88.118.3003", world.at["dock"])
    }


def test_a_run_joins_what_went_in_and_what_came_out(world: World) -> None:
    powder = world.lot("powder", "P-1", 10)
    (cells,) = world.mint("cell", lot="C-1")
    run = "urn:uuid:00000000-0000-4000-8000-000000000001"
    world.do("consume", powder, quantity=4, transformation=run)
    world.do("produce", cells, quantity=100, transformation=run)
    with reading(world.engine) as session:
        process = items.find(session, run)
        assert process
        assert process.level == "process"
        edges = {(edge.source_id == process.id, edge.kind) for edge in session.exec(select(Edge))}
        assert edges == {(False, "consumed"), (True, "produced")}


# --- corrections ---


def test_a_correction_cannot_be_corrected_nor_a_mint_undone(world: World) -> None:
    moved = capture(world, event(world, world.piece()))
    undone = correct(world, moved.seq)
    for seq, code in ((undone.seq, "already-undone"), (moved.seq, "already-undone"), (0, "mint-stays")):
        with pytest.raises(TraceError) as told:
            correct(world, seq)
        assert told.value.code == code


@pytest.mark.parametrize("by", ["dee", "cy"])
def test_nobody_corrects_an_event_of_another_company(world: World, by: str) -> None:
    moved = capture(world, event(world, world.piece()))
    for seq in (moved.seq, 10**30, -1, 9_999):
        with pytest.raises(TraceError) as told:
            correct(world, seq, by=by)
        assert told.value.code == "unknown-event"
        assert told.value.values == {"seq": seq}


def test_a_corrected_shipment_leaves_the_edges_and_the_places_as_they_were(world: World) -> None:
    piece, (box,) = world.piece(), world.mint()
    packed = world.request("pack", piece, parent=box)
    world.send(packed)
    shipped = world.do("ship", box, destination=world.dee.prefix)
    correct(world, shipped.seq or 0)
    assert (world.thing(box).to, world.thing(piece).to, world.thing(piece).container) == ("", "", box)
    world.undo(packed.nonce)
    with reading(world.engine) as session:
        (edge,) = session.exec(select(Edge)).all()
        assert edge.undone_seq is not None
    assert (world.thing(piece).container, world.thing(box).lifecycle) == ("", "reserved")


def test_an_event_of_a_thousand_things_can_be_withdrawn(sqlite_world: World) -> None:
    world = sqlite_world
    pieces = world.mint("module", 1_000, activate_at=world.at["plant"])
    moved = capture(world, event(world, *pieces))
    correct(world, moved.seq)
    with reading(world.engine) as session:
        sites = set(session.exec(select(Thing.site).where(Thing.level == "serial")))
    assert sites == {world.at["plant"]}


# --- quantities survive the text ---


@hypothesis_settings(max_examples=200)
@given(quantity=st.decimals(min_value="0.000001", max_value="99999999999", places=6))
def test_a_quantity_that_is_taken_is_the_same_after_its_way_through_the_text(quantity: Decimal) -> None:
    made = Event(
        "ObjectEvent",
        epcis.time_of("2026-05-20T08:30:00Z"),
        quantity_list=(Quantity("hdl:88.118.1/L", quantity, "KGM"),),
    )
    try:
        capturing._check_quantities(made)
    except TraceError as error:
        assert error.code == "quantity-too-fine"
        return
    (kept,) = epcis.parse(epcis.canonical(made)).quantity_list
    assert kept.quantity == quantity
