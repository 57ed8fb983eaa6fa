"""Who holds what, and what can follow: the rules an event must satisfy, and the states it leaves behind.

Pure: states in, states out. Rights (who may hold, void or scan at a site) and expiry are judged elsewhere.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.custody_claiming import BLANK, CLAIM, claimed
from app.domain.custody_items import LOGISTIC, PLAIN, SERIAL
from app.domain.custody_lots import LOT
from app.domain.custody_observing import observe
from app.domain.custody_rules import BLOCKED_BY_HOLD, Notice, Rule, Scene, usable
from app.domain.custody_settings import Verdicts
from app.domain.custody_transforming import check_conserved, check_transformed
from app.domain.custody_words import NOTICES
from app.domain.epcis import Event, Mention, mentions
from app.domain.places import Balance, State, containers
from app.domain.steps import LOT_TO_LOT, OBSERVE, SCANNABLE, STEPS, step_of_event

__all__ = ["Balance", "Notice", "Outcome", "State", "apply", "contradictions", "possible_steps", "refold"]

RULES: dict[str, dict[tuple[str, str], Rule]] = {
    "serial": SERIAL | {CLAIM: claimed},
    "logistic": LOGISTIC | {CLAIM: claimed},
    "lot": LOT | {CLAIM: claimed},
    "blank": BLANK,
    "product": PLAIN,
    "location": PLAIN,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The states that changed, also of the contents of what was shipped, received or moved; and what is odd."""

    states: dict[str, State]
    notices: tuple[Notice, ...] = ()


def apply(
    event: Event,
    states: Mapping[str, State],
    *,
    strict: bool = True,
    inside: Mapping[str, State] | None = None,
    lenient: frozenset[str] = frozenset(),
    verdicts: Verdicts | None = None,
) -> Outcome:
    """What the event makes of the things it names.

    `states` holds every thing in `mentions(event)` (none yet for a mint), `inside` the states of everything in
    the logistic units and products named, through all layers. Raises Refused, and Unknown for a thing without
    a state; not strict, and of `lenient` things, it raises nothing: refusals become notices and the record is believed
    where possible. `verdicts`: how the company that records judges what can be judged otherwise.
    A declaration of error changes nothing by itself: `refold` the things it names.
    """
    set_by = {} if verdicts is None else verdicts  # not `or`, which would read them all
    return _play(Scene(event, step_of(event), states, inside or {}, strict, lenient=lenient, verdicts=set_by))


def _play(scene: Scene) -> Outcome:
    event = scene.event
    if event.error_declaration or scene.step not in STEPS:
        return Outcome({})
    if scene.step == "mint":
        _mint(scene)
    elif scene.step == OBSERVE:
        observe(scene)
    else:
        if scene.step in LOT_TO_LOT:
            check_conserved(scene)
        for mention in mentions(event):
            if mention.epc not in scene.apart:
                _take_step(scene, mention)
    return Outcome(scene.after, tuple(scene.notices))


def step_of(event: Event) -> str:
    """The name of the step the event records, '' for events that are none of ours."""
    has_output = bool(event.output_epc_list or event.output_quantity_list)
    named: str = event.extension("step")
    return named or step_of_event(event.biz_step, event.disposition, event.type, has_output)


def _take_step(scene: Scene, mention: Mention) -> None:
    state = usable(scene, mention.epc)
    if state is None:
        return
    if mention.role in {"input", "output"} and not check_transformed(scene, mention, state):
        return
    # One transformation event may carry both its inputs and its outputs; each takes its own step.
    scene.step = {"input": "consume", "output": "produce"}.get(mention.role, scene.step)
    rule = RULES.get(state.level, {}).get((scene.step, mention.role))
    if rule is None:
        scene.refuse("wrong-level", item=mention.epc, level=state.level, step=scene.step)
    elif state.level != "lot" and mention.quantity is not None:
        scene.refuse("serial-has-no-quantity", item=mention.epc)
    else:
        rule(scene, mention, state)


def _mint(scene: Scene) -> None:
    ilmd: Mapping[str, Any] = scene.event.ilmd
    level = ilmd.get("suyuan:level", "serial")
    known_at_once = level in {"product", "location"}
    for epc in scene.event.epc_list:
        known = scene.state(epc)
        if known and known.last_time:
            scene.refuse("already-minted", item=epc)
            continue
        scene.record(
            epc,
            State(level, unit=ilmd.get("suyuan:unit", "")),
            lifecycle="active" if known_at_once else "reserved",
            disposition="active" if known_at_once else "reserved",
            holder=scene.organisation,
        )


def refold(events: Iterable[Event], fresh: Mapping[str, State]) -> dict[str, State]:
    """The states after replaying `events` in the order they happened (ties in the order given), without those
    that an error declaration corrects. `fresh` holds the things to fold, as they were before their first event;
    a mint adds its own, other things are left out.

    To be exact it wants the containers of these things and their events too.
    """
    states = dict(fresh)
    for _ in _replay(events, states):
        pass
    return states


def contradictions(events: Iterable[Event], fresh: Mapping[str, State]) -> dict[tuple[str, str, str], Notice]:
    """What of a history could not have happened as it was recorded, by event id, code and values."""
    found = [row for row in _replay(events, dict(fresh)) if row[1].code not in NOTICES]
    return {(event.event_id, each.code, str(sorted(each.values.items()))): each for event, each in found}


