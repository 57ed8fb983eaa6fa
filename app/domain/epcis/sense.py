"""What the schema of EPCIS cannot say: times that can be, places and parents that are there, amounts, units."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.epcis import forms, schema, unit_codes
from app.domain.epcis.faults import Fault
from app.domain.epcis.values import TYPES
from app.errors import N_

CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # before it, a device without a clock was switched on
MOST = 10**15  # pieces, or whatever the unit; more is a slip of the finger, and beyond what a float can count
MOST_LEVELS = 64
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_TIMES = ("eventTime", "recordTime")
_NESTED = {dict, list}
_PLACES = ("readPoint", "bizLocation")
# what the schema holds to a depth of its own
_FLAT = {
    "epcList",
    "childEPCs",
    "inputEPCList",
    "outputEPCList",
    "bizTransactionList",
    "sourceList",
    "destinationList",
}


def faults(event: Mapping[str, Any], now: datetime | None) -> Sequence[Fault]:
    """What makes no sense in an event that the schema accepts."""
    found: list[Fault] = []
    for field in _TIMES:
        if field in event:
            found += _time(f"/{field}", event[field], now)
    if "errorDeclaration" in event:
        found += _time("/errorDeclaration/declarationTime", event["errorDeclaration"]["declarationTime"], now)
    if event["type"] not in TYPES:
        if borrowed := schema.borrowed_faults(event):
            return found + borrowed
    elif "persistentDisposition" in event:
        # of most types of event the official schema admits the field and says nothing of its form
        found += schema.lasting_faults(event["persistentDisposition"])
    found += _nested(event)
    return found + _parents(event) if event["type"] == "AggregationEvent" else found


def _nested(event: Mapping[str, Any]) -> list[Fault]:
    found: list[Fault] = []
    for name, value in event.items():
        if type(value) not in _NESTED or name in _FLAT or (name in _PLACES and len(value) == 1):
            continue
        if name in _QUANTITIES:
            found += _quantities(name, value)
        elif deeper_than(value, MOST_LEVELS):
            found.append(_too_deep(f"/{name}"))
    return found


def oddities(event: Mapping[str, Any]) -> list[Fault]:
    """What a careful sender would have said, or said otherwise."""
    return list(_missing(event))


def _time(path: str, text: str, now: datetime | None) -> Sequence[Fault]:
    try:
        moment = forms.time_of(text)
    except (ValueError, OverflowError):
        return (Fault(path, "bad-time", N_("“{value}” is no moment that there was."), "", {"value": text}),)
    if moment < EARLIEST:
        hint = N_("The clock of the device is not set; give the time at which it happened.")
        return (Fault(path, "time-too-early", N_("“{value}” is too long ago."), hint, {"value": text}),)
    if now is not None and moment > now + CLOCK_SKEW:
        hint = N_("Check the clock and the offset; an event is recorded when it has happened.")
        return (Fault(path, "time-in-future", N_("“{value}” has not come yet."), hint, {"value": text}),)
    return ()


def _parents(event: Mapping[str, Any]) -> list[Fault]:
    parent = event.get("parentID")
    if parent is None and event["action"] != "OBSERVE":
        message = N_("“{field}” is missing: what are the things packed into, or unpacked from?")
        return [Fault("/parentID", "missing-field", message, "", {"field": "parentID"})]
    if parent is not None and parent in event.get("childEPCs", ()):
        message = N_("“{value}” is packed into itself.")
        return [Fault("/childEPCs", "parent-in-itself", message, "", {"value": parent})]
    return []


def _quantities(name: str, elements: list[Mapping[str, Any]]) -> list[Fault]:
    found: list[Fault] = []
    for place, element in enumerate(elements):
        quantity, unit = element.get("quantity"), element.get("uom")
        if quantity is not None and not 0 < quantity < MOST:  # also of what is no finite number
            found.append(_amount(f"/{name}/{place}/quantity", quantity))
        if unit is not None and unit not in unit_codes.known():
            found.append(_unit(f"/{name}/{place}/uom", unit))
    return found


def _amount(path: str, quantity: float) -> Fault:
    hint = N_("Give an amount above zero and below {most}, or none where it is not known.")
    values = {"value": str(quantity), "most": f"{MOST:,}"}
    return Fault(path, "bad-quantity", N_("An amount of {value} cannot be."), hint, values)


def _unit(path: str, unit: str) -> Fault:
    hint = N_("Kilograms are KGM, litres LTR, metres MTR, pieces C62; leave it out for pieces.")
    message = N_("“{value}” is no unit of UN/ECE Recommendation 20.")
    return Fault(path, "unknown-unit", message, hint, {"value": unit})


def _too_deep(path: str) -> Fault:
    message = N_("Fields are nested more than {most} levels deep.")
    return Fault(path, "nested-too-deep", message, "", {"most": MOST_LEVELS})


def _missing(event: Mapping[str, Any]) -> Iterator[Fault]:
    if "readPoint" not in event and "bizLocation" not in event:
        yield Fault(
            "", "no-place", N_("The event says neither where it was seen nor where its things are now.")
        )
    if "bizStep" not in event:
        yield Fault("", "no-step", N_("The event does not say what step of business it was."))


def deeper_than(body: Any, most: int) -> bool:
    """Whether lists and objects lie in each other more than `most` levels deep; walks breadth first, never recurses."""
    level = [body]
    for _ in range(most + 1):
        inner = [value.values() if type(value) is dict else value for value in level]
        level = [value for values in inner for value in values if type(value) in _NESTED]
        if not level:
            return False
    return True
