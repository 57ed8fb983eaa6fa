"""Alerts in sentences: what was found, told with its numbers in the reader's language."""

from datetime import timedelta
from typing import Any

from flask_babel import format_timedelta

from app.domain import trouble
from app.errors import N_
from app.web.errors import sentence

FOUND = {
    trouble.TWO_PLACES: N_(
        "{kilometres} km apart within {gap}: nothing travels at {speed} km/h, so one of the two is a copy."
    ),
    trouble.AFTER_END: N_("Seen {gap} after its end: a copy, or a piece that was taken out of the bin."),
    trouble.UNKNOWN: N_("Never minted here, an invented number: readings {readings}, sources {sources}."),
    trouble.FIRST_AGAIN: N_(
        "Again {gap} after the first time, and somewhere else: one of the two is a copy."
    ),
    trouble.COUNTRY: N_(
        "{share} per cent of {of} sightings of this product are from there: it may have been diverted."
    ),
    trouble.ENUMERATION: N_(
        "{names} identifiers that do not exist, all asked for from {network}: somebody is guessing."
    ),
}
KINDS = {
    "event": N_("Recorded"),
    "scan": N_("Refused scan"),
    "look-up": N_("Look-up"),
    "capture": N_("Refused capture"),
}
COLOURS = {"open": "red", "seen": "yellow", "closed": "secondary"}
ENDING_COLOURS = {"true": "red", "false": "secondary"}


def found(rule: str, evidence: dict[str, Any]) -> str:
    if rule not in FOUND:
        return rule
    gap = format_timedelta(timedelta(hours=evidence.get("hours", 0)), threshold=1.5)
    return sentence(FOUND[rule], evidence | {"gap": gap})
