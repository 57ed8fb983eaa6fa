"""Master data: companies, their sites and their products, each site and product with a minted identity of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import conversions as units
from app.domain import identifiers, patterns
from app.domain import masterdata as rules
from app.domain.people import Actor
from app.errors import N_, Conflict, Forbidden, Malformed, Refused, Unknown
from app.services import auditing, gtins
from app.services.minting import MintRequest, mint
from app.store import allotments
from app.store import masterdata as rows
from app.store.tables import Organisation, Product, Site


def create_organisation(
    session: Session,
    actor: Actor,
    prefix: str,
    name_zh: str,
    name_en: str,
    now: datetime,
    *,
    sharing: str = "neighbours",
    gs1_prefix: str = "",
) -> Organisation:
    """A company on this node; only for administrators of the organisation that runs it."""
    _require_node(actor)
    organisation = add_organisation(session, prefix, name_zh, name_en, now)
    organisation.sharing = rules.sharing(sharing)
    organisation.gs1_prefix = _gs1_prefix(session, gs1_prefix, organisation)
    auditing.record(
        session, actor, "organisation-created", now, subject=organisation.prefix, detail=organisation.name_en
    )
    return organisation


def add_organisation(
    session: Session, prefix: str, name_zh: str, name_en: str, now: datetime, *, runs_node: bool = False
) -> Organisation:
    """The row alone, for who sets up the node before there is an actor."""
    try:
        prefix = identifiers.check_prefix(prefix)
    except Malformed as error:
        error.values["field"] = "prefix"
        raise
    if rows.organisation_by_prefix(session, prefix) or allotments.by_prefix(session, prefix):
        raise Conflict(
            "prefix-taken",
            N_("The prefix {prefix} belongs to another organisation."),
            N_("Check the number."),
            prefix=prefix,
            field="prefix",
        )
    name_zh, name_en = rules.names(name_zh, name_en)
    organisation = Organisation(
        prefix=prefix, name_zh=name_zh, name_en=name_en, runs_node=runs_node, record_time=now
    )
    return rows.add_organisation(session, organisation)


def change_organisation(
    session: Session,
    actor: Actor,
    organisation_id: int,
    now: datetime,
    *,
    name_zh: str,
    name_en: str,
    sharing: str,
    gs1_prefix: str = "",
    active: bool = True,
) -> None:
    """One's own, or any for administrators of the node. The prefix never changes; the node's own stays active."""
    organisation = organisation_of(session, actor, organisation_id)
    if not active and (organisation.runs_node or not actor.node):
        raise Refused(
            "node-stays-active",
            N_("This organisation cannot be deactivated here."),
            N_("Only the node's administrators can, and never the node's own."),
        )
    organisation.name_zh, organisation.name_en = rules.names(name_zh, name_en)
    organisation.sharing = rules.sharing(sharing)
    organisation.gs1_prefix = _gs1_prefix(session, gs1_prefix, organisation)
    organisation.active = active
    auditing.record(
        session,
        actor,
        "organisation-changed",
        now,
        subject=organisation.prefix,
        detail=f"{sharing}, {'active' if active else 'inactive'}",
    )


def _gs1_prefix(session: Session, text: str, organisation: Organisation) -> str:
    """No company makes SSCCs in the range of another: prefixes of GS1 never begin with one another."""
    prefix = rules.gs1_prefix(text)
    taken = (
        rows.other_gs1_prefixes(session, organisation.id or 0) if prefix != organisation.gs1_prefix else ()
    )
    if prefix and any(prefix.startswith(other) or other.startswith(prefix) for other in taken):
        raise Conflict(
            "gs1-prefix-taken",
            N_("The GS1 company prefix {prefix} is in use by another organisation."),
            N_("Check the number; if it is yours, ask the administrator of this node."),
            prefix=prefix,
            field="gs1_prefix",
        )
    return prefix


def organisation_of(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """To administer it; Unknown for what is not the actor's to administer."""
    actor.require("people")
    organisation = (
        session.get(Organisation, organisation_id)
        if actor.node or organisation_id == actor.organisation_id
        else None
    )
    if organisation is None or organisation.elsewhere:
        raise Unknown("unknown-organisation", N_("There is no such organisation."))
    return organisation


def organisations(
    session: Session, actor: Actor, *, after: str = "", limit: int = 50
) -> tuple[Sequence[Organisation], str]:
    """Those the actor administers, and the key of the next page ('' at the end)."""
    actor.require("people")
    if not actor.node:
        return [own_organisation(session, actor)], ""
    return _page(rows.organisations(session, after, limit + 1), limit, "prefix")


def own_organisation(session: Session, actor: Actor) -> Organisation:
    return session.get_one(Organisation, actor.organisation_id)


def partners(session: Session, actor: Actor) -> Sequence[Organisation]:
    """To whom the actor's organisation can ship: the other active companies of this node, by prefix."""
    return rows.other_organisations(session, actor.organisation_id)


def create_site(
    session: Session,
    actor: Actor,
    name_zh: str,
    name_en: str,
    address: str,
    now: datetime,
    *,
    suffix: str = "",
) -> Site:
    """A place with an identifier of its own; `suffix` only where the company has named its places already."""
    actor.require("master")
    name_zh, name_en = rules.names(name_zh, name_en)
    (epc,) = mint(session, actor, MintRequest("location", suffix=suffix), now)
    site = Site(
        organisation_id=actor.organisation_id,
        epc=epc,
        name_zh=name_zh,
        name_en=name_en,
        address=rules.address(address),
        record_time=now,
    )
    session.add(site)
    session.flush()
    auditing.record(session, actor, "site-created", now, subject=epc, detail=name_en)
    return site


