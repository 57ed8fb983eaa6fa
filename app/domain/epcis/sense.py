"""What the schema of EPCIS cannot say: times that can be, places and parents that are there, amounts, units."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.epcis import forms, schema, unit_codes
from app.domain.epcis.faults import Fault
from app.errors import N_

CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # before it, a device without a clock was switched on
MOST = 10**15  # pieces, or whatever the unit; more is a slip of the finger, and beyond what a float can count
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_TIMES = ("eventTime", "recordTime")


def faults(event: Mapping[str, Any], now: datetime | None) -> list[Fault]:
    """What makes no sense in an event that the schema accepts."""
    return [*_times(event, now), *_parents(event), *_quantities(event), *_dispositions(event)]


def oddities(event: Mapping[str, Any]) -> list[Fault]:
    """What a careful sender would have said, or said otherwise."""
    return list(_missing(event))


def _times(event: Mapping[str, Any], now: datetime | None) -> Iterator[Fault]:
    for field in _TIMES:
        if field in event:
            yield from _time(f"/{field}", event[field], now)
    declaration = event.get("errorDeclaration")
    if declaration:
        yield from _time("/errorDeclaration/declarationTime", declaration["declarationTime"], now)


def _time(path: str, text: str, now: datetime | None) -> Iterator[Fault]:
    values = {"value": text}
    try:
        moment = forms.time_of(text)
    except (ValueError, OverflowError):
        yield Fault(path, "bad-time", N_("“{value}” is no moment that there was."), "", values)
        return
    if moment < EARLIEST:
        hint = N_("The clock of the device is not set; give the time at which it happened.")
        yield Fault(path, "time-too-early", N_("“{value}” is too long ago."), hint, values)
    elif now is not None and moment > now + CLOCK_SKEW:
        hint = N_("Check the clock and the offset; an event is recorded when it has happened.")
        yield Fault(path, "time-in-future", N_("“{value}” has not come yet."), hint, values)


def _parents(event: Mapping[str, Any]) -> Iterator[Fault]:
    if event["type"] != "AggregationEvent":
        return
    parent = event.get("parentID")
    if parent is None and event["action"] != "OBSERVE":
        yield Fault(
            "/parentID",
            "missing-field",
            N_("“{field}” is missing: what are the things packed into, or unpacked from?"),
            values={"field": "parentID"},
        )
    elif parent is not None and parent in event.get("childEPCs", ()):
        yield Fault(
            "/childEPCs", "parent-in-itself", N_("“{value}” is packed into itself."), "", {"value": parent}
        )


def _quantities(event: Mapping[str, Any]) -> Iterator[Fault]:
    for name in QUANTITIES:
        for place, element in enumerate(event.get(name, ())):
            quantity, unit = element.get("quantity"), element.get("uom")
            if quantity is not None and not 0 < quantity < MOST:  # also of what is no finite number
                yield _amount(f"/{name}/{place}/quantity", quantity)
            if unit is not None and unit not in unit_codes.known():
                yield _unit(f"/{name}/{place}/uom", unit)


def _amount(path: str, quantity: float) -> Fault:
    hint = N_("Give an amount above zero and below {most}, or none where it is not known.")
    values = {"value": str(quantity), "most": f"{MOST:,}"}
    return Fault(path, "bad-quantity", N_("An amount of {value} cannot be."), hint, values)


def _unit(path: str, unit: str) -> Fault:
    hint = N_("Kilograms are KGM, litres LTR, metres MTR, pieces C62; leave it out for pieces.")
    message = N_("“{value}” is no unit of UN/ECE Recommendation 20.")
    return Fault(path, "unknown-unit", message, hint, {"value": unit})


def _dispositions(event: Mapping[str, Any]) -> list[Fault]:
    """Of aggregations, associations and transactions the official schema admits the field and says nothing of it."""
    return schema.lasting_faults(event["persistentDisposition"]) if "persistentDisposition" in event else []


def _missing(event: Mapping[str, Any]) -> Iterator[Fault]:
    if "readPoint" not in event and "bizLocation" not in event:
        yield Fault(
            "", "no-place", N_("The event says neither where it was seen nor where its things are now.")
        )
    if "bizStep" not in event:
        yield Fault("", "no-step", N_("The event does not say what step of business it was."))
