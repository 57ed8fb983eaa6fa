"""The values given to what is minted: which template they have to fit, and what the mint's event says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.domain import templates as rules
from app.domain.people import Actor
from app.errors import N_, Refused
from app.services.template_views import Version, row_of, view_of
from app.store import masterdata
from app.store import templates as rows
from app.store.tables import Product


def of_product(session: Session, product: Product | None, number: int = 0) -> Version | None:
    """The product's template: that version, or the latest."""
    if product is None or product.template_id is None:
        return None
    template = rows.by_ids(session, [product.template_id])[product.template_id]
    return view_of(template, row_of(session, template, number or template.latest))


def of_product_named(session: Session, actor: Actor, epc: str) -> Version | None:
    """The latest version for a product of the actor's own organisation; None for any other."""
    return of_product(session, masterdata.product_by_epc(session, actor.organisation_id, epc))


def of_products(session: Session, products: Sequence[Product]) -> dict[str, Version]:
    """The latest version of each product's template, by the product's epc."""
    found = {product.epc: of_product(session, product) for product in products if product.template_id}
    return {epc: version for epc, version in found.items() if version is not None}


def fitted(
    session: Session, product: Product | None, values: Mapping[str, Any], pinned: Sequence[Any] = ()
) -> tuple[dict[str, Any], tuple[str, int] | None]:
    """The values as they will be kept, with the epc and version of the template they fit; None for a product without.

    `pinned` is that pair again where it was settled before, so that a job mints under the version its asker saw.
    Raises BadValues with every fault, or Refused where there is no template to hold them.
    """
    version = of_product(session, product)
    if version is None:
        if values:
            raise Refused(
                "no-template",
                N_("Values were given, but what is minted has no template."),
                N_("Choose a template for the product first, or leave the values out."),
                field="values",
            )
        return {}, None
    if len(pinned) == 2 and pinned[0] == version.epc:
        version = of_product(session, product, int(pinned[1])) or version
    given = rules.tidied(version.fields, values) if isinstance(values, Mapping) else values
    reading = rules.read(version.fields, given)
    if reading.faults:
        raise rules.BadValues(reading.faults)
    return reading.values, (version.epc, version.number)
