"""However the events of others arrive, things end in the same state, and the index that grew is the one of a rebuild."""

from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.capturing_events import PROCEED, capture_events
from app.services.verifying import verify_log
from app.store import items
from app.store.database import reading, writing
from tests.support.events import aggregation, declaration, observed, transformation
from tests.support.world import World

PIECES, PALLETS, LOTS = 3, 2, 2
PLACES = [f"urn:epc:id:sgln:4012345.{n:05d}.0" for n in range(3)]
numbers = count()
pieces, pallets, lots = (st.integers(0, most - 1) for most in (PIECES, PALLETS, LOTS))
words = st.sampled_from(["commissioning", "storing", "shipping", "receiving", "inspecting", "destroying"])
kinds = st.one_of(
    st.tuples(st.just("see"), pieces, words),
    st.tuples(st.just("see-lot"), lots, words),
    st.tuples(st.just("pack"), pieces, pallets),
    st.tuples(st.just("unpack"), pieces, pallets),
    st.tuples(st.just("send"), pallets, words),
    st.tuples(st.just("make"), lots, pieces),
)


def test_events_in_any_order_leave_the_same(sqlite_world: World) -> None:
    world = sqlite_world

    @given(told=st.lists(kinds, min_size=2, max_size=9), data=st.data(), wrong=st.integers(0, 12))
    @settings(max_examples=25)
    def tell(told: list[Any], data: st.DataObject, wrong: int) -> None:
        order = data.draw(st.permutations(range(len(told) + (wrong < len(told)))))
        assert _after(world, told, wrong, sorted(order)) == _after(world, told, wrong, order)

    tell()
    with reading(world.engine) as session:
        assert not verify_log(session, []).faults


def test_what_is_unpacked_from_where_it_never_was_is_where_it_was_seen_in_any_order(
    sqlite_world: World,
) -> None:
    told = [("see", 0, "storing"), ("send", 0, "destroying"), ("see", 0, "inspecting"), ("unpack", 0, 0)]
    states = [_after(sqlite_world, told, 9, order) for order in ([0, 1, 2, 3], [3, 1, 0, 2], [1, 3, 2, 0])]
    assert states[0] == states[1] == states[2]
    assert dict(states[0])["piece 0"]["site"].endswith("/414/4012345000009")


def test_what_a_piece_did_inside_outlives_an_earlier_move_of_its_pallet_that_comes_late(
    sqlite_world: World,
) -> None:
    told = [("see", 0, "commissioning"), ("pack", 0, 0), ("send", 0, "storing"), ("see", 0, "commissioning")]
    states = [_after(sqlite_world, told, 9, order) for order in ([0, 1, 2, 3], [0, 1, 3, 2], [3, 0, 1, 2])]
    assert states[0] == states[1] == states[2]
    assert dict(states[0])["piece 0"]["site"].endswith("/414/4012345000009")


def _after(world: World, told: list[Any], wrong: int, order: list[int]) -> list[Any]:
    """The states of things of their own after these events arrived in this order; `wrong` is declared an error."""
    names = _names(next(numbers))
    events = [_event(names, each, world, minute) for minute, each in enumerate(told)]
    if wrong < len(told):
        events.append(declaration(events[wrong], world.now))
    for number in order:
        with writing(world.engine) as session:
            (outcome,) = capture_events(session, world.ana, [events[number]], world.now, PROCEED)
        assert outcome.problem is None, outcome.problem
    return _states(world, names)


def _names(number: int) -> dict[str, list[str]]:
    link = f"https://id.gs1.org/01/0{4012345000000 + number % 100:013d}"
    return {
        "piece": [f"{link}/21/{number}-{n}" for n in range(PIECES)],
        "lot": [f"{link}/10/{number}-{n}" for n in range(LOTS)],
        "pallet": [f"https://id.gs1.org/00/{number:017d}{n}" for n in range(PALLETS)],
    }


def _event(names: dict[str, list[str]], told: Any, world: World, minute: int) -> dict[str, Any]:
    kind, first, second = told
    moment = world.now - timedelta(days=1) + timedelta(minutes=minute)
    where: dict[str, Any] = {"readPoint": {"id": PLACES[minute % 3]}}
    if kind == "make":
        made = transformation(moment, [(names["lot"][first], 2, "KGM")], [], **where)
        return made | {"outputQuantityList": [], "outputEPCList": [names["piece"][second]]}
    if kind in ("pack", "unpack"):
        packed = aggregation(names["pallet"][second], moment, [names["piece"][first]]) | where
        return packed | {"action": "ADD" if kind == "pack" else "DELETE"}
    where |= {"bizStep": second, "action": "ADD" if second == "commissioning" else "OBSERVE"}
    if second == "shipping":
        where["destinationList"] = [
            {"type": "possessing_party", "destination": "urn:epc:id:pgln:4098765.00000"}
        ]
    if kind == "see-lot":
        amount = {"epcClass": names["lot"][first], "quantity": 5, "uom": "KGM"}
        return observed("", moment, **where) | {"epcList": [], "quantityList": [amount]}
    name = names["pallet"][first] if kind == "send" else names["piece"][first]
    return observed(name, moment, **where)


def _states(world: World, names: dict[str, list[str]]) -> list[Any]:
    with reading(world.engine) as session:
        things = items.of_epcs(session, [name for group in names.values() for name in group])
        states = items.states_of(session, things.values())
    plain = {name: f"{kind} {n}" for kind, group in names.items() for n, name in enumerate(group)}
    found = []
    for epc, state in states.items():
        values = {name: getattr(state, name) for name in state.__slots__}
        values["container"] = plain.get(state.container, "")
        values["balances"] = [(b.place[:3], b.quantity) for b in state.balances]
        found.append((plain[epc], values))
    return sorted(found, key=lambda pair: pair[0])
