"""Finds things by what people remember of them: lot, serial, part number, order, name. Permission is in the query."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union
from sqlmodel import Session, col

from app.store.lineage import took_part
from app.store.mints import SHOWN
from app.store.tables import Entry, EntryThing, Product, Reference, Site, Thing
from app.store.types import filled

Candidates = list[Select[Any]]
ORDER = (col(Thing.lot), col(Thing.serial), col(Thing.id))


def exact(
    session: Session, organisation_id: int, prefix: str, text: str, limit: int, after: int | None = None
) -> list[int]:
    """Ids of things whose lot, serial, part number or order is `text` in any case, in order of number. By index."""
    spellings = sorted({text, text.upper(), text.lower()})
    candidates: Candidates = [
        select(col(Thing.id)).where(filled(Thing.lot), col(Thing.lot).in_(spellings)),
        select(col(Thing.id)).where(filled(Thing.serial), col(Thing.serial).in_(spellings)),
        *_of_products(func.upper(Product.part_number) == func.upper(text)),
        *_referred(organisation_id, prefix, col(Reference.value) == text.upper()),
    ]
    return _permitted(session, organisation_id, prefix, candidates, limit, after)


def alike(
    session: Session, organisation_id: int, prefix: str, text: str, limit: int, after: int | None = None
) -> list[int]:
    """The same for numbers that begin with `text` and names that contain it. Reads every lot and serial number once."""
    named = or_(
        _like(Product.part_number, text, "", "%"),
        _contains(Product.name_en, text),
        _contains(Product.name_zh, text),
    )
    places = select(col(Site.epc)).where(or_(_contains(Site.name_en, text), _contains(Site.name_zh, text)))
    candidates: Candidates = [
        select(col(Thing.id)).where(filled(Thing.lot), _like(Thing.lot, text, "", "%")),
        select(col(Thing.id)).where(filled(Thing.serial), _like(Thing.serial, text, "", "%")),
        select(col(Thing.id)).where(col(Thing.epc).in_(places)),
        *_of_products(named),
        *_referred(organisation_id, prefix, _like(Reference.value, text, "", "%")),
    ]
    return _permitted(session, organisation_id, prefix, candidates, limit, after)


def _permitted(
    session: Session, organisation_id: int, prefix: str, candidates: Candidates, limit: int, after: int | None
) -> list[int]:
    query = (
        select(col(Thing.id))
        .where(
            col(Thing.id).in_(union(*candidates)),
            col(Thing.level) != "process",
            SHOWN,
            took_part(organisation_id, prefix),
        )
        .order_by(*ORDER)
        .limit(limit)
    )
    if after is not None:
        own = select(*ORDER).where(col(Thing.id) == after, took_part(organisation_id, prefix))
        # of another's thing the reader would learn where its number stands among their own
        if last := session.execute(own).first():
            query = query.where(tuple_(*ORDER) > tuple_(*last))
    return [int(key) for key in session.execute(query).scalars()]


def _of_products(which: ColumnElement[bool]) -> Candidates:
    """The product's own identifier and everything made of it."""
    return [
        select(col(Thing.id)).where(col(Thing.product_id).in_(select(col(Product.id)).where(which))),
        select(col(Thing.id)).where(col(Thing.epc).in_(select(col(Product.epc)).where(which))),
    ]


def _referred(organisation_id: int, prefix: str, which: ColumnElement[bool]) -> Candidates:
    """What events with that order number are about: only those this organisation recorded or is named in, since several
    buyers of one lot must not find each other's orders."""
    named = or_(
        col(Entry.organisation_id) == organisation_id,
        col(Entry.body).contains(f'"hdl:{prefix}"', autoescape=True),
    )
    entries = select(col(Reference.seq)).join(Entry, col(Entry.seq) == col(Reference.seq)).where(which, named)
    return [
        select(col(EntryThing.thing_id)).where(col(EntryThing.seq).in_(entries)),
        select(col(Thing.id)).where(col(Thing.minted_seq).in_(entries)),  # a mint has no rows of mention
    ]


def _contains(column: Any, text: str) -> ColumnElement[bool]:
    return _like(column, text, "%", "%")


def _like(column: Any, text: str, before: str, after: str) -> ColumnElement[bool]:
    """In any case; both sides are folded by the same database, so that they agree on letters beyond ASCII."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.upper(col(column)).like(func.upper(f"{before}{escaped}{after}"), escape="\\")
