"""Labels that were printed before anybody knew for what, and the step that says it: the rules for a blank."""

from app.domain.custody_items import void
from app.domain.custody_rules import Rule, Scene
from app.domain.epcis import Mention
from app.domain.places import State

CLAIM = ("claim", "object")


def claim(scene: Scene, mention: Mention, state: State) -> None:
    """Of a blank. It stays reserved: to be somewhere it has to be commissioned, like whatever is minted."""
    if state.holder != scene.organisation:
        scene.refuse("not-yours", item=mention.epc, holder=state.holder)
    scene.record(mention.epc, state, disposition=state.disposition)


def claimed(scene: Scene, mention: Mention, state: State) -> None:
    """Of what has become something: never twice. In a history that is played again it is the claim that made it so."""
    if scene.strict:
        scene.refuse("already-claimed", item=mention.epc)
    scene.record(mention.epc, state, disposition=state.disposition)


BLANK: dict[tuple[str, str], Rule] = {CLAIM: claim, ("void", "object"): void}
