"""Events in the JSON form of EPCIS 2.0: our own written, read back and stored; those of others as values, with loss.

An entry of the log holds either one of our own steps or an envelope around an event as its sender wrote it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from app.domain.epcis import naming, terms
from app.domain.epcis.values import ErrorDeclaration, Event, Quantity
from app.errors import N_, Malformed

VERSION = 1  # of the canonical text; stored beside every entry so that a later form can live beside this one
CAPTURED = 2  # the version of an entry that holds an envelope
OURS = "suyuan:"
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": "https://suyuan.dev/ns/"},
]

_TEXT = (
    ("type", "type"),
    ("event_id", "eventID"),
    ("offset", "eventTimeZoneOffset"),
    ("action", "action"),
    ("biz_step", "bizStep"),
    ("disposition", "disposition"),
    ("parent_id", "parentID"),
    ("transformation_id", "transformationID"),
)
_PLACES = (("read_point", "readPoint"), ("biz_location", "bizLocation"))
_EPCS = (
    ("epc_list", "epcList"),
    ("child_epcs", "childEPCs"),
    ("input_epc_list", "inputEPCList"),
    ("output_epc_list", "outputEPCList"),
)
_QUANTITIES = (
    ("quantity_list", "quantityList"),
    ("child_quantity_list", "childQuantityList"),
    ("input_quantity_list", "inputQuantityList"),
    ("output_quantity_list", "outputQuantityList"),
)
EPC_FIELDS = tuple(name for name, _ in _EPCS)
QUANTITY_FIELDS = tuple(name for name, _ in _QUANTITIES)
_PAIRS = (
    ("biz_transaction_list", "bizTransactionList", "bizTransaction"),
    ("source_list", "sourceList", "source"),
    ("destination_list", "destinationList", "destination"),
)


def to_json(event: Event) -> dict[str, Any]:
    """The event as an EPCIS 2.0 JSON object (bare words for CBV terms, no @context)."""
    body: dict[str, Any] = {key: getattr(event, name) for name, key in _TEXT if getattr(event, name)}
    body["eventTime"] = time_text(event.event_time)
    body |= {key: {"id": getattr(event, name)} for name, key in _PLACES if getattr(event, name)}
    body |= {key: list(getattr(event, name)) for name, key in _EPCS if getattr(event, name)}
    for name, key in _QUANTITIES:
        if rows := getattr(event, name):
            body[key] = [
                {"epcClass": q.epc_class, "quantity": _number(q.quantity), "uom": q.uom} for q in rows
            ]
    for name, key, inner in _PAIRS:
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
        values: dict[str, Any] = {name: body[key] for name, key in _TEXT if key in body}
        values["event_time"] = time_of(body["eventTime"])
        values |= {name: body[key]["id"] for name, key in _PLACES if key in body}
        values |= {name: tuple(body[key]) for name, key in _EPCS if key in body}
        for name, key in _QUANTITIES:
            values[name] = tuple(
                Quantity(q["epcClass"], Decimal(str(q["quantity"])), q.get("uom", ""))
                for q in body.get(key, ())
            )
        for name, key, inner in _PAIRS:
            values[name] = tuple((pair.get("type", ""), pair[inner]) for pair in body.get(key, ()))
        values["ilmd"] = dict(body.get("ilmd", {}))
        if "errorDeclaration" in body:
            values["error_declaration"] = _declaration_of(body["errorDeclaration"])
        values["extensions"] = {key: value for key, value in body.items() if ":" in key}
        return Event(**values)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> Malformed:
    return Malformed(
        "not-an-event",
        N_("This is not an EPCIS event that can be read: {reason}."),
        N_("Check the field against EPCIS 2.0."),
        reason=f"{type(error).__name__} {error}",
    )


def canonical(event: Event) -> bytes:
    """The text that is stored and hashed: UTF-8 JSON, keys sorted, no spaces. Leaf input of the Merkle tree."""
    return orjson.dumps(to_json(event), option=orjson.OPT_SORT_KEYS)


def parse(text: bytes | str) -> Event:
    """The event of an entry of the log, of either kind; Malformed when it is neither."""
    body = orjson.loads(text)
    return event_of(body["event"], body) if "event" in body else from_json(body)


def event_of(body: Mapping[str, Any], envelope: Mapping[str, Any] | None = None) -> Event:
    """An event as somebody sent it, as a value: names canonical, words of the CBV bare; what has no field is left out.

    Of an envelope it takes the rest: the hash where no eventID was given, our names of the things, and every key of
    ours as an extension `suyuan:…`, which no sender can claim. A class without an amount is in the plain list.
    """
    envelope = envelope or {}
    names: Mapping[str, str] = envelope.get("names", {})
    try:
        values = _plain_fields(body, names)
        for plain, counted in zip(_EPCS, _QUANTITIES, strict=True):
            rows = body.get(counted[1], ())
            values[counted[0]] = tuple(_quantity(row, names) for row in rows if "quantity" in row)
            unknown = [_named(row["epcClass"], names) for row in rows if "quantity" not in row]
            values[plain[0]] = (*(_named(epc, names) for epc in body.get(plain[1], ())), *unknown)
        for name, key, inner in _PAIRS:
            values[name] = tuple(
                (terms.bare(inner, pair.get("type", "")), naming.canonical(pair[inner]))
                for pair in body.get(key, ())
            )
        if "errorDeclaration" in body:
            values["error_declaration"] = _declaration_of(
                body["errorDeclaration"], envelope.get("declares", "")
            )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise _unreadable(error) from error
    values["event_id"] = body.get("eventID") or envelope.get("hash", "")
    values["ilmd"] = dict(body.get("ilmd", {}))
    theirs = {key: value for key, value in body.items() if ":" in key and not key.startswith(OURS)}
    ours = {OURS + key: value for key, value in envelope.items() if key not in ("event", "hash", "declares")}
    return Event(**values, extensions=theirs | ours)


def _plain_fields(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: body[key] for name, key in _TEXT if key in body}
    values["event_time"] = time_of(body["eventTime"])
    values |= {name: _named(body[key]["id"], names) for name, key in _PLACES if key in body}
    for name, kind in (("biz_step", "bizStep"), ("disposition", "disposition")):
        if name in values:
            values[name] = terms.bare(kind, values[name])
    for name in ("parent_id", "transformation_id"):
        if name in values:
            values[name] = _named(values[name], names)
    return values


def _named(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or naming.canonical(name)


def _quantity(row: Mapping[str, Any], names: Mapping[str, str]) -> Quantity:
    return Quantity(_named(row["epcClass"], names), Decimal(str(row["quantity"])), row.get("uom", ""))


def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The moment in UTC; a leap second is the second after it, as clocks here count. ValueError or OverflowError."""
    if text[16:19] == ":60":
        return time_of(f"{text[:16]}:59{text[19:]}") + timedelta(seconds=1)
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment.astimezone(UTC)


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


def _declaration_of(body: Mapping[str, Any], of: str = "") -> ErrorDeclaration:
    return ErrorDeclaration(
        time_of(body["declarationTime"]),
        terms.bare("reason", body.get("reason", "")),
        of or body.get("suyuan:declares", ""),
        tuple(body.get("correctiveEventIDs", ())),
    )
