"""Builds the index tables anew: from the node's own log, or from an export in an empty database.

What comes out equals what grew entry by entry (see replaying), but for ids that only count rows. Not in an export and
so not rebuilt: people with their keys and sign-ins, single scans and their answers, jobs, print runs, the audit trail.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from sqlmodel import Session

from app.domain import merkle
from app.errors import N_, Refused
from app.services.importing import read_export
from app.services.replaying import replay
from app.store import copying, database, events, indexing, log
from app.store.tables import Entry

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many entries were read, and the root of the tree they make."""

    entries: int
    root: bytes


def rebuild(
    session: Session,
    lines: Iterable[str] | None = None,
    *,
    verifier_key: str = "",
    progress: Progress | None = None,
) -> Rebuilt:
    """Without `lines`, empties every index table and replays the node's own log. With the lines of an export, fills an
    empty database; checkpoints have to be signed by `verifier_key` (default: the key that the export names).

    Raises Malformed or Refused, naming the line or the entry, for whatever does not fit; the caller rolls back.
    A log of a million entries takes tens of minutes, and nobody can record meanwhile.
    """
    database.lock_log(session)
    if lines is not None:
        _check_empty(session)
        read_export(session, lines, verifier_key, progress)
        return Rebuilt(*log.head(session))
    indexing.clear(session)
    size = log.size(session)
    for block in _blocks(log.entries(session)):
        for entry in block:
            if merkle.leaf_hash(entry.body.encode()) != entry.leaf:
                _damaged(entry.seq)
        log.grow_tree(session, block[0].seq, [entry.leaf for entry in block])
        events.index_entries(session, block)
        for entry in block:
            replay(session, entry)
        if progress:
            progress(block[-1].seq + 1, size)
    _check_signed_roots(session)
    return Rebuilt(*log.head(session))


def _blocks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    block: list[Entry] = []
    for entry in entries:
        block.append(entry)
        if len(block) == log.BLOCK:
            yield block
            block = []
    if block:
        yield block


def _check_empty(session: Session) -> None:
    if not copying.is_empty(session):
        raise Refused(
            "not-empty",
            N_("This database has data already."),
            N_("Rebuild into an empty one; set DATABASE_URL or DATA_DIR to a new place."),
        )


def _check_signed_roots(session: Session) -> None:
    size = log.size(session)
    for row in log.checkpoints(session):
        if row.size > size or log.root(session, row.size) != row.root:
            raise Refused(
                "log-forked",
                N_("The log does not continue what was signed at size {size}."),
                N_("Run ./dev log verify, and restore the database from a backup."),
                size=row.size,
            )


def _damaged(seq: int) -> NoReturn:
    raise Refused(
        "log-damaged",
        N_("The text of entry {seq} is not the one that was recorded."),
        N_("Run ./dev log verify, and restore the database from a backup."),
        seq=seq,
    )
