"""What a partner's node tells of things: the parts of a report, on their way between two nodes.

The reading side believes no company about another one's log, and takes no more than fits (see told).
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.domain import told, zones
from app.domain.masterdata import LEVELS, UNITS
from app.domain.provenance import Link, LogPosition, Node, Record
from app.domain.steps import INSPECTION_RESULTS, STEPS

MOST_THINGS = 20_000
MOST_LINKS = 60_000
MOST_EVENTS = 4_000
MOST_SHARED = 20_000
MOST_INTRODUCTIONS = 200
KINDS = frozenset({"consumed", "produced", "assembled", "packed"})
LIFECYCLES = frozenset({"reserved", "active", "void", "retired"})
DISPOSITIONS = frozenset(step.disposition for step in STEPS.values()) | frozenset(INSPECTION_RESULTS.values())
DEEPEST_NOTE = 16_000
PACKED, DEFLATE = "packed", "deflate"
MOST_UNPACKED = 16_000_000  # bytes: the most things, links and events there may be, in JSON

NOWHERE = LogPosition(0, "")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Things are told apart by their epc; ids hold inside this statement only. `introductions` are wires."""

    zone: str
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    records: tuple[Record, ...] = ()
    log: LogPosition = NOWHERE
    truncated: bool = False
    introductions: tuple[Mapping[str, Any], ...] = ()


def packed(body: Mapping[str, Any]) -> dict[str, str]:
    """A long statement of a chain, a tenth as long: one member PACKED, for whoever says that it reads DEFLATE."""
    return {PACKED: base64.b64encode(zlib.compress(orjson.dumps(body), 6)).decode()}


