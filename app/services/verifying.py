"""Checks the whole log against itself: texts, hashes, tree, checkpoints, and the index against a rebuild.

It reports every fault it finds and mends none. Others' copies of old checkpoints are what it cannot know: compare them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import captured, checkpoints, epcis, merkle
from app.errors import N_, TraceError
from app.services.faults import Fault, Progress
from app.services.index_checking import index_faults
from app.store import copying, cosigning, log
from app.store.tables import Checkpoint, Cosignature, Entry

MOST_STAND_INS = 10_000  # for a longer gap the tree cannot be followed any more


@dataclass(frozen=True, slots=True)
class LogReport:
    """`size` and `root` as worked out anew from the texts; `checkpoints` how many were checked."""

    size: int
    root: bytes
    checkpoints: int
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def verify_log(
    session: Session, verifier_key: str | Iterable[str], progress: Progress | None = None
) -> LogReport:
    """Reads the whole log twice; about a millisecond an entry. `session` should be one snapshot (reading).

    A checkpoint counts as signed when one of the keys signed it, under whatever name the log had then.
    """
    keys = [verifier_key] if isinstance(verifier_key, str) else list(verifier_key)
    tell = progress or (lambda _title, _done, _total: None)
    signed = log.checkpoints(session)
    confirmed = cosigning.cosignatures(session)
    tree = _Tree({*(row.size for row in signed), *(row.size for row in confirmed)})
    faults = [*_entry_faults(session, tree, tell)]
    faults += _id_faults(session)
    faults += _node_faults(session, tree.size)
    for row in signed:
        faults += _checkpoint_faults(row, keys, tree)
    faults += [fault for each in confirmed for fault in _cosignature_faults(each, tree)]
    faults += index_faults(session, tree.size, tell)
    return LogReport(tree.size, tree.root(), len(signed), tuple(faults))


class _Tree:
    """The tree as the texts make it; remembers its root at the sizes that were signed."""

    def __init__(self, sizes: set[int]) -> None:
        self.size = 0
        self.sizes = sizes
        self.roots = {0: merkle.EMPTY_ROOT}
        self._last: dict[
            int, bytes
        ] = {}  # the newest node of each level: all that growing and the root ask for

    def add(self, leaf: bytes) -> None:
        new = merkle.append(self.size, leaf, lambda level, _: self._last[level])
        self._last.update({level: value for level, _, value in new})
        self.size += 1
        if self.size in self.sizes:
            self.roots[self.size] = self.root()

    def root(self) -> bytes:
        return merkle.root(self.size, lambda level, _: self._last[level])


def _entry_faults(session: Session, tree: _Tree, tell: Progress) -> Iterator[Fault]:
    total = log.size(session)
    prefixes = copying.prefixes_by_id(session)
    stored: dict[int, bytes] = {}
    for entry in log.entries(session):
        if entry.seq > tree.size:
            yield from _gap(session, tree, entry.seq)
        if entry.seq not in stored:
            tell("entries", entry.seq, total)
            stored = log.nodes(session, 0, entry.seq, entry.seq + log.BLOCK)
        leaf = merkle.leaf_hash(entry.body.encode())
        tree.add(leaf)
        if leaf != entry.leaf:
            yield Fault(
                "text-changed",
                N_("The text of entry {seq} does not have the hash that was recorded."),
                {"seq": entry.seq},
                entry.seq,
            )
        if entry.seq not in stored:
            yield _missing_node(0, entry.seq)
        elif entry.leaf != stored[entry.seq]:
            yield _wrong_node(0, entry.seq)
        yield from _row_faults(entry, prefixes)


def _gap(session: Session, tree: _Tree, seq: int) -> Iterator[Fault]:
    """Entries that are not there; their hashes in the tree, where they are left, stand in for them."""
    first = tree.size
    yield Fault(
        "missing", N_("Entries {first} to {last} are missing."), {"first": first, "last": seq - 1}, first
    )
    known = log.nodes(session, 0, first, min(seq, first + MOST_STAND_INS))
    for missing in range(first, seq):
        tree.add(known.get(missing, merkle.EMPTY_ROOT)) if seq - first <= MOST_STAND_INS else None


def _row_faults(entry: Entry, prefixes: Mapping[int, str]) -> Iterator[Fault]:
    """What stands beside the text has to say the same."""
    try:
        body, event = orjson.loads(entry.body), epcis.parse(entry.body)
    except (TraceError, ValueError) as error:
        values = {"seq": entry.seq, "reason": str(error)}
        yield Fault("unreadable", N_("Entry {seq} cannot be read: {reason}"), values, entry.seq)
        return
    told = {
        "version": (entry.version, captured.VERSION if "event" in body else epcis.VERSION),
        "event_id": (entry.event_id, captured.key_in(event)),
        "event_time": (epcis.time_text(entry.event_time), epcis.time_text(event.event_time)),
        "organisation": (prefixes.get(entry.organisation_id), event.extension("organisation")),
        "step": (entry.step, event.extension("step")),
        "record_time": (epcis.time_text(entry.record_time), event.extension("recorded")),
    }
    for column, (row, text) in told.items():
        if text not in (row, ""):
            values = {"seq": entry.seq, "column": column, "row": row, "text": text}
            message = N_("Entry {seq} stands in the table with {column} '{row}', its text says '{text}'.")
            yield Fault("row-differs", message, values, entry.seq)


def _id_faults(session: Session) -> Iterator[Fault]:
    for event_id, seq in log.repeated_event_ids(session):
        values = {"seq": seq, "event_id": event_id}
        yield Fault("id-twice", N_("Entry {seq} has the event id {event_id} of an earlier one."), values, seq)


def _node_faults(session: Session, size: int) -> Iterator[Fault]:
    """Every stored node has to be the hash of its two children as stored: so a fault shows where it is, once."""
    for level in range(1, size.bit_length()):
        for first in range(0, size >> level, log.BLOCK):
            last = min(first + log.BLOCK, size >> level)
            nodes = log.nodes(session, level, first, last)
            below = log.nodes(session, level - 1, 2 * first, 2 * last)
            for idx in range(first, last):
                pair = below.get(2 * idx), below.get(2 * idx + 1)
                if idx not in nodes:
                    yield _missing_node(level, idx)
                elif pair[0] and pair[1] and merkle.node_hash(pair[0], pair[1]) != nodes[idx]:
                    yield _wrong_node(level, idx)
    for level, idx in log.surplus_nodes(session, size):
        values = {"level": level, "idx": idx, "size": size}
        message = N_("Node {idx} of level {level} of the tree is beyond its {size} entries.")
        yield Fault("node-surplus", message, values, idx << level)


def _missing_node(level: int, idx: int) -> Fault:
    values = {"level": level, "idx": idx}
    return Fault(
        "node-missing", N_("Node {idx} of level {level} of the tree is missing."), values, idx << level
    )


def _wrong_node(level: int, idx: int) -> Fault:
    values = {"level": level, "idx": idx}
    message = N_("Node {idx} of level {level} of the tree does not fit what is below it.")
    return Fault("node-differs", message, values, idx << level)


def _checkpoint_faults(row: Checkpoint, keys: list[str], tree: _Tree) -> Iterator[Fault]:
    stated, refusal = _signed_by_one(row.note, keys)
    values: dict[str, Any] = {"size": row.size}
    if refusal is not None:
        values["reason"] = refusal.english()
        yield Fault(refusal.code, N_("The checkpoint at size {size}: {reason}"), values, row.size - 1)
    if stated is not None and (stated.size, stated.root) != (row.size, row.root):
        message = N_(
            "The checkpoint at size {size} stands in the table with another size or root than was signed."
        )
        yield Fault("checkpoint-row-differs", message, values, row.size - 1)
    if row.size > tree.size:
        values["known"] = tree.size
        message = N_("A checkpoint was signed at size {size}, but the log ends at {known}.")
        yield Fault("checkpoint-ahead", message, values, row.size - 1)
    elif tree.roots[row.size] != (stated.root if stated else row.root):
        message = N_("The first {size} entries are not those that were signed.")
        yield Fault("checkpoint-differs", message, values, row.size - 1)


def _cosignature_faults(row: Cosignature, tree: _Tree) -> Iterator[Fault]:
    """What a partner signed is the witness that nobody here can change."""
    stated = checkpoints.checkpoint_of(row.signed)
    values: dict[str, Any] = {"size": stated.size, "zone": row.zone}
    if stated.size > tree.size:
        values["known"] = tree.size
        message = N_("The partner {zone} signed the log at size {size}, but it ends at {known}.")
        yield Fault("cosigned-ahead", message, values, stated.size - 1)
    elif tree.roots[stated.size] != stated.root:
        message = N_("The first {size} entries are not those that the partner {zone} signed.")
        yield Fault("cosigned-differs", message, values, stated.size - 1)


def _signed_by_one(note: str, keys: list[str]) -> tuple[checkpoints.Checkpoint | None, TraceError | None]:
    """The checkpoint as signed, or why none of the keys signed it."""
    refusal: TraceError | None = None
    named = note.partition("\n")[0]
    for key in keys:
        public = checkpoints.parse_verifier_key(key).public
        for name in dict.fromkeys((checkpoints.parse_verifier_key(key).name, named)):
            try:
                return checkpoints.verify(note, checkpoints.verifier_key(name, public)), None
            except TraceError as error:
                if refusal is None or error.code != "not-signed":
                    refusal = error
    return None, refusal
