"""Rows of organisations, sites and products."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import Allotment, Organisation, Product, Site, Thing


def organisation_by_prefix(session: Session, prefix: str) -> Organisation | None:
    return session.execute(
        select(Organisation).where(col(Organisation.prefix) == prefix)
    ).scalar_one_or_none()


def add_organisation(session: Session, organisation: Organisation) -> Organisation:
    """With its prefix allotted to it, unless another node answers for that."""
    session.add(organisation)
    session.flush()
    if organisation.elsewhere:
        return organisation
    session.add(
        Allotment(
            prefix=organisation.prefix,
            organisation_id=organisation.id or 0,
            record_time=organisation.record_time,
        )
    )
    session.flush()
    return organisation


def organisations(
    session: Session, after: str = "", limit: int = 50, *, active_only: bool = False
) -> Sequence[Organisation]:
    """Companies of this node in the order of their prefixes, after `after`."""
    query = (
        select(Organisation)
        .where(col(Organisation.prefix) > after, ~col(Organisation.elsewhere))
        .order_by(col(Organisation.prefix))
        .limit(limit)
    )
    if active_only:
        query = query.where(col(Organisation.active))
    return session.execute(query).scalars().all()


def other_organisations(session: Session, organisation_id: int) -> Sequence[Organisation]:
    query = select(Organisation).where(col(Organisation.active), col(Organisation.id) != organisation_id)
    return session.execute(query.order_by(col(Organisation.prefix))).scalars().all()


def other_gs1_prefixes(session: Session, organisation_id: int) -> Sequence[str]:
    own = col(Organisation.id) == organisation_id
    query = select(col(Organisation.gs1_prefix)).where(~own, col(Organisation.gs1_prefix) != "")
    return session.execute(query).scalars().all()


def sites(session: Session, organisation_id: int, *, active_only: bool = False) -> Sequence[Site]:
    query = select(Site).where(col(Site.organisation_id) == organisation_id)
    if active_only:
        query = query.where(col(Site.active))
    return session.execute(query.order_by(col(Site.active).desc(), col(Site.id))).scalars().all()


def site_names(session: Session, organisation_id: int) -> dict[int, str]:
    """By their numbers, in English."""
    query = select(col(Site.id), col(Site.name_en)).where(col(Site.organisation_id) == organisation_id)
    return {site_id: name for site_id, name in session.execute(query) if site_id is not None}


def site_by_epc(session: Session, organisation_id: int, epc: str) -> Site | None:
    site = keyed.rows(session, Site, "epc", [epc]).get(epc)
    return site if site and site.organisation_id == organisation_id else None


def product_by_number(session: Session, organisation_id: int, part_number: str) -> Product | None:
    query = select(Product).where(
        col(Product.organisation_id) == organisation_id, col(Product.part_number) == part_number
    )
    return session.execute(query).scalar_one_or_none()


def product_by_epc(session: Session, organisation_id: int, epc: str) -> Product | None:
    query = select(Product).where(col(Product.epc) == epc, col(Product.organisation_id) == organisation_id)
    return session.execute(query).scalar_one_or_none()


def products(
    session: Session,
    organisation_id: int,
    *,
    text: str = "",
    after: str = "",
    limit: int = 50,
    active_only: bool = False,
) -> Sequence[Product]:
    """In the order of their part numbers, after `after`; `text` is part of the number or of a name."""
    query = select(Product).where(
        col(Product.organisation_id) == organisation_id, col(Product.part_number) > after
    )
    if text:
        columns = (col(Product.part_number), col(Product.name_zh), col(Product.name_en))
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if active_only:
        query = query.where(col(Product.active))
    return session.execute(query.order_by(col(Product.part_number)).limit(limit)).scalars().all()


def product_with_pattern(
    session: Session, organisation_id: int, pattern: str, besides: int
) -> Product | None:
    """Another product of the organisation whose names are formed by the same pattern."""
    query = select(Product).where(
        col(Product.organisation_id) == organisation_id,
        col(Product.pattern) == pattern,
        col(Product.id) != besides,
    )
    return session.execute(query.limit(1)).scalar()


def has_things(session: Session, product_id: int) -> bool:
    return (
        session.execute(select(col(Thing.id)).where(col(Thing.product_id) == product_id).limit(1)).first()
        is not None
    )


def count_some(session: Session, organisation_id: int) -> tuple[bool, bool]:
    """Whether the organisation has any site, any product."""
    site = select(col(Site.id)).where(col(Site.organisation_id) == organisation_id).limit(1)
    product = select(col(Product.id)).where(col(Product.organisation_id) == organisation_id).limit(1)
    return session.execute(site).first() is not None, session.execute(product).first() is not None
