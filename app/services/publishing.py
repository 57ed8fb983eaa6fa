"""What anyone may know of an identifier: that it was really issued, by whom, and what its owner made public."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.templates import Shown
from app.services import describing, link_levels
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.services.link_levels import Named
from app.store import browsing
from app.store.tables import Product, Thing


@dataclass(frozen=True, slots=True)
class PublicView:
    """`traceable`: this reader may open the trace. `missing`: the part of the name that nobody issued here, so that the
    rest is only what is known of its lot or product. Empty fields are not public."""

    identifier: str
    level: str
    lifecycle: str
    owner_zh: str
    owner_en: str
    title_zh: str = ""
    title_en: str = ""
    part_number: str = ""
    gtin: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    missing: str = ""
    traceable: bool = False
    template: str = ""
    template_version: int = 0
    values: tuple[Shown, ...] = ()


def public_view(session: Session, name: Identifier | Key, reader: Actor | None) -> PublicView:
    """Raises Unknown for what was never issued here."""
    return view_of(session, link_levels.named(session, name), reader)


def view_of(session: Session, found: Named, reader: Actor | None) -> PublicView:
    """A partner's thing, which its own node tells the public of, is Unknown to strangers here."""
    thing = found.thing
    owner = browsing.organisation(session, thing.organisation_id)
    if owner.elsewhere and reader is None:
        raise unknown_identifier(thing.epc)
    base = PublicView(
        identifier=str(identifiers.from_epc(thing.epc)),
        level=thing.level,
        lifecycle=thing.lifecycle,
        owner_zh=owner.name_zh,
        owner_en=owner.name_en,
        missing=found.missing,
        traceable=reader is not None and reader.may("trace") and is_visible(session, reader, thing),
    )
    own = reader is not None and reader.organisation_id == thing.organisation_id
    if thing.level == "location":
        return _with_site(session, thing, base) if own else base
    if found.product is not None and (found.product.public or own):
        known = replace(base, gtin=found.values["gtin"], **_values(session, thing))
        return _with_product(found.product, thing, known)
    return base


def _values(session: Session, thing: Thing) -> dict[str, Any]:
    """What the thing was minted with, as far as it is for everybody; also its owner sees here what others see."""
    described = describing.described(session, [thing], None).get(thing.epc)
    if described is None:
        return {}
    return {
        "template": described.template,
        "template_version": described.version,
        "values": described.shown,
    }


def node_name(session: Session) -> str:
    """The company that runs this node; '' before it is set up."""
    found = browsing.node_organisation(session)
    return " ".join(name for name in (found.name_zh, found.name_en) if name) if found else ""


def as_json(view: PublicView) -> bytes:
    """What programs get: the fields that are public, and no others."""
    told: dict[str, Any] = {}
    for name in PublicView.__slots__:
        value = getattr(view, name)
        if value and name not in {"traceable", "values"}:
            told[name] = value.isoformat() if isinstance(value, date) else value
    if view.values:
        told["attributes"] = {shown.field.name: shown.value for shown in view.values}
    return json.dumps(told, ensure_ascii=False).encode()


def _with_site(session: Session, thing: Thing, base: PublicView) -> PublicView:
    site = browsing.sites_by_epc(session, [thing.epc]).get(thing.epc)
    return replace(base, title_zh=site.name_zh, title_en=site.name_en) if site else base


def _with_product(product: Product, thing: Thing, base: PublicView) -> PublicView:
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
