"""Whatever is scanned in whatever order: nothing is made or lost, nothing is in two places, and the log tells the same."""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import custody
from app.domain.custody import State
from app.domain.custody_words import REFUSALS
from app.domain.epcis import Event, mentions
from app.domain.places import total
from app.domain.steps import LOT_TO_LOT, SCANNABLE
from app.errors import TraceError
from tests.support.custody_world import Piece, World, fresh, withdrawn

ORGANISATIONS = ("ana", "bo", "cy")
SERIALS = ("cell", "module", "pack")
LOTS = ("powder", "glue")
UNITS = ("carton", "pallet")
MADE = {"commission", "produce"}
GONE = {"consume", "assemble", "scrap", "sample", "loss"}


@dataclass
class Ledger:
    """How much of each lot was made and used up according to the accepted events."""

    expected: dict[str, Decimal] = field(default_factory=dict)

    def book(self, event: Event) -> None:
        sign = {**dict.fromkeys(MADE, 1), **dict.fromkeys(GONE, -1)}.get(event.extension("step"), 0)
        for mention in mentions(event):
            sign = {"input": -1, "output": 1}.get(mention.role, sign)
            if mention.quantity is not None:
                self.expected[mention.epc] = (
                    self.expected.get(mention.epc, Decimal(0)) + sign * mention.quantity
                )


@dataclass(frozen=True)
class Attempt:
    """A scan: mostly one that could follow (`pick` says which), sometimes anything at all."""

    pick: int | None
    by: str
    step: str
    pieces: tuple[Piece, ...]
    at: str
    parent: str
    to: str
    result: str
    everything: bool


names = st.sampled_from(SERIALS + UNITS)
amounts = st.tuples(st.sampled_from(LOTS), st.integers(1, 60))
pieces = st.lists(
    names | amounts, min_size=1, max_size=3, unique_by=lambda p: p if isinstance(p, str) else p[0]
)
attempts = st.builds(
    Attempt,
    pick=st.one_of(st.integers(0, 10_000), st.integers(0, 10_000), st.none()),
    by=st.sampled_from(ORGANISATIONS),
    step=st.sampled_from((*SCANNABLE, "hold", "release", "void")),
    pieces=pieces.map(tuple),
    at=st.sampled_from(("store", "store", "line")),
    parent=st.sampled_from((*UNITS, *SERIALS)),
    to=st.sampled_from((*ORGANISATIONS, "")),
    result=st.sampled_from(("pass", "pass", "pass", "fail")),
    everything=st.booleans(),
)
histories = st.lists(attempts, min_size=10, max_size=40)


def beginning() -> World:
    """Ana has parts and powder in her store; pallet, carton and pack are only reserved."""
    world = World()
    world.mint("ana", "serial", *SERIALS)
    world.mint("ana", "lot", *LOTS)
    world.mint("ana", "logistic", *UNITS)
    world.do("ana", "commission", "cell", "module", ("powder", 50))
    return world


def event_of(world: World, attempt: Attempt) -> Event:
    if attempt.pick is not None and (choices := followers(world)):
        name, by, step = choices[attempt.pick % len(choices)]
        return following(world, attempt, name, by, step)
    parent = attempt.parent if attempt.step in {"pack", "assemble", "unpack"} else ""
    everything = attempt.step == "unpack" and attempt.everything
    pieces, other = attempt.pieces, None
    if attempt.step in LOT_TO_LOT:
        pieces, other = ((LOTS[0], 7),), (LOTS[1], 7)
    return world.event(
        attempt.by,
        attempt.step,
        *(() if everything else pieces),
        at=f"{attempt.by}/{attempt.at}",
        to=attempt.to,
        result=attempt.result,
        into=parent,
        other=other,
    )


def followers(world: World) -> list[tuple[str, str, str]]:
    """What could follow for each thing and organisation, journeys more often, ends only now and then."""
    found = [
        (name, by, step)
        for name in world.states
        for by in ORGANISATIONS
        for step in world.steps(name, by)
        if step not in GONE or len(world.events) % 5 == 0
    ]
    held = [(name, state.holder, "release") for name, state in world.states.items() if state.held]
    journeys = [choice for choice in found if choice[2] in {"receive", "unpack", "return", "ship", "pack"}]
    return found + held + 3 * journeys


def following(world: World, attempt: Attempt, name: str, by: str, step: str) -> Event:
    state = world.states[name]
    stock = [b for b in state.balances if (b.to == by if step == "receive" else b.holder == by and not b.to)]
    if step == "unpack":
        stock = [b for b in stock if b.container]
    lot = stock[(attempt.pick or 0) % len(stock)] if stock else None
    quantity = min(lot.quantity, Decimal(1 + (attempt.pick or 0) % 40)) if lot else Decimal(attempt.pick or 1)
    piece: Piece = (name, str(quantity or 1)) if state.level == "lot" else name
    site = (lot.site if lot else state.site) or f"{by}/{attempt.at}"
    site = site if attempt.at == "store" and step != "move" else f"{by}/{attempt.at}"
    parent = (lot.container if lot else state.container) or name if step == "unpack" else attempt.parent
    out = () if parent == name else (piece,)
    to = attempt.to if step == "ship" else ""
    other = (LOTS[name == LOTS[0]], str(quantity or 1)) if step in LOT_TO_LOT else None
    inward = parent if step in {"pack", "assemble", "unpack"} else ""
    return world.event(
        by, step, *(out if step == "unpack" else (piece,)), at=site, to=to, result=attempt.result, into=inward,
        other=other,
    )  # fmt: skip


