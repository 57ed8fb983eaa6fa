"""Rows of records: found by key, put in, replaced and deleted with what they were before. Lists: see record_lists.

Reads go around the ORM: a look-up is what a node does most. Keys and ready-made bytes come in; the rules of handles
are the domain's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import DeclaredAlias, Record, RecordVersion, Thing, ValueIndex

KIND = "record"


class Stored(NamedTuple):
    """A row of `record` as it is."""

    id: int
    key: str
    handle: str
    organisation_id: int
    values: bytes
    public: bytes
    template_id: int | None
    template_version: int | None
    version: int
    modified: datetime


Indexed = tuple[tuple[str, str, bool], ...]  # value, type, public: by which a record is found, normalised


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be."""

    key: str
    handle: str
    organisation_id: int
    values: bytes
    public: bytes
    indexed: Indexed = ()
    template_id: int | None = None
    template_version: int | None = None


COLUMNS: tuple[Any, ...] = tuple(getattr(Record, name) for name in Stored._fields)


def public_of(session: Session, key: str) -> bytes | None:
    """The JSON array that anyone is sent; None when there is no record. One SELECT."""
    row = session.connection().execute(_public(), {"key": key}).first()
    return row[0] if row else None


def find(session: Session, key: str, *, for_update: bool = False) -> Stored | None:
    """`for_update` keeps other writers out until the transaction ends."""
    row = session.connection().execute(_whole(for_update), {"key": key}).first()
    return stored(row) if row else None


def of_keys(session: Session, keys: Iterable[str], *, for_update: bool = False) -> dict[str, Stored]:
    """Those of the records that are there, by key. `for_update` as in `find`."""
    query = select(*COLUMNS).where(col(Record.key).in_(bindparam("keys", expanding=True)))
    query = query.order_by(col(Record.key)).with_for_update() if for_update else query
    found: dict[str, Stored] = {}
    for chunk in keyed.chunks(sorted(set(keys))):
        found |= {row.key: stored(row) for row in session.connection().execute(query, {"keys": chunk})}
    return found


def stored(row: Any) -> Stored:
    """A row of COLUMNS with all its values, also where they are kept once because anyone may see them."""
    found = Stored(*row)
    return found if found.values else found._replace(values=found.public)


def _kept(draft: Draft) -> bytes:
    """Nothing where anyone may see all of it: half the bytes to write, and three rows on a page instead of one."""
    return b"" if draft.values == draft.public else draft.values


def minted(session: Session, epcs: Iterable[str]) -> dict[str, int]:
    """Which of these epcs are minted things, and of which organisation."""
    query = select(col(Thing.epc), col(Thing.organisation_id))
    query = query.where(col(Thing.epc).in_(bindparam("epcs", expanding=True)))
    found: dict[str, int] = {}
    for chunk in keyed.chunks(sorted(set(epcs))):
        found |= dict(session.connection().execute(query, {"epcs": chunk}).all())
    return found


def declared(session: Session, name: str) -> str | None:
    """The epc that an owner gave this other name (canonical)."""
    query = select(col(DeclaredAlias.epc)).where(col(DeclaredAlias.name) == name)
    return session.connection().execute(query).scalar_one_or_none()


def insert_many(session: Session, drafts: Sequence[Draft], now: datetime) -> None:
    """New records, in the order of their keys. Raises Taken when a key is there. Executemany throughout."""
    versions = _last_versions(session, sorted(draft.key for draft in drafts))
    restore(session, [(draft, versions.get(draft.key, 0) + 1, now) for draft in drafts])


def restore(session: Session, rows: Sequence[tuple[Draft, int, datetime]]) -> None:
    """The same with the version and the moment that each of them has."""
    if not rows:
        return
    rows = sorted(rows, key=lambda row: row[0].key)
    table = Record.__table__  # type: ignore[attr-defined]
    inserted = session.connection().execute(
        insert(table).returning(table.c.key, table.c.id),
        [
            {
                "key": draft.key,
                "handle": draft.handle,
                "organisation_id": draft.organisation_id,
                "values": _kept(draft),
                "public": draft.public,
                "template_id": draft.template_id,
                "template_version": draft.template_version,
                "version": version,
                "modified": modified,
            }
            for draft, version, modified in rows
        ],
    )
    ids: dict[str, int] = dict(inserted.all())
    _index(session, ((ids[draft.key], draft) for draft, _, _ in rows))


def restore_versions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(RecordVersion.__table__), rows)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Change:
    """What a record was (found with `for_update`), how that was indexed, and what it becomes."""

    before: Stored
    was_indexed: Indexed
    draft: Draft


