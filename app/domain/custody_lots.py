"""What each step does to a lot: quantities move between balances and are never made or lost on the way."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain import custody_rules as rules
from app.domain.custody_adopting import adopt_lot
from app.domain.custody_rules import Rule, Scene
from app.domain.epcis import Mention
from app.domain.places import Balance, State, exact, put, take, total
from app.domain.steps import STEPS

LARGEST = (
    Decimal(10) ** 12
)  # of a lot: a million times it has to fit into 64 bits, with room for what is believed


def amount(scene: Scene, mention: Mention, state: State) -> Decimal | None:
    """The quantity of the mention, checked; None (after a refusal) when there is none to work with."""
    epc, quantity = mention.epc, mention.quantity
    if quantity is None:
        scene.refuse("quantity-missing", item=epc)
        return None
    if not quantity.is_finite() or quantity <= 0:
        scene.refuse("bad-quantity", item=epc, quantity=str(quantity))
        return None
    if mention.uom and state.unit and mention.uom != state.unit:
        scene.refuse("wrong-unit", item=epc, unit=state.unit, given=mention.uom)
        return None
    return quantity


def add(scene: Scene, mention: Mention, state: State) -> None:
    """Commission (once) and produce (any number of runs): what was made lies at the site of the scan."""
    quantity = amount(scene, mention, state)
    if state.holder and state.holder != scene.organisation:
        scene.refuse("not-yours", item=mention.epc, holder=state.holder)
    if scene.step == "commission" and state.lifecycle != "reserved" and not rules.unheard_of(state):
        scene.refuse("already-commissioned", item=mention.epc)
    if quantity is not None and quantity + total(state.balances) > LARGEST:
        scene.refuse("lot-too-large", item=mention.epc, asked=exact(quantity), unit=state.unit)
    elif quantity is not None:
        made = Balance(scene.organisation, scene.here, quantity=quantity)
        owner, unit = state.holder or scene.organisation, state.unit or mention.uom
        balances = put(state.balances, [made])
        active(scene, mention.epc, state, holder=owner, site=scene.here, unit=unit, balances=balances)


def active(scene: Scene, epc: str, state: State, **changes: Any) -> None:
    scene.record(epc, state, lifecycle="active", **changes)


def draw(
    scene: Scene, mention: Mention, state: State, site: str = ""
) -> tuple[tuple[Balance, ...], tuple[Balance, ...]] | None:
    """(what stays, what was taken) of the organisation's loose stock at `site`, else where it was scanned.

    Not strict, and more asked for than there is: the balance ends at nothing and the record is believed.
    """
    quantity = amount(scene, mention, state)
    if quantity is None:
        return None
    at = site or scene.here
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    rules.check_hold(scene, mention.epc, state)
    rest, taken = take(state.balances, lambda b: b.place == (scene.organisation, at, "", ""), quantity)
    missing = quantity - total(taken)
    if missing:
        _refuse_shortage(scene, mention, state, at, total(taken))
        taken = (*taken, Balance(scene.organisation, at, quantity=missing))
    return rest, taken


def _refuse_shortage(scene: Scene, mention: Mention, state: State, at: str, available: Decimal) -> None:
    epc, mine = mention.epc, scene.organisation
    own = [b for b in state.balances if b.holder == mine]
    loose = [b for b in own if not b.to and not b.container and b.site != at]
    values = {"item": epc, "asked": exact(mention.quantity), "available": exact(available)}
    values |= {"unit": state.unit, "site": at}
    if loose:
        places = ", ".join(b.site for b in loose)
        scene.refuse("not-enough/elsewhere", elsewhere=exact(total(loose)), places=places, **values)
    elif available:
        scene.refuse("not-enough", **values)
    elif any(b.to == mine for b in state.balances):
        scene.refuse("receive-first", item=epc)
    elif packed := [b.container for b in own if b.container]:
        scene.refuse("inside-container", item=epc, container=packed[0])
    elif away := [b.to for b in own if b.to]:
        scene.refuse(rules.away_key(scene), item=epc, to=away[0])
    elif state.holder == mine:
        scene.refuse("not-enough", **values)
    else:
        scene.refuse("not-yours/lot", item=epc)


def use(scene: Scene, mention: Mention, state: State) -> None:
    """Consume and assemble: the quantity is in something else from now on; the event says in what."""
    if drawn := draw(scene, mention, state):
        active(scene, mention.epc, state, balances=drawn[0], disposition=state.disposition)


def take_away(scene: Scene, mention: Mention, state: State) -> None:
    """Scrapped, taken as a sample or lost: so much less of it is there."""
    if drawn := draw(scene, mention, state):
        disposition = state.disposition if drawn[0] else STEPS[scene.step].disposition
        active(scene, mention.epc, state, balances=drawn[0], disposition=disposition)


def named_here(scene: Scene, epc: str, state: State) -> None:
    """A lot code is given where something is made or first received, never on the way (FSMA 204, 21 CFR 1.1320)."""
    if rules.unheard_of(state):
        scene.notice("lot-code", item=epc)


def leave(scene: Scene, mention: Mention, state: State) -> None:
    named_here(scene, mention.epc, state)
    drawn = draw(scene, mention, state)
    if drawn is None:
        return
    rest, taken = drawn
    to = rules.destination_of(scene, mention.epc, next((b.origin for b in taken if b.origin), ""))
    if not to:
        return
    sent = [replace(b, site="", to=to) for b in taken]
    active(scene, mention.epc, state, balances=put(rest, sent))


def receive(scene: Scene, mention: Mention, state: State) -> None:
    quantity = amount(scene, mention, state)
    if quantity is None:
        return
    epc, mine = mention.epc, scene.organisation
    named = rules.parties(scene.event.source_list)
    coming = [b for b in state.balances if b.to == mine and not b.container]
    senders = named or [b.holder for b in coming]
    rest, taken = take(state.balances, lambda b: b in coming and b.holder in senders, quantity)
    missing = quantity - total(taken)
    if missing:
        boxed = [b.container for b in state.balances if b.to == mine and b.container]
        if taken:
            values = {"asked": exact(quantity), "available": exact(total(taken)), "unit": state.unit}
            scene.refuse("not-enough/transit", item=epc, **values)
        elif boxed:
            scene.refuse("inside-container", item=epc, container=boxed[0])
        elif rules.unheard_of(state):
            pass  # made by others, and what others did with it is not on record here
        elif any(b.holder == mine and not b.to for b in state.balances):
            scene.refuse("already-received", item=epc)
        else:
            scene.refuse("not-shipped-to-you", item=epc)
        taken = (*taken, Balance(named[0] if named else "", quantity=missing))
    arrived = [Balance(mine, scene.here, origin=b.holder, quantity=b.quantity) for b in taken]
    active(scene, epc, state, site=scene.here, balances=put(rest, arrived))


def move(scene: Scene, mention: Mention, state: State) -> None:
    named_here(scene, mention.epc, state)
    target = scene.event.biz_location or scene.here
    drawn = draw(scene, mention, state, site=_moved_from(scene, mention.epc, state, target))
    if drawn is None:
        return
    rest, taken = drawn
    arrived = [replace(b, site=target) for b in taken]
    active(scene, mention.epc, state, site=target, balances=put(rest, arrived))


def _moved_from(scene: Scene, epc: str, state: State, target: str) -> str:
    """The site the lot leaves: the one named, else that of the scan, else the only other one that has it."""
    named = [value for kind, value in scene.event.source_list if kind == "location"]
    if named or target != scene.here:
        return named[0] if named else scene.here
    own = [b for b in state.balances if b.holder == scene.organisation and not b.to and not b.container]
    sites = [b.site for b in own if b.site != target]
    if len(sites) > 1:
        scene.refuse("move-from-where", item=epc, places=", ".join(sites))
    return sites[0] if sites else scene.here


def go_in(scene: Scene, mention: Mention, state: State) -> None:
    drawn = draw(scene, mention, state)
    if drawn is None:
        return
    rest, taken = drawn
    parent = scene.state(scene.event.parent_id)
    site = parent.site if parent and parent.site else scene.here
    packed = [replace(b, site=site, container=scene.event.parent_id) for b in taken]
    active(scene, mention.epc, state, balances=put(rest, packed))


def take_out(scene: Scene, mention: Mention, state: State) -> None:
    quantity = amount(scene, mention, state)
    if quantity is None:
        return
    epc, parent = mention.epc, scene.event.parent_id
    rest, taken = take(state.balances, lambda b: b.container == parent, quantity)
    missing = quantity - total(taken)
    if missing:
        values = {"item": epc, "container": parent, "asked": exact(quantity), "unit": state.unit}
        if taken:
            scene.refuse("not-enough/packed", available=exact(total(taken)), **values)
        else:
            scene.refuse("not-in-that-container", item=epc, container=parent)
        taken = (*taken, Balance(quantity=missing))
    was_inside = any(b.container == parent for b in state.balances)
    outer = scene.state(parent) if was_inside else None  # as for pieces: custody_items.come_out
    site = outer.site if outer and outer.site else scene.here
    came_from = outer.origin if outer else ""
    mine = scene.organisation
    freed = [Balance(mine, site, origin=came_from or b.origin, quantity=b.quantity) for b in taken]
    active(scene, epc, state, site=site, balances=put(rest, freed))


def inspect(scene: Scene, mention: Mention, state: State) -> None:
    """Of the lot as a whole: the quantity of the event only says how much was looked at."""
    if mention.quantity is not None and amount(scene, mention, state) is None:
        return
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    here = [b for b in state.balances if b.holder == scene.organisation and not b.to and not b.container]
    if not here:
        _refuse_shortage(scene, mention, state, scene.here, total(()))
    elif scene.here and scene.here not in {b.site for b in here}:
        scene.notice("elsewhere", item=mention.epc, site=here[0].site)
    scene.record(mention.epc, state, **rules.inspection_of(scene, mention.epc, state))


def hold(scene: Scene, mention: Mention, state: State) -> None:
    """Who minted a lot may hold it wherever it is now; everybody else only while having some of it."""
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    mine = scene.organisation
    if state.holder != mine and not any(b.holder == mine for b in state.balances):
        scene.refuse("not-yours/lot", item=mention.epc)
    scene.record(mention.epc, state, **rules.hold_of(scene, mention.epc, state))


def retire(scene: Scene, mention: Mention, state: State) -> None:
    """Of a lot that is used up: nothing more will come under its name."""
    if state.lifecycle == "reserved":
        scene.refuse("not-commissioned", item=mention.epc)
    _finish(scene, mention, state, "retired")


def void(scene: Scene, mention: Mention, state: State) -> None:
    _finish(scene, mention, state, "void")


def _finish(scene: Scene, mention: Mention, state: State, lifecycle: str) -> None:
    if state.holder and state.holder != scene.organisation:
        scene.refuse("not-yours", item=mention.epc, holder=state.holder)
    if state.balances:
        available = exact(total(state.balances))
        scene.refuse("lot-in-stock", item=mention.epc, available=available, unit=state.unit)
    scene.record(mention.epc, state, lifecycle=lifecycle)


LOT: dict[tuple[str, str], Rule] = {
    ("adopt", "object"): adopt_lot,
    ("commission", "object"): add,
    ("produce", "output"): add,
    ("receive", "object"): receive,
    ("inspect", "object"): inspect,
    ("consume", "input"): use,
    ("assemble", "child"): use,
    ("pack", "child"): go_in,
    ("unpack", "child"): take_out,
    ("move", "object"): move,
    ("ship", "object"): leave,
    ("return", "object"): leave,
    ("scrap", "object"): take_away,
    ("sample", "object"): take_away,
    ("loss", "object"): take_away,
    ("hold", "object"): hold,
    ("release", "object"): hold,
    ("void", "object"): void,
    ("retire", "object"): retire,
}