def play(world: World, history: list[Attempt]) -> list[Event]:
    """The accepted events; a refused one must have left everything as it was."""
    accepted = []
    for attempt in history:
        event, before = event_of(world, attempt), dict(world.states)
        try:
            world.record(event)
            accepted.append(event)
        except TraceError as error:
            assert error.code in {key.partition("/")[0] for key in REFUSALS}
            assert "{" not in error.english()
            assert world.states == before
    return accepted


def check_place(states: dict[str, State], name: str) -> None:
    """One place, and with the container it is in; a container never ends up inside itself."""
    state = states[name]
    assert not (state.to and state.site)
    assert bool(state.container) == (state.bond in {"packed", "assembled"})
    places = (
        [b for b in state.balances if b.container]
        if state.level == "lot"
        else [state] * bool(state.container)
    )
    for place in places:
        outer = states[place.container]
        assert (place.holder, place.site, place.to) == (outer.holder, outer.site, outer.to)
    seen, at = {name}, state.container
    while at:
        assert at not in seen
        seen.add(at)
        at = states[at].container


MANY = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(histories)
def test_no_quantity_is_made_or_lost_by_moving_packing_and_shipping(history: list[Attempt]) -> None:
    world, ledger = beginning(), Ledger()
    play(world, history)
    for event in world.events:
        ledger.book(event)
    for lot in LOTS:
        balances = world.states[lot].balances
        assert total(balances) == ledger.expected.get(lot, 0)
        assert all(balance.quantity > 0 for balance in balances)
        assert len({balance.place for balance in balances}) == len(balances)


@MANY
@given(histories)
def test_nothing_is_ever_in_two_places(history: list[Attempt]) -> None:
    world = beginning()
    for attempt in history:
        play(world, [attempt])
        for name in world.states:
            check_place(world.states, name)


@MANY
@given(histories, st.randoms())
def test_replaying_the_log_in_any_order_of_arrival_gives_the_same_states(
    history: list[Attempt], order: random.Random
) -> None:
    world = beginning()
    play(world, history)
    arrived = list(world.events)
    order.shuffle(arrived)
    assert custody.refold(arrived, {}) == world.states
    assert custody.refold(arrived, fresh(world.states)) == world.states
    assert not custody.contradictions(arrived, fresh(world.states))


@MANY
@given(histories, attempts)
def test_withdrawing_the_last_event_leaves_the_states_before_it(
    history: list[Attempt], last: Attempt
) -> None:
    world = beginning()
    play(world, history)
    before = dict(world.states)
    for event in play(world, [last]):
        assert custody.refold([*world.events, withdrawn(event)], {}) == before


@MANY
@given(histories, st.data())
def test_withdrawing_any_events_never_fails_and_closes_no_circle(
    history: list[Attempt], data: st.DataObject
) -> None:
    world = beginning()
    accepted = play(world, history)
    wrong = [event for event in accepted if data.draw(st.booleans())]
    states = custody.refold([*world.events, *map(withdrawn, wrong)], {})
    for name, state in states.items():
        seen, at = {name}, state.container
        while at:
            assert at not in seen
            seen.add(at)
            at = states[at].container
        assert all(balance.quantity > 0 for balance in state.balances)


@MANY
@given(histories)
def test_what_was_accepted_had_been_offered(history: list[Attempt]) -> None:
    world = beginning()
    for attempt in history:
        before = dict(world.states)
        for event in play(world, [attempt]):
            step, by = event.extension("step"), event.extension("organisation")
            anywhere = step == "return" and event.destination_list  # a return that names its addressee
            for mention in mentions(event) if step in SCANNABLE and not anywhere else ():
                # What comes out of a split, a merge and the like is produced; only what goes in takes that step.
                own = "produce" if mention.role == "output" else step
                assert own in custody.possible_steps(before[mention.epc], by)


LATER = {"content-held", "not-empty", "inside-container", "container-loop"}


@MANY
@given(histories, st.sampled_from(SERIALS + UNITS), st.sampled_from(ORGANISATIONS))
def test_what_is_offered_is_accepted_unless_for_what_is_around_it(
    history: list[Attempt], name: str, by: str
) -> None:
    world = beginning()
    play(world, history)
    state = world.states[name]
    for step in world.steps(name, by):
        try:
            custody.apply(offered_event(world, name, state, by, step), world.states, inside=world.states)
        except TraceError as error:
            assert error.code in LATER, (step, error.code, state)


def offered_event(world: World, name: str, state: State, by: str, step: str) -> Event:
    """The step with everything that goes with it at hand: a fresh parent, or a fresh part for a fresh parent."""
    world.mint(by, "logistic", f"new {step} unit of {name}")
    world.mint(by, "serial", f"new {step} product of {name}", f"part {step} of {name}")
    world.do(by, "commission", f"part {step} of {name}")
    part, product, unit = (
        f"{kind} of {name}" for kind in (f"part {step}", f"new {step} product", f"new {step} unit")
    )
    if step == "unpack" and state.container:
        return world.event(by, step, name, out_of=state.container)
    if step == "unpack":
        return world.event(by, step, out_of=name)
    if step == "assemble" and state.lifecycle == "reserved":
        return world.event(by, step, part, into=name)
    if step == "pack" and state.lifecycle == "reserved":
        return world.event(by, step, part, into=name)
    parent = {"assemble": product, "pack": unit}.get(step, "")
    to = next(organisation for organisation in ORGANISATIONS if organisation != by)
    return world.event(by, step, name, into=parent, to=to if step == "ship" else "")
