"""Rows of templates, their versions, and the products that use them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, tuple_
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import Product, Template, TemplateVersion, Thing


def add(session: Session, template: Template, version: TemplateVersion) -> Template:
    """With its first version. Raises Taken where its identifier is in use."""
    session.add(template)
    session.flush()
    version.template_id = template.id or 0
    session.add(version)
    session.flush()
    return template


def by_epc(session: Session, epc: str) -> Template | None:
    return keyed.rows(session, Template, "epc", [epc]).get(epc)


def by_ids(session: Session, ids: Iterable[int | None]) -> dict[int, Template]:
    return keyed.rows(session, Template, "id", ids)


def of_organisation(
    session: Session, organisation_id: int, *, active_only: bool = False
) -> Sequence[tuple[Template, TemplateVersion]]:
    """Each with its latest version, those in use first, by identifier."""
    query = (
        select(Template, TemplateVersion)
        .join(
            TemplateVersion,
            (col(TemplateVersion.template_id) == col(Template.id))
            & (col(TemplateVersion.version) == col(Template.latest)),
        )
        .where(col(Template.organisation_id) == organisation_id)
        .order_by(col(Template.active).desc(), col(Template.epc))
    )
    if active_only:
        query = query.where(col(Template.active))
    return [(template, version) for template, version in session.execute(query)]


def version_of(session: Session, template_id: int, version: int) -> TemplateVersion | None:
    return versions_of(session, [(template_id, version)]).get((template_id, version))


def versions_of(
    session: Session, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], TemplateVersion]:
    """Versions by (template, number), however many things have them; ones that do not exist are left out."""
    found: dict[tuple[int, int], TemplateVersion] = {}
    key = tuple_(col(TemplateVersion.template_id), col(TemplateVersion.version))
    for chunk in keyed.chunks(list(dict.fromkeys(wanted)), keyed.CHUNK // 2):
        for row in session.execute(select(TemplateVersion).where(key.in_(chunk))).scalars():
            found[row.template_id, row.version] = row
    return found


def history(session: Session, template_id: int) -> Sequence[TemplateVersion]:
    """All versions, the newest first."""
    query = select(TemplateVersion).where(col(TemplateVersion.template_id) == template_id)
    return session.execute(query.order_by(col(TemplateVersion.version).desc())).scalars().all()


def products_of(session: Session, template_id: int) -> Sequence[Product]:
    query = select(Product).where(col(Product.template_id) == template_id)
    return session.execute(query.order_by(col(Product.part_number))).scalars().all()


def count_of_products(session: Session, template_ids: Sequence[int]) -> dict[int, int]:
    """How many products use each."""
    query = select(col(Product.template_id), func.count()).where(col(Product.template_id).in_(template_ids))
    return dict(session.execute(query.group_by(col(Product.template_id))).all())


def is_minted(session: Session, epc: str) -> bool:
    """Whether a thing has that identifier."""
    return session.execute(select(col(Thing.id)).where(col(Thing.epc) == epc)).first() is not None