def replace_many(session: Session, changes: Sequence[Change], now: datetime, by: str) -> None:
    """The records as their drafts say; what they were goes into their history."""
    if not changes:
        return
    changes = sorted(changes, key=lambda change: change.before.key)
    _keep(session, [change.before for change in changes], now, by, deleted=False)
    session.connection().execute(
        _replacing(),
        [
            {
                "row_id": change.before.id,
                "row_values": _kept(change.draft),
                "row_public": change.draft.public,
                "row_template": change.draft.template_id,
                "row_template_version": change.draft.template_version,
                "row_version": change.before.version + 1,
                "row_now": now,
            }
            for change in changes
        ],
    )
    _unindex(session, ((change.before.id, change.was_indexed) for change in changes))
    _index(session, ((change.before.id, change.draft) for change in changes))


def remove_many(session: Session, gone: Sequence[tuple[Stored, Indexed]], now: datetime, by: str) -> None:
    """The records, each with how it was indexed, go; what they were stays in their history. They were found with
    `for_update`."""
    if not gone:
        return
    _keep(session, [before for before, _ in gone], now, by, deleted=True)
    _unindex(session, ((before.id, was_indexed) for before, was_indexed in gone))
    removing = delete(Record).where(col(Record.id) == bindparam("row_id"))
    session.connection().execute(removing, [{"row_id": before.id} for before, _ in gone])


def owner_of(session: Session, key: str) -> int | None:
    """The organisation whose record this is, or was before it was deleted; None where there never was one."""
    now = select(col(Record.organisation_id)).where(col(Record.key) == key)
    if (owner := session.connection().execute(now).scalar()) is not None:
        return int(owner)
    once = select(col(RecordVersion.organisation_id)).where(col(RecordVersion.key) == key)
    return session.connection().execute(once.order_by(col(RecordVersion.version).desc()).limit(1)).scalar()


def history(session: Session, key: str) -> Sequence[RecordVersion]:
    """What the record was, the newest first."""
    query = select(RecordVersion).where(col(RecordVersion.key) == key)
    return session.execute(query.order_by(col(RecordVersion.version).desc())).scalars().all()


def _last_versions(session: Session, of: Sequence[str]) -> dict[str, int]:
    """The last version in the history of each key: numbers go on where a deleted record stopped."""
    query = (
        select(col(RecordVersion.key), func.max(col(RecordVersion.version)))
        .where(col(RecordVersion.key).in_(bindparam("keys", expanding=True)))
        .group_by(col(RecordVersion.key))
    )
    found: dict[str, int] = {}
    for chunk in keyed.chunks(of):
        found |= dict(session.connection().execute(query, {"keys": chunk}).all())
    return found


def _keep(session: Session, rows: Sequence[Stored], now: datetime, by: str, *, deleted: bool) -> None:
    session.connection().execute(
        insert(RecordVersion.__table__),  # type: ignore[attr-defined]
        [
            {
                "key": row.key,
                "version": row.version,
                "handle": row.handle,
                "organisation_id": row.organisation_id,
                "values": row.values,
                "since": row.modified,
                "until": now,
                "deleted": deleted,
                "changed_by": by[:320],
            }
            for row in rows
        ],
    )


def _index(session: Session, records: Iterable[tuple[int, Draft]]) -> None:
    rows = [
        {"value": value, "type": type_, "kind": KIND, "ref": ref}
        | {"organisation_id": draft.organisation_id, "public": public}
        for ref, draft in records
        for value, type_, public in draft.indexed
    ]
    if rows:
        rows.sort(key=lambda row: (row["value"], row["type"]))
        session.connection().execute(insert(ValueIndex.__table__), rows)  # type: ignore[attr-defined]


def _unindex(session: Session, records: Iterable[tuple[int, Indexed]]) -> None:
    """Row by row by its whole key: the table has no index by record."""
    rows = [
        {"row_value": value, "row_type": type_, "row_ref": ref}
        for ref, was in records
        for value, type_, _ in was
    ]
    if rows:
        session.connection().execute(_unindexing(), rows)


@cache
def _public() -> Select[Any]:
    return select(col(Record.public)).where(col(Record.key) == bindparam("key"))


@cache
def _whole(for_update: bool) -> Select[Any]:
    query = select(*COLUMNS).where(col(Record.key) == bindparam("key"))
    return query.with_for_update() if for_update else query


@cache
def _replacing() -> Any:
    return (
        update(Record)
        .where(col(Record.id) == bindparam("row_id"))
        .values(
            values=bindparam("row_values"),
            public=bindparam("row_public"),
            template_id=bindparam("row_template"),
            template_version=bindparam("row_template_version"),
            version=bindparam("row_version"),
            modified=bindparam("row_now"),
        )
    )


@cache
def _unindexing() -> Any:
    return delete(ValueIndex).where(
        col(ValueIndex.value) == bindparam("row_value"),
        col(ValueIndex.type) == bindparam("row_type"),
        col(ValueIndex.kind) == KIND,
        col(ValueIndex.ref) == bindparam("row_ref"),
    )
