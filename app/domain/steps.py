"""The steps of the shop floor and the EPCIS event each one becomes (CBV 2.0 business steps and dispositions)."""

from dataclasses import dataclass

from app.errors import N_, Malformed


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step. `role` is what a scanned thing is in the event: object, child, input or output."""

    name: str
    title: str
    event_type: str
    action: str
    biz_step: str
    disposition: str
    role: str = "object"
    scannable: bool = True


OBSERVE = "observe"  # of a captured event that records none of these steps
_ALL = (
    Step("mint", N_("Mint"), "ObjectEvent", "OBSERVE", "reserving", "reserved", scannable=False),
    Step("claim", N_("Assign"), "ObjectEvent", "OBSERVE", "reserving", "reserved", scannable=False),
    Step("adopt", N_("Announced"), "ObjectEvent", "OBSERVE", "accepting", "in_transit", scannable=False),
    Step("commission", N_("Commission"), "ObjectEvent", "ADD", "commissioning", "active"),
    Step("receive", N_("Receive"), "ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Step("inspect", N_("Inspect"), "ObjectEvent", "OBSERVE", "inspecting", "conformant"),
    Step("consume", N_("Consume"), "TransformationEvent", "", "commissioning", "", role="input"),
    Step("produce", N_("Produce"), "TransformationEvent", "", "commissioning", "active", role="output"),
    Step("assemble", N_("Assemble"), "AssociationEvent", "ADD", "assembling", "in_progress", role="child"),
    Step("pack", N_("Pack"), "AggregationEvent", "ADD", "packing", "in_progress", role="child"),
    Step("unpack", N_("Unpack"), "AggregationEvent", "DELETE", "unpacking", "in_progress", role="child"),
    Step("move", N_("Move"), "ObjectEvent", "OBSERVE", "storing", "in_progress"),
    Step("ship", N_("Ship"), "ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Step("return", N_("Return"), "ObjectEvent", "OBSERVE", "shipping", "returned"),
    Step("scrap", N_("Scrap"), "ObjectEvent", "DELETE", "destroying", "destroyed"),
    Step("sample", N_("Take a sample"), "ObjectEvent", "DELETE", "sampling", "inactive"),
    Step("loss", N_("Report a loss"), "ObjectEvent", "DELETE", "cycle_counting", "unknown"),
    Step("repair", N_("Repair"), "ObjectEvent", "OBSERVE", "repairing", "in_progress"),
    Step("split", N_("Split"), "TransformationEvent", "", "repackaging", "active", role="output"),
    Step("merge", N_("Merge"), "TransformationEvent", "", "repackaging", "active", role="input"),
    Step("repack", N_("Repack"), "TransformationEvent", "", "repackaging", "active", role="output"),
    Step("rework", N_("Rework"), "TransformationEvent", "", "repairing", "active", role="input"),
    Step("hold", N_("Hold"), "ObjectEvent", "OBSERVE", "holding", "unavailable", scannable=False),
    Step("release", N_("Release"), "ObjectEvent", "OBSERVE", "holding", "available", scannable=False),
    Step(OBSERVE, N_("Observed"), "ObjectEvent", "OBSERVE", "", "", scannable=False),
    Step("void", N_("Void"), "ObjectEvent", "DELETE", "decommissioning", "inactive", scannable=False),
    Step("retire", N_("Retire"), "ObjectEvent", "DELETE", "decommissioning", "inactive", scannable=False),
)
STEPS: dict[str, Step] = {step.name: step for step in _ALL}
SCANNABLE = tuple(step.name for step in _ALL if step.scannable)
LOT_TO_LOT = frozenset({"split", "merge", "repack", "rework"})  # as much comes out of these as went in
INSPECTION_RESULTS = {"pass": "conformant", "fail": "non_conformant", "hold": "unavailable"}


_OURS_ALONE = {"sample", "loss", "repair"}  # others may mean less by these words: nothing need be gone


def step_of(name: str) -> Step:
    """The step of that name; Malformed when there is none."""
    if name not in STEPS:
        raise Malformed(
            "unknown-step",
            N_("There is no step '{step}'."),
            N_("Known steps: {known}."),
            step=name,
            known=", ".join(SCANNABLE),
        )
    return STEPS[name]


def step_of_event(biz_step: str, disposition: str, event_type: str, has_output: bool = False) -> str:
    """The step an event records, '' when it is none of ours (an event captured from elsewhere)."""
    if event_type == "TransformationEvent":
        return "produce" if has_output else "consume"
    if biz_step == "inspecting":
        return "inspect"
    for step in _ALL:
        if (
            biz_step
            and step.name not in _OURS_ALONE
            and (step.event_type, step.biz_step) == (event_type, biz_step)
            and (biz_step not in {"shipping", "holding"} or step.disposition == disposition)
        ):
            return step.name
    return "ship" if biz_step == "shipping" else ""
