"""Alerts in sentences: what was found, told with its numbers in the reader's language."""

from typing import Any

from app.domain import trouble
from app.errors import N_
from app.web.errors import sentence

FOUND = {
    trouble.TWO_PLACES: N_(
        "{kilometres} km apart within {hours} hours: nothing travels at {speed} km/h, so one of the two is a copy."
    ),
    trouble.AFTER_END: N_(
        "Seen {hours} hours after its end: a copy, or a piece that was taken out of the bin."
    ),
    trouble.UNKNOWN: N_(
        "Read {readings} times from {sources} sources, and never minted here: an invented number."
    ),
    trouble.FIRST_AGAIN: N_(
        "Again {hours} hours after the first time, and somewhere else: one of the two is a copy."
    ),
    trouble.COUNTRY: N_(
        "{share} per cent of {of} sightings of this product are from there: it may have been diverted."
    ),
    trouble.ENUMERATION: N_(
        "{names} identifiers that do not exist, all asked for from {network}: somebody is guessing."
    ),
}
KINDS = {"event": N_("Recorded"), "scan": N_("Refused scan"), "look-up": N_("Look-up")}
COLOURS = {"open": "red", "seen": "yellow", "closed": "secondary"}
ENDING_COLOURS = {"true": "red", "false": "secondary"}


def found(rule: str, evidence: dict[str, Any]) -> str:
    return sentence(FOUND[rule], evidence) if rule in FOUND else rule
