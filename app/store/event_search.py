"""The entries that may be what a query means, in order, a block at a time: more than it means, never fewer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, or_, select, union
from sqlmodel import Session, col

from app.store.lineage import EntryRow, entries_of
from app.store.mints import SHOWN
from app.store.tables import (
    Alias,
    Entry,
    EntryApart,
    EntryThing,
    EventFact,
    EventTerm,
    EventWord,
    Party,
    Thing,
)

LONGEST = 300  # characters that a column keeps
HIGHEST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of the rows. Each of `words`, `terms`, `names` and `event_ids` is one condition met by any of its
    values; `names` are names of things and what names begin with. `first` and `last` bound the places in the log."""

    organisations: Collection[int]
    words: Sequence[tuple[str, Collection[str]]] = ()  # (column, values)
    terms: Sequence[Collection[int]] = ()
    names: Sequence[tuple[Collection[str], Sequence[str]]] = ()
    event_ids: Sequence[tuple[Collection[str], Collection[str]]] = ()  # (ids, hashes)
    since: datetime | None = None
    until: datetime | None = None
    recorded_since: datetime | None = None
    recorded_until: datetime | None = None
    first: int | None = None
    last: int | None = None

    @property
    def narrow(self) -> bool:
        return bool(self.terms or self.names or self.event_ids)


class Place(NamedTuple):
    """Where an entry stands in an order."""

    event_time: datetime
    seq: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class Order:
    """By the place in the log, or by event time and then by place."""

    by_time: bool = False
    descending: bool = True


def candidates(
    session: Session, search: Search, order: Order, after: tuple[datetime, int] | None, limit: int
) -> list[Place]:
    """At most `limit`, those that come after the place `after` in that order."""
    if not search.organisations:
        return []
    if order.by_time and not search.narrow:  # an index for each company; they are merged here
        runs = [_ordered(session, search, {key}, order, after, limit) for key in sorted(search.organisations)]
        merged = merge(*runs, key=lambda row: (row.event_time, row.seq), reverse=order.descending)
        return list(islice(merged, limit))
    return _ordered(session, search, search.organisations, order, after, limit)


def place_of(session: Session, seq: int) -> tuple[datetime, int] | None:
    """The place of entry `seq` in every order; None if there is no such entry."""
    when = session.execute(select(col(EventFact.event_time)).where(col(EventFact.seq) == seq)).scalar()
    return None if when is None else (when, seq)


def texts(session: Session, seqs: Collection[int]) -> dict[int, EntryRow]:
    """The entries themselves."""
    return {row.seq: row for row in entries_of(session, seqs)}


def words(session: Session, organisations: Iterable[int], kind: str, after: str, limit: int) -> list[str]:
    """The words of one kind that events of these companies have used, in order, after `after`."""
    query = (
        select(col(EventWord.value))
        .where(
            col(EventWord.organisation_id).in_(sorted(organisations)),
            col(EventWord.kind) == kind,
            col(EventWord.value) > after,
        )
        .distinct()
        .order_by(col(EventWord.value))
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def has_word(session: Session, organisation_id: int, kind: str, value: str) -> bool:
    return session.get(EventWord, (organisation_id, kind, value)) is not None


def own_things(session: Session, organisation_id: int, after: str, limit: int) -> list[str]:
    """The epcs of single things and logistic units that the company took part in, in order, after `after`."""
    took_part = exists().where(
        col(Party.thing_id) == col(Thing.id), col(Party.organisation_id) == organisation_id
    )
    query = (
        select(col(Thing.epc))
        .where(col(Thing.epc) > after, col(Thing.level).in_(("serial", "logistic")), SHOWN)
        .where(or_(col(Thing.organisation_id) == organisation_id, took_part))
        .order_by(col(Thing.epc))
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def _ordered(
    session: Session,
    search: Search,
    organisations: Collection[int],
    order: Order,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Place]:
    seq, when, owner = col(EventFact.seq), col(EventFact.event_time), col(EventFact.organisation_id)
    # an expression, so that no index of companies is taken where the order or something narrower decides
    whose = owner if order.by_time and not search.narrow else owner + 0
    query = select(when, seq, owner).where(whose.in_(sorted(organisations)), *_conditions(search))
    if search.recorded_since or search.recorded_until:
        query = query.join(Entry, col(Entry.seq) == seq)
    if after is not None:
        query = query.where(_behind(order, *after))
    columns = (when, seq) if order.by_time else (seq,)
    query = query.order_by(*(column.desc() if order.descending else column for column in columns))
    return [Place(*row) for row in session.execute(query.limit(limit))]


def _behind(order: Order, when: datetime, seq: int) -> ColumnElement[bool]:
    number, time = col(EventFact.seq), col(EventFact.event_time)
    if not order.by_time:
        return number < seq if order.descending else number > seq
    if order.descending:
        return (time <= when) & ((time < when) | (number < seq))
    return (time >= when) & ((time > when) | (number > seq))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    seq, when = col(EventFact.seq), col(EventFact.event_time)
    found: list[ColumnElement[bool]] = [
        col(getattr(EventFact, column)).in_(sorted(values)) for column, values in search.words
    ]
    found += [
        seq.in_(select(col(EventTerm.seq)).where(col(EventTerm.term).in_(sorted(terms))))
        for terms in search.terms
    ]
    found += [seq.in_(_mentioning(names, begins)) for names, begins in search.names]
    found += [seq.in_(_called(ids, hashes)) for ids, hashes in search.event_ids]
    bounds = (
        (search.since, when.__ge__), (search.until, when.__lt__), (search.first, seq.__ge__),
        (search.last, seq.__lt__), (search.recorded_since, col(Entry.record_time).__ge__),
        (search.recorded_until, col(Entry.record_time).__lt__),
    )  # fmt: skip
    return found + [compare(value) for value, compare in bounds if value is not None]


def _mentioning(names: Collection[str], begins: Sequence[str]) -> Select[Any]:
    """Entries that mention a thing of one of these names, minted it, or named it without having a say on it."""
    epc = col(Thing.epc)
    called = [epc.in_(sorted(names)), *((epc >= start) & (epc < start + HIGHEST) for start in begins)]
    things = union(
        select(col(Thing.id)).where(or_(*called)),
        select(col(Alias.thing_id)).where(col(Alias.name).in_(sorted(names))),
    ).subquery()
    ids = select(things.c[0])
    found = union(
        select(col(EntryThing.seq)).where(col(EntryThing.thing_id).in_(ids)),
        select(col(EntryApart.seq)).where(col(EntryApart.thing_id).in_(ids)),
        select(col(EntryApart.seq)).where(col(EntryApart.thing_id).in_(ids)),
        select(col(Thing.minted_seq)).where(col(Thing.id).in_(ids)),
    ).subquery()
    return select(found.c[0])


def _called(ids: Collection[str], hashes: Collection[str]) -> Select[Any]:
    found = union(
        select(col(Entry.seq)).where(col(Entry.event_id).in_(sorted(ids))),
        select(col(EventFact.seq)).where(
            col(EventFact.event_id) != "", col(EventFact.event_id).in_(sorted(ids))
        ),
        select(col(EventFact.seq)).where(col(EventFact.hash) != "", col(EventFact.hash).in_(sorted(hashes))),
    ).subquery()
    return select(found.c[0])
