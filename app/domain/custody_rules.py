"""One event on its way through the rules: what it changes, what it is refused for, what is odd about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.custody_words import NOTICES, REFUSALS
from app.domain.epcis import Event, Mention, time_text
from app.domain.places import State, containers, put
from app.domain.steps import STEPS
from app.errors import Refused, Unknown

BLOCKED_BY_HOLD = frozenset({"consume", "assemble", "pack", "ship", "return"})
LEAVING = frozenset({"ship", "return"})


@dataclass(frozen=True, slots=True)
class Notice:
    """Odd, but recorded. `message` is a gettext template of `values`, as in TraceError."""

    code: str
    message: str
    values: Mapping[str, Any]


@dataclass
class Scene:
    """The event, the things it names and what becomes of them. Not strict: a refusal becomes a notice, the event counts."""

    event: Event
    step: str
    states: Mapping[str, State]
    inside: Mapping[str, State]
    strict: bool
    after: dict[str, State] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    _children: dict[str, list[str]] | None = None

    def __post_init__(self) -> None:
        self.organisation: str = self.event.extension("organisation")
        self.here = self.event.read_point

    def state(self, epc: str) -> State | None:
        return self.after.get(epc) or self.states.get(epc) or self.inside.get(epc)

    def refuse(self, key: str, **values: Any) -> None:
        """Raises Refused with the sentence of that key; when not strict it is a notice and the caller goes on."""
        code = key.partition("/")[0]
        message, hint = REFUSALS[key]
        if self.strict:
            raise (Unknown if code == "unknown-item" else Refused)(code, message, hint, **values)
        self.notices.append(Notice(code, message, values))

    def notice(self, code: str, **values: Any) -> None:
        self.notices.append(Notice(code, NOTICES[code], values))

    def record(self, epc: str, state: State, **changes: Any) -> None:
        """What the event makes of one thing; its time and, unless given, the disposition of the step go with it."""
        moment = self.event.event_time
        if state.last_time and moment < state.last_time:
            if not any(notice.code == "late" for notice in self.notices):
                self.notice("late", item=epc, time=time_text(moment), last=time_text(state.last_time))
            moment = state.last_time
        changes.setdefault(
            "disposition", self.event.disposition or STEPS[self.step].disposition or state.disposition
        )
        self.after[epc] = replace(state, last_time=moment, **changes)

    def contents(self, epc: str) -> list[str]:
        """Everything known to be in `epc` before the event, through all layers, outermost first."""
        if self._children is None:
            self._children = {}
            for child, state in {**self.inside, **self.states}.items():
                for container in containers(state):
                    self._children.setdefault(container, []).append(child)
        found: dict[str, None] = {}
        layer = [epc]
        while layer:
            layer = [
                c for outer in layer for c in self._children.get(outer, ()) if c not in found and c != epc
            ]
            found |= dict.fromkeys(layer)
        return list(found)

    def ancestors(self, epc: str) -> set[str]:
        found: set[str] = set()
        while (state := self.state(epc)) and state.container and state.container not in found:
            epc = state.container
            found.add(epc)
        return found

    def carry(self, epc: str, **origin: str) -> None:
        """What is in `epc` goes where it went: same holder, site and addressee (and origin, when given)."""
        outer = self.state(epc)
        inner = self.contents(epc)
        if outer is None or not inner:
            return
        place = {"holder": outer.holder, "site": outer.site, "to": outer.to, **origin}
        boxes = {epc, *inner}
        for child in inner:
            state = self.state(child)
            if state is None:
                continue
            if state.level == "lot":
                moved = [replace(b, **place) if b.container in boxes else b for b in state.balances]
                self.after[child] = replace(state, balances=put((), moved))
            else:
                self.after[child] = replace(state, **place)


Rule = Callable[[Scene, Mention, State], None]


def usable(scene: Scene, epc: str) -> State | None:
    """The state of a thing that can still take a step; None (after a refusal) when it is unknown, void or gone."""
    state = scene.state(epc)
    if state is None:
        if scene.strict:
            scene.refuse("unknown-item", item=epc)
        return None
    if state.lifecycle == "void":
        scene.refuse("voided", item=epc)
        return None
    if state.lifecycle == "retired":
        scene.refuse("already-consumed" if state.bond == "consumed" else "already-scrapped", item=epc)
        return None
    return state


def check_in_hand(scene: Scene, epc: str, state: State) -> None:
    """A serial item or logistic unit takes a step only where it is: free, here, and with the one who records it."""
    mine = scene.organisation
    if state.container:
        scene.refuse(
            "built-in" if state.bond == "assembled" else "inside-container",
            item=epc,
            container=state.container,
        )
    elif state.to and state.to == mine:
        scene.refuse("receive-first", item=epc)
    elif state.to and state.holder == mine:
        scene.refuse(
            "already-shipped" if scene.step in LEAVING else "in-transit-elsewhere", item=epc, to=state.to
        )
    elif state.holder and state.holder != mine:
        scene.refuse("not-yours", item=epc, holder=state.holder)
    elif state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=epc)


def check_hold(scene: Scene, epc: str, state: State) -> None:
    if state.held and scene.step in BLOCKED_BY_HOLD:
        scene.refuse("held", item=epc, reason=state.held)


def check_contents_hold(scene: Scene, epc: str) -> None:
    for child in scene.contents(epc):
        state = scene.state(child)
        if state is not None and state.held:
            scene.refuse("content-held", item=epc, content=child, reason=state.held)


def check_loop(scene: Scene, epc: str) -> bool:
    """False (after a refusal) when putting `epc` into the event's parent would close a circle."""
    parent = scene.event.parent_id
    if epc == parent or epc in scene.ancestors(parent):
        scene.refuse("container-loop", item=epc, container=parent)
        return False
    return True


