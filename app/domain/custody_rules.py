"""One event on its way through the rules: what it changes, what it is refused for, what is odd about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.custody_settings import OFF, REFUSE, WARN, Verdicts, verdict_on
from app.domain.custody_words import NOTICES, REFUSALS, STRICTER
from app.domain.epcis import Event, Mention, time_text
from app.domain.places import State, containers, put
from app.domain.steps import LOT_TO_LOT, STEPS
from app.errors import Refused, Unknown

BLOCKED_BY_HOLD = frozenset({"consume", "assemble", "pack", "ship", "return"}) | LOT_TO_LOT
LEAVING = frozenset({"ship", "return"})
_GONE = {"consumed": "already-consumed", "sampled": "already-sampled", "lost": "declared-lost"}  # by bond
NEVER = frozenset({"container-loop"})  # is it believed, whoever made the things
LONGEST_PARTY = 64  # what the store keeps of a name


@dataclass(frozen=True, slots=True)
class Notice:
    """Odd, but recorded. `message` is a gettext template of `values`, as in TraceError."""

    code: str
    message: str
    values: Mapping[str, Any]


@dataclass
class Scene:
    """The event, the things it names and what becomes of them.

    `step` is that of the thing in hand. Not strict: refusals become notices; so do they about what is `lenient`, a
    thing that others made and a captured event brought in, and what the company's `verdicts` let be. Partial: other
    things are left out.
    """

    event: Event
    step: str
    states: Mapping[str, State]
    inside: Mapping[str, State]
    strict: bool = True
    partial: bool = False
    lenient: frozenset[str] = frozenset()
    verdicts: Verdicts = field(default_factory=dict)
    after: dict[str, State] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    _children: dict[str, list[str]] | None = None

    def __post_init__(self) -> None:
        self.organisation: str = self.event.extension("organisation")
        self.here = self.event.read_point or self.event.biz_location
        self.apart: frozenset[str] = frozenset(self.event.extension("apart") or ())

    def state(self, epc: str) -> State | None:
        return self.after.get(epc) or self.states.get(epc) or self.inside.get(epc)

    def refuse(self, key: str, **values: Any) -> None:
        """Raises Refused with the sentence of that key; when not strict, notes it and returns."""
        code = key.partition("/")[0]
        message, hint = REFUSALS[key]
        concerned = {values["item"], values.get("content", values["item"])} if "item" in values else {""}
        believed = concerned <= self.lenient and code not in NEVER
        if self.strict and not believed and self._verdict(code) != WARN:
            raise (Unknown if code == "unknown-item" else Refused)(code, message, hint, **values)
        self.notices.append(Notice(code, message, values))

    def notice(self, code: str, **values: Any) -> None:
        verdict = self._verdict(code)
        if self.strict and verdict == REFUSE and values.get("item") not in self.lenient:
            raise Refused(code, NOTICES[code], STRICTER, **values)
        if not self.strict or verdict != OFF:
            self.notices.append(Notice(code, NOTICES[code], values))

    def _verdict(self, code: str) -> str:
        """Nobody's settings count when what happened is played again."""
        return verdict_on(code, self.step, self.verdicts) if self.strict else ""

    def record(self, epc: str, state: State, **changes: Any) -> None:
        """What the event makes of one thing, with its time and, unless given, the disposition of the step."""
        moment = self.event.event_time
        if state.last_time and moment < state.last_time:
            if not any(notice.code == "late" for notice in self.notices):
                self.notice("late", item=epc, time=time_text(moment), last=time_text(state.last_time))
            moment = state.last_time
        disposition = self.event.disposition or STEPS[self.step].disposition or state.disposition
        changes.setdefault("disposition", disposition)
        self.after[epc] = replace(state, last_time=moment, **changes)

    def contents(self, epc: str) -> list[str]:
        """Everything known to be in `epc` before the event, through all layers, outermost first."""
        if self._children is None:
            self._children = {}
            for child, state in {**self.inside, **self.states}.items():
                for container in containers(state):
                    self._children.setdefault(container, []).append(child)
        if epc not in self._children:
            return []
        found: dict[str, None] = {}
        layer = [epc]
        while layer:
            inner = [child for outer in layer for child in self._children.get(outer, ())]
            layer = [child for child in inner if child not in found and child != epc]
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
        place: dict[str, Any] = {"holder": outer.holder, "site": outer.site, "to": outer.to, **origin}
        boxes = {epc, *inner}
        for child in inner:
            state = self.state(child)
            if state is None:
                continue
            if state.level == "lot":
                moved = [replace(b, **place) if b.container in boxes else b for b in state.balances]
                carried = replace(state, balances=put((), moved))
            else:
                carried = replace(state, **place)
            if carried != state:
                self.after[child] = carried


