"""One EPCIS 2.0 event as a value, and the things it names. Knows no JSON and no XML.

Times are aware UTC; quantities are Decimal with a UN/ECE Rec 20 unit. What the standard has no field for goes into
`extensions` and `ilmd` under the `suyuan:` namespace and survives every round trip.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

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

    def extended(self, more: Mapping[str, Any]) -> "Event":
        """With more extensions. `replace` takes twice as long over an event."""
        values = [*_EVENT(self), {**self.extensions, **more}]
        return Event(*values)


_EVENT = attrgetter(*[each.name for each in fields(Event)][:-1])  # the last one is `extensions`


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing named in an event: role is object, parent, child, input or output; quantity is None for serials."""

    epc: str
    role: str
    quantity: Decimal | None = None
    uom: str = ""


_FINEST = Decimal("0.000001")  # what the index keeps of a quantity
_LISTS = (
    ("object", "epc_list", "quantity_list"),
    ("child", "child_epcs", "child_quantity_list"),
    ("input", "input_epc_list", "input_quantity_list"),
    ("output", "output_epc_list", "output_quantity_list"),
)


def mentions(event: Event) -> list[Mention]:
    """Every thing the event names, once per role, in the order of the event; the parent first.

    Where the event counts a lot in another unit than the lot is kept in, the extension suyuan:factors says how many of
    the lot's own one of these is; such a mention comes in the lot's unit, which it does not repeat."""
    found = [Mention(event.parent_id, "parent")] if event.parent_id else []
    factors = event.extensions.get("suyuan:factors")
    for role, plain, counted in _LISTS:
        found += [Mention(epc, role) for epc in getattr(event, plain)]
        for q in getattr(event, counted):
            factor = factors.get(q.epc_class, {}).get(q.uom) if factors else None
            found.append(
                Mention(q.epc_class, role, (q.quantity * Decimal(factor)).quantize(_FINEST).normalize())
                if factor
                else Mention(q.epc_class, role, q.quantity, q.uom)
            )
    return found
