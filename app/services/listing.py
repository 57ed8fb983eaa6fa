"""Lists of an organisation's things and of what it minted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app.domain.people import Actor
from app.services.cards import Card, cards_of
from app.store.tables import Balance, Entry, Product, Thing

LISTED = ("lot", "serial", "logistic")
MINTED = ("lot", "serial", "logistic", "location", "product")


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list. `batch` is a pair of log entries (first, last) that minted; `after` the id of the last row seen."""

    level: str = ""
    product_id: int | None = None
    lifecycle: str = ""
    batch: tuple[int, int] | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one mint made: entries `first` to `last` of the log, and what it was of."""

    first: int
    last: int
    minted: datetime
    count: int
    level: str
    product: Product | None
    lot: str


def things(session: Session, actor: Actor, wanted: Filter, limit: int = 50) -> tuple[list[Card], int | None]:
    """Newest first: what the organisation minted, holds, or is sent. The second value is the next page's `after`."""
    actor.require("browse")
    lots = select(Balance.thing_id).where(or_(col(Balance.holder) == actor.prefix, col(Balance.to) == actor.prefix))
    query = select(Thing).where(
        or_(
            col(Thing.organisation_id) == actor.organisation_id,
            col(Thing.holder) == actor.prefix,
            col(Thing.to) == actor.prefix,
            col(Thing.id).in_(lots),
        )
    )
    if wanted.batch:
        query = query.where(col(Thing.minted_seq).between(*wanted.batch), col(Thing.level) != "process")
    else:
        query = query.where(col(Thing.level).in_([wanted.level] if wanted.level in LISTED else LISTED))
    if wanted.product_id:
        query = query.where(col(Thing.product_id) == wanted.product_id)
    if wanted.lifecycle:
        query = query.where(col(Thing.lifecycle) == wanted.lifecycle)
    if wanted.after:
        query = query.where(col(Thing.id) < wanted.after)
    rows = list(session.execute(query.order_by(col(Thing.id).desc()).limit(limit + 1)).scalars())
    return cards_of(session, actor, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None


def batches(session: Session, actor: Actor, limit: int = 20) -> list[Batch]:
    """The newest mints of things one prints labels for; runs of entries of one mint are joined."""
    actor.require("browse")
    own = (col(Entry.organisation_id) == actor.organisation_id, col(Entry.step) == "mint")
    query = select(Entry.seq, Entry.record_time).where(*own).order_by(col(Entry.seq).desc()).limit(limit * 5)
    entries = {seq: time for seq, time in session.execute(query).tuples()}
    counted = (
        select(col(Thing.minted_seq), func.count(), func.min(Thing.level), func.min(Thing.product_id), func.min(Thing.lot))
        .where(col(Thing.minted_seq).in_(entries), col(Thing.level).in_(MINTED))
        .group_by(col(Thing.minted_seq))
        .order_by(col(Thing.minted_seq).desc())
    )
    rows = session.execute(counted).tuples().all()
    products = _products(session, [row[3] for row in rows])
    found: list[Batch] = []
    for seq, count, level, product_id, lot in rows:
        batch = Batch(seq, seq, entries[seq], count, level, products.get(product_id or 0), lot)
        if found and _same_mint(batch, found[-1]):
            found[-1] = Batch(seq, found[-1].last, batch.minted, found[-1].count + count, level, batch.product, lot)
        else:
            found.append(batch)
    return found[:limit]


def _same_mint(older: Batch, newer: Batch) -> bool:
    alike = (older.level, older.product, older.lot, older.minted) == (newer.level, newer.product, newer.lot, newer.minted)
    return alike and older.last + 1 == newer.first and older.level == "serial"


def _products(session: Session, ids: Sequence[int | None]) -> dict[int, Product]:
    wanted = sorted({key for key in ids if key})
    rows = session.execute(select(Product).where(col(Product.id).in_(wanted))).scalars()
    return {int(product.id or 0): product for product in rows}
