"""What was recorded wrongly is declared an error: by its id or by what it says, before it came or after, by nobody else."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from app.domain import epcis
from app.services import certifying
from app.services.exporting import export
from app.services.rebuilding import rebuild
from app.services.verifying import verify_log
from app.store import items
from app.store.database import reading, writing
from app.store.tables import Edge
from tests.support.capturing import body, capture, code, sound
from tests.support.events import declaration, observed, transformation
from tests.support.world import World


def test_a_declaration_withdraws_what_was_recorded_and_both_stay(world: World) -> None:
    piece = "https://id.gs1.org/01/04012345111118/21/7"
    capture(world, observed(piece, world.now, bizStep="commissioning", action="ADD"))
    wrong = observed(piece, world.tick(), bizStep="destroying", action="DELETE", eventID="urn:uuid:77")
    (destroyed,) = capture(world, wrong)
    assert world.thing(piece).lifecycle == "retired"
    (declared,) = capture(world, declaration(wrong, world.tick()))
    assert declared.seq is not None
    assert declared.seq != destroyed.seq
    assert declared.event_id == destroyed.event_id == "urn:uuid:77"
    assert world.thing(piece).lifecycle == "active"
    (again,) = capture(world, declaration(wrong, world.now - timedelta(hours=1)))
    assert again.seq == declared.seq
    sound(world)


def test_a_declaration_finds_what_it_corrects_by_what_that_says(world: World) -> None:
    """The event has an id of its own, the declaration none: both have the same event hash."""
    piece = "https://id.gs1.org/01/04012345111118/21/7"
    wrong = observed(piece, world.now, bizStep="destroying", action="DELETE")
    capture(world, wrong | {"eventID": "urn:uuid:77"})
    (declared,) = capture(world, declaration(wrong, world.tick()))
    assert not declared.notices
    assert body(world, declared.seq or 0)["declares"] == "urn:uuid:77"
    assert world.thing(piece).lifecycle == "active"
    sound(world)


@pytest.mark.parametrize("named", [{}, {"eventID": "urn:uuid:77"}])
def test_what_was_declared_an_error_before_it_came_changes_nothing(
    sqlite_world: World, named: dict[str, str]
) -> None:
    world, piece = sqlite_world, "https://id.gs1.org/01/04012345111118/21/7"
    wrong = observed(piece, world.now, bizStep="destroying", action="DELETE")
    (declared,) = capture(world, declaration(wrong | named, world.tick()))
    assert [notice.code for notice in declared.notices] == ["nothing-corrected"]
    (late,) = capture(world, wrong | {"eventID": "urn:uuid:77"})
    assert late.seq is not None
    assert world.thing(piece).lifecycle == "active"
    (other,) = capture(world, wrong | {"eventTime": epcis.time_text(world.tick())})
    assert other.seq is not None
    assert world.thing(piece).lifecycle == "retired"
    sound(world)


def test_a_withdrawn_transformation_makes_nothing_of_anything(world: World) -> None:
    lot, made = world.lot("powder", "P-1", 100), "https://id.gs1.org/01/04012345111118/10/L1"
    run = transformation(
        world.tick(), [(lot, 30, "KGM")], [(made, 5, "")], readPoint={"id": world.at["plant"]}
    )
    capture(world, run)
    right = run | {
        "inputQuantityList": [{"epcClass": lot, "quantity": 20, "uom": "KGM"}],
        "eventID": "urn:uuid:right",
    }
    outcomes = capture(world, declaration(run, world.tick(), "urn:uuid:right"), right)
    assert [code(each) for each in outcomes] == ["", ""]
    assert sum(world.stock(lot).values()) == 80
    assert sum(world.stock(made).values()) == 5
    with reading(world.engine) as session:
        (thing,) = items.of_epcs(session, [made]).values()
        edges = session.execute(select(Edge).where(col(Edge.target_id) == thing.id)).scalars().all()
        assert sorted(edge.undone_seq is None for edge in edges) == [False, True]
    sound(world)


def test_a_declaration_of_another_company_withdraws_nothing(world: World) -> None:
    piece = "https://id.gs1.org/01/04012345111118/21/7"
    wrong = observed(piece, world.now, bizStep="destroying", action="DELETE", eventID="urn:uuid:77")
    capture(world, wrong)
    (declared,) = capture(world, declaration(wrong, world.tick()), by="cy")
    assert [notice.code for notice in declared.notices] == ["nothing-corrected"]
    assert world.thing(piece).lifecycle == "retired"
    sound(world)


def test_captured_events_come_through_an_export(world: World, empty_engine: Engine, keys: Path) -> None:
    """Also those that stand under keys of ours, and those on which another company has the say."""
    piece = "https://id.gs1.org/01/04012345111118/21/7"
    event = observed(piece, world.now, bizStep="destroying", action="DELETE", eventID="urn:uuid:77")
    capture(world, event)
    capture(world, event, by="cy")
    capture(world, declaration(event, world.tick()))
    capture(world, observed(piece, world.now, eventID="urn:x:" + "n" * 300))
    certifying.signing_key(keys)
    with writing(world.engine) as session:
        certifying.checkpoint(session, keys, "node.example.cn", world.tick())
    key = certifying.verifier_key(keys, "node.example.cn")
    with reading(world.engine) as session:
        lines = list(export(session, key, world.now))
    with writing(empty_engine) as session:
        rebuilt = rebuild(session, lines, verifier_key=key)
    assert rebuilt.entries == world.size()
    with reading(empty_engine) as session:
        assert verify_log(session, key).sound
        (thing,) = items.of_epcs(session, [piece]).values()
        assert (thing.lifecycle, thing.brought) == ("active", True)


def test_who_may_not_hold_here_cannot_release_by_an_event(world: World) -> None:
    piece = world.piece()
    hold = {"bizStep": "holding", "disposition": "non_sellable_other"}
    held = observed(piece, world.tick(), **hold)
    (outcome,) = capture(world, held, by="bo")
    assert code(outcome) == "not-your-right"
    assert capture(world, held)[0].problem is None
    release = observed(piece, world.tick(), bizStep="holding", disposition="available")
    for event in (release, declaration(held, world.tick())):
        (outcome,) = capture(world, event, by="bo")
        assert code(outcome) == "not-your-right"
    assert world.thing(piece).held
    theirs = observed("urn:epc:id:sgtin:4012345.011111.1", world.tick(), **hold)
    assert capture(world, theirs, by="bo")[0].problem is None


def test_a_step_that_was_scanned_is_undone_where_it_was_scanned(world: World) -> None:
    piece = world.piece()
    verdict = world.do("scrap", piece)
    wrong = observed(piece, world.now, bizStep="destroying", action="DELETE", eventID=verdict.event_id)
    (outcome,) = capture(world, declaration(wrong, world.tick()))
    assert code(outcome) == "own-step-declared"
    assert world.thing(piece).lifecycle == "retired"
