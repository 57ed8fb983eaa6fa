"""Undo writes a correction and deletes nothing: in the right order, by the right person, and once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain import epcis
from app.errors import TraceError
from app.store import log
from app.store.database import reading, writing
from tests.support.world import World


def test_an_undone_scan_stays_in_the_log_beside_its_correction(world: World) -> None:
    piece = world.piece()
    request = world.request("move", piece, at="store")
    moved = world.send(request)
    undone = world.undo(request.nonce)
    assert (undone.colour, undone.code, undone.repeated) == ("green", "undone", False)
    assert undone.seq == (moved.seq or 0) + 1
    assert world.thing(piece).site == world.at["plant"]
    with reading(world.engine) as session:
        entry = log.entry_of(session, undone.seq)
        assert entry
        declaration = epcis.parse(entry.body).error_declaration
        assert declaration
        assert declaration.of == moved.event_id


def test_undoing_twice_is_one_undo(world: World) -> None:
    request = world.request("scrap", world.piece())
    world.send(request)
    first, again = world.undo(request.nonce), world.undo(request.nonce)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.seq == first.seq
    assert world.size() == (first.seq or 0) + 1


def test_undo_from_many_threads_at_once_is_one_undo(world: World) -> None:
    request = world.request("scrap", world.piece())
    seq = world.send(request).seq or 0
    with ThreadPoolExecutor(6) as pool:
        verdicts = list(pool.map(lambda _: world.undo(request.nonce), range(6)))
    assert {verdict.seq for verdict in verdicts} == {seq + 1}
    assert world.size() == seq + 2


def test_only_the_newest_step_of_a_piece_can_be_undone(world: World) -> None:
    piece = world.piece()
    request = world.request("move", piece, at="store")
    world.send(request)
    world.do("inspect", piece, at="store", result="pass")
    with pytest.raises(TraceError) as told:
        world.undo(request.nonce)
    assert told.value.code == "built-upon"
    assert "inspect" in told.value.english()


def test_what_others_do_with_the_same_lot_neither_hinders_an_undo_nor_is_told(world: World) -> None:
    lot = world.lot("powder", "L-1", 100)
    shipped = [
        world.request("ship", lot, quantity=10, destination=who.prefix) for who in (world.dee, world.cy)
    ]
    for request in shipped:
        world.send(request)
    world.do("receive", lot, by="dee", at="dock", quantity=10)
    scrapped = world.request("scrap", lot, at="dock", quantity=4)
    world.send(scrapped, by="dee")
    world.do("receive", lot, by="cy", at="yard", quantity=10)
    assert world.undo(scrapped.nonce, by="dee").colour == "green"
    assert world.stock(lot)[(world.dee.prefix, world.at["dock"], "", "")] == 10
    with pytest.raises(TraceError) as told:
        world.undo(shipped[1].nonce)
    assert told.value.code == "built-upon"
    assert "Another company" in told.value.english()
    assert world.stock(lot)[(world.cy.prefix, world.at["yard"], "", "")] == 10


def test_undo_is_refused_without_telling_what_became_of_a_piece_elsewhere(world: World) -> None:
    piece = world.piece()
    request = world.request("ship", piece, destination=world.dee.prefix)
    world.send(request)
    world.do("receive", piece, by="dee", at="dock")
    world.do("scrap", piece, by="dee", at="dock")
    with pytest.raises(TraceError) as told:
        world.undo(request.nonce)
    assert told.value.code == "built-upon"
    assert "scrap" not in told.value.english()


def test_undo_in_the_right_order_goes_all_the_way_back(world: World) -> None:
    lot, module = world.lot("cell", "C-1", 10), world.mint("module")[0]
    states = [(world.stock(lot), world.thing(module).lifecycle)]
    requests = [
        world.request("assemble", lot, parent=module, quantity=4),
        world.request("inspect", module, result="hold", reason="dirty"),
        world.request("scrap", lot, quantity=1),
    ]
    for request in requests:
        world.send(request)
        states.append((world.stock(lot), world.thing(module).lifecycle))
    for request, expected in zip(reversed(requests), reversed(states[:-1]), strict=True):
        assert world.undo(request.nonce).colour == "green"
        assert (world.stock(lot), world.thing(module).lifecycle) == expected
    assert world.thing(module).held == ""


def test_nobody_undoes_what_is_not_theirs(world: World) -> None:
    request = world.request("inspect", world.piece(), result="pass")
    world.send(request)
    before = world.size()
    for by, visit in (("bo", "visit-2"), ("ana", "visit-1"), ("cy", "visit-1")):
        with pytest.raises(TraceError) as told:
            world.undo(request.nonce, by=by, visit=visit)
        assert told.value.code == "unknown-scan"
    refused = world.request("inspect", "88.118.1001/NOSUCH")
    world.send(refused)
    with pytest.raises(TraceError, match="no recorded scan"):
        world.undo(refused.nonce)
    assert world.size() == before


def test_what_came_out_of_a_box_without_being_named_blocks_its_undo(world: World) -> None:
    """An event from elsewhere may unpack everything at once; a piece that went on since must not jump back in."""
    from app.domain.epcis import Event
    from app.services import capturing

    piece, (box,) = world.piece(), world.mint()
    world.do("pack", piece, parent=box)
    empty = Event("AggregationEvent", world.tick(), action="DELETE", biz_step="unpacking", parent_id=box,
                  read_point=world.at["plant"], biz_location=world.at["plant"], extensions={"suyuan:step": "unpack"})  # fmt: skip
    with writing(world.engine) as session:
        seq = capturing.capture(session, empty, world.bo, world.now).seq
    assert world.thing(piece).container == ""
    request = world.request("scrap", piece)
    world.send(request)
    with pytest.raises(TraceError) as told, writing(world.engine) as session:
        capturing.correct(session, seq, world.bo, world.tick(), "did_not_occur")
    assert told.value.code == "built-upon"
    world.undo(request.nonce)
    with writing(world.engine) as session:
        capturing.correct(session, seq, world.bo, world.tick(), "did_not_occur")
    assert world.thing(piece).container == box
