"""What each step does to a serial item or a logistic unit. Lots are in `custody_lots`."""

from app.domain.custody_adopting import adopt_piece
from app.domain.custody_lots import take_out
from app.domain.custody_rules import (
    Rule,
    Scene,
    check_contents_hold,
    check_hold,
    check_in_hand,
    check_loop,
    destination_of,
    hold_of,
    inspection_of,
    refuse_anothers,
    settle,
    unheard_of,
)
from app.domain.epcis import Mention
from app.domain.places import State, total

FREE = {"container": "", "bond": ""}


def commission(scene: Scene, mention: Mention, state: State) -> None:
    if state.holder and state.holder != scene.organisation:
        scene.refuse("not-yours", item=mention.epc, holder=state.holder)
    if state.lifecycle != "reserved" and not unheard_of(state):
        scene.refuse("already-commissioned", item=mention.epc)
    scene.record(mention.epc, state, lifecycle="active", holder=scene.organisation, site=scene.here)


def receive(scene: Scene, mention: Mention, state: State) -> None:
    epc, mine = mention.epc, scene.organisation
    if state.container:
        check_in_hand(scene, epc, state)
    elif not state.to and state.holder == mine:
        scene.refuse("already-received", item=epc)
    elif state.to and state.to != mine and state.holder == mine:
        scene.refuse("in-transit-elsewhere", item=epc, to=state.to)
    elif state.to != mine and not unheard_of(state):
        scene.refuse("not-shipped-to-you", item=epc)
    origin = state.holder if state.holder != mine else state.origin
    scene.record(epc, state, lifecycle="active", holder=mine, site=scene.here, to="", origin=origin, **FREE)
    scene.carry(epc, origin=origin)


def leave(scene: Scene, mention: Mention, state: State) -> None:
    epc = mention.epc
    check_in_hand(scene, epc, state)
    check_hold(scene, epc, state)
    check_contents_hold(scene, epc)
    settle(scene, epc, state)
    to = destination_of(scene, epc, state.origin)
    if not to:
        return
    scene.record(epc, state, lifecycle="active", holder=scene.organisation, site="", to=to, **FREE)
    scene.carry(epc)


def inspect(scene: Scene, mention: Mention, state: State) -> None:
    check_in_hand(scene, mention.epc, state)
    site = settle(scene, mention.epc, state)
    scene.record(mention.epc, state, site=site, **inspection_of(scene, mention.epc, state))
    scene.carry(mention.epc)


def hold(scene: Scene, mention: Mention, state: State) -> None:
    # A hold is a decision, not a handling: it reaches things that are packed, built in or on their way.
    if state.holder != scene.organisation:
        refuse_anothers(scene, mention.epc, state)
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    scene.record(mention.epc, state, **hold_of(scene, mention.epc, state))


def move(scene: Scene, mention: Mention, state: State) -> None:
    check_in_hand(scene, mention.epc, state)
    target = scene.event.biz_location or scene.here
    if target != scene.here:
        settle(scene, mention.epc, state)
    mine = scene.organisation
    scene.record(mention.epc, state, lifecycle="active", holder=mine, site=target, to="", **FREE)
    scene.carry(mention.epc)


def consume(scene: Scene, mention: Mention, state: State) -> None:
    check_in_hand(scene, mention.epc, state)
    check_hold(scene, mention.epc, state)
    check_contents_hold(scene, mention.epc)
    site = settle(scene, mention.epc, state)
    gone = {"lifecycle": "retired", "disposition": "inactive", "bond": "consumed"}
    scene.record(mention.epc, state, container="", site=site, to="", **gone)
    scene.carry(mention.epc)


def scrap(scene: Scene, mention: Mention, state: State) -> None:
    check_in_hand(scene, mention.epc, state)
    check_empty(scene, mention.epc)
    site = settle(scene, mention.epc, state)
    scene.record(mention.epc, state, lifecycle="retired", site=site, to="", **FREE)
    scene.carry(mention.epc)


def repair(scene: Scene, mention: Mention, state: State) -> None:
    """Taken in hand to put it right; a hold stays, since that is decided by what is found afterwards."""
    check_in_hand(scene, mention.epc, state)
    scene.record(mention.epc, state, site=settle(scene, mention.epc, state))
    scene.carry(mention.epc)


def vanish(scene: Scene, mention: Mention, state: State) -> None:
    """Taken as a sample or lost: gone for good, and the record says which."""
    check_in_hand(scene, mention.epc, state)
    check_empty(scene, mention.epc)
    site = settle(scene, mention.epc, state)
    bond = "sampled" if scene.step == "sample" else "lost"
    scene.record(mention.epc, state, lifecycle="retired", site=site, to="", container="", bond=bond)
    scene.carry(mention.epc)


