"""Our own events in the JSON form of EPCIS 2.0: written, read back and stored. What others sent is `captured`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from app.domain.epcis import terms
from app.domain.epcis.values import ErrorDeclaration, Event, Quantity
from app.errors import N_, Malformed

VERSION = 1  # of the canonical text; stored beside every entry so that another form can live beside this one
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": "https://suyuan.dev/ns/"},
]

TEXTS = (
    ("type", "type"),
    ("event_id", "eventID"),
    ("offset", "eventTimeZoneOffset"),
    ("action", "action"),
    ("biz_step", "bizStep"),
    ("disposition", "disposition"),
    ("parent_id", "parentID"),
    ("transformation_id", "transformationID"),
)
PLACES = (("read_point", "readPoint"), ("biz_location", "bizLocation"))
EPCS = (
    ("epc_list", "epcList"),
    ("child_epcs", "childEPCs"),
    ("input_epc_list", "inputEPCList"),
    ("output_epc_list", "outputEPCList"),
)
QUANTITIES = (
    ("quantity_list", "quantityList"),
    ("child_quantity_list", "childQuantityList"),
    ("input_quantity_list", "inputQuantityList"),
    ("output_quantity_list", "outputQuantityList"),
)
EPC_FIELDS = tuple(name for name, _ in EPCS)
QUANTITY_FIELDS = tuple(name for name, _ in QUANTITIES)
PAIRS = (
    ("biz_transaction_list", "bizTransactionList", "bizTransaction"),
    ("source_list", "sourceList", "source"),
    ("destination_list", "destinationList", "destination"),
)


def to_json(event: Event) -> dict[str, Any]:
    """The event as an EPCIS 2.0 JSON object (bare words for CBV terms, no @context)."""
    body: dict[str, Any] = {key: getattr(event, name) for name, key in TEXTS if getattr(event, name)}
    body["eventTime"] = time_text(event.event_time)
    body |= {key: {"id": getattr(event, name)} for name, key in PLACES if getattr(event, name)}
    body |= {key: list(getattr(event, name)) for name, key in EPCS if getattr(event, name)}
    for name, key in QUANTITIES:
        if rows := getattr(event, name):
            body[key] = [
                {"epcClass": q.epc_class, "quantity": _number(q.quantity), "uom": q.uom} for q in rows
            ]
    for name, key, inner in PAIRS:
        if pairs := getattr(event, name):
            body[key] = [{"type": kind, inner: value} for kind, value in pairs]
    if event.ilmd:
        body["ilmd"] = dict(event.ilmd)
    if event.error_declaration:
        body["errorDeclaration"] = _declaration_json(event.error_declaration)
    if event.type == "ObjectEvent" and not (event.epc_list or event.quantity_list):
        body["epcList"] = []
    return body | dict(event.extensions)


def from_json(body: Mapping[str, Any]) -> Event:
    """The inverse of `to_json`; raises Malformed naming the field that cannot be read."""
    try:
        values: dict[str, Any] = {name: body[key] for name, key in TEXTS if key in body}
        values["event_time"] = time_of(body["eventTime"])
        values |= {name: body[key]["id"] for name, key in PLACES if key in body}
        values |= {name: tuple(body[key]) for name, key in EPCS if key in body}
        for name, key in QUANTITIES:
            values[name] = tuple(
                Quantity(q["epcClass"], Decimal(str(q["quantity"])), q.get("uom", ""))
                for q in body.get(key, ())
            )
        for name, key, inner in PAIRS:
            values[name] = tuple((pair.get("type", ""), pair[inner]) for pair in body.get(key, ()))
        values["ilmd"] = dict(body.get("ilmd", {}))
        if "errorDeclaration" in body:
            values["error_declaration"] = declaration_of(body["errorDeclaration"])
        values["extensions"] = {key: value for key, value in body.items() if ":" in key}
        return Event(**values)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> Malformed:
    return Malformed(
        "not-an-event",
        N_("This is not an EPCIS event that can be read: {reason}."),
        N_("Check the field against EPCIS 2.0."),
        reason=f"{type(error).__name__} {error}",
    )


def canonical(event: Event) -> bytes:
    """The text that is stored and hashed: UTF-8 JSON, keys sorted, no spaces. Leaf input of the Merkle tree."""
    return orjson.dumps(to_json(event), option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=1_024)
def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The moment in UTC; a leap second is the second after it, as clocks here count. ValueError or OverflowError."""
    return _remembered(text) if len(text) <= 40 else _time_of(text)


def _time_of(text: str) -> datetime:
    if text[16:19] == ":60":
        return _time_of(f"{text[:16]}:59{text[19:]}") + timedelta(seconds=1)
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment.astimezone(UTC)


_remembered = lru_cache(maxsize=1024)(
    _time_of
)  # an event is judged, hashed, indexed and shown: its time is read each time


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _declaration_json(declaration: ErrorDeclaration) -> dict[str, Any]:
    body: dict[str, Any] = {
        "declarationTime": time_text(declaration.declaration_time),
        "reason": declaration.reason,
    }
    if declaration.corrective_event_ids:
        body["correctiveEventIDs"] = list(declaration.corrective_event_ids)
    return body | ({"suyuan:declares": declaration.of} if declaration.of else {})


def declaration_of(body: Mapping[str, Any], of: str = "") -> ErrorDeclaration:
    return ErrorDeclaration(
        time_of(body["declarationTime"]),
        terms.bare("reason", body.get("reason", "")),
        of or body.get("suyuan:declares", ""),
        tuple(body.get("correctiveEventIDs", ())),
    )
