"""Rows of captured events, many at a time: what is known of the names they use, and what they add to the index.

It decides nothing: what the events mean is worked out before (see services.settling).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, select, tuple_, union_all, update
from sqlmodel import Session, col

from app.domain.captured import Namespaces
from app.store import items, keyed, plain
from app.store.ready import Ready
from app.store.tables import (
    Allotment,
    Balance,
    Edge,
    Entry,
    EntryThing,
    EventFact,
    Organisation,
    Reference,
    Thing,
)
from app.store.types import filled

_OURS = Ready(
    select(
        col(Organisation.id), col(Organisation.prefix), col(Organisation.gs1_prefix), col(Allotment.prefix)
    )
    .outerjoin(Allotment, col(Allotment.organisation_id) == col(Organisation.id))
    .where(~col(Organisation.elsewhere))
)
_COMPANIES = Ready(
    select(col(Organisation.prefix), col(Organisation.id)).where(
        col(Organisation.prefix).in_(bindparam("prefixes", expanding=True))
    ),
    "prefixes",
)
_UNDER = Ready(
    select(
        *(col(getattr(Entry, name)) for name in ("event_id", "seq", "organisation_id", "version", "body"))
    ).where(col(Entry.event_id).in_(bindparam("keys", expanding=True))),
    "keys",
)
_SHOWN = case((col(EventFact.event_id) != "", col(EventFact.event_id)), else_=col(Entry.event_id))
_MINE = (
    select(col(EventFact.seq), _SHOWN, col(EventFact.hash), col(EventFact.declared))
    .join(Entry, col(Entry.seq) == col(EventFact.seq))
    .where(
        col(EventFact.organisation_id) + 0 == bindparam("company")
    )  # else SQLite reads all that a company has
)
_ALIKE = Ready(
    union_all(
        _MINE.where(
            filled(EventFact.event_id), col(EventFact.event_id).in_(bindparam("ids", expanding=True))
        ),
        _MINE.where(filled(EventFact.hash), col(EventFact.hash).in_(bindparam("digests", expanding=True))),
    ),
    "ids",
    "digests",
)
_IDS = Ready(
    select(col(Thing.epc), col(Thing.id)).where(col(Thing.epc).in_(bindparam("epcs", expanding=True))), "epcs"
)
_STATE = (*items.STATE_COLUMNS, "last_seq", "unit")
_SAVE = Ready(
    update(Thing)
    .where(col(Thing.id) == bindparam("row_id"))
    .values(**{name: bindparam(f"row_{name}") for name in _STATE})
)


def namespaces(session: Session) -> Namespaces:
    """The names that companies of this node give out."""
    prefixes: dict[str, int] = {}
    gs1: dict[str, int] = {}
    for key, own, bare, allotted in _OURS.rows(session):
        company = int(key or 0)
        prefixes |= {own: company} | ({allotted: company} if allotted else {})
        if bare:
            gs1[bare] = company
    return Namespaces(prefixes, gs1)


def companies(session: Session, prefixes: Sequence[str]) -> dict[str, int]:
    """The companies with these prefixes, of this node or another, by prefix."""
    found: dict[str, int] = {}
    for chunk in keyed.chunks(prefixes):
        found |= _COMPANIES.rows(session, prefixes=chunk)
    return found


class Recorded(NamedTuple):
    """An entry that stands under a key of the log."""

    seq: int
    organisation_id: int
    version: int
    body: str


def recorded(session: Session, keys: Iterable[str]) -> dict[str, Recorded]:
    """The entries under these keys, by key."""
    found: dict[str, Recorded] = {}
    for chunk in keyed.chunks(list(dict.fromkeys(keys))):
        found |= {key: Recorded(*rest) for key, *rest in _UNDER.rows(session, keys=chunk)}
    return found


def add_things(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """New things, whose ids it returns by epc. They go in sorted, since a B-tree fills in order."""
    plain.insert_rows(session, Thing, sorted(rows, key=lambda row: row["epc"]))
    found: dict[str, int] = {}
    for chunk in keyed.chunks([row["epc"] for row in rows]):
        found |= _IDS.rows(session, epcs=chunk)
    return found


def save_things(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """New states of things that are there; each row has the id and the columns of a state."""
    if rows:
        _SAVE.run_many(session, rows)


def save_balances(
    session: Session, new: Mapping[int, Sequence[Mapping[str, Any]]], old: Iterable[int]
) -> None:
    """The balances of these things; of those in `old` there are some already, which go."""
    for chunk in keyed.chunks(sorted(old)):
        session.execute(delete(Balance).where(col(Balance.thing_id).in_(chunk)))
    plain.insert_rows(
        session, Balance, [{"thing_id": key} | dict(row) for key, rows in new.items() for row in rows]
    )


def add_rows(
    session: Session,
    *,
    mentions: Sequence[Mapping[str, Any]],
    parties: Iterable[tuple[int, int]],
    references: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
) -> None:
    plain.insert_rows(session, EntryThing, mentions)
    plain.insert_rows(session, Reference, references)
    plain.insert_rows(session, Edge, edges)
    items.add_parties(session, parties)


def open_edges(session: Session, ends: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these (source, target) are tied now."""
    found: set[tuple[int, int]] = set()
    for chunk in keyed.chunks(list(ends), 200):
        pair = tuple_(col(Edge.source_id), col(Edge.target_id))
        query = select(col(Edge.source_id), col(Edge.target_id)).where(
            pair.in_(chunk), col(Edge.undone_seq).is_(None)
        )
        found |= {(source, target) for source, target in session.execute(query)}
    return found


class Alike(NamedTuple):
    """An entry of one company whose event has the id or the hash that was asked for."""

    seq: int
    event_id: str
    hash: str
    declared: bool


def alike(
    session: Session, organisation_id: int, event_ids: Sequence[str], hashes: Sequence[str]
) -> list[Alike]:
    """The company's events with one of these hashes, and its declarations about one of these ids, by entry."""
    found: set[Alike] = set()
    for ids, digests in zip_longest(keyed.chunks(event_ids), keyed.chunks(hashes), fillvalue=()):
        rows = _ALIKE.rows(session, company=organisation_id, ids=ids, digests=digests)
        found |= {Alike(seq, key, digest, bool(declared)) for seq, key, digest, declared in rows}
    return sorted(found)


def body_of(session: Session, seq: int) -> str:
    return session.execute(select(col(Entry.body)).where(col(Entry.seq) == seq)).scalar_one()
