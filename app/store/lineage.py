"""The rows a provenance report is made of, each kind in one statement however many things it is about."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, exists, func, or_, select
from sqlmodel import Session, col

from app.domain import merkle
from app.store.tables import (
    Balance,
    Checkpoint,
    Entry,
    EntryThing,
    MerkleNode,
    Organisation,
    Party,
    Product,
    Site,
    Thing,
)


class ThingRow(NamedTuple):
    """`took_part`: the reader's organisation made it, has or had it, or was sent it."""

    id: int
    epc: str
    level: str
    organisation_id: int
    lot: str
    serial: str
    unit: str
    produced_on: date | None
    expires_on: date | None
    last_time: datetime | None
    minted_seq: int
    lifecycle: str
    disposition: str
    holder: str
    site: str
    to: str
    origin: str
    container: str
    held: str
    product_zh: str
    product_en: str
    part_number: str
    took_part: bool


class MentionRow(NamedTuple):
    """One thing in one entry, without the entry's text."""

    thing_id: int
    seq: int
    role: str
    quantity: Decimal | None
    step: str
    organisation_id: int
    event_time: datetime


class EntryRow(NamedTuple):
    seq: int
    event_id: str
    step: str
    organisation_id: int
    event_time: datetime
    record_time: datetime
    body: str


_THING = ThingRow._fields[: ThingRow._fields.index("product_zh")]  # the columns of the table itself


def took_part(organisation_id: int, prefix: str) -> ColumnElement[bool]:
    """Whether this organisation made, has, had or was sent a Thing. Having what a part is built into is not enough:
    the parts of what one bought may come from companies one does not know."""
    return or_(
        col(Thing.organisation_id) == organisation_id,
        and_(or_(col(Thing.holder) == prefix, col(Thing.to) == prefix), col(Thing.bond) != "assembled"),
        exists().where(col(Party.thing_id) == col(Thing.id), col(Party.organisation_id) == organisation_id),
        exists().where(
            col(Balance.thing_id) == col(Thing.id),
            or_(col(Balance.holder) == prefix, col(Balance.to) == prefix),
        ),
    )


def things_of(session: Session, ids: Iterable[int], organisation_id: int, prefix: str) -> dict[int, ThingRow]:
    """The things with what they are and whether this organisation took part in them."""
    columns: list[Any] = [getattr(Thing, name) for name in _THING]
    named = [
        func.coalesce(column, "")
        for column in (col(Product.name_zh), col(Product.name_en), col(Product.part_number))
    ]
    query = select(*columns, *named, took_part(organisation_id, prefix)).outerjoin(
        Product, col(Product.id) == col(Thing.product_id)
    )
    rows = session.execute(query.where(col(Thing.id).in_(_ids("ids"))), {"ids": sorted(ids)})
    return {row[0]: ThingRow(*row) for row in rows}


def mentions_of(session: Session, ids: Iterable[int]) -> list[MentionRow]:
    """Which entries (mints apart) mention these things, in the order they happened."""
    query = (
        select(
            col(EntryThing.thing_id), col(EntryThing.seq), col(EntryThing.role), col(EntryThing.quantity),
            col(Entry.step), col(Entry.organisation_id), col(Entry.event_time),
        )
        .join(Entry, col(Entry.seq) == col(EntryThing.seq))
        .where(col(EntryThing.thing_id).in_(_ids("ids")))
        .order_by(col(Entry.event_time), col(EntryThing.seq), col(EntryThing.thing_id))
    )  # fmt: skip
    return [MentionRow(*row) for row in session.execute(query, {"ids": sorted(ids)})]


def entries_of(session: Session, seqs: Iterable[int]) -> list[EntryRow]:
    """The entries themselves, in the order they happened."""
    columns = (
        col(Entry.seq), col(Entry.event_id), col(Entry.step), col(Entry.organisation_id),
        col(Entry.event_time), col(Entry.record_time), col(Entry.body),
    )  # fmt: skip
    query = (
        select(*columns)
        .where(col(Entry.seq).in_(_ids("seqs")))
        .order_by(col(Entry.event_time), col(Entry.seq))
    )
    return [EntryRow(*row) for row in session.execute(query, {"seqs": sorted(seqs)})]


def organisations(session: Session) -> list[Organisation]:
    """All of the node: a few hundred at most, and needed both by id and by prefix."""
    return list(session.execute(select(Organisation)).scalars())


def sites_of(session: Session, epcs: Iterable[str]) -> dict[str, Site]:
    wanted = sorted({epc for epc in epcs if epc})
    rows = session.execute(select(Site).where(col(Site.epc).in_(wanted))).scalars() if wanted else ()
    return {site.epc: site for site in rows}


def balances_of(session: Session, ids: Iterable[int]) -> list[Balance]:
    query = select(Balance).where(col(Balance.thing_id).in_(_ids("ids"))).order_by(col(Balance.id))
    return list(session.execute(query, {"ids": sorted(ids)}).scalars())


def log_position(session: Session) -> tuple[int, bytes, Checkpoint | None]:
    """Size and root of the log, and its newest checkpoint: three statements (`log.head` asks for node after node)."""
    newest = session.execute(select(func.max(Entry.seq))).scalar()
    size = 0 if newest is None else newest + 1
    checkpoint = session.execute(
        select(Checkpoint).order_by(col(Checkpoint.size).desc()).limit(1)
    ).scalar_one_or_none()
    places = _complete_subtrees(size)
    if not places:
        return size, merkle.EMPTY_ROOT, checkpoint
    wanted = or_(
        *(and_(col(MerkleNode.level) == level, col(MerkleNode.idx) == index) for level, index in places)
    )
    nodes = {
        (row.level, row.idx): row.hash for row in session.execute(select(MerkleNode).where(wanted)).scalars()
    }
    return size, merkle.root(size, lambda level, index: nodes[level, index]), checkpoint


def _complete_subtrees(size: int) -> list[tuple[int, int]]:
    """(level, index) of the largest complete subtrees that make up the tree: one per set bit of its size."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def _ids(name: str) -> BindParameter[Any]:
    """A list of our own integers, written into the statement: a database allows only so many parameters."""
    return bindparam(name, type_=Integer(), expanding=True, literal_execute=True)
