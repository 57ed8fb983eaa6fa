"""What partners' nodes know of where suspects went: kept beside our own findings, each with who said so.

Opens short transactions of its own through what it is handed; none is open while another node is asked.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.epcis import time_text
from app.domain.masterdata import PIECES
from app.domain.people import Actor
from app.domain.provenance import Link, Node, Provenance, Record, Source
from app.errors import Unknown
from app.services import inquiring
from app.services.calling import Line
from app.services.inquiring import Opening
from app.services.recalling.gathering import note, recall_row, settle_notices
from app.services.recalling.whereabouts import Progress, silent
from app.store import recalls

MOST_ASKED = 25  # things asked about one by one, each within the time of one report
FIRST = 1_000_000  # where the numbers of what partners told begin
TRACED = frozenset({"lot", "serial"})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking: who was asked with what result, shipments only partners know of, how long it took."""

    sources: tuple[Source, ...]
    rows: tuple[dict[str, Any], ...]
    seconds: float


def ask(
    actor: Actor,
    recall_id: str,
    *,
    reading: Opening,
    writing: Opening,
    line: Line | None,
    now: datetime,
    progress: Progress = silent,
) -> Told:
    """Asks about each suspect, the first twenty-five of them. Raises nothing for partners that do not answer."""
    actor.require("hold")
    with reading() as session:
        recall_row(session, actor, recall_id)
        items = recalls.items_of(session, recall_id, role="suspect")
        names = [row.epc for row in items if row.level in TRACED][:MOST_ASKED]
    sources: dict[str, Source] = {}
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    begun = time.perf_counter()
    for place, epc in enumerate(names):
        progress(place, len(names))
        try:
            found = inquiring.report(
                actor, epc.removeprefix("hdl:"), reading=reading, writing=writing, line=line, now=now
            )
        except Unknown:
            continue
        for source in found.sources:
            sources[source.party.prefix] = _added(sources.get(source.party.prefix), source)
        for row in _sent(found, actor):
            rows.setdefault((row["event_id"], row["epc"], row["consignee"]), row)
    return Told(tuple(sources.values()), tuple(rows.values()), time.perf_counter() - begun)


def _added(before: Source | None, source: Source) -> Source:
    """One line a partner, however many things it was asked about."""
    if before is None:
        return source
    return replace(
        source,
        state=before.state if source.state == "nothing" else source.state,
        asked=before.asked + source.asked,
        things=before.things + source.things,
        events=before.events + source.events,
        seconds=before.seconds + source.seconds,
    )


def _sent(found: Provenance, actor: Actor) -> Iterator[dict[str, Any]]:
    goods = _Goods(found)
    for record in found.records:
        if (
            not record.zone
            or record.step != "ship"
            or record.to is None
            or record.corrected
            or record.corrects
        ):
            continue
        for node, quantity, container in goods.of(record):
            yield {
                "epc": node.epc,
                "consignee": record.to.prefix[:64],
                "sender": record.party.prefix[:64],
                "inward": record.to.prefix == actor.prefix,
                "quantity": Decimal(1) if node.level == "serial" else quantity or Decimal(0),
                "unit": PIECES if node.level == "serial" else (record.unit or node.unit)[:3],
                "shipped": record.event_time,
                "received": None,
                "returned": Decimal(0),
                "container": container,
                "site": record.place.epc if record.place else "",
                "documents": [list(pair) for pair in record.references],
                "steps": 1 if record.party.prefix == actor.prefix else 2,
                "event_id": record.event_id[:500],
                "zone": record.zone[:64],
                "thing": _described(node),
            }


class _Goods:
    """What a record of shipping was about: the thing itself, or what a report knows to have been in the container."""

    def __init__(self, found: Provenance) -> None:
        self.nodes = {node.id: node for node in found.nodes if not node.hidden and node.depth >= 0}
        self.inside: dict[int, list[Link]] = defaultdict(list)
        for link in found.links_that_count():
            if link.kind == "packed":
                self.inside[link.target].append(link)

    def of(self, record: Record) -> Iterator[tuple[Node, Decimal | None, str]]:
        for key in record.node_ids:
            node = self.nodes.get(key)
            if node is not None and node.level in TRACED:
                yield node, record.quantity, ""
            elif node is not None and node.level == "logistic":
                yield from self._contents(key, node.epc, frozenset())

    def _contents(
        self, unit: int, container: str, above: frozenset[int]
    ) -> Iterator[tuple[Node, Decimal | None, str]]:
        for link in self.inside[unit]:
            node = self.nodes.get(link.source)
            if node is None or link.source in above:
                continue
            if node.level in TRACED:
                yield node, link.quantity, container
            elif node.level == "logistic":
                yield from self._contents(link.source, container, above | {unit})


def _described(node: Node) -> dict[str, Any]:
    names = ("level", "product_zh", "product_en", "part_number", "lot", "serial", "unit")
    return {name: getattr(node, name) for name in names}


def keep(session: Session, actor: Actor, recall_id: str, told: Told, now: datetime) -> None:
    """In place of what partners told before."""
    recall = recall_row(session, actor, recall_id, lock=True)
    own = {
        (row.epc, row.consignee, row.shipped)
        for row in recalls.consignments_of(session, recall_id)
        if not row.zone
    }
    fresh = [row for row in told.rows if (row["epc"], row["consignee"], row["shipped"]) not in own]
    recalls.fill_told(session, recall_id, [{**row, "idx": FIRST + place} for place, row in enumerate(fresh)])
    recall.sources = [_source(source) for source in told.sources]
    recall.partner_seconds += told.seconds
    recall.job_id = ""
    session.add(recall)
    settle_notices(session, actor, recall_id)
    note(session, actor, recall_id, "asked", now, count=len(told.sources))


def _source(source: Source) -> dict[str, Any]:
    party = source.party
    return {
        "prefix": party.prefix,
        "name_zh": party.name_zh,
        "name_en": party.name_en,
        "state": source.state,
        "trust": source.trust,
        "code": source.code,
        "asked": source.asked,
        "things": source.things,
        "events": source.events,
        "seconds": round(source.seconds, 3),
        "as_of": time_text(source.as_of) if source.as_of else "",
    }
