"""Lists of an organisation's things and of what it minted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.services.cards import Card, cards_of
from app.store import browsing, items, log
from app.store.tables import Entry, Product

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
    levels = MINTED if wanted.batch else (wanted.level,) if wanted.level in LISTED else LISTED
    rows = browsing.things(
        session, actor.organisation_id, actor.prefix, levels=levels, product_id=wanted.product_id,
        lifecycle=wanted.lifecycle, batch=wanted.batch, after=wanted.after, limit=limit + 1,
    )  # fmt: skip
    return cards_of(session, actor, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None


def batches(session: Session, actor: Actor, limit: int = 20) -> list[Batch]:
    """The newest mints of things one prints labels for; runs of entries of one mint are joined.

    Sites and products, which mint one identifier each, are left to their own pages.
    """
    actor.require("browse")
    entries = browsing.mint_entries(session, actor.organisation_id, limit * 5)
    rows = [row for row in browsing.minted_counts(session, entries) if row[2] in LISTED]
    products = browsing.products_by_id(session, [row[3] for row in rows])
    runs = browsing.runs_begun(session, [row[0] for row in rows])
    found: list[Batch] = []
    for seq, counted, level, product_id, lot in rows:
        last, count = runs.get(seq, (seq, counted))
        batch = Batch(seq, last, entries[seq], count, level, products.get(product_id or 0), lot)
        if found and not runs.keys() & {seq, found[-1].first} and _same_mint(batch, found[-1]):
            found[-1] = Batch(
                seq, found[-1].last, batch.minted, found[-1].count + count, level, batch.product, lot
            )
        else:
            found.append(batch)
    return found[:limit]


def _same_mint(older: Batch, newer: Batch) -> bool:
    """A mint of more than one entry's worth fills entries one after the other, all at one moment."""
    alike = all(
        getattr(older, name) == getattr(newer, name) for name in ("level", "product", "lot", "minted")
    )
    return alike and older.last + 1 == newer.first


def batch_of(session: Session, epcs: Sequence[str]) -> tuple[int, int]:
    """The first and the last entry of the log that minted these."""
    seqs = [thing.minted_seq for thing in items.of_epcs(session, epcs).values()]
    return min(seqs), max(seqs)


def events(
    session: Session, actor: Actor, *, after: int = -1, limit: int = 50
) -> tuple[Sequence[Entry], int | None]:
    """What the organisation recorded, oldest first, and the next page's `after`."""
    actor.require("browse")
    rows = log.entries_by(session, actor.organisation_id, after, limit + 1)
    return rows[:limit], rows[limit - 1].seq if len(rows) > limit else None
