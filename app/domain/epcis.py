"""EPCIS 2.0 events as values, and their JSON form. The only module where the standard's camelCase appears.

Times are aware UTC; quantities are Decimal with a UN/ECE Rec 20 unit. What the standard has no field for goes into
`extensions` and `ilmd` under the `suyuan:` namespace and survives every round trip.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from app.errors import N_, Malformed

VERSION = 1  # of the canonical text; stored beside every entry so that a later form can live beside this one
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": "https://suyuan.dev/ns/"},
]
TYPES = ("ObjectEvent", "AggregationEvent", "AssociationEvent", "TransformationEvent", "TransactionEvent")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of a class-level thing (a lot): quantityElement, EPCIS 2.0 §7.3.3.3."""

    epc_class: str
    quantity: Decimal
    uom: str


@dataclass(frozen=True, slots=True)
class ErrorDeclaration:
    """EPCIS 2.0 §7.4.1.3: the event that carries it says that the event with `of` was wrong."""

    declaration_time: datetime
    reason: str
    of: str = ""
    corrective_event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One EPCIS event. Pairs in the lists of parties and transactions are (type, value)."""

    type: str
    event_time: datetime
    event_id: str = ""
    offset: str = "+00:00"
    action: str = ""
    biz_step: str = ""
    disposition: str = ""
    read_point: str = ""
    biz_location: str = ""
    epc_list: tuple[str, ...] = ()
    quantity_list: tuple[Quantity, ...] = ()
    parent_id: str = ""
    child_epcs: tuple[str, ...] = ()
    child_quantity_list: tuple[Quantity, ...] = ()
    input_epc_list: tuple[str, ...] = ()
    input_quantity_list: tuple[Quantity, ...] = ()
    output_epc_list: tuple[str, ...] = ()
    output_quantity_list: tuple[Quantity, ...] = ()
    transformation_id: str = ""
    biz_transaction_list: tuple[tuple[str, str], ...] = ()
    source_list: tuple[tuple[str, str], ...] = ()
    destination_list: tuple[tuple[str, str], ...] = ()
    ilmd: Mapping[str, Any] = field(default_factory=dict)
    error_declaration: ErrorDeclaration | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def extension(self, name: str) -> Any:
        return self.extensions.get(f"suyuan:{name}", "")


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing named in an event: role is object, parent, child, input or output; quantity is None for serials."""

    epc: str
    role: str
    quantity: Decimal | None = None
    uom: str = ""


_LISTS = (
    ("object", "epc_list", "quantity_list"),
    ("child", "child_epcs", "child_quantity_list"),
    ("input", "input_epc_list", "input_quantity_list"),
    ("output", "output_epc_list", "output_quantity_list"),
)


def mentions(event: Event) -> list[Mention]:
    """Every thing the event names, once per role, in the order of the event; the parent first."""
    found = [Mention(event.parent_id, "parent")] if event.parent_id else []
    for role, plain, counted in _LISTS:
        found += [Mention(epc, role) for epc in getattr(event, plain)]
        found += [Mention(q.epc_class, role, q.quantity, q.uom) for q in getattr(event, counted)]
    return found


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
        raise Malformed(
            "not-an-event",
            N_("This is not an EPCIS event that can be read: {reason}."),
            N_("Check the field against EPCIS 2.0."),
            reason=f"{type(error).__name__} {error}",
        ) from error


def canonical(event: Event) -> bytes:
    """The text that is stored and hashed: UTF-8 JSON, keys sorted, no spaces. Leaf input of the Merkle tree."""
    return orjson.dumps(to_json(event), option=orjson.OPT_SORT_KEYS)


def parse(text: bytes | str) -> Event:
    return from_json(orjson.loads(text))


def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
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


def _declaration_of(body: Mapping[str, Any]) -> ErrorDeclaration:
    return ErrorDeclaration(
        time_of(body["declarationTime"]),
        body.get("reason", ""),
        body.get("suyuan:declares", ""),
        tuple(body.get("correctiveEventIDs", ())),
    )
