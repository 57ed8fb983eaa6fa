"""What anyone may know of an identifier: that it was really issued, by whom, and what its owner made public."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.store import browsing, items
from app.store.tables import Product, Thing


@dataclass(frozen=True, slots=True)
class PublicView:
    """`traceable`: this reader may open the trace. Empty fields are not public."""

    identifier: str
    level: str
    lifecycle: str
    owner_zh: str
    owner_en: str
    title_zh: str = ""
    title_en: str = ""
    part_number: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    traceable: bool = False


def public_view(session: Session, name: Identifier | Key, reader: Actor | None) -> PublicView:
    """Raises Unknown for what was never issued here."""
    thing = items.find(session, name)
    if thing is None or thing.level == "process":
        raise unknown_identifier(str(name))
    owner = browsing.organisation(session, thing.organisation_id)
    traceable = reader is not None and reader.may("trace") and is_visible(session, reader, thing)
    base = PublicView(
        identifier=str(identifiers.from_epc(thing.epc)),
        level=thing.level,
        lifecycle=thing.lifecycle,
        owner_zh=owner.name_zh,
        owner_en=owner.name_en,
        traceable=traceable,
    )
    own = reader is not None and reader.organisation_id == thing.organisation_id
    if thing.level == "location":
        return _with_site(session, thing, base) if own else base
    return _with_product(session, thing, base, own=own)


def _with_site(session: Session, thing: Thing, base: PublicView) -> PublicView:
    site = browsing.sites_by_epc(session, [thing.epc]).get(thing.epc)
    return replace(base, title_zh=site.name_zh, title_en=site.name_en) if site else base


def _with_product(session: Session, thing: Thing, base: PublicView, *, own: bool) -> PublicView:
    found: dict[Any, Product] = dict(
        browsing.products_by_epc(session, [thing.epc])
        if thing.level == "product"
        else browsing.products_by_id(session, [thing.product_id])
    )
    for product in found.values():
        if product.public or own:
            return replace(
                base,
                title_zh=product.name_zh,
                title_en=product.name_en,
                part_number=product.part_number,
                lot=thing.lot,
                serial=thing.serial,
                produced_on=thing.produced_on,
                expires_on=thing.expires_on,
            )
    return base
