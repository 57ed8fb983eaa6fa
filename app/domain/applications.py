"""The life of an application for a zone and of a zone: which step leads from which state to which."""

from dataclasses import dataclass

from app.errors import N_, Malformed, Refused

KINDS = {
    "join": N_("A new zone"),
    "share": N_("One more node for a zone"),
    "move": N_("Another address"),
    "rotate": N_("Another key"),
    "leave": N_("The end of the zone"),
}
STATES = {
    "submitted": (N_("Waiting for review"), "azure"),
    "in-review": (N_("In review"), "indigo"),
    "returned": (N_("Sent back for correction"), "yellow"),
    "approved": (N_("Approved"), "teal"),
    "refused": (N_("Refused"), "red"),
    "withdrawn": (N_("Withdrawn"), "dark"),
    "ended": (N_("Ended"), "dark"),
}
ZONE_STATES = {
    "active": (N_("Active"), "teal"),
    "suspended": (N_("Suspended"), "orange"),
    "left": (N_("Left"), "dark"),
}
OPEN = frozenset({"submitted", "in-review", "returned"})
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """`before` are the states it leads from; `after` the one it leads to ('' for a step that changes none)."""

    title: str
    before: frozenset[str] = frozenset()
    after: str = ""
    reasoned: bool = False


def _step(title: str, before: str = "", after: str = "", *, reasoned: bool = False) -> Step:
    return Step(title, frozenset(before.split()), after, reasoned)


STEPS: dict[str, Step] = {
    "apply": _step(N_("Applied"), "", "submitted"),
    "attach": _step(N_("Attached a document"), "submitted returned"),
    "correct": _step(N_("Corrected the application"), "submitted returned", "submitted"),
    "withdraw": _step(N_("Withdrew the application"), "submitted in-review returned", "withdrawn"),
    "take": _step(N_("Took it up for review"), "submitted", "in-review"),
    "check": _step(N_("Asked its node"), "submitted in-review"),
    "return": _step(N_("Sent it back for correction"), "submitted in-review", "returned", reasoned=True),
    "refuse": _step(N_("Refused"), "submitted in-review", "refused", reasoned=True),
    "approve": _step(N_("Approved"), "submitted in-review", "approved"),
    "end": _step(N_("Ended"), "approved", "ended"),
}
ZONE_STEPS: dict[str, Step] = {
    "delegate": _step(N_("Handed out the zone"), "left", "active"),
    "share": _step(N_("Added a node"), "active suspended"),
    "move": _step(N_("Changed the address"), "active suspended"),
    "rotate": _step(N_("Changed the key"), "active suspended"),
    "part": _step(N_("Took a node out"), "active suspended"),
    "renew": _step(N_("Renewed the statement"), "active suspended"),
    "suspend": _step(N_("Suspended"), "active", "suspended", reasoned=True),
    "resume": _step(N_("Resumed"), "suspended", "active"),
    "leave": _step(N_("Left"), "active suspended", "left"),
    "revoke": _step(N_("Taken back"), "active suspended", "left", reasoned=True),
}


def moved(steps: dict[str, Step], step: str, state: str) -> str:
    """The state that the step leads to from this one; Refused `not-in-this-state` where it cannot be made."""
    rule = steps[step]
    if state not in rule.before:
        raise Refused(
            "not-in-this-state",
            N_("This cannot be done now: it is “{reason}”."),
            N_("Reload the page; somebody may have been faster."),
            reason=state_name(state),
        )
    return rule.after or state


def state_name(state: str) -> str:
    return (STATES | ZONE_STATES).get(state, (state, ""))[0]


def reason(text: str, *, needed: bool) -> str:
    """Tidied; Malformed `reason-missing` or `field-too-long`."""
    tidy = " ".join(text.split())
    if needed and not tidy:
        raise Malformed(
            "reason-missing",
            N_("Whoever is told of this needs a reason."),
            N_("Write in a sentence or two what is wrong and what would help."),
            field="reason",
        )
    if len(tidy) > LONGEST_REASON:
        raise Malformed(
            "field-too-long",
            N_("What stands in this field has {length} characters."),
            N_("Use at most {most}."),
            length=len(tidy),
            most=LONGEST_REASON,
            field="reason",
        )
    return tidy
