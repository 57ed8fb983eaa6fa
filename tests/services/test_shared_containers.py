"""Boxes that go around between companies: each knows what was in them while it had them, and nothing else."""

import orjson
import pytest

from app.domain.people import Actor
from app.errors import Unknown
from app.services import tracing
from app.services.balancing import balance_of
from app.services.capturing_events import PROCEED, capture_events
from app.services.verifying import verify_log
from app.store import lineage
from app.store.database import reading, writing
from tests.services.event_pages import told
from tests.support.world import World


def trace(world: World, actor: Actor, name: str) -> tracing.Provenance:
    with reading(world.engine) as session:
        return tracing.trace(session, actor, name, now=world.now)


def seen(world: World, actor: Actor, name: str) -> set[str]:
    try:
        return {node.epc for node in trace(world, actor, name).nodes if not node.hidden}
    except Unknown:
        return set()


def sent(world: World, box: str, to: Actor, site: str, *, by: str = "bo", at: str = "plant") -> None:
    receiver = "dee" if to is world.dee else "cy" if to is world.cy else "bo"
    world.do("ship", box, destination=to.prefix, by=by, at=at)
    world.do("receive", box, by=receiver, at=site)


@pytest.fixture
def round_trip(world: World) -> dict[str, str]:
    """Dee gets a lot in a box, empties it and sends it back; then it goes to Cy with another lot and a piece."""
    (box,) = world.mint()
    names = {"box": box, "one": world.lot("powder", "P1", 100), "two": world.lot("powder", "P2", 100)}
    world.do("pack", names["one"], parent=box, quantity=40)
    sent(world, box, world.dee, "dock")
    world.do("unpack", names["one"], parent=box, quantity=40, by="dee", at="dock")
    sent(world, box, world.ana, "plant", by="dee", at="dock")
    names["piece"] = world.piece()
    world.do("pack", names["two"], parent=box, quantity=30)
    world.do("pack", names["piece"], parent=box)
    sent(world, box, world.cy, "yard")
    return names


def test_customers_of_a_box_do_not_learn_what_others_got_in_it(
    world: World, round_trip: dict[str, str]
) -> None:
    box, one, two, piece = (round_trip[name] for name in ("box", "one", "two", "piece"))
    assert seen(world, world.dee, box) == seen(world, world.dee, one) == {box, one}
    assert seen(world, world.cy, box) == {box, two, piece}
    assert seen(world, world.dee, two) == seen(world, world.dee, piece) == seen(world, world.cy, one) == set()
    assert {one, two, piece} <= seen(world, world.ana, box)


def test_nor_do_their_queries_tell_it(world: World, round_trip: dict[str, str]) -> None:
    with reading(world.engine) as session:
        dees, cys = (orjson.dumps(told(session, actor)).decode() for actor in (world.dee, world.cy))
    numbers = {name: epc.rpartition("/")[2] for name, epc in round_trip.items()}
    assert numbers["one"] in dees
    assert numbers["two"] not in dees
    assert numbers["piece"] not in dees
    assert numbers["two"] in cys
    assert numbers["piece"] in cys
    assert numbers["one"] not in cys


def test_what_went_through_ones_hands_in_a_pallet_stays_in_ones_books(world: World) -> None:
    """A distributor never opens it, and has to answer for it all the same."""
    lot, piece = world.lot("powder", "P1", 100), world.piece()
    (carton, pallet) = world.mint(amount=2)
    world.do("pack", lot, parent=carton, quantity=40)
    world.do("pack", piece, parent=carton)
    world.do("pack", carton, parent=pallet)
    sent(world, pallet, world.dee, "dock")
    sent(world, pallet, world.cy, "yard", by="dee", at="dock")
    with reading(world.engine) as session:
        found = balance_of(session, world.dee, lot)
        assert (found.of("received"), found.of("shipped"), found.on_hand) == (40, 40, 0)
        assert not verify_log(session, []).faults
    assert seen(world, world.dee, piece) == {piece, carton, pallet}


def test_parts_built_into_what_is_on_the_pallet_are_one_step_and_no_goods_of_ones_own(world: World) -> None:
    inner, outer = world.piece(), world.piece("pack")
    world.do("assemble", inner, parent=outer)
    (pallet,) = world.mint()
    world.do("pack", outer, parent=pallet)
    sent(world, pallet, world.dee, "dock")
    sent(world, pallet, world.cy, "yard", by="dee", at="dock")
    assert inner in seen(world, world.dee, outer)
    with reading(world.engine) as session:
        keys = {epc: world.thing(epc).id or 0 for epc in (inner, outer)}
        rows = lineage.things_of(session, keys.values(), world.dee.organisation_id, world.dee.prefix)
        assert rows[keys[outer]].took_part
        assert not rows[keys[inner]].took_part


def test_what_is_told_late_to_have_been_in_the_box_counts_as_well_and_no_more(world: World) -> None:
    """The packing arrives when the box is back and holds something else."""
    one, two = world.lot("powder", "P1", 100), world.lot("powder", "P2", 100)
    (box,) = world.mint()
    world.do("pack", world.piece(), parent=box)
    early = world.tick()
    world.tick(10)
    sent(world, box, world.dee, "dock")
    sent(world, box, world.ana, "plant", by="dee", at="dock")
    world.do("pack", two, parent=box, quantity=30)
    world.do("pack", one, parent=box, quantity=40, event_time=early)
    with reading(world.engine) as session:
        found = balance_of(session, world.dee, one)
        assert (found.of("received"), found.of("shipped")) == (40, 40)
        assert not verify_log(session, []).faults
    assert seen(world, world.dee, two) == set()


def test_the_same_holds_for_events_from_elsewhere(world: World) -> None:
    lot, item = "https://id.gs1.org/01/09506000134352/10/L1", "https://id.gs1.org/01/09506000134352/21/S1"
    pallet = "https://id.gs1.org/00/395060000000000013"
    start = world.now

    def send(actor: Actor, minute: int, **more: object) -> None:
        event = {
            "eventTime": start.replace(minute=minute).isoformat(),
            "eventTimeZoneOffset": "+00:00",
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "epcList": [pallet],
        } | more
        with writing(world.engine) as session:
            (outcome,) = capture_events(
                session, actor, [{k: v for k, v in event.items() if v}], world.now, PROCEED
            )
        assert outcome.problem is None

    def party(actor: Actor) -> dict[str, str]:
        return {"type": "possessing_party", "source": f"hdl:{actor.prefix}"}

    amount = {"epcClass": lot, "quantity": 5, "uom": "KGM"}
    send(world.ana, 31, action="ADD", epcList=[item], quantityList=[amount], bizStep="commissioning")
    packed = {"type": "AggregationEvent", "parentID": pallet, "childEPCs": [item], "epcList": None}
    send(world.ana, 32, action="ADD", bizStep="packing", childQuantityList=[amount], **packed)
    to_dee = [{"type": "possessing_party", "destination": f"hdl:{world.dee.prefix}"}]
    send(world.ana, 33, bizStep="shipping", sourceList=[party(world.ana)], destinationList=to_dee)
    send(world.dee, 34, bizStep="receiving", sourceList=[party(world.ana)])
    to_cy = [{"type": "possessing_party", "destination": f"hdl:{world.cy.prefix}"}]
    send(world.dee, 35, bizStep="shipping", sourceList=[party(world.dee)], destinationList=to_cy)
    with reading(world.engine) as session:
        found = balance_of(session, world.dee, lot)
        assert (found.of("received"), found.of("shipped")) == (5, 5)
        assert not verify_log(session, []).faults
    assert seen(world, world.dee, item) == {item, pallet}