Rule = Callable[[Scene, Mention, State], None]


def usable(scene: Scene, epc: str) -> State | None:
    """The state of a thing that can still take a step; None (after a refusal) if unknown, void or gone."""
    state = scene.state(epc)
    if state is None:
        if not scene.partial:
            scene.refuse("unknown-item", item=epc)
        return None
    if state.lifecycle == "void":
        scene.refuse("voided", item=epc)
        return None
    if state.lifecycle == "retired":
        scene.refuse(_GONE.get(state.bond, "already-scrapped"), item=epc)
        return None
    return state


def unheard_of(state: State) -> bool:
    """A thing that others made and of which nothing is on record yet."""
    return not state.holder and not state.last_time


def check_in_hand(scene: Scene, epc: str, state: State) -> None:
    """A serial item or logistic unit takes a step only while free and with the one who records it."""
    mine = scene.organisation
    if state.holder and mine not in (state.holder, state.to, state.origin):
        refuse_anothers(scene, epc, state)
    elif state.container:
        key = "built-in" if state.bond == "assembled" else "inside-container"
        scene.refuse(key, item=epc, container=state.container)
    elif state.to and state.to == mine:
        scene.refuse("receive-first", item=epc)
    elif state.to and state.holder == mine:
        scene.refuse(away_key(scene), item=epc, to=state.to)
    elif state.holder and state.holder != mine:
        refuse_anothers(scene, epc, state)
    elif state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=epc)


def refuse_anothers(scene: Scene, epc: str, state: State) -> None:
    """Who has it now is told to who handed it over, not to earlier hands: that is none of their business."""
    if scene.organisation == state.origin or not state.origin:
        scene.refuse("not-yours", item=epc, holder=state.holder)
    else:
        scene.refuse("not-yours/away", item=epc)


def away_key(scene: Scene) -> str:
    return "already-shipped" if scene.step in LEAVING else "in-transit-elsewhere"


def check_hold(scene: Scene, epc: str, state: State) -> None:
    if state.held and scene.step in BLOCKED_BY_HOLD:
        scene.refuse("held", item=epc, reason=state.held)


def check_contents_hold(scene: Scene, epc: str) -> None:
    """What is on hold neither leaves nor is used up or built in inside of something else."""
    key = "content-held" if scene.step in LEAVING else "content-held/used"
    for child in scene.contents(epc):
        state = scene.state(child)
        if state is not None and state.held:
            scene.refuse(key, item=epc, content=child, reason=state.held)


def check_loop(scene: Scene, epc: str) -> bool:
    """False (after a refusal) when putting `epc` into the event's parent would close a circle."""
    parent = scene.event.parent_id
    if epc == parent or epc in scene.ancestors(parent):
        scene.refuse("container-loop", item=epc, container=parent)
        return False
    return True


def settle(scene: Scene, epc: str, state: State) -> str:
    """Where the thing is from now on: where it was scanned. A notice when it was last at another site."""
    if state.site and scene.here and state.site != scene.here:
        scene.notice("elsewhere", item=epc, site=state.site)
    return scene.here or state.site


def destination_of(scene: Scene, epc: str, origin: str) -> str:
    """The addressee of a shipment as a prefix; a return without one goes back to `origin`. '' after a refusal."""
    mine = scene.organisation
    named = parties(scene.event.destination_list)
    if named:
        if named[0] != mine:
            return named[0]
        scene.refuse("ship-to-self", item=epc)
    elif scene.step == "ship":
        scene.refuse("destination-missing", item=epc)
    elif origin and origin != mine:
        return origin
    else:
        scene.refuse("nowhere-to-return", item=epc)
    return ""


def parties(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The prefixes of the possessing parties in a source or destination list, of the owning ones where none is named.
    A company that is told by another name is known by the end of that."""
    given = list(pairs)
    found = [value for kind, value in given if kind == "possessing_party"]
    return [party(value) for value in found or [value for kind, value in given if kind == "owning_party"]]


def party(value: str) -> str:
    named = value.removeprefix("hdl:")
    return named[-LONGEST_PARTY:] if ":" in named else named.partition("/")[0]


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
    return {"disposition": outcomes[result], "held": _reason(scene, state) or default}


def _reason(scene: Scene, state: State) -> str:
    """Of a lot only its maker's words: all who have some of it read them, and customers do not know each other."""
    foreign = state.level == "lot" and state.holder != scene.organisation
    return "" if foreign else str(scene.event.extension("reason"))


def hold_of(scene: Scene, epc: str, state: State) -> dict[str, str]:
    """What a hold or its release changes."""
    if scene.step == "hold":
        return {"held": _reason(scene, state) or "on-hold"}
    if not state.held:
        scene.refuse("not-held", item=epc)
    return {"held": ""}
