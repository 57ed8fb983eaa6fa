"""A company's own entries of a period, as they happened, and what is needed to tell of them: which were
withdrawn, how goods came, what was in a container.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.store import keyed
from app.store.lineage import EntryRow, entries_of
from app.store.tables import Edge, Entry, EntryThing, EventFact, Thing

BLOCK = 500
_COLUMNS = (
    col(Entry.seq),
    col(Entry.event_id),
    col(Entry.step),
    col(Entry.organisation_id),
    col(Entry.event_time),
    col(Entry.record_time),
    col(Entry.body),
)


class Cursor(NamedTuple):
    """A place in a company's events as they happened."""

    moment: datetime
    seq: int


class Packed(NamedTuple):
    """`thing_id` was in `container_id` from `since` to `until` (None: still); `quantity` of a lot."""

    container_id: int
    thing_id: int
    quantity: Decimal | None
    since: datetime
    until: datetime | None


def block(
    session: Session,
    organisation_id: int,
    steps: Collection[str],
    since: datetime,
    until: datetime,
    after: Cursor | None,
) -> list[EntryRow]:
    """The next entries behind `after` whose event happened from `since` to before `until`, as they happened."""
    query = select(*_COLUMNS).join(EventFact, col(EventFact.seq) == col(Entry.seq))
    query = query.where(
        *_mine(organisation_id, after.moment if after else since, until), col(Entry.step).in_(steps)
    )
    if after is not None:
        query = query.where(or_(col(EventFact.event_time) != after.moment, col(EventFact.seq) > after.seq))
    query = query.order_by(col(EventFact.event_time), col(EventFact.seq)).limit(BLOCK)
    return [EntryRow(*row) for row in session.execute(query)]


def behind_newest(
    session: Session,
    organisation_id: int,
    steps: Collection[str],
    since: datetime,
    until: datetime,
    count: int,
) -> Cursor | None:
    """The entry behind which the newest `count` of the period come; None where there are no more."""
    query = select(col(EventFact.event_time), col(EventFact.seq))
    query = query.join(Entry, col(Entry.seq) == col(EventFact.seq))
    query = query.where(*_mine(organisation_id, since, until), col(Entry.step).in_(steps))
    newest = query.order_by(col(EventFact.event_time).desc(), col(EventFact.seq).desc())
    row = session.execute(newest.offset(count).limit(1)).one_or_none()
    return Cursor(*row) if row else None


def declarations(session: Session, organisation_id: int, since: datetime, until: datetime) -> list[EntryRow]:
    """Entries of the period that withdraw others. A declaration tells the event again, with its time."""
    query = select(*_COLUMNS).join(EventFact, col(EventFact.seq) == col(Entry.seq))
    query = query.where(*_mine(organisation_id, since, until), col(EventFact.declared))
    return [EntryRow(*row) for row in session.execute(query)]


def _mine(organisation_id: int, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """By the index of facts, which has them in order; the log's own rows are looked up one by one."""
    moment = col(EventFact.event_time)
    return col(EventFact.organisation_id) == organisation_id, moment >= since, moment < until


def about(session: Session, organisation_id: int, thing_ids: Iterable[int], most: int) -> list[EntryRow]:
    """The newest `most` of the company's entries that mention these things, oldest first, mints apart."""
    mentioned: set[int] = set()
    for chunk in keyed.chunks(
        sorted(set(thing_ids))
    ):  # no join: SQLite would begin with all of the company's entries
        query = select(col(EntryThing.seq)).where(col(EntryThing.thing_id).in_(chunk)).distinct()
        mentioned.update(session.execute(query).scalars())
    mine: list[int] = []
    for seqs in keyed.chunks(sorted(mentioned, reverse=True)):
        own = (col(Entry.seq).in_(seqs), col(Entry.organisation_id) == organisation_id)
        mine += session.execute(select(col(Entry.seq)).where(*own).order_by(col(Entry.seq).desc())).scalars()
        if len(mine) >= most:
            break
    newest = sorted(mine[:most])
    return [row for chunk in keyed.chunks(newest) for row in entries_of(session, chunk)]


def sendings(session: Session, thing_ids: Iterable[int], steps: Collection[str]) -> dict[int, list[EntryRow]]:
    """The entries by which anybody sent these things, by thing, oldest first."""
    pairs: list[tuple[int, int]] = []
    for chunk in keyed.chunks(sorted(set(thing_ids))):
        query = (
            select(col(EntryThing.thing_id), col(EntryThing.seq))
            .join(Entry, col(Entry.seq) == col(EntryThing.seq))
            .where(col(EntryThing.thing_id).in_(chunk), col(Entry.step).in_(steps))
        )
        pairs += [(int(thing), int(seq)) for thing, seq in session.execute(query)]
    entries: dict[int, EntryRow] = {}
    for seqs in keyed.chunks(sorted({seq for _, seq in pairs})):
        entries |= {row.seq: row for row in entries_of(session, seqs)}
    found: dict[int, list[EntryRow]] = {}
    for thing, seq in pairs:
        found.setdefault(thing, []).append(entries[seq])
    return {thing: sorted(rows, key=lambda row: (row.event_time, row.seq)) for thing, rows in found.items()}


def packed(session: Session, container_ids: Iterable[int]) -> list[Packed]:
    """What ever was in these containers, and in the containers inside them."""
    found: list[Packed] = []
    seen: set[int] = set()
    wanted = set(container_ids)
    while wanted:
        seen |= wanted
        rows = [row for chunk in keyed.chunks(sorted(wanted)) for row in _packed(session, chunk)]
        found += rows
        wanted = _containers(session, {row.thing_id for row in rows} - seen)
    return found


def _packed(session: Session, ids: Sequence[int]) -> list[Packed]:
    begun, ended = aliased(Entry), aliased(Entry)
    query = (
        select(
            col(Edge.target_id), col(Edge.source_id), col(Edge.quantity), col(begun.event_time), col(ended.event_time),
            col(ended.step),
        )
        .join(begun, col(begun.seq) == col(Edge.seq))
        .outerjoin(ended, col(ended.seq) == col(Edge.undone_seq))
        .where(col(Edge.target_id).in_(ids), col(Edge.kind) == "packed")
    )  # fmt: skip
    return [
        Packed(container, thing, quantity, since, until)
        for container, thing, quantity, since, until, step in session.execute(query)
        if step in (None, "unpack")  # whatever else ends it says that it never was
    ]


def _containers(session: Session, ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in keyed.chunks(sorted(ids)):
        query = select(col(Thing.id)).where(col(Thing.id).in_(chunk), col(Thing.level) == "logistic")
        found |= {int(row) for row in session.execute(query).scalars()}
    return found
