"""The append-only log of events and its Merkle tree. `append` holds the only INSERT of entries.

The tree keeps the hash of every complete subtree (RFC 6962 §2.1), so an append writes about two rows and a proof
reads about log2(size).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlmodel import Session, col

from app.domain import epcis, merkle
from app.store import database, plain
from app.store import events as index
from app.store.ready import Ready
from app.store.tables import Checkpoint, Entry, EntryThing, MerkleNode

NO_NUMBER = 2**63  # a database refuses to even look for it
_NODE = select(col(MerkleNode.hash)).where(
    col(MerkleNode.level) == bindparam("node_level"), col(MerkleNode.idx) == bindparam("node_idx")
)
_NODES = Ready(
    select(col(MerkleNode.level), col(MerkleNode.idx), col(MerkleNode.hash)).where(
        col(MerkleNode.level).in_(bindparam("levels", expanding=True)),
        col(MerkleNode.idx).in_(bindparam("places", expanding=True)),
    ),
    "levels",
    "places",
)
_NEWEST = Ready(select(func.max(Entry.seq)))
_INDEXED = ("seq", "organisation_id", "event_id", "body")
BLOCK = 500  # rows fetched at a time when the whole log is read


def size(session: Session) -> int:
    """How many entries there are; also the index the next one gets."""
    ((newest,),) = _NEWEST.rows(session)
    return 0 if newest is None else int(newest) + 1


def append(
    session: Session, event: epcis.Event, organisation_id: int, step: str, record_time: datetime
) -> int:
    """Adds one event for ever and returns its index. The caller has checked it; the log only keeps it."""
    return append_many(session, [event], organisation_id, step, record_time)


def append_many(
    session: Session, events: Sequence[epcis.Event], organisation_id: int, step: str, record_time: datetime
) -> int:
    """The same for several at once; returns the index of the first."""
    database.lock_log(session)
    first = size(session)
    rows: list[dict[str, Any]] = []
    for seq, event in enumerate(events, first):
        body = epcis.canonical(event)
        rows.append(
            {
                "seq": seq,
                "event_id": event.event_id,
                "organisation_id": organisation_id,
                "step": step,
                "event_time": event.event_time,
                "record_time": record_time,
                "version": epcis.VERSION,
                "body": body.decode(),
                "leaf": merkle.leaf_hash(body),
            }
        )
    append_rows(session, rows)
    return first


def append_rows(
    session: Session, rows: Sequence[dict[str, Any]], indexed: Sequence[index.IndexedEvent] = ()
) -> None:
    """The only INSERT of entries: rows whose `seq` go on from the size of the log, `body` the text as it is hashed. The
    caller holds the lock of the log. `indexed` saves reading the texts again, where the caller has what is in them."""
    for row in rows:
        row.setdefault("leaf", merkle.leaf_hash(row["body"].encode()))
    if rows:
        plain.insert_rows(session, Entry, rows)
        grow_tree(session, rows[0]["seq"], [row["leaf"] for row in rows])
        read = indexed or [index.indexed(*(row[name] for name in _INDEXED)) for row in rows]
        index.index_many(session, read)


def grow_tree(session: Session, old_size: int, leaves: Sequence[bytes]) -> None:
    """Adds the complete subtrees that these leaves finish."""
    edge = merkle.needed(old_size, len(leaves))
    levels, places = [level for level, _ in edge], [idx for _, idx in edge]
    known = {
        (level, idx): bytes(each) for level, idx, each in _NODES.rows(session, levels=levels, places=places)
    }
    nodes = merkle.append_many(old_size, leaves, lambda level, idx: known[level, idx])
    rows = [{"level": level, "idx": idx, "hash": digest} for level, idx, digest in nodes]
    plain.insert_rows(session, MerkleNode, rows)


def head(session: Session) -> tuple[int, bytes]:
    """Size and root hash of the tree as it stands."""
    count = size(session)
    return count, root(session, count)


def root(session: Session, count: int) -> bytes:
    return merkle.root(count, lambda level, idx: _node(session, level, idx))


def inclusion_proof(session: Session, seq: int, count: int) -> list[bytes]:
    """Audit path of entry `seq` in the tree of the first `count` entries."""
    return merkle.inclusion_proof(seq, count, lambda level, idx: _node(session, level, idx))


def consistency_proof(session: Session, old: int, new: int) -> list[bytes]:
    return merkle.consistency_proof(old, new, lambda level, idx: _node(session, level, idx))


def entry_of(session: Session, seq: int) -> Entry | None:
    return session.get(Entry, seq) if 0 <= seq < NO_NUMBER else None


def entry_by_id(session: Session, event_id: str) -> Entry | None:
    return session.execute(select(Entry).where(col(Entry.event_id) == event_id)).scalar_one_or_none()


def entries(session: Session, first: int = 0, last: int | None = None) -> Iterator[Entry]:
    """Entries in order, a block at a time, from `first` to before `last` (default: the end). A number that is
    missing is stepped over."""
    seq = first
    while True:
        query = select(Entry).where(col(Entry.seq) >= seq).order_by(col(Entry.seq)).limit(BLOCK)
        if last is not None:
            query = query.where(col(Entry.seq) < last)
        block = session.execute(query).scalars().all()
        yield from block
        if len(block) < BLOCK:
            return
        seq = block[-1].seq + 1
        session.expunge_all()


def entries_by(session: Session, organisation_id: int, after: int, limit: int) -> Sequence[Entry]:
    """What one organisation recorded, in order, after the entry `after`."""
    own = (col(Entry.organisation_id) == organisation_id, col(Entry.seq) > after)
    return session.execute(select(Entry).where(*own).order_by(col(Entry.seq)).limit(limit)).scalars().all()


@dataclass(frozen=True, slots=True)
class Told:
    """An entry without its text."""

    seq: int
    event_id: str
    organisation_id: int
    step: str
    event_time: datetime
    record_time: datetime


def told(session: Session, seqs: Sequence[int]) -> dict[int, Told]:
    """Those of these entries that there are, by number."""
    columns = (col(getattr(Entry, name)) for name in Told.__slots__)
    query = select(*columns)
    found: dict[int, Told] = {}
    wanted = sorted({seq for seq in seqs if 0 <= seq < NO_NUMBER})
    for start in range(0, len(wanted), BLOCK):
        rows = session.execute(query.where(col(Entry.seq).in_(wanted[start : start + BLOCK])))
        found |= {row[0]: Told(*row) for row in rows}
    return found


def restore(session: Session, rows: Sequence[Entry]) -> None:
    """Entries of another database, as they are; only for a copy into an empty log. The tree is grown apart."""
    columns = (
        "seq",
        "event_id",
        "organisation_id",
        "step",
        "event_time",
        "record_time",
        "version",
        "body",
        "leaf",
    )
    session.execute(insert(Entry), [{name: getattr(row, name) for name in columns} for row in rows])


def entries_about(session: Session, thing_ids: Sequence[int], after: int = -1) -> list[Entry]:
    """Entries (mints apart) that mention any of these things, in order of recording."""
    seqs: set[int] = set()
    for start in range(0, len(thing_ids), BLOCK):
        these = col(EntryThing.thing_id).in_(thing_ids[start : start + BLOCK])
        query = select(col(EntryThing.seq)).where(these, col(EntryThing.seq) > after)
        seqs.update(session.execute(query).scalars())
    ordered = sorted(seqs)
    found: list[Entry] = []
    for start in range(0, len(ordered), BLOCK):
        chosen = col(Entry.seq).in_(ordered[start : start + BLOCK])
        found += session.execute(select(Entry).where(chosen).order_by(col(Entry.seq))).scalars()
    return found


def repeated_event_ids(session: Session) -> Sequence[tuple[str, int]]:
    """Event ids that stand in more than one entry, with the last of these; the constraint allows none."""
    repeated = select(col(Entry.event_id), func.max(col(Entry.seq))).group_by(col(Entry.event_id))
    return session.execute(repeated.having(func.count() > 1)).all()


def nodes(session: Session, level: int, first: int, last: int) -> dict[int, bytes]:
    """The stored hashes of one level, by index, from `first` to before `last`."""
    query = select(col(MerkleNode.idx), col(MerkleNode.hash)).where(
        col(MerkleNode.level) == level, col(MerkleNode.idx) >= first, col(MerkleNode.idx) < last
    )
    return dict(session.execute(query).all())


def surplus_nodes(session: Session, count: int) -> Sequence[tuple[int, int]]:
    """Stored nodes (level, index) that a tree of `count` leaves does not have."""
    levels = session.execute(select(col(MerkleNode.level)).distinct()).scalars().all()
    found: list[tuple[int, int]] = []
    for level in levels:
        beyond = col(MerkleNode.level) == level, col(MerkleNode.idx) >= count >> level
        found += [
            (level, idx) for idx in session.execute(select(col(MerkleNode.idx)).where(*beyond)).scalars()
        ]
    return found


def checkpoints(session: Session, newest: int | None = None) -> Sequence[Checkpoint]:
    """All by size or, with `newest`, the last so many, newest first."""
    query = select(Checkpoint)
    if newest is None:
        return session.execute(query.order_by(col(Checkpoint.size))).scalars().all()
    return session.execute(query.order_by(col(Checkpoint.size).desc()).limit(newest)).scalars().all()


def newest_checkpoint(session: Session) -> Checkpoint | None:
    return session.execute(
        select(Checkpoint).order_by(col(Checkpoint.size).desc()).limit(1)
    ).scalar_one_or_none()


def checkpoint_at(session: Session, count: int) -> Checkpoint | None:
    if count >= NO_NUMBER:
        return None
    return session.execute(select(Checkpoint).where(col(Checkpoint.size) == count)).scalar_one_or_none()


def add_checkpoint(session: Session, checkpoint: Checkpoint) -> None:
    session.add(checkpoint)
    session.flush()


def _node(session: Session, level: int, idx: int) -> bytes:
    found: bytes = session.connection().execute(_NODE, {"node_level": level, "node_idx": idx}).scalar_one()
    return found
