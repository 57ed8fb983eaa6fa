"""What it does to a thing that somebody saw it and told no more: where it is, and nothing about whose it is."""

from app.domain.custody_rules import Scene
from app.domain.epcis import mentions


def observe(scene: Scene) -> None:
    """Believed of what the observer has in hand. What others have, what is packed, on its way or gone stays as it
    was: to have seen something takes it from nobody."""
    for mention in mentions(scene.event):
        state = scene.state(mention.epc)
        if state is None or mention.epc in scene.apart or state.level not in {"serial", "logistic"}:
            continue
        in_hand = state.holder == scene.organisation and not state.to and not state.container
        if in_hand and state.lifecycle == "active" and scene.here:
            scene.record(mention.epc, state, site=scene.here)
            scene.carry(mention.epc)
