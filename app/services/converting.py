"""Units at the edge of the log: what an event counts in, and what the lots it names are kept in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session

from app.domain import conversions, epcis
from app.domain.epcis import Event, Quantity
from app.errors import N_, Malformed
from app.store import keyed
from app.store.tables import Product, Thing

Factors = dict[str, dict[str, str]]


def with_factors(session: Session, event: Event, things: Mapping[str, Thing]) -> Event:
    """The event with the extension that `epcis.mentions` converts by, where it counts a lot in another unit than the
    lot's own and one can be made of the other; else the same event."""
    factors = factors_of(session, event, things)
    return (
        replace(event, extensions=dict(event.extensions) | {"suyuan:factors": factors}) if factors else event
    )


def factors_of(session: Session, event: Event, things: Mapping[str, Thing]) -> Factors:
    """For each lot (by the name used and by its own) and unit, how many of the lot's own unit one is, as decimal text.

    `things` holds what the event names, by the names it uses. What cannot be converted is left out, and refused later.
    """
    found: Factors = {}
    for quantity in _quantities(event):
        lot = things.get(quantity.epc_class)
        if lot is None or not lot.unit or quantity.uom in ("", lot.unit):
            continue
        if rate := rate_of(session, lot, quantity.uom):
            for name in {quantity.epc_class, lot.epc}:
                found.setdefault(name, {})[quantity.uom] = conversions.text_of(rate)
    return found


def rate_of(session: Session, lot: Thing, unit: str, wanted: str = "") -> Fraction | None:
    """How many `wanted` (left out: the lot's own unit) one `unit` of this lot is, None where nothing says so."""
    base, own = units_of(session, lot)
    return conversions.rate(unit, wanted or lot.unit, base, own)


def units_of(session: Session, lot: Thing) -> tuple[str, dict[str, Decimal]]:
    """The unit its product is kept in, and how many of it one of each further unit is."""
    product = keyed.rows(session, Product, "id", [lot.product_id]).get(lot.product_id)
    if product is None:
        return lot.unit, {}
    return product.unit, conversions.read(product.conversions, product.unit)


def between(session: Session, source: Thing, target: Thing, quantity: Decimal, unit: str = "") -> Decimal:
    """How much of `target`, in its own unit, so much of `source` is (in `unit`, else its own), by a unit that both can
    be counted in. Raises Malformed where there is none."""
    shared = [source.unit, target.unit, *units_of(session, source)[1], *units_of(session, target)[1]]
    for each in dict.fromkeys(shared):
        there, back = rate_of(session, source, unit or source.unit, each), rate_of(session, target, each)
        if there and back:
            return conversions.converted(quantity, there * back)
    raise Malformed(
        "no-conversion",
        N_("{given} cannot be turned into {unit} here."),
        N_("Write on the product how much one is of the other."),
        given=unit or source.unit,
        unit=target.unit,
    )


def _quantities(event: Event) -> Iterable[Quantity]:
    return (each for name in epcis.QUANTITY_FIELDS for each in getattr(event, name))