def change_site(
    session: Session,
    actor: Actor,
    site_id: int,
    now: datetime,
    *,
    name_zh: str,
    name_en: str,
    address: str,
    active: bool = True,
) -> None:
    """An inactive site takes no more scans; what happened there stays."""
    actor.require("master")
    site = site_of(session, actor, site_id)
    site.name_zh, site.name_en = rules.names(name_zh, name_en)
    site.address, site.active = rules.address(address), active
    auditing.record(
        session, actor, "site-changed", now, subject=site.epc, detail="active" if active else "inactive"
    )


def site_of(session: Session, actor: Actor, site_id: int) -> Site:
    site = session.get(Site, site_id)
    if site is None or site.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-site",
            N_("There is no such site in your organisation."),
            N_("Choose one from the list of sites."),
        )
    return site


def sites(session: Session, actor: Actor, *, active_only: bool = False) -> Sequence[Site]:
    """All of the organisation's, active ones first."""
    return rows.sites(session, actor.organisation_id, active_only=active_only)


def places(session: Session, actor: Actor) -> list[Site]:
    """The active sites where this person may scan."""
    found = rows.sites(session, actor.organisation_id, active_only=True)
    return [site for site in found if actor.places is None or site.epc in actor.places]


def create_product(
    session: Session,
    actor: Actor,
    *,
    part_number: str,
    name_zh: str,
    name_en: str,
    now: datetime,
    unit: str = "H87",
    tracing: str = "serial",
    shelf_life_days: int | None = None,
    public: bool = True,
    suffix: str = "",
    gtin: str = "",
    conversions: str = "",
) -> Product:
    """A part number with an identifier of its own. Pieces are counted, so what is traced by serial has the unit H87."""
    actor.require("master")
    part_number = rules.part_number(part_number)
    if rows.product_by_number(session, actor.organisation_id, part_number):
        raise Conflict(
            "part-number-taken",
            N_("Your organisation has a product {part_number} already."),
            N_("Change that one, or choose another number."),
            part_number=part_number,
            field="part_number",
        )
    name_zh, name_en = rules.names(name_zh, name_en)
    unit, tracing = rules.counted(unit, tracing)
    (epc,) = mint(session, actor, MintRequest("product", suffix=suffix), now)
    product = Product(
        organisation_id=actor.organisation_id,
        epc=epc,
        part_number=part_number,
        name_zh=name_zh,
        name_en=name_en,
        unit=unit,
        tracing=tracing,
        shelf_life_days=rules.shelf_life(shelf_life_days),
        public=public,
        conversions=units.written(units.read(conversions, unit)),
        record_time=now,
    )
    session.add(product)
    session.flush()
    auditing.record(session, actor, "product-created", now, subject=part_number, detail=epc)
    gtins.assign(session, actor, product, gtin, now)
    return product


def change_product(
    session: Session,
    actor: Actor,
    product_id: int,
    now: datetime,
    *,
    name_zh: str,
    name_en: str,
    shelf_life_days: int | None,
    public: bool,
    active: bool = True,
    unit: str = "",
    tracing: str = "",
    gtin: str | None = None,
    conversions: str | None = None,
) -> None:
    """The part number never changes; unit and tracing only while nothing of it has been minted. `gtin` and
    `conversions`: None leaves it as it is, '' takes it away."""
    actor.require("master")
    product = product_of(session, actor, product_id)
    unit, tracing = rules.counted(unit or product.unit, tracing or product.tracing)
    if (unit, tracing) != (product.unit, product.tracing) and rows.has_things(session, product_id):
        raise Refused(
            "product-in-use",
            N_("Identifiers of {part_number} exist already; its unit and the way it is traced stay."),
            N_("Create a new product for the new way."),
            part_number=product.part_number,
        )
    if product.pattern and tracing != product.tracing:
        patterns.parse(
            product.pattern, tracing=tracing
        )  # one that tells lots apart may not tell pieces apart
    product.name_zh, product.name_en = rules.names(name_zh, name_en)
    product.unit, product.tracing = unit, tracing
    product.shelf_life_days, product.public, product.active = (
        rules.shelf_life(shelf_life_days),
        public,
        active,
    )
    kept = product.conversions if conversions is None else conversions
    product.conversions = units.written(units.read(kept, unit))
    if gtin is not None:
        gtins.assign(session, actor, product, gtin, now)
    auditing.record(
        session,
        actor,
        "product-changed",
        now,
        subject=product.part_number,
        detail="active" if active else "inactive",
    )


def product_of(session: Session, actor: Actor, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None or product.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-product",
            N_("There is no such product in your organisation."),
            N_("Choose one from the list of products."),
        )
    return product


def products(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    after: str = "",
    limit: int = 50,
    active_only: bool = False,
) -> tuple[Sequence[Product], str]:
    """By part number, and the key of the next page ('' at the end)."""
    found = rows.products(
        session,
        actor.organisation_id,
        text=text.strip(),
        after=after,
        limit=limit + 1,
        active_only=active_only,
    )
    return _page(found, limit, "part_number")


def has_sites_and_products(session: Session, actor: Actor) -> tuple[bool, bool]:
    return rows.count_some(session, actor.organisation_id)


def _page(found: Sequence[Any], limit: int, key: str) -> tuple[Sequence[Any], str]:
    return found[:limit], str(getattr(found[limit - 1], key)) if len(found) > limit else ""


def _require_node(actor: Actor) -> None:
    actor.require("people")
    if not actor.node:
        raise Forbidden(
            "not-the-node",
            N_("Only administrators of the company that runs this node may create organisations."),
            N_("Ask them to create it for you."),
        )
