"""From one lot into another: what a scan of a split, merge, repack or rework names on both sides."""

from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.epcis import Quantity
from app.domain.steps import Step
from app.errors import N_, Malformed, Refused
from app.services import converting
from app.store.tables import Thing

SAME_PRODUCT = {"split", "merge"}


def lists_of(session: Session, step: Step, scanned: Quantity, thing: Thing, other: Thing) -> dict[str, Any]:
    """Both sides of the event. What was scanned is the source or the target, as the step says; of the other lot it is
    as much, in that lot's own unit. Raises Refused for two products where only one makes sense, Malformed where
    nothing says how one unit is the other."""
    if (
        thing.level == other.level == "lot"
        and step.name in SAME_PRODUCT
        and thing.product_id != other.product_id
    ):
        raise Refused(
            "other-product",
            N_("{item} and {other} are not the same product."),
            N_("Use 'repack' where the packing changes, or record production."),
            item=_number(thing),
            other=_number(other),
        )
    if other.level != "lot":
        raise Refused(
            "wrong-level",
            N_("{item} is a {level}; the step '{step}' is not for it."),
            N_("Scan the lot instead."),
            item=str(identifiers.from_epc(other.epc)),
            level=other.level,
            step=step.name,
        )
    there = converting.between(session, thing, other, scanned.quantity, scanned.uom)
    if not 0 < there < Decimal(10) ** 12:
        raise Malformed(
            "bad-quantity",
            N_("{quantity} is not an amount of {item}."),
            N_("Enter a number greater than zero."),
            quantity=str(there),
            item=other.epc,
        )
    counterpart = Quantity(other.epc, there, other.unit)
    source, target = (counterpart, scanned) if step.role == "output" else (scanned, counterpart)
    return {"input_quantity_list": (source,), "output_quantity_list": (target,)}


def _number(lot: Thing) -> str:
    return lot.lot or str(identifiers.from_epc(lot.epc))
