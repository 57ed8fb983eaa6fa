"""A provenance report as a value: what the trace page shows, the PDF prints and the JSON serves.

Nothing here reads the store; `services/tracing.py` fills it, already reduced to what the reader may see.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain.templates.showing import Shown


@dataclass(frozen=True, slots=True)
class Party:
    """A company as a report names it."""

    prefix: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site as a report names it; `party` is whose site it is."""

    epc: str
    name_zh: str
    name_en: str
    party: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in the genealogy. `depth` is 0 for the subject, negative upstream, positive downstream.

    A hidden node stands for something the reader may not see: it has an id and a depth and nothing else."""

    id: int
    depth: int
    epc: str = ""
    level: str = ""
    product_zh: str = ""
    product_en: str = ""
    part_number: str = ""
    lot: str = ""
    serial: str = ""
    unit: str = ""
    owner: Party | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    lifecycle: str = ""
    disposition: str = ""
    held: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """source went into target: kind is consumed, produced, assembled or packed; `undone` when taken apart again.
    `corrected`: it never was, and the record of it was withdrawn; such a link counts nowhere and is undone as well."""

    source: int
    target: int
    kind: str
    quantity: Decimal | None = None
    unit: str = ""
    undone: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the log as a line of the timeline. `corrected` when a later error declaration withdraws it. `zone`
    is that of the node in whose log it stands, '' for this node's own."""

    seq: int
    event_id: str
    step: str
    event_time: datetime
    record_time: datetime
    party: Party
    place: Place | None
    operator: str
    node_ids: tuple[int, ...]
    quantity: Decimal | None = None
    unit: str = ""
    result: str = ""
    reason: str = ""
    to: Party | None = None
    references: tuple[tuple[str, str], ...] = ()
    corrected: bool = False
    corrects: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Custody:
    """Who held the subject, where, from when to when (None: still)."""

    party: Party
    place: Place | None
    since: datetime
    until: datetime | None
    in_transit: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of a lot is where now."""

    party: Party
    place: Place | None
    quantity: Decimal
    in_transit_to: Party | None = None
    container: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a reader would expect and that is not there. `message` is a msgid template for `values`."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)
    node_id: int | None = None


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where the log stood: its size, root (hex), the newest signed checkpoint note, and the last entry shown."""

    size: int
    root: str
    checkpoint: str = ""
    checkpoint_size: int = 0
    last_seq: int = -1


@dataclass(frozen=True, slots=True)
class Source:
    """A partner's node that was asked, and what came of it. `state`: told, nothing (it told nothing of what was asked),
    kept (silent now; what it told before is shown), silent, refused (what it said cannot be believed: `code`), late (no
    time was left to ask it). `trust`: what its signatures are worth: verified, unsigned, expired, forged, '' when
    nothing was said. `as_of` is when it said so."""

    party: Party
    state: str
    trust: str = ""
    code: str = ""
    asked: int = 0
    things: int = 0
    events: int = 0
    seconds: float = 0.0
    as_of: datetime | None = None
    log: LogPosition | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything one reader may know of one thing. `where` is the present place (of the outermost container).
    `values` are those of its template that the reader may see, `template` and `template_version` where they stand."""

    subject: Node
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    records: tuple[Record, ...]
    custody: tuple[Custody, ...]
    holdings: tuple[Holding, ...]
    gaps: tuple[Gap, ...]
    log: LogPosition
    as_of: datetime
    container: Node | None = None
    truncated: bool = False
    template: str = ""
    template_version: int = 0
    values: tuple[Shown, ...] = ()
    sources: tuple[Source, ...] = ()

    def links_that_count(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if not link.corrected)

    def node(self, node_id: int) -> Node:
        return next(node for node in self.nodes if node.id == node_id)
