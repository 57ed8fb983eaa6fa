"""One report out of our own and what partners told: things by their epc, entries by their event id, each once.

Our own record counts before a partner's, and of a thing its owner's words before others'. What does not hang together
with the subject is left out, so that nobody fills another's report. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain import genealogy, zones
from app.domain.disclosed import Disclosed
from app.domain.genealogy import BEGINNING, Tie
from app.domain.provenance import Gap, Link, Node, Party, Provenance, Record, Source
from app.errors import N_

MOST_THINGS = 40_000
DESCRIBED = ("product_zh", "product_en", "part_number", "lot", "serial", "unit", "produced_on", "expires_on")
STATE = ("lifecycle", "disposition", "held")
BEGINNINGS = frozenset({"commission", "produce"})
SENDING = frozenset({"ship", "return"})
CLOCKS = timedelta(minutes=5)
HANDLE = "hdl:"
SILENCE = {
    "silent": N_("{company} did not answer; what it knows of {items} items is missing until it does."),
    "late": N_("{company} was not asked any more: no time was left. It is asked the next time."),
    "refused": N_("What the node of {company} said cannot be believed ({reason}) and is left out."),
    "nothing": N_("{company} told nothing about {items} items that it was asked about."),
    "kept": N_("{company} did not answer now; what it told on {date} is shown."),
}


@dataclass
class _Web:
    """The parts as they come together; `of` gives the id of an epc."""

    nodes: dict[int, Node]
    of: dict[str, int] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    claimed: dict[tuple[int, int, str, bool], int] = field(default_factory=dict)
    # by whose word and event id: nobody takes the place of another's entry by calling his own like it
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    hearsay: set[int] = field(default_factory=set)  # things of which their owner has told nothing yet
    last: int = 0
    truncated: bool = False

    def add(self, number: int, zone: str, part: Disclosed) -> None:
        ids = {node.id: self._node(node, zone) for node in part.nodes}
        for link in part.links:
            self._link(number, replace(link, source=ids[link.source], target=ids[link.target]))
        for record in part.records:
            if ("", record.event_id) not in self.records and (zone, record.event_id) not in self.records:
                named = tuple(dict.fromkeys(ids[key] for key in record.node_ids))
                self.records[zone, record.event_id] = replace(record, node_ids=named)

    def _node(self, node: Node, zone: str) -> int:
        known = self.of.get(node.epc)
        if known is None:
            self.last += 1
            known = self.of[node.epc] = self.last
            self.nodes[known] = replace(node, id=known)
            if not _speaks_for(zone, node):
                self.hearsay.add(known)
        elif _speaks_for(zone, node):
            told_by_others = known in self.hearsay
            self.hearsay.discard(known)
            self.nodes[known] = (
                replace(node, id=known) if told_by_others else _filled(self.nodes[known], node)
            )
        return known

    def _link(self, number: int, link: Link) -> None:
        """The same tie told by two is one; what one of them tells of several times stays several. That it never was is
        told of a tie by itself: nobody takes another's away by calling it a mistake first."""
        key = (link.source, link.target, link.kind, link.corrected)
        if self.claimed.setdefault(key, number) == number:
            self.links.append(link)


def _speaks_for(zone: str, node: Node) -> bool:
    """Whether the thing is of the zone's own: by its name, where it is one of the network; else as it is told."""
    if node.epc.startswith(HANDLE):
        return zones.covers(zone, zones.asked_for(node.epc.removeprefix(HANDLE)))
    return node.owner is not None and zones.covers(zone, node.owner.prefix)


def _filled(known: Node, told: Node) -> Node:
    missing = {name: getattr(told, name) for name in DESCRIBED if not getattr(known, name)}
    if not known.lifecycle:
        missing |= {name: getattr(told, name) for name in STATE}
    return replace(known, **missing) if any(missing.values()) else known


