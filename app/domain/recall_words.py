"""The words of a recall: its kinds of suspects, directions, roles and states, and what can follow on each."""

from app.errors import N_

KINDS: dict[str, str] = {
    "thing": N_("Lot, serial or container"),
    "supplier": N_("Supplier"),
    "window": N_("All made in a time window"),
    "machine": N_("Machine or read point"),
    "place": N_("Place"),
}

DIRECTIONS: dict[str, str] = {
    "forward": N_("Forward: where it went"),
    "backward": N_("Backward: where it came from"),
    "both": N_("Both ways"),
}

ROLES: dict[str, str] = {
    "suspect": N_("Suspect"),
    "downstream": N_("Made with it or holds it"),
    "upstream": N_("Went into it"),
    "shared": N_("Container it was in"),
    "withdrawn": N_("Tied to it by a withdrawn record only"),
}

STATES: dict[str, tuple[str, str]] = {
    "tracing": (N_("Being traced"), "azure"),
    "open": (N_("Under way"), "red"),
    "closed": (N_("Closed"), "green"),
    "cancelled": (N_("Cancelled"), "secondary"),
}

NOTICE_STATES: dict[str, tuple[str, str]] = {
    "open": (N_("To be notified"), "secondary"),
    "notified": (N_("Notified"), "azure"),
    "responded": (N_("Responded"), "indigo"),
    "returned": (N_("Returned"), "green"),
    "silent": (N_("No response"), "red"),
}

METHODS: dict[str, str] = {
    "phone": N_("Phone"),
    "e-mail": N_("E-mail"),
    "letter": N_("Letter"),
    "visit": N_("Visit"),
    "portal": N_("Portal"),
}

# From each state, what can follow. Who was late may still answer; what came back stays back.
NOTICE_STEPS: dict[str, tuple[str, ...]] = {
    "open": ("notified",),
    "notified": ("notified", "responded", "returned", "silent"),
    "silent": ("notified", "responded", "returned"),
    "responded": ("responded", "returned"),
    "returned": ("returned",),
}

TRAIL: dict[str, str] = {
    "started": N_("Started"),
    "traced": N_("Traced what is affected"),
    "held": N_("Put on hold"),
    "released": N_("Released"),
    "asked": N_("Asked partners"),
    "notified": N_("Changed a notice"),
    "counted": N_("Counted what was found"),
    "finished": N_("Finished the exercise"),
    "signed": N_("Signed"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
}
