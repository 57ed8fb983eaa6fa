"""Events of others come into the log: once each, all or nothing or what can be, and never past the rules of custody."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain import captured, epcis
from app.services.capturing_events import PROCEED
from app.services.rebuilding import rebuild
from app.store import items, log
from app.store.database import reading, writing
from tests.support.capturing import body, capture, code, sound
from tests.support.events import aggregation, observed, transformation
from tests.support.world import World


def test_an_event_is_kept_as_it_was_sent(world: World) -> None:
    event = observed("urn:epc:id:sgtin:4012345.011111.9876", world.now)
    event["@context"] = [{"ex": "https://example.com/ns/"}]
    event["ex:colour"] = {"ex:name": "red"}
    (outcome,) = capture(world, event)
    assert outcome.seq is not None
    assert not outcome.existed
    assert body(world, outcome.seq)["event"] == event
    assert outcome.event_id.startswith("ni:///sha-256;")
    sound(world)


def test_an_event_captured_twice_is_one_event(world: World) -> None:
    event = observed("urn:epc:id:sgtin:4012345.011111.9876", world.now)
    (first,) = capture(world, event)
    again, twin = capture(world, event, event)
    assert (again.seq, again.existed) == (twin.seq, twin.existed) == (first.seq, True)
    event["eventID"] = "urn:uuid:0b5f8f62-6f2e-4b5b-9a7d-6ab2f3a3c3f1"
    one, two = capture(world, event, event)
    assert one.seq == two.seq
    assert (one.existed, two.existed) == (False, True)


def test_an_id_that_stands_for_another_event_is_a_conflict(world: World) -> None:
    event = observed("urn:epc:id:sgtin:4012345.011111.9876", world.now, eventID="urn:uuid:1")
    capture(world, event)
    (outcome,) = capture(world, event | {"disposition": "in_progress"})
    assert code(outcome) == "event-differs"
    assert outcome.seq is None


def test_all_or_nothing_and_what_can_be(world: World) -> None:
    good = [observed(f"urn:epc:id:sgtin:4012345.011111.{n}", world.now) for n in range(5)]
    bad = good[2] | {"eventTime": "2999-01-01T00:00:00Z"}
    size = world.size()
    outcomes = capture(world, *good[:2], bad, *good[3:])
    assert [code(each) for each in outcomes] == ["", "", "time-in-future", "", ""]
    assert [each.seq for each in outcomes] == [None] * 5
    assert world.size() == size
    outcomes = capture(world, *good[:2], bad, *good[3:], behaviour=PROCEED)
    assert [each.seq is not None for each in outcomes] == [True, True, False, True, True]
    assert world.size() == size + 4
    sound(world)


def test_what_others_made_is_brought_in_with_its_level(world: World) -> None:
    pallet, piece = "urn:epc:id:sscc:4012345.0111111111", "urn:epc:id:sgtin:4012345.011111.1"
    lot = "urn:epc:class:lgtin:4012345.012345.998877"
    packed = aggregation(pallet, world.now, [piece], [(lot, 20, "KGM")])
    (outcome,) = capture(world, packed)
    assert outcome.problem is None
    names = [epcis.event_of(packed).parent_id, *epcis.event_of(packed).child_epcs]
    with reading(world.engine) as session:
        found = items.of_epcs(session, [*names, "https://id.gs1.org/01/04012345123456/10/998877"])
    assert sorted((thing.level, thing.brought, thing.serial, thing.lot) for thing in found.values()) == [
        ("logistic", True, "", ""),
        ("lot", True, "", "998877"),
        ("serial", True, "1", ""),
    ]
    assert found[names[1]].container == names[0]
    sound(world)


def test_what_was_minted_here_has_to_exist_and_be_in_hand(world: World) -> None:
    size = world.size()
    (unknown,) = capture(world, observed("hdl:88.118.1001/NEVERMINTED", world.now))
    assert code(unknown) == "unknown-identifier"
    (foreign,) = capture(world, observed("https://id.gs1.org/01/06901234000009/21/1", world.now), by="cy")
    assert code(foreign) == "unknown-identifier"
    piece = world.piece()
    (hidden,) = capture(world, observed(piece, world.now), by="cy")
    assert code(hidden) == "unknown-identifier"
    assert world.size() == size + 2  # the mint and its commissioning
    shipped = observed(piece, world.tick(), bizStep="shipping", disposition="in_transit")
    to_dee = shipped | {"destinationList": [{"type": "possessing_party", "destination": "hdl:88.118.3003"}]}
    (nowhere, sent, twice) = capture(
        world, shipped, to_dee, to_dee | {"eventTime": epcis.time_text(world.tick())}, behaviour=PROCEED
    )
    assert (code(nowhere), code(sent), code(twice)) == ("destination-missing", "", "already-shipped")
    assert world.thing(piece).to == "88.118.3003"
    received = observed(piece, world.tick(), bizStep="receiving", readPoint={"id": world.at["dock"]})
    (arrived,) = capture(world, received, by="dee")
    assert arrived.problem is None
    assert (world.thing(piece).holder, world.thing(piece).site) == ("88.118.3003", world.at["dock"])
    sound(world)


def test_a_place_of_another_company_is_refused(world: World) -> None:
    event = observed("urn:epc:id:sgtin:4012345.011111.1", world.now, readPoint={"id": world.at["dock"]})
    (outcome,) = capture(world, event)
    assert code(outcome) == "not-your-site"
    (outcome,) = capture(world, event, by="dee")
    assert outcome.problem is None


def test_events_that_contradict_each_other_about_what_others_made_are_all_kept(world: World) -> None:
    piece = "urn:epc:id:sgtin:4012345.011111.1"
    shipped = observed(piece, world.now, bizStep="shipping", disposition="in_transit")
    scrapped = observed(piece, world.tick(), bizStep="destroying", action="DELETE")
    used = observed(piece, world.tick(), bizStep="inspecting")
    outcomes = capture(world, shipped, scrapped, used)
    assert all(each.seq is not None for each in outcomes)
    assert [notice.code for notice in outcomes[0].notices] == ["destination-missing"]
    assert [notice.code for notice in outcomes[2].notices] == ["already-scrapped"]
    sound(world)


def test_a_pallet_of_others_is_no_way_around_a_hold(world: World) -> None:
    piece, pallet = world.piece(), "urn:epc:id:sscc:4012345.0111111111"
    here = {"readPoint": {"id": world.at["plant"]}}
    (packed,) = capture(world, aggregation(pallet, world.tick(), [piece]) | here)
    assert packed.problem is None
    (held,) = capture(world, observed(piece, world.tick(), bizStep="holding", disposition="unavailable"))
    assert held.problem is None
    to_dee = {"destinationList": [{"type": "possessing_party", "destination": "hdl:88.118.3003"}]}
    (sent,) = capture(world, observed(pallet, world.tick(), bizStep="shipping") | to_dee)
    assert code(sent) == "content-held"


def test_late_events_end_in_the_same_state_in_any_order(world: World) -> None:
    start = world.now
    piece = "https://id.gs1.org/01/04012345111118/21/{}"
    steps: list[Any] = [("commissioning", "ADD"), ("storing", "OBSERVE"), ("shipping", "OBSERVE")]
    places = [
        "urn:epc:id:sgln:4012345.00001.0",
        "urn:epc:id:sgln:4012345.00002.0",
        "urn:epc:id:sgln:4012345.00003.0",
    ]
    for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)]):
        for index in order:
            word, action = steps[index]
            event = observed(
                piece.format(number), start + timedelta(minutes=index), bizStep=word, action=action,
                readPoint={"id": places[index]},
                destinationList=[{"type": "possessing_party", "destination": "hdl:88.118.3003"}],
            )  # fmt: skip
            (outcome,) = capture(world, event)
            assert outcome.problem is None
    ends = [world.thing(piece.format(n)) for n in range(4)]
    assert {(t.lifecycle, t.holder, t.to, t.site) for t in ends} == {
        ("active", "88.118.1001", "88.118.3003", "")
    }
    sound(world)


def test_two_companies_may_record_the_same_event_and_neither_hears_of_the_other(world: World) -> None:
    event = observed("https://id.gs1.org/01/04012345111118/21/7", world.now, eventID="urn:uuid:77")
    (first,) = capture(world, event)
    (second,) = capture(world, event | {"disposition": "damaged"}, by="cy")
    assert second.problem is None
    assert not second.existed
    assert not second.notices
    assert second.seq != first.seq
    assert world.thing("https://id.gs1.org/01/04012345111118/21/7").disposition != "damaged"
    sound(world)


def test_inputs_become_outputs_and_quantities_follow(world: World) -> None:
    lot = world.lot("powder", "P-1", 100)
    made = "https://id.gs1.org/01/04012345111118/10/L1"
    (outcome,) = capture(
        world,
        transformation(
            world.tick(), [(lot, 30, "KGM")], [(made, 5, "")], readPoint={"id": world.at["plant"]}
        ),
    )
    assert outcome.problem is None
    assert sum(world.stock(lot).values()) == 70
    assert sum(world.stock(made).values()) == 5
    (more,) = capture(
        world,
        transformation(
            world.tick(), [(lot, 71, "KGM")], [(made, 5, "")], readPoint={"id": world.at["plant"]}
        ),
    )
    assert code(more) == "not-enough"
    sound(world)


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_is_made_from_itself(world: World, at_once: bool) -> None:
    """A from B from A, whether the two come in one document or one after the other."""
    lots = [f"https://id.gs1.org/01/04012345111118/10/L{n}" for n in range(3)]
    runs = [
        transformation(world.tick(), [(lots[n], 5, "KGM")], [(lots[(n + 1) % 3], 5, "KGM")]) for n in range(3)
    ]
    if at_once:
        outcomes = capture(world, *runs, behaviour=PROCEED)
    else:
        outcomes = [capture(world, run)[0] for run in runs]
    assert [code(each) for each in outcomes] == ["", "", "genealogy-loop"]
    pieces = [f"https://id.gs1.org/01/04012345111118/21/{n}" for n in range(2)]
    for number, expected in enumerate(["", "container-loop"]):
        packed = aggregation(pieces[number], world.tick(), [pieces[1 - number]]) | {
            "type": "AssociationEvent"
        }
        (outcome,) = capture(world, packed)
        assert code(outcome) in (expected, "genealogy-loop")[: 1 + number]
    sound(world)


def test_the_index_of_captured_events_is_rebuilt_as_it_grew(world: World) -> None:
    pallet, piece = "urn:epc:id:sscc:4012345.0111111111", "urn:epc:id:sgtin:4012345.011111.1"
    capture(world, aggregation(pallet, world.now, [piece]))
    capture(world, aggregation(pallet, world.tick(), [piece]) | {"action": "DELETE"})
    capture(world, observed(piece, world.now - timedelta(days=1), bizStep="commissioning", action="ADD"))
    sound(world)
    with writing(world.engine) as session:
        rebuild(session)
    sound(world)


@pytest.mark.parametrize("name", ["suyuan:step", "suyuan:organisation", "suyuan:names", "suyuan:apart"])
def test_nobody_claims_to_be_ours(world: World, name: str) -> None:
    event = observed("https://id.gs1.org/01/04012345111118/21/7", world.now)
    event |= {"@context": [{"suyuan": "https://suyuan.dev/ns/"}], name: "88.118.3003"}
    (outcome,) = capture(world, event)
    assert outcome.seq is not None
    with reading(world.engine) as session:
        entry = log.entry_of(session, outcome.seq)
    assert entry is not None
    assert epcis.parse(entry.body).extension("organisation") == "88.118.1001"
    assert epcis.parse(entry.body).extension("step") == "observe"
    sound(world)


def test_nobody_takes_the_place_of_another_s_event_in_the_log(world: World) -> None:
    """By an id that looks like the key under which the other's would stand."""
    event = observed("https://id.gs1.org/01/04012345111118/21/7", world.now, eventID="urn:uuid:77")
    taken = captured.key_beside("urn:uuid:77", world.ana.prefix)
    outcomes = capture(world, event, event | {"eventID": taken}, by="cy")
    assert [code(each) for each in outcomes] == ["", ""]
    (mine,) = capture(world, event)
    assert mine.problem is None
    assert not mine.existed
    sound(world)