def join(local: Provenance, told: Sequence[Disclosed], sources: Sequence[Source]) -> Provenance:
    """The whole report, with what is missing and who did not answer, and where two companies' entries differ."""
    web = _web_of(local, told)
    kept = _hanging_together(web, local)
    upstream = _reached(web.links, local.subject.id, up=True) - {local.subject.id}
    depth = _depths(web, kept, local.subject.id, upstream)
    nodes = [replace(web.nodes[key], depth=depth[key]) for key in depth]
    nodes.sort(key=lambda node: (node.depth, node.level, node.part_number, node.lot, node.serial, node.id))
    links = tuple(link for link in web.links if link.source in depth and link.target in depth)
    records = _records(web, depth.keys())
    subject = next(node for node in nodes if node.id == local.subject.id)
    gaps = _standing(local.gaps, links, records)
    return replace(
        local,
        subject=subject,
        nodes=tuple(nodes),
        links=links,
        records=records,
        gaps=(*gaps, *_silences(sources), *_discrepancies(records, {node.id: node for node in nodes})),
        truncated=local.truncated or web.truncated or any(part.truncated for part in told),
        sources=tuple(sources),
    )


def _web_of(local: Provenance, told: Sequence[Disclosed]) -> _Web:
    web = _Web(
        {node.id: node for node in local.nodes}, {node.epc: node.id for node in local.nodes if node.epc}
    )
    web.last = max(web.nodes, default=0)
    web.links = list(local.links)
    web.claimed = {
        (link.source, link.target, link.kind, mistaken): -1
        for link in local.links
        for mistaken in (True, False)
    }
    web.records = {("", record.event_id): record for record in local.records}
    for number, part in enumerate(told):
        if len(web.nodes) + len(part.nodes) > MOST_THINGS:
            web.truncated = True
            break
        web.add(number, part.zone, part)
    return web


def _reached(links: Iterable[Link], start: int, *, up: bool) -> set[int]:
    near: dict[int, list[int]] = defaultdict(list)
    for link in links:
        if not link.corrected:
            near[link.target if up else link.source].append(link.source if up else link.target)
    found, queue = {start}, [start]
    while queue:
        for other in near.get(queue.pop(), ()):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def _hanging_together(web: _Web, local: Provenance) -> set[int]:
    start = local.subject.id
    found = _reached(web.links, start, up=True) | _reached(web.links, start, up=False)
    return found | {node.id for node in local.nodes}


def _depths(web: _Web, kept: set[int], start: int, upstream: set[int]) -> Mapping[int, int]:
    ties = [Tie(link.source, link.target, link.kind, None, BEGINNING) for link in web.links]
    hidden = {link.source for link in web.links if web.nodes[link.source].hidden}
    return genealogy.depths(kept, ties, start, frozenset(upstream | hidden))


def _records(web: _Web, kept: Collection[int]) -> tuple[Record, ...]:
    """In the order in which things happened. What was done to a box that is not shown was done to what was in it."""
    inside: dict[int, list[int]] = defaultdict(list)
    for link in web.links:
        if link.kind == "packed" and link.target not in kept:
            inside[link.target].append(link.source)
    ties = {(link.source, link.target) for link in web.links}
    outermost = {
        box: [key for key in keys if not any((key, other) in ties for other in keys)]
        for box, keys in inside.items()
    }
    found = []
    for record in web.records.values():
        ids = [key for key in record.node_ids if key in kept]
        ids += [inner for key in record.node_ids for inner in outermost.get(key, ()) if inner in kept]
        if ids or not record.zone:
            found.append(replace(record, node_ids=tuple(dict.fromkeys(ids))) if record.zone else record)
    sent = {
        (record.party.prefix, record.event_time) for record in found if record.zone and record.step in SENDING
    }
    found = [
        r for r in found if r.step != "adopt" or (r.party.prefix, r.event_time) not in sent
    ]  # told by itself
    wrong = {(record.corrects, record.zone) for record in found if record.corrects}
    marked = [
        replace(each, corrected=True) if (each.event_id, each.zone) in wrong and not each.corrects else each
        for each in found
    ]
    return tuple(sorted(marked, key=lambda each: (each.event_time, each.zone, each.seq)))


