"""What holds of every transformation: nothing is made from itself, and what is only split, merged, repacked or reworked
does not become more."""

from app.domain.custody_rules import Scene
from app.domain.epcis import Mention, mentions
from app.domain.places import NOTHING, State, exact
from app.domain.steps import LOT_TO_LOT


def check_transformed(scene: Scene, mention: Mention, state: State) -> bool:
    """False (after a refusal) for a thing that cannot be this input or output."""
    step = scene.event.extension("step")
    other_side = "input" if mention.role == "output" else "output"
    if any(m.epc == mention.epc for m in mentions(scene.event) if m.role == other_side):
        scene.refuse("into-itself", item=mention.epc)
        return False
    if state.level != "lot" and step in LOT_TO_LOT:
        scene.refuse("wrong-level", item=mention.epc, level=state.level, step=step)
        return False
    if (
        step in LOT_TO_LOT and mention.role == "output" and state.held
    ):  # what is stopped is not mixed with what is not
        scene.refuse("held", item=mention.epc, reason=state.held)
    return True


def check_conserved(scene: Scene) -> None:
    """Where the lots are counted in different units, nothing can be said here."""
    sums = {"input": NOTHING, "output": NOTHING}
    units: set[str] = set()
    first = ""
    for mention in mentions(scene.event):
        state = scene.state(mention.epc)
        if mention.quantity is None or state is None or mention.role not in sums:
            return
        sums[mention.role] += mention.quantity
        units.add(state.unit or mention.uom)
        first = mention.epc if mention.role == "output" and not first else first
    if len(units) == 1 and sums["output"] > sums["input"] > 0:
        amounts = {"out": exact(sums["output"]), "into": exact(sums["input"]), "unit": units.pop()}
        scene.refuse("more-out-than-in", item=first, **amounts)
