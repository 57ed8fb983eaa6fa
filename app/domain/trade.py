"""Lines of goods: what came in, what went out, what was made of what, lot by lot, as authorities want to see it.

Fields follow FSMA 204's key data elements (21 CFR 1.1340 shipping, 1.1345 receiving, 1.1350 transformation) and
Regulation (EC) 178/2002 Art. 18 (immediate supplier, immediate customer). Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.provenance import Party
from app.domain.quality import Subject
from app.errors import N_

SHIPPING = frozenset({"ship", "return"})
RECEIVING = frozenset({"receive"})
USING = frozenset({"consume"})
MAKING = frozenset({"produce", "commission"})
BOTH = frozenset({"split", "merge", "repack", "rework"})  # use and make in one event
STEPS = SHIPPING | RECEIVING | USING | MAKING | BOTH

ELEMENTS = {
    "lot": N_("Traceability lot code"),
    "quantity": N_("Quantity and unit"),
    "description": N_("Product description"),
    "party": N_("Name of the other company"),
    "party-place": N_("Address of the other company"),
    "place": N_("Own place"),
    "place-address": N_("Address of the own place"),
    "source": N_("Source of the lot code"),
    "document": N_("Reference document and its number"),
}


@dataclass(frozen=True, slots=True)
class Location:
    """A place with its address, '' where nobody wrote it down."""

    epc: str
    name_zh: str = ""
    name_en: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One lot or item in one event. `side` is shipping, receiving, input or output; `party` the other company with the
    place goods came from or go to, `source` who assigned the lot code. `run` joins inputs and outputs."""

    side: str
    seq: int
    event_id: str
    step: str
    time: datetime
    subject: Subject
    quantity: Decimal | None
    unit: str
    place: Location | None = None
    party: Party | None = None
    party_place: Location | None = None
    source: Party | None = None
    documents: tuple[tuple[str, str], ...] = ()
    run: str = ""
    container: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The elements that the law asks for on this side and that nobody recorded."""
        there = {
            "lot": bool(self.subject.code),
            "quantity": self.quantity is not None and bool(self.unit),
            "description": bool(self.subject.product_zh or self.subject.product_en),
            "party": self.party is not None,
            "party-place": bool(self.party_place and self.party_place.address),
            "place": self.place is not None,
            "place-address": bool(self.place and self.place.address),
            "source": self.source is not None,
            "document": bool(self.documents),
        }
        return tuple(name for name in ELEMENTS if name in _ASKED[self.side] and not there[name])


_TRADED = frozenset(ELEMENTS)
_ASKED = {
    "shipping": _TRADED,
    "receiving": _TRADED,
    "input": frozenset({"lot", "quantity", "description"}),
    "output": frozenset({"lot", "quantity", "description", "place", "place-address", "document"}),
}