def changes(events: Iterable[Event], fresh: Mapping[str, State], epc: str) -> Iterator[tuple[Event, State]]:
    """Each standing event that made something else of one thing, in the order they happened, and what it made of it."""
    for event, outcome in outcomes(events, dict(fresh)):
        if epc in outcome.states:
            yield event, outcome.states[epc]


def played(
    events: Iterable[Event], fresh: Mapping[str, State], epcs: Collection[str]
) -> Iterator[tuple[str, Event, State]]:
    """Each standing event that names or changed one of these things, in the order they happened: the thing, the event,
    and the thing's state after it, whether that is another or not."""
    states = dict(fresh)
    for event, outcome in outcomes(events, states):
        for epc in dict.fromkeys([*outcome.states, *(m.epc for m in mentions(event))]):
            if epc in epcs and epc in states:
                yield epc, event, states[epc]


def _replay(events: Iterable[Event], states: dict[str, State]) -> Iterator[tuple[Event, Notice]]:
    """What is odd about each event, played on `states`."""
    for event, outcome in outcomes(events, states):
        yield from ((event, notice) for notice in outcome.notices)


def outcomes(events: Iterable[Event], states: dict[str, State]) -> Iterator[tuple[Event, Outcome]]:
    """Plays the events that stand on `states`, in the order they happened, and yields each as soon as it is played."""
    given = list(events)
    wrong = {(_who(e), e.error_declaration.of or e.event_id) for e in given if e.error_declaration}
    standing = (e for e in given if not e.error_declaration and not e.extension("withdrawn"))
    valid = [e for e in standing if (_who(e), e.event_id or None) not in wrong]
    contents: dict[str, set[str]] = {}
    for epc, state in states.items():
        _reindex(contents, epc, None, state)
    for event in sorted(valid, key=lambda e: e.event_time):
        inside = {epc: states[epc] for epc in _inner(contents, [m.epc for m in mentions(event)])}
        named = {m.epc: states[m.epc] for m in mentions(event) if m.epc in states}
        outcome = _play(Scene(event, step_of(event), named, inside, strict=False, partial=True))
        for epc, state in outcome.states.items():
            _reindex(contents, epc, states.get(epc), state)
            states[epc] = state
        yield event, outcome


def _who(event: Event) -> str:
    """Nobody withdraws what another company recorded, whatever id they write into a declaration."""
    return str(event.extension("organisation"))


def _reindex(contents: dict[str, set[str]], epc: str, old: State | None, new: State) -> None:
    for container in containers(old) if old else ():
        contents[container].discard(epc)
    for container in containers(new):
        contents.setdefault(container, set()).add(epc)


def _inner(contents: Mapping[str, set[str]], roots: Iterable[str]) -> set[str]:
    found: set[str] = set()
    layer = set(roots)
    while layer:
        layer = {child for epc in layer for child in contents.get(epc, ())} - found
        found |= layer
    return found


def possible_steps(state: State, organisation: str) -> tuple[str, ...]:
    """The scannable steps that can follow for `organisation`, as child or parent, ordered as `SCANNABLE`."""
    if state.lifecycle in {"void", "retired"} or state.level not in _BEGIN:
        return ()
    found = (_steps_of_lot if state.level == "lot" else _steps_of_item)(state, organisation)
    if state.held:
        found = found - BLOCKED_BY_HOLD
    return tuple(step for step in SCANNABLE if step in found)


_BEGIN = {
    "serial": frozenset({"commission", "produce", "assemble"}),
    "logistic": frozenset({"commission", "pack"}),
    "lot": frozenset({"commission", "produce"}) | LOT_TO_LOT,
}
_ALWAYS = frozenset({"inspect", "pack", "move", "ship", "scrap", "loss"})
_GO_ON = {
    "serial": _ALWAYS | {"consume", "assemble", "sample", "repair"},
    "logistic": _ALWAYS | {"unpack", "repair"},
    "lot": _ALWAYS | {"consume", "assemble", "sample"} | LOT_TO_LOT,
}
_NONE: frozenset[str] = frozenset()


def _back(origins: Iterable[str], organisation: str) -> frozenset[str]:
    return frozenset({"return"}) if any(origin not in {"", organisation} for origin in origins) else _NONE


def _steps_of_item(state: State, organisation: str) -> frozenset[str]:
    if state.to:
        return frozenset({"receive"}) if state.to == organisation and not state.container else _NONE
    if state.holder != organisation:
        return _NONE
    if state.container:
        return frozenset({"unpack"}) if state.bond == "packed" else _NONE
    if state.lifecycle == "reserved":
        return _BEGIN[state.level]
    return _GO_ON[state.level] | _back([state.origin], organisation)


def _steps_of_lot(state: State, organisation: str) -> frozenset[str]:
    if state.lifecycle == "reserved":
        return _BEGIN["lot"] if state.holder == organisation else _NONE
    found = frozenset({"produce"}) if state.holder == organisation else _NONE
    own = [b for b in state.balances if b.holder == organisation and not b.to]
    if loose := [b for b in own if not b.container]:
        found |= _GO_ON["lot"] | _back((b.origin for b in loose), organisation)
    if len(loose) < len(own):
        found |= {"unpack"}
    if any(b.to == organisation and not b.container for b in state.balances):
        found |= {"receive"}
    return found
