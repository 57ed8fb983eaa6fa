"""A provenance report as JSON. The names of the fields are part of the API and only ever grow.

`things[].id` numbers the things inside this one report; a hidden thing has `hidden: true`, an id, a depth and no more.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain import epcis, identifiers
from app.domain.disclosed import Disclosed
from app.domain.provenance import (
    Custody,
    Gap,
    Holding,
    Link,
    LogPosition,
    Node,
    Party,
    Place,
    Provenance,
    Record,
    Source,
)

VERSION = 1
SHARED = {"product", "maker", "company", "place", "to"}  # what many rows of a disclosure have in common


def document(provenance: Provenance) -> dict[str, Any]:
    """Times are ISO 8601 in UTC, quantities decimal strings, units UN/ECE Rec 20 codes, identifiers `prefix/suffix`."""
    ids = {node.id: number for number, node in enumerate(provenance.nodes, 1)}
    return {
        "version": VERSION,
        "as_of": epcis.time_text(provenance.as_of),
        "subject": ids[provenance.subject.id],
        "container": ids[provenance.container.id] if provenance.container else None,
        "things": [_thing(node, ids[node.id]) for node in provenance.nodes],
        "links": [_link(link, ids) for link in provenance.links],
        "events": [_event(record, ids) for record in provenance.records],
        "custody": [_custody(span) for span in provenance.custody],
        "holdings": [_holding(holding) for holding in provenance.holdings],
        "gaps": [_gap(gap, ids) for gap in provenance.gaps],
        "log": _log(provenance.log),
        "truncated": provenance.truncated,
        "template": provenance.template,
        "template_version": provenance.template_version,
        "attributes": {shown.field.name: shown.value for shown in provenance.values},
        "sources": [_source(source) for source in provenance.sources],
    }


def disclosure(found: Disclosed) -> dict[str, Any]:
    """What a partner's node is told: the same forms without what is empty, and companies, products and places, which
    many things share, once each with their places in a list. `disclosed.read` is the inverse."""
    ids = {node.id: number for number, node in enumerate(found.nodes, 1)}
    shared = _Shared()
    return {
        "things": [shared.row(_thing(node, ids[node.id])) for node in found.nodes],
        "links": [_filled(_link(link, ids)) for link in found.links],
        "events": [shared.row(_event(record, ids)) for record in found.records],
        "shared": list(shared.values.values()),
        "log": _log(found.log),
        "truncated": found.truncated,
    }


class _Shared:
    def __init__(self) -> None:
        self.places: dict[tuple[Any, ...], int] = {}
        self.values: dict[int, dict[str, str]] = {}

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        for name in SHARED & row.keys():
            if row[name]:
                row[name] = self._place(row[name])
        return _filled({name: value for name, value in row.items() if name not in {"depth", "identifier"}})

    def _place(self, value: dict[str, str]) -> int:
        """Numbered from 1, so that no number looks like nothing."""
        key = tuple(value.items())
        place = self.places.setdefault(key, len(self.places) + 1)
        self.values.setdefault(place, value)
        return place


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value or (value == 0 and value is not False)}


def _log(log: LogPosition) -> dict[str, Any]:
    return {
        "size": log.size,
        "root": log.root,
        "checkpoint": log.checkpoint,
        "checkpoint_size": log.checkpoint_size,
        "last_entry": log.last_seq,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "company": _party(source.party),
        "state": source.state,
        "trust": source.trust,
        "code": source.code,
        "asked": source.asked,
        "things": source.things,
        "events": source.events,
        "seconds": round(source.seconds, 3),
        "as_of": _plain(source.as_of),
        "log": _log(source.log) if source.log else None,
    }


def _thing(node: Node, number: int) -> dict[str, Any]:
    if node.hidden:
        return {"id": number, "depth": node.depth, "hidden": True}
    return {
        "id": number,
        "depth": node.depth,
        "epc": node.epc,
        "identifier": str(identifiers.from_epc(node.epc)) if node.level != "process" else "",
        "level": node.level,
        "product": {"zh": node.product_zh, "en": node.product_en, "part_number": node.part_number},
        "lot": node.lot,
        "serial": node.serial,
        "unit": node.unit,
        "maker": _party(node.owner),
        "produced_on": _plain(node.produced_on),
        "expires_on": _plain(node.expires_on),
        "lifecycle": node.lifecycle,
        "disposition": node.disposition,
        "held": node.held,
    }


def _link(link: Link, ids: dict[int, int]) -> dict[str, Any]:
    return {
        "from": ids[link.source],
        "to": ids[link.target],
        "kind": link.kind,
        "quantity": _plain(link.quantity),
        "unit": link.unit,
        "undone": link.undone,
        "corrected": link.corrected,
    }


def _event(record: Record, ids: dict[int, int]) -> dict[str, Any]:
    return {
        "entry": record.seq,
        "event_id": record.event_id,
        "step": record.step,
        "event_time": epcis.time_text(record.event_time),
        "record_time": epcis.time_text(record.record_time),
        "company": _party(record.party),
        "place": _place(record.place),
        "operator": record.operator,
        "things": [ids[key] for key in record.node_ids if key in ids],
        "quantity": _plain(record.quantity),
        "unit": record.unit,
        "result": record.result,
        "reason": record.reason,
        "to": _party(record.to),
        "references": [{"type": kind, "value": value} for kind, value in record.references],
        "corrected": record.corrected,
        "corrects": record.corrects,
        "zone": record.zone,
    }


def _custody(span: Custody) -> dict[str, Any]:
    return {
        "company": _party(span.party),
        "place": _place(span.place),
        "since": _plain(span.since),
        "until": _plain(span.until),
        "in_transit": span.in_transit,
    }


def _holding(holding: Holding) -> dict[str, Any]:
    return {
        "company": _party(holding.party),
        "place": _place(holding.place),
        "quantity": _plain(holding.quantity),
        "in_transit_to": _party(holding.in_transit_to),
        "container": holding.container.removeprefix("hdl:"),
    }


def _gap(gap: Gap, ids: dict[int, int]) -> dict[str, Any]:
    values = {name: _plain(value) for name, value in gap.values.items()}
    return {"code": gap.code, "message": gap.message, "values": values, "thing": ids.get(gap.node_id or 0)}


def _party(party: Party | None) -> dict[str, str] | None:
    return {"prefix": party.prefix, "zh": party.name_zh, "en": party.name_en} if party else None


def _place(place: Place | None) -> dict[str, str] | None:
    if place is None:
        return None
    return {"epc": place.epc, "zh": place.name_zh, "en": place.name_en, "company": place.party}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return epcis.time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value