def _unpacked(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Never makes more of it than MOST_UNPACKED."""
    told_so = body.get(PACKED)
    if told_so is None:
        return body
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(base64.b64decode(told_so, validate=True), MOST_UNPACKED)
        found = orjson.loads(text)
    except (TypeError, ValueError, binascii.Error, zlib.error):
        return told.bad(PACKED)
    if not inflating.eof or inflating.unused_data:
        told.bad(PACKED)
    return {**told.mapping(found, PACKED), "introductions": body.get("introductions")}


def read(body: Mapping[str, Any], zone: str) -> Disclosed:
    """What the node of `zone` told. Malformed `bad-answer`; what it says of other companies' logs is left out."""
    body = _unpacked(body)
    shared = [told.mapping(row, "shared") for row in told.rows(body.get("shared"), "shared", MOST_SHARED)]
    things = told.rows(body.get("things"), "things", MOST_THINGS)
    nodes = [_node(_whole(row, shared, "thing", ("product", "maker"))) for row in things]
    by_id = {node.id: node for node in nodes}
    if len(by_id) != len(nodes) or len({node.epc for node in nodes}) != len(nodes):
        told.bad("things")
    links = [
        _link(told.mapping(row, "link"), by_id) for row in told.rows(body.get("links"), "links", MOST_LINKS)
    ]
    events = told.rows(body.get("events"), "events", MOST_EVENTS)
    records = [
        _record(_whole(row, shared, "event", ("company", "place", "to")), by_id, zone) for row in events
    ]
    introductions = told.rows(body.get("introductions"), "introductions", MOST_INTRODUCTIONS)
    return Disclosed(
        zone,
        tuple(nodes),
        tuple(links),
        tuple(record for record in records if zones.covers(zone, record.party.prefix)),
        _log(told.mapping(body.get("log"), "log")),
        told.flag(body.get("truncated", False), "truncated"),
        tuple(told.mapping(row, "introduction") for row in introductions),
    )


def _whole(
    row: object, shared: Sequence[Mapping[str, Any]], what: str, names: Iterable[str]
) -> Mapping[str, Any]:
    """The row with what it shares with others written out."""
    whole = dict(told.mapping(row, what))
    for name in names:
        place = whole.get(name)
        if place is not None:
            if type(place) is not int or not 1 <= place <= len(shared):
                told.bad(name)
            whole[name] = shared[place - 1]
    return whole


def _node(row: Mapping[str, Any]) -> Node:
    product = told.mapping(row.get("product") or {}, "product")
    level = told.one_of(row.get("level"), frozenset(LEVELS), "level") or told.bad("level")
    epc = told.epc(row.get("epc"), "epc")
    if (level == "process") != epc.startswith("urn:"):
        told.bad("level")
    return Node(
        id=told.whole(row.get("id"), "id"),
        depth=0,
        epc=epc,
        level=level,
        product_zh=told.text(product.get("zh"), "product", 200),
        product_en=told.text(product.get("en"), "product", 200),
        part_number=told.text(product.get("part_number"), "product", 100),
        lot=told.text(row.get("lot"), "lot", 100),
        serial=told.text(row.get("serial"), "serial", 100),
        unit=told.one_of(row.get("unit"), UNITS, "unit"),
        owner=told.party(row.get("maker"), "maker"),
        produced_on=told.day(row.get("produced_on"), "produced_on"),
        expires_on=told.day(row.get("expires_on"), "expires_on"),
        lifecycle=told.one_of(row.get("lifecycle"), LIFECYCLES, "lifecycle"),
        disposition=told.one_of(row.get("disposition"), DISPOSITIONS, "disposition"),
        held=told.text(row.get("held"), "held", 500),
    )


def _link(row: Mapping[str, Any], nodes: Mapping[int, Node]) -> Link:
    source, target = told.whole(row.get("from"), "link"), told.whole(row.get("to"), "link")
    if source not in nodes or target not in nodes or source == target:
        told.bad("link")
    return Link(
        source,
        target,
        told.one_of(row.get("kind"), KINDS, "kind") or told.bad("kind"),
        told.amount(row.get("quantity"), "quantity"),
        told.one_of(row.get("unit"), UNITS, "unit"),
        undone=told.flag(row.get("undone", False), "undone"),
        corrected=told.flag(row.get("corrected", False), "corrected"),
    )


def _record(row: Mapping[str, Any], nodes: Mapping[int, Node], zone: str) -> Record:
    things = told.rows(row.get("things"), "things", MOST_THINGS)
    if any(not isinstance(key, int) or key not in nodes for key in things):
        told.bad("things")
    references = told.rows(row.get("references"), "references", 50)
    pairs = [told.mapping(each, "reference") for each in references]
    return Record(
        seq=told.whole(row.get("entry"), "entry"),
        event_id=told.text(row.get("event_id"), "event_id", 200) or told.bad("event_id"),
        step=told.one_of(row.get("step"), STEPS, "step") or told.bad("step"),
        event_time=told.moment(row.get("event_time"), "event_time"),
        record_time=told.moment(row.get("record_time"), "record_time"),
        party=told.party(row.get("company"), "company") or told.bad("company"),
        place=told.place(row.get("place"), "place"),
        operator="",
        node_ids=tuple(dict.fromkeys(things)),
        quantity=told.amount(row.get("quantity"), "quantity"),
        unit=told.one_of(row.get("unit"), UNITS, "unit"),
        result=told.one_of(row.get("result"), INSPECTION_RESULTS, "result"),
        reason=told.text(row.get("reason"), "reason", 500),
        to=told.party(row.get("to"), "to"),
        references=tuple(
            (told.text(each.get("type"), "reference", 60), told.text(each.get("value"), "reference", 200))
            for each in pairs
        ),
        corrected=told.flag(row.get("corrected", False), "corrected"),
        corrects=told.text(row.get("corrects"), "corrects", 200),
        zone=zone,
    )


def _log(row: Mapping[str, Any]) -> LogPosition:
    note = row.get("checkpoint", "")
    if not isinstance(note, str) or len(note) > DEEPEST_NOTE:
        told.bad("checkpoint")
    return LogPosition(
        told.whole(row.get("size", 0), "size"),
        told.text(row.get("root"), "root", 64),
        note,
        told.whole(row.get("checkpoint_size", 0), "checkpoint_size"),
        told.whole(row.get("last_entry", -1), "last_entry"),
    )