def _standing(gaps: Iterable[Gap], links: Iterable[Link], records: Iterable[Record]) -> list[Gap]:
    """What a partner's answer has not closed."""
    made = {link.target for link in links if not link.corrected}
    valid = [record for record in records if not record.corrected and not record.corrects]
    begun = {key for record in valid if record.step in BEGINNINGS for key in record.node_ids}
    received = {
        (key, record.party.prefix) for record in valid if record.step == "receive" for key in record.node_ids
    }
    arrived = {key for key, _ in received}
    return [
        gap
        for gap in gaps
        if not (gap.code == "no-origin" and gap.node_id in made | begun)
        and not (gap.code == "shipped-not-received" and gap.node_id in arrived and _came(gap, valid))
    ]


def _came(gap: Gap, records: Iterable[Record]) -> bool:
    sent = gap.values.get("date")
    return any(
        record.zone
        and record.step == "receive"
        and gap.node_id in record.node_ids
        and record.event_time >= sent
        for record in records
        if sent is not None
    )


def _silences(sources: Iterable[Source]) -> list[Gap]:
    found = []
    for source in sources:
        if source.state in SILENCE:
            values: dict[str, Any] = {"company": both(source.party), "items": source.asked}
            if source.state == "refused":
                values["reason"] = source.code
            if source.state == "kept":
                values["date"] = source.as_of
            found.append(Gap(f"partner-{source.state}", SILENCE[source.state], values))
    return found


def both(party: Party) -> dict[str, str]:
    return {"zh": party.name_zh or party.prefix, "en": party.name_en or party.prefix}


# --- where the logs of two companies differ ---


def _discrepancies(records: Sequence[Record], nodes: Mapping[int, Node]) -> list[Gap]:
    """Of a thing that one company sent and another received, both having told so, each by its own log."""
    sent: dict[tuple[int, str, str], list[Record]] = defaultdict(list)
    received: dict[tuple[int, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.corrects:
            continue
        for key in record.node_ids:
            if record.step in SENDING and record.to is not None:
                sent[key, record.party.prefix, record.to.prefix].append(record)
            elif record.step == "receive" and not record.corrected:
                received[key, record.party.prefix].append(record)
    found = []
    for (key, _, to), shipments in sent.items():
        receipts = received.get((key, to), [])
        if (
            receipts
            and key in nodes
            and {each.zone for each in shipments} != {each.zone for each in receipts}
        ):
            others = sum(1 for k, _, t in sent if (k, t) == (key, to))
            found += _compared(nodes[key], shipments, receipts, alone=others == 1)
    return found


def _compared(node: Node, shipments: list[Record], receipts: list[Record], *, alone: bool) -> list[Gap]:
    standing = [each for each in shipments if not each.corrected]
    values = {
        "item": {"zh": title(node, zh=True), "en": title(node, zh=False)},
        "sender": both(shipments[0].party),
        "receiver": both(receipts[0].party),
    }
    if not standing:
        message = N_("{sender} withdrew its shipment of {item}, but {receiver} has received it.")
        return [Gap("shipment-withdrawn", message, values, node.id)]
    found = []
    if receipts[0].event_time < standing[0].event_time - CLOCKS:
        message = N_("{receiver} received {item} on {received}, before {sender} sent it on {sent}.")
        times = {"received": receipts[0].event_time, "sent": standing[0].event_time}
        found.append(Gap("received-before-sent", message, values | times, node.id))
    out, into = _sum(standing), _sum(receipts)
    if node.level == "lot" and alone and out is not None and into is not None and into != out:
        message = N_("{sender} sent {sent} {unit} of {item}, {receiver} recorded the receipt of {received}.")
        amounts = {"sent": out, "received": into, "unit": node.unit}
        found.append(Gap("quantities-differ", message, values | amounts, node.id))
    return found


def title(node: Node, *, zh: bool) -> str:
    number = node.serial or node.lot or node.epc.removeprefix("hdl:")
    return f"{node.product_zh if zh else node.product_en} {number}".strip()


def _sum(records: Iterable[Record]) -> Decimal | None:
    amounts = [record.quantity for record in records]
    return sum((each for each in amounts if each is not None), Decimal(0)) if None not in amounts else None
