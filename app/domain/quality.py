"""How complete the events are: which elements each kind of event should name, what is missing, the score of it all.

The elements are those that traceability law and auditors ask for: FSMA 204's key data elements where something is
shipped, received or transformed (21 CFR 1.1340–1.1350), GS1's who, what, where, when and why elsewhere. Reads no store.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain import epcis
from app.domain.epcis import Event
from app.domain.shares import share
from app.domain.steps import STEPS
from app.errors import N_

ELEMENTS = {
    "item": N_("Item or lot"),
    "lot": N_("Lot code or serial number"),
    "quantity": N_("Quantity and unit"),
    "description": N_("Product description"),
    "place": N_("Place"),
    "step": N_("Business step"),
    "disposition": N_("State after it"),
    "source": N_("From whom it came"),
    "destination": N_("To whom it goes"),
    "lot-source": N_("Who assigned the lot code"),
    "document": N_("Reference document and its number"),
    "inputs": N_("What was used"),
    "outputs": N_("What was made"),
    "container": N_("Container or assembly"),
    "result": N_("Result of the inspection"),
    "reason": N_("Reason"),
}
_WHAT = ("item", "lot", "quantity", "description")
_TRADE = (*_WHAT, "place", "lot-source", "document")
REQUIRED: dict[str, tuple[str, ...]] = {
    "commission": (*_WHAT, "place"),
    "receive": (*_TRADE, "source"),
    "ship": (*_TRADE, "destination"),
    "return": (*_TRADE, "destination"),
    "consume": (*_WHAT, "place", "inputs"),
    "produce": (*_WHAT, "place", "inputs", "outputs", "document"),
    "inspect": ("item", "description", "place", "result"),
    "assemble": (*_WHAT, "place", "container"),
    "pack": (*_WHAT, "place", "container"),
    "unpack": ("item", "lot", "place", "container"),
    "split": (*_WHAT, "place", "inputs", "outputs"),
    "merge": (*_WHAT, "place", "inputs", "outputs"),
    "repack": (*_WHAT, "place", "inputs", "outputs"),
    "rework": (*_WHAT, "place", "inputs", "outputs", "reason"),
    "repair": ("item", "lot", "place", "reason"),
    "sample": (*_WHAT, "place", "reason"),
    "loss": (*_WHAT, "place", "reason"),
    "move": ("item", "lot", "place"),
    "scrap": (*_WHAT, "place", "reason"),
    "hold": ("item", "reason"),
    "release": ("item", "reason"),
}
_CAPTURED = ("item", "lot", "quantity", "description", "place", "step", "disposition")
UNGRADED = frozenset({"mint", "claim", "adopt", "void", "retire"})  # of the registry, not of the floor
_TITLES = {
    "ObjectEvent": N_("Other observation"),
    "AggregationEvent": N_("Other aggregation"),
    "AssociationEvent": N_("Other association"),
    "TransformationEvent": N_("Other transformation"),
    "TransactionEvent": N_("Transaction"),
}
KEPT = 20  # incomplete events of each kind that a score names; the sheet has all of them


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing as far as it must be described. `code` is its lot or serial number, `maker` the prefix of whose it is."""

    epc: str
    level: str
    code: str = ""
    part_number: str = ""
    product_zh: str = ""
    product_en: str = ""
    unit: str = ""
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the event itself: the things it names, and of a receipt the shipment it answers."""

    subjects: Mapping[str, Subject] = field(default_factory=dict)
    sender: str = ""
    shipped_with: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An event of which something is missing."""

    seq: int
    event_id: str
    kind: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of event. `found` and `expected` count each element over all events."""

    kind: str
    events: int
    complete: int
    expected: Mapping[str, int]
    found: Mapping[str, int]
    examples: tuple[Incomplete, ...] = ()

    @property
    def percent(self) -> Decimal:
        """Of the elements that should be there; 100 where there is nothing to expect."""
        expected = sum(self.expected.values())
        return share(sum(self.found.values()), expected)

    @property
    def missing(self) -> tuple[tuple[str, int], ...]:
        """(element, in how many events it is missing), worst first."""
        gaps = [(name, count - self.found.get(name, 0)) for name, count in self.expected.items()]
        return tuple(sorted((gap for gap in gaps if gap[1]), key=lambda gap: (-gap[1], gap[0])))


def kind_of(event: Event, step: str) -> str:
    """The step, or the EPCIS type of what was captured and is no step of ours; '' for what is not graded."""
    if event.error_declaration or step in UNGRADED:
        return ""
    return step if step in REQUIRED else event.type


def title_of(kind: str) -> str:
    """A msgid; an unknown kind of an extension is its own name."""
    return STEPS[kind].title if kind in STEPS else _TITLES.get(kind, kind)


def required(kind: str) -> tuple[str, ...]:
    return REQUIRED.get(kind, _CAPTURED)


def missing(event: Event, kind: str, context: Context) -> tuple[str, ...]:
    """The elements that an event of this kind should have and has not, in the order of ELEMENTS."""
    return tuple(name for name in ELEMENTS if name in required(kind) and not _PRESENT[name](event, context))


@dataclass
class Tally:
    """Adds events up, kind by kind; memory does not grow with their number."""

    _rows: dict[str, "_Row"] = field(default_factory=dict)

    def add(self, seq: int, event: Event, kind: str, context: Context) -> Incomplete | None:
        """What is missing of this event, None where nothing is."""
        row = self._rows.setdefault(kind, _Row())
        gaps = missing(event, kind, context)
        row.events += 1
        for name in required(kind):
            row.expected[name] = row.expected.get(name, 0) + 1
            row.found[name] = row.found.get(name, 0) + (name not in gaps)
        if not gaps:
            row.complete += 1
            return None
        incomplete = Incomplete(seq, event.event_id, kind, gaps)
        row.examples = [*row.examples, incomplete][-KEPT:]
        return incomplete

    def scores(self) -> tuple[Score, ...]:
        """In the order of the steps."""
        order = {name: place for place, name in enumerate((*REQUIRED, *_TITLES))}
        kinds = sorted(self._rows, key=lambda kind: (order.get(kind, len(order)), kind))
        return tuple(self._rows[kind].score(kind) for kind in kinds)


@dataclass
class _Row:
    events: int = 0
    complete: int = 0
    expected: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    examples: list[Incomplete] = field(default_factory=list)

    def score(self, kind: str) -> Score:
        newest = tuple(reversed(self.examples))
        return Score(kind, self.events, self.complete, dict(self.expected), dict(self.found), newest)


def together(scores: Iterable[Score]) -> Score:
    """All kinds as one; without examples."""
    rows = list(scores)
    expected: dict[str, int] = {}
    found: dict[str, int] = {}
    for row in rows:
        for name, count in row.expected.items():
            expected[name] = expected.get(name, 0) + count
            found[name] = found.get(name, 0) + row.found.get(name, 0)
    events, complete = sum(row.events for row in rows), sum(row.complete for row in rows)
    return Score("", events, complete, expected, found)


# --- when an element is there ---


def _named(event: Event) -> list[epcis.Mention]:
    """What is graded: what was done something with, not what it was done in."""
    return [mention for mention in epcis.mentions(event) if mention.role != "parent"]


def _coded(event: Event, context: Context) -> bool:
    return all(
        subject is None or bool(subject.code) or subject.level == "logistic"
        for subject in (context.subjects.get(mention.epc) for mention in _named(event))
    )


def _counted(event: Event, context: Context) -> bool:
    """A piece is one piece; of a lot it takes a number, and a unit where it is not counted in pieces."""
    lots = [
        (mention, context.subjects[mention.epc])
        for mention in _named(event)
        if mention.epc in context.subjects and context.subjects[mention.epc].level == "lot"
    ]
    return all(mention.quantity is not None and bool(mention.uom or lot.unit) for mention, lot in lots)


def _described(event: Event, context: Context) -> bool:
    return all(
        subject.level == "logistic" or bool(subject.product_zh or subject.product_en)
        for subject in (context.subjects.get(mention.epc, Subject("", "")) for mention in _named(event))
    )


def _made_by_someone(event: Event, context: Context) -> bool:
    found = [context.subjects.get(mention.epc) for mention in _named(event)]
    return all(subject is not None and bool(subject.maker) for subject in found)


def _inputs(event: Event) -> bool:
    """A run that is told in two events joins them by its number."""
    return bool(event.input_epc_list or event.input_quantity_list or event.transformation_id)


_RESULTS = frozenset({"conformant", "non_conformant", "unavailable"})
_PRESENT: dict[str, Callable[[Event, Context], bool]] = {
    "item": lambda event, _: bool(_named(event)),
    "lot": _coded,
    "quantity": _counted,
    "description": _described,
    "place": lambda event, _: bool(event.read_point or event.biz_location),
    "step": lambda event, _: bool(event.biz_step),
    "disposition": lambda event, _: bool(event.disposition),
    "source": lambda event, context: bool(context.sender or event.source_list),
    "destination": lambda event, _: bool(event.destination_list),
    "lot-source": _made_by_someone,
    "document": lambda event, context: bool(event.biz_transaction_list or context.shipped_with),
    "inputs": lambda event, _: _inputs(event),
    "outputs": lambda event, _: bool(event.output_epc_list or event.output_quantity_list),
    "container": lambda event, _: bool(event.parent_id),
    "result": lambda event, _: bool(event.extension("result") or event.disposition in _RESULTS),
    "reason": lambda event, _: bool(event.extension("reason")),
}
