"""The append-only log of events and its Merkle tree. `append` holds the only INSERT of entries.

The tree keeps the hash of every complete subtree (RFC 6962 §2.1), so an append writes about two rows and a proof
reads about log2(size).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from app.domain import epcis, merkle
from app.store import database
from app.store.tables import Checkpoint, Entry, EntryThing, MerkleNode

BLOCK = 500  # rows fetched at a time when the whole log is read


def size(session: Session) -> int:
    """How many entries there are; also the index the next one gets."""
    newest = session.execute(select(func.max(Entry.seq))).scalar()
    return 0 if newest is None else newest + 1


def append(
    session: Session, event: epcis.Event, organisation_id: int, step: str, record_time: datetime
) -> int:
    """Adds one event for ever and returns its index. The caller has checked it; the log only keeps it."""
    database.lock_log(session)
    seq = size(session)
    body = epcis.canonical(event)
    leaf = merkle.leaf_hash(body)
    row = {
        "seq": seq,
        "event_id": event.event_id,
        "organisation_id": organisation_id,
        "step": step,
        "event_time": event.event_time,
        "record_time": record_time,
        "version": epcis.VERSION,
        "body": body.decode(),
        "leaf": leaf,
    }
    session.execute(insert(Entry), [row])
    grow_tree(session, seq, [leaf])
    return seq


def grow_tree(session: Session, old_size: int, leaves: Sequence[bytes]) -> None:
    """Adds the complete subtrees that these leaves finish."""
    nodes = merkle.append_many(old_size, leaves, lambda level, idx: _node(session, level, idx))
    rows = [{"level": level, "idx": idx, "hash": digest} for level, idx, digest in nodes]
    session.execute(insert(MerkleNode), rows)


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
    return session.get(Entry, seq)


def entry_by_id(session: Session, event_id: str) -> Entry | None:
    return session.execute(select(Entry).where(col(Entry.event_id) == event_id)).scalar_one_or_none()


def entries(session: Session, first: int = 0, last: int | None = None) -> Iterator[Entry]:
    """Entries in order, a block at a time, from `first` to before `last` (default: the end)."""
    end = size(session) if last is None else last
    for start in range(first, end, BLOCK):
        block = (
            select(Entry)
            .where(col(Entry.seq) >= start, col(Entry.seq) < min(start + BLOCK, end))
            .order_by(col(Entry.seq))
        )
        yield from session.execute(block).scalars()
        session.expunge_all()


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


def newest_checkpoint(session: Session) -> Checkpoint | None:
    return session.execute(
        select(Checkpoint).order_by(col(Checkpoint.size).desc()).limit(1)
    ).scalar_one_or_none()


def add_checkpoint(session: Session, checkpoint: Checkpoint) -> None:
    session.add(checkpoint)
    session.flush()


def _node(session: Session, level: int, idx: int) -> bytes:
    query = select(col(MerkleNode.hash)).where(col(MerkleNode.level) == level, col(MerkleNode.idx) == idx)
    return session.execute(query).scalar_one()
