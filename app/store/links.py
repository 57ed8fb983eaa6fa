"""Rows of links, and the things that a GS1 key leads to: by another name that was declared, or by lot and serial."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from app.domain.identifiers import DIGITAL_LINK
from app.store import items, keyed
from app.store.tables import DeclaredAlias, Link, Product, Thing


def of_anchors(session: Session, epcs: Iterable[str]) -> dict[str, list[Link]]:
    """The active links of each of these things, in the order they were made."""
    found: dict[str, list[Link]] = {}
    query = select(Link).where(col(Link.anchor).in_(list(epcs)), col(Link.active)).order_by(col(Link.id))
    for row in session.execute(query).scalars():
        found.setdefault(row.anchor, []).append(row)
    return found


def of_anchor(session: Session, organisation_id: int, epc: str) -> Sequence[Link]:
    """All links of one thing, the inactive ones too."""
    own = (col(Link.organisation_id) == organisation_id, col(Link.anchor) == epc)
    return session.execute(select(Link).where(*own).order_by(col(Link.id))).scalars().all()


def of_organisation(session: Session, organisation_id: int, after: int | None, limit: int) -> Sequence[Link]:
    """The newest first."""
    query = select(Link).where(col(Link.organisation_id) == organisation_id)
    if after:
        query = query.where(col(Link.id) < after)
    return session.execute(query.order_by(col(Link.id).desc()).limit(limit)).scalars().all()


def count(session: Session, epc: str) -> int:
    return session.execute(select(func.count()).where(col(Link.anchor) == epc)).scalar_one()


def leave_default(session: Session, epc: str, except_id: int | None) -> None:
    """No other link of the thing is its default any more."""
    others = [col(Link.anchor) == epc, col(Link.is_default)]
    if except_id:
        others.append(col(Link.id) != except_id)
    session.execute(update(Link).where(*others).values(is_default=False))


def gtins(session: Session, epcs: Iterable[str]) -> dict[str, str]:
    """epc of a product -> its GTIN in 14 digits, for those that have one."""
    start = f"{DIGITAL_LINK}01/"
    found: dict[str, str] = {}
    for chunk in keyed.chunks(list(dict.fromkeys(epcs))):
        query = select(col(DeclaredAlias.epc), col(DeclaredAlias.name)).where(
            col(DeclaredAlias.epc).in_(chunk), col(DeclaredAlias.kind) == "gs1"
        )
        for epc, name in session.execute(query.order_by(col(DeclaredAlias.name).desc())):
            if name.startswith(start) and "/" not in name[len(start) :]:
                found[epc] = name[len(start) :]
    return found


def thing_named(session: Session, epc: str) -> Thing | None:
    """By its own identifier, by a name of the log (an SSCC), or by one that its owner declared."""
    if thing := items.of_epcs(session, [epc]).get(epc):
        return thing
    declared = session.get(DeclaredAlias, epc)
    return items.of_epcs(session, [declared.epc]).get(declared.epc) if declared else None


def product_of(session: Session, thing: Thing) -> Product | None:
    key = "epc" if thing.level == "product" else "id"
    value = thing.epc if thing.level == "product" else thing.product_id
    return keyed.rows(session, Product, key, [value]).get(value)
