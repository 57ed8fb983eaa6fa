"""What the index says was booked on lots: sums by step, without reading an event."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
)
from sqlmodel import Session, col

from app.domain.steps import LOT_TO_LOT
from app.store import keyed
from app.store.lineage import took_part
from app.store.tables import Balance, Edge, Entry, EntryThing, EventFact, Product, Thing
from app.store.types import filled

CHUNK = 5_000
END = 1 << 62  # behind every id


class Booked(NamedTuple):
    """How much of one lot a company booked by one step, in the lot's unit."""

    step: str
    role: str
    quantity: Decimal


class LotRow(NamedTuple):
    """A lot in a list of balances."""

    id: int
    epc: str
    lot: str
    unit: str
    product_id: int | None
    name_zh: str
    name_en: str
    part_number: str


def booked(session: Session, ids: Iterable[int], organisation_id: int) -> dict[int, list[Booked]]:
    """By lot, what this company's entries say, corrected ones and corrections alike (see `tangled`)."""
    found: dict[int, list[Booked]] = defaultdict(list)
    query = (
        select(col(EntryThing.thing_id), col(Entry.step), col(EntryThing.role), func.sum(EntryThing.quantity))
        .join(Entry, col(Entry.seq) == col(EntryThing.seq))
        .where(
            col(EntryThing.thing_id).in_(_wanted()),
            col(Entry.organisation_id) + 0 == organisation_id,  # or SQLite begins with all of its entries
            col(EntryThing.quantity).is_not(None),
        )
        .group_by(col(EntryThing.thing_id), col(Entry.step), col(EntryThing.role))
    )
    for chunk in keyed.chunks(sorted(ids), CHUNK):
        for key, step, role, quantity in session.execute(query, {"ids": list(chunk)}):
            found[key].append(Booked(step, role, quantity))
    return found


def tangled(session: Session, ids: Iterable[int]) -> set[int]:
    """Lots of which sums do not tell the whole story: some of it was in a container, which moves without naming it, or
    an entry about it was corrected or captured from elsewhere, or a run of it has two sides to compare."""
    packed = (
        select(col(Edge.source_id))
        .where(col(Edge.source_id).in_(_wanted()), col(Edge.kind) == "packed")
        .distinct()
    )
    corrected = (
        select(col(EntryThing.thing_id))
        .join(EventFact, col(EventFact.seq) == col(EntryThing.seq))
        .where(col(EntryThing.thing_id).in_(_wanted()), col(EventFact.declared))
        .distinct()
    )
    read = (
        select(col(EntryThing.thing_id))
        .join(Entry, col(Entry.seq) == col(EntryThing.seq))
        .where(
            col(EntryThing.thing_id).in_(_wanted()),
            or_(col(Entry.version) != 1, col(Entry.step).in_(sorted(LOT_TO_LOT))),
        )
        .distinct()
    )
    found: set[int] = set()
    for chunk in keyed.chunks(sorted(ids), CHUNK):
        for query in (packed, corrected, read):
            found.update(session.execute(query, {"ids": list(chunk)}).scalars())
    return found


def lots(
    session: Session,
    organisation_id: int,
    prefix: str,
    *,
    text: str = "",
    after: int | None = None,
    limit: int,
) -> Sequence[LotRow]:
    """Lots that the company made or has, newest first. With `text`, the beginning of a lot's number or a part number,
    also those it once had. Each from an index, however many pieces are between them."""
    before = col(Thing.id) < (END if after is None else after)
    lot = and_(col(Thing.level) == "lot", col(Thing.lifecycle) != "reserved", before)
    ids = _named(lot, text) if text else _own(lot, organisation_id, prefix, limit)
    query = (
        select(
            col(Thing.id), col(Thing.epc), col(Thing.lot), col(Thing.unit), col(Thing.product_id),
            func.coalesce(Product.name_zh, ""), func.coalesce(Product.name_en, ""),
            func.coalesce(Product.part_number, ""),
        )
        .outerjoin(Product, col(Product.id) == col(Thing.product_id))
        .where(col(Thing.id).in_(ids), lot, took_part(organisation_id, prefix))
        .order_by(col(Thing.id).desc())
        .limit(limit)
    )  # fmt: skip
    return [LotRow(*row) for row in session.execute(query)]


def _named(lot: ColumnElement[bool], text: str) -> CompoundSelect[Any]:
    numbered = and_(filled(Thing.lot), col(Thing.lot) >= text, col(Thing.lot) < f"{text}\U0010ffff")
    products = select(col(Product.id)).where(col(Product.part_number) == text)
    ids = select(col(Thing.id))
    return union(ids.where(numbered, lot), ids.where(col(Thing.product_id).in_(products), lot))


def _own(lot: ColumnElement[bool], organisation_id: int, prefix: str, limit: int) -> CompoundSelect[Any]:
    ids = select(col(Thing.id)).order_by(col(Thing.id).desc()).limit(limit)
    made = ids.where(col(Thing.organisation_id) == organisation_id, lot).subquery()
    stock = select(col(Balance.thing_id)).where(col(Balance.holder) == prefix)
    held = ids.where(col(Thing.id).in_(stock), lot).subquery()
    return union(select(made.c.id), select(held.c.id))


def visible(session: Session, ids: Collection[int], organisation_id: int, prefix: str) -> list[int]:
    """Those among these lots that the company made, has or had."""
    query = select(col(Thing.id)).where(
        col(Thing.id).in_(_wanted()), col(Thing.level) == "lot", took_part(organisation_id, prefix)
    )
    found: list[int] = []
    for chunk in keyed.chunks(sorted(ids), CHUNK):
        found += [int(key or 0) for key in session.execute(query, {"ids": list(chunk)}).scalars()]
    return found


def _wanted() -> BindParameter[Any]:
    return bindparam("ids", type_=Integer(), expanding=True, literal_execute=True)