def retire(scene: Scene, mention: Mention, state: State) -> None:
    """Out of use for good, and nothing destroyed: what has done its time."""
    check_in_hand(scene, mention.epc, state)
    check_empty(scene, mention.epc)
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    scene.record(mention.epc, state, lifecycle="retired", to="", **FREE)


def void(scene: Scene, mention: Mention, state: State) -> None:
    if state.lifecycle == "active" and state.level in {"serial", "logistic"}:
        check_in_hand(scene, mention.epc, state)
        check_empty(scene, mention.epc)
    elif state.holder and state.holder != scene.organisation:
        scene.refuse("not-yours", item=mention.epc, holder=state.holder)
    scene.record(mention.epc, state, lifecycle="void")


def check_empty(scene: Scene, epc: str) -> None:
    for child in scene.contents(epc):
        state = scene.state(child)
        packed = state is not None and state.container == epc and state.bond == "packed"
        if packed or (state is not None and any(b.container == epc for b in state.balances)):
            scene.refuse("not-empty", item=epc)
            return


def take_in(scene: Scene, mention: Mention, state: State) -> None:
    """The parent of pack and assemble; a reserved one comes into being with the first thing put into it."""
    epc, children = mention.epc, (*scene.event.child_epcs, *scene.event.child_quantity_list)
    for child in scene.event.child_epcs if scene.strict else ():
        check_loop(scene, child)
    if not children:
        scene.refuse("no-children", item=epc)
    if state.lifecycle == "reserved" and not state.container:
        commission(scene, mention, state)
        return
    check_in_hand(scene, epc, state)
    check_hold(scene, epc, state)
    scene.record(epc, state, lifecycle="active", site=settle(scene, epc, state))
    scene.carry(epc)


def go_in(scene: Scene, mention: Mention, state: State) -> None:
    """A child of pack and assemble."""
    epc, parent = mention.epc, scene.event.parent_id
    if not check_loop(scene, epc):
        return
    check_in_hand(scene, epc, state)
    check_hold(scene, epc, state)
    if scene.step == "assemble":
        check_contents_hold(scene, epc)
    bond = {"container": parent, "bond": "assembled" if scene.step == "assemble" else "packed"}
    site = settle(scene, epc, state)
    scene.record(epc, state, lifecycle="active", holder=scene.organisation, site=site, to="", **bond)
    scene.carry(epc)


def give_out(scene: Scene, mention: Mention, state: State) -> None:
    """The parent of unpack; with no child named, everything directly in it comes out."""
    epc = mention.epc
    check_in_hand(scene, epc, state)
    site = settle(scene, epc, state)
    scene.record(epc, state, site=site)
    scene.carry(epc)
    if scene.event.child_epcs or scene.event.child_quantity_list:
        return
    for child in scene.contents(epc):
        inner = scene.state(child)
        if inner is None:
            continue
        if inner.level == "lot":
            held_in = total(b for b in inner.balances if b.container == epc)
            if held_in:
                take_out(scene, Mention(child, "child", held_in, inner.unit), inner)
        elif inner.container == epc and inner.bond == "packed":
            come_out(scene, Mention(child, "child"), inner)


def come_out(scene: Scene, mention: Mention, state: State) -> None:
    """A child of unpack: free again, where its container is and with whoever holds that."""
    epc, parent = mention.epc, scene.event.parent_id
    if state.bond == "assembled" and state.container:
        scene.refuse("built-in", item=epc, container=state.container)
    elif state.container != parent:
        scene.refuse("not-in-that-container", item=epc, container=parent)
    # Of a container that it was not in nothing is said here: whoever folds this thing's history may not know that one.
    outer = scene.state(parent) if state.container == parent else None
    place = {"site": outer.site, "origin": outer.origin or state.origin} if outer else {"site": scene.here}
    scene.record(epc, state, lifecycle="active", holder=scene.organisation, to="", **place, **FREE)
    scene.carry(epc)


_ANY: dict[tuple[str, str], Rule] = {
    ("adopt", "object"): adopt_piece,
    ("commission", "object"): commission,
    ("receive", "object"): receive,
    ("inspect", "object"): inspect,
    ("pack", "child"): go_in,
    ("unpack", "child"): come_out,
    ("move", "object"): move,
    ("ship", "object"): leave,
    ("return", "object"): leave,
    ("scrap", "object"): scrap,
    ("loss", "object"): vanish,
    ("repair", "object"): repair,
    ("hold", "object"): hold,
    ("release", "object"): hold,
    ("void", "object"): void,
    ("retire", "object"): retire,
}
SERIAL = _ANY | {
    ("sample", "object"): vanish,
    ("consume", "input"): consume,
    ("produce", "output"): commission,
    ("assemble", "parent"): take_in,
    ("assemble", "child"): go_in,
}
LOGISTIC = _ANY | {("pack", "parent"): take_in, ("unpack", "parent"): give_out}
PLAIN: dict[tuple[str, str], Rule] = {("void", "object"): void}