def settle(scene: Scene, epc: str, state: State) -> str:
    """Where the thing is from now on: where it was scanned; a notice when it was last seen at another site."""
    if state.site and scene.here and state.site != scene.here:
        scene.notice("elsewhere", item=epc, site=state.site)
    return scene.here or state.site


def destination_of(scene: Scene, epc: str, origin: str) -> str:
    """The addressee of a shipment or return as a prefix; a return without one goes back to `origin`."""
    named = [value for kind, value in scene.event.destination_list if kind == "possessing_party"]
    to = named[0].removeprefix("hdl:").partition("/")[0] if named else ""
    if scene.step == "return":
        to = to or origin
        if not to or to == scene.organisation:
            scene.refuse("nowhere-to-return", item=epc)
    elif not to:
        scene.refuse("destination-missing", item=epc)
    elif to == scene.organisation:
        scene.refuse("ship-to-self", item=epc)
    return to


def inspection_of(scene: Scene, epc: str, state: State) -> dict[str, str]:
    """What an inspection changes: the disposition, and a hold unless it passed. A pass never lifts a hold."""
    result = scene.event.extension("result") or "pass"
    outcomes = {"pass": "conformant", "fail": "non_conformant", "hold": "unavailable"}
    if result not in outcomes:
        scene.refuse("bad-result", result=result)
        return {}
    if result == "pass":
        if state.held:
            scene.notice("still-held", item=epc, reason=state.held)
        return {"disposition": outcomes[result]}
    default = {"fail": "inspection-failed", "hold": "inspection-hold"}[result]
    return {"disposition": outcomes[result], "held": scene.event.extension("reason") or default}


def hold_of(scene: Scene, epc: str, state: State) -> dict[str, str]:
    """What a hold or its release changes."""
    if scene.step == "hold":
        return {"held": scene.event.extension("reason") or "on-hold"}
    if not state.held:
        scene.refuse("not-held", item=epc)
    return {"held": ""}
