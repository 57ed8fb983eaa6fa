"""Rows of recalls, and what finding their suspects asks of the log's index."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import delete, func, insert, inspect, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from app.domain.genealogy import Tie
from app.store import keyed
from app.store.plain import table_of
from app.store.tables import (
    Edge,
    Entry,
    Recall,
    RecallConsignment,
    RecallItem,
    RecallNotice,
    RecallStep,
    RecallStock,
    Thing,
)

Kind = TypeVar("Kind", bound=SQLModel)
CONTENTS: tuple[type[SQLModel], ...] = (RecallItem, RecallStock, RecallConsignment)


def find(session: Session, organisation_id: int, recall_id: str, *, lock: bool = False) -> Recall | None:
    """`lock` keeps it for this transaction: of two managers the second waits, and sees what the first did."""
    query = select(Recall).where(col(Recall.id) == recall_id, col(Recall.organisation_id) == organisation_id)
    if lock:
        query = query.with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def of_nonce(session: Session, organisation_id: int, nonce: str) -> Recall | None:
    query = select(Recall).where(col(Recall.organisation_id) == organisation_id, col(Recall.nonce) == nonce)
    return session.execute(query).scalar_one_or_none()


def next_number(session: Session, organisation_id: int) -> int:
    query = select(func.max(Recall.number)).where(col(Recall.organisation_id) == organisation_id)
    return (session.execute(query).scalar() or 0) + 1


def newest(session: Session, organisation_id: int, limit: int, before: int | None) -> list[Recall]:
    query = select(Recall).where(col(Recall.organisation_id) == organisation_id)
    if before is not None:
        query = query.where(col(Recall.number) < before)
    return list(session.execute(query.order_by(col(Recall.number).desc()).limit(limit)).scalars())


def fill(
    session: Session, recall_id: str, rows: Mapping[type[SQLModel], Sequence[Mapping[str, Any]]]
) -> None:
    """In place of what was found before; which of the things are on hold by this recall stays known."""
    held = {
        epc: (held, released)
        for epc, held, released in session.execute(
            select(col(RecallItem.epc), col(RecallItem.held_seq), col(RecallItem.released_seq)).where(
                col(RecallItem.recall_id) == recall_id, col(RecallItem.held_seq).is_not(None)
            )
        )
    }
    for table in CONTENTS:
        ours = [col(RecallConsignment.zone) == ""] if table is RecallConsignment else []
        session.execute(delete(table).where(_of(table, recall_id), *ours))
    for table, values in rows.items():
        for chunk in keyed.chunks(values):
            session.execute(insert(table), [_kept(row, held, recall_id) for row in chunk])


def fill_told(session: Session, recall_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """What partners told, in place of what they told before."""
    session.execute(
        delete(RecallConsignment).where(
            col(RecallConsignment.recall_id) == recall_id, col(RecallConsignment.zone) != ""
        )
    )
    if rows:
        session.execute(insert(RecallConsignment), [{**row, "recall_id": recall_id} for row in rows])


def _kept(
    row: Mapping[str, Any], held: Mapping[str, tuple[int | None, int | None]], recall_id: str
) -> dict[str, Any]:
    values = {**row, "recall_id": recall_id}
    if "role" in row:
        values["held_seq"], values["released_seq"] = held.get(row["epc"], (None, None))
    return values


def _of(table: type[SQLModel], recall_id: str) -> Any:
    return table_of(table).c.recall_id == recall_id


def items_of(
    session: Session, recall_id: str, *, limit: int | None = None, offset: int = 0, **equal: Any
) -> list[RecallItem]:
    """Suspects first, then by how far away; `equal` narrows by columns."""
    query = _plain(RecallItem).where(col(RecallItem.recall_id) == recall_id)
    for name, value in equal.items():
        query = query.where(col(getattr(RecallItem, name)) == value)
    query = query.order_by(func.abs(col(RecallItem.depth)), col(RecallItem.depth).desc(), col(RecallItem.epc))
    return _rows(session, RecallItem, query.limit(limit).offset(offset) if limit else query)


def items_named(session: Session, recall_id: str, epcs: Iterable[str]) -> list[RecallItem]:
    found: list[RecallItem] = []
    for chunk in keyed.chunks(list(dict.fromkeys(epcs))):
        query = _plain(RecallItem).where(
            col(RecallItem.recall_id) == recall_id, col(RecallItem.epc).in_(chunk)
        )
        found += _rows(session, RecallItem, query)
    return found


def counts_of(session: Session, recall_id: str) -> dict[tuple[str, str], int]:
    """How many of each level have each role."""
    query = (
        select(col(RecallItem.level), col(RecallItem.role), func.count())
        .where(col(RecallItem.recall_id) == recall_id)
        .group_by(col(RecallItem.level), col(RecallItem.role))
    )
    return {(level, role): count for level, role, count in session.execute(query)}


def stock_of(session: Session, recall_id: str) -> list[RecallStock]:
    query = _plain(RecallStock).where(col(RecallStock.recall_id) == recall_id)
    return _rows(session, RecallStock, query.order_by(col(RecallStock.idx)))


def consignments_of(
    session: Session, recall_id: str, *, inward: bool | None = None, consignee: str | None = None
) -> list[RecallConsignment]:
    query = _plain(RecallConsignment).where(col(RecallConsignment.recall_id) == recall_id)
    if inward is not None:
        query = query.where(col(RecallConsignment.inward) == inward)
    if consignee is not None:
        query = query.where(col(RecallConsignment.consignee) == consignee)
    return _rows(session, RecallConsignment, query.order_by(col(RecallConsignment.idx)))


def notices_of(session: Session, recall_id: str) -> list[RecallNotice]:
    query = select(RecallNotice).where(col(RecallNotice.recall_id) == recall_id)
    return list(session.execute(query.order_by(col(RecallNotice.steps), col(RecallNotice.party))).scalars())


def steps_of(session: Session, recall_id: str) -> list[RecallStep]:
    query = select(RecallStep).where(col(RecallStep.recall_id) == recall_id).order_by(col(RecallStep.id))
    return list(session.execute(query).scalars())


def note_hold(session: Session, recall_id: str, epc: str, *, held: int | None, released: int | None) -> None:
    session.execute(
        update(RecallItem)
        .where(col(RecallItem.recall_id) == recall_id, col(RecallItem.epc) == epc)
        .values(held_seq=held, released_seq=released)
    )


def next_to_hold(session: Session, recall_id: str, after: str, limit: int) -> list[RecallItem]:
    query = select(RecallItem).where(*_to_hold(recall_id), col(RecallItem.epc) > after)
    return list(session.execute(query.order_by(col(RecallItem.epc)).limit(limit)).scalars())


def next_to_release(session: Session, recall_id: str, after: str, limit: int) -> list[RecallItem]:
    query = select(RecallItem).where(*_held(recall_id), col(RecallItem.epc) > after)
    return list(session.execute(query.order_by(col(RecallItem.epc)).limit(limit)).scalars())


def count_to_hold(session: Session, recall_id: str) -> int:
    """Of what it reaches: what the company can stop and this recall has not stopped."""
    query = (
        select(func.count())
        .select_from(RecallItem)
        .join(Thing, col(Thing.epc) == col(RecallItem.epc))
        .where(*_to_hold(recall_id), col(Thing.lifecycle) == "active", col(Thing.bond) != "assembled")
    )
    return session.execute(query).scalar_one()


def count_held(session: Session, recall_id: str) -> int:
    return session.execute(select(func.count()).select_from(RecallItem).where(*_held(recall_id))).scalar_one()


def _to_hold(recall_id: str) -> tuple[Any, ...]:
    return (
        col(RecallItem.recall_id) == recall_id,
        col(RecallItem.ours),
        col(RecallItem.level).in_(("lot", "serial")),
        col(RecallItem.role).in_(("suspect", "downstream")),
        or_(col(RecallItem.held_seq).is_(None), col(RecallItem.released_seq).is_not(None)),
    )


def _held(recall_id: str) -> tuple[Any, ...]:
    return (
        col(RecallItem.recall_id) == recall_id,
        col(RecallItem.held_seq).is_not(None),
        col(RecallItem.released_seq).is_(None),
    )


def holding_recall(session: Session, organisation_id: int, epc: str) -> Recall | None:
    """The open recall of the company that has a thing on hold."""
    query = (
        select(Recall)
        .join(RecallItem, col(RecallItem.recall_id) == col(Recall.id))
        .where(
            col(RecallItem.epc) == epc,
            col(RecallItem.held_seq).is_not(None),
            col(RecallItem.released_seq).is_(None),
            col(Recall.organisation_id) == organisation_id,
            col(Recall.state) == "open",
        )
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def claimed_by_others(
    session: Session, organisation_id: int, recall_id: str, epcs: Iterable[str]
) -> set[str]:
    """Things that another open recall of the same company wants kept as well."""
    found: set[str] = set()
    for chunk in keyed.chunks(list(epcs)):
        query = (
            select(col(RecallItem.epc))
            .join(Recall, col(Recall.id) == col(RecallItem.recall_id))
            .where(
                col(RecallItem.epc).in_(chunk),
                col(RecallItem.recall_id) != recall_id,
                col(RecallItem.role).in_(("suspect", "downstream", "shared")),
                col(Recall.organisation_id) == organisation_id,
                ~col(Recall.mock),
                col(Recall.state) == "open",
            )
        )
        found.update(session.execute(query).scalars())
    return found


def things_by_epc(session: Session, epcs: Iterable[str]) -> dict[str, int]:
    """The ids of things, by their own epcs."""
    found: dict[str, int] = {}
    for chunk in keyed.chunks(list(dict.fromkeys(epcs))):
        rows = session.execute(select(col(Thing.epc), col(Thing.id)).where(col(Thing.epc).in_(chunk)))
        found.update((epc, int(key or 0)) for epc, key in rows)
    return found


def packed_in(session: Session, units: Sequence[int]) -> list[Tie]:
    """What was ever packed into these logistic units."""
    return [tie for chunk in keyed.chunks(units) for tie in _packings(session, Edge.target_id, chunk)]


def packed_from(session: Session, ids: Sequence[int]) -> list[Tie]:
    """The logistic units that these things were ever packed into."""
    return [tie for chunk in keyed.chunks(ids) for tie in _packings(session, Edge.source_id, chunk)]


def _packings(session: Session, end: int, ids: Sequence[int]) -> list[Tie]:
    begun, ended = aliased(Entry), aliased(Entry)
    query = (
        select(
            col(Edge.source_id), col(Edge.target_id), col(Edge.quantity), col(Edge.seq), col(Edge.undone_seq),
            col(begun.event_time), col(ended.event_time), col(ended.step),
        )
        .join(begun, col(begun.seq) == col(Edge.seq))
        .outerjoin(ended, col(ended.seq) == col(Edge.undone_seq))
        .where(col(end).in_(ids), col(Edge.kind) == "packed")
    )  # fmt: skip
    return [
        Tie(
            source, target, "packed", quantity, (since, seq),
            (until, undone) if until is not None and undone is not None else None,
            bool(step) and step != "unpack",
        )
        for source, target, quantity, seq, undone, since, until, step in session.execute(query)
    ]  # fmt: skip


def _plain(table: type[SQLModel]) -> Any:
    return select(*inspect(table).columns)


def _rows(session: Session, _table: type[Kind], query: Any) -> list[Kind]:
    """Rows with the names of the table's columns, to be read like its objects; tens of thousands of those would take
    longer than all the rest."""
    return cast("list[Kind]", list(session.execute(query)))
