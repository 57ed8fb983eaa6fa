"""What is told of a long chain, made to fit into one signed statement: packed where the asker reads that, and cut to
what is nearest to the things asked about. Who gets a part is told so, and may go on asking from where it ends.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from app.domain.disclosed import MOST_EVENTS, MOST_LINKS, MOST_THINGS, Disclosed, packed
from app.services.tracing.document import disclosure

MOST_BYTES = 2_400_000  # of the things, links and events in a statement, which may have 4,000,000 in all
MOST_WORDS = 1_200_000  # of the introductions in it
SMALLER = 0.6


def body_of(found: Disclosed, asked: Iterable[str], *, packs: bool) -> dict[str, Any]:
    """`asked` are the epcs asked about. Always fits; marked as truncated where it is a part."""
    starts = list(asked)
    things, links, events = MOST_THINGS, MOST_LINKS, MOST_EVENTS
    while True:
        body = disclosure(nearest(found, starts, things, links, events))
        shown = packed(body) if packs else body
        if len(orjson.dumps(shown)) <= MOST_BYTES:
            return shown
        things, links, events = (int(len(body[name]) * SMALLER) for name in ("things", "links", "events"))


def nearest(found: Disclosed, starts: Iterable[str], things: int, links: int, events: int) -> Disclosed:
    """At most so many of each; the things fewest steps away from `starts` (epcs), and what happened to these."""
    if len(found.nodes) <= things and len(found.links) <= links and len(found.records) <= events:
        return found
    near: dict[int, list[int]] = defaultdict(list)
    for link in found.links:
        near[link.source].append(link.target)
        near[link.target].append(link.source)
    wanted = set(starts)
    order = dict.fromkeys(node.id for node in found.nodes if node.epc in wanted)
    queue = deque(order)
    while queue:
        for key in near[queue.popleft()]:
            if key not in order:
                order[key] = None
                queue.append(key)
    order |= dict.fromkeys(node.id for node in found.nodes)
    kept = set(list(order)[:things])
    told = [link for link in found.links if link.source in kept and link.target in kept][:links]
    records = [record for record in found.records if not kept.isdisjoint(record.node_ids)][:events]
    return replace(
        found,
        nodes=tuple(node for node in found.nodes if node.id in kept),
        links=tuple(told),
        records=tuple(
            replace(each, node_ids=tuple(key for key in each.node_ids if key in kept)) for each in records
        ),
        truncated=True,
    )


def words(
    introductions: Iterable[Mapping[str, object]], most: int = MOST_WORDS
) -> list[Mapping[str, object]]:
    """The first of them that have room together."""
    found: list[Mapping[str, object]] = []
    size = 0
    for wire in introductions:
        size += len(orjson.dumps(wire))
        if size > most:
            break
        found.append(wire)
    return found
