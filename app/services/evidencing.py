"""Whether what somebody holds is in the log: checkpoints, events, reports, proofs, issued files. Also makes the
evidence of an entry that can be checked without this node.

Anyone may ask. What does not fit is told to strangers as not being there; only the company that recorded an entry is
told that its text differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import checkpoints, epcis, evidence, merkle
from app.domain.evidence import MISSING, NOTE, OK, WRONG, Check, Dropped, Finding, Line
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError
from app.services import certifying, recognising
from app.services.offering import note_with_cosignatures
from app.store import copying, issued, log
from app.store import cosigning as signed_rows

VERSION = 1


@dataclass(frozen=True, slots=True)
class _Asked:
    session: Session
    dropped: Dropped
    reader: Actor | None
    keys: Sequence[str]


def examine(
    session: Session, dropped: Dropped, digest: str, reader: Actor | None, keys: Sequence[str]
) -> Finding:
    """`digest` is the SHA-256 of the file in hexadecimal, `keys` the verifier keys that this node signs or signed
    with. Costs a few look-ups by number or id for each event, none that grows with the log."""
    made = tuple(_issued(session, digest))
    if made and dropped.kind in (evidence.EVENTS, evidence.FILE):
        return Finding(evidence.FILE, made)
    asked = _Asked(session, dropped, reader, keys)
    return Finding(dropped.kind, (*made, *_CHECKS[dropped.kind](asked)))


# --- files ---


def note_issued(session: Session, organisation_id: int, kind: str, digest: str, now: datetime) -> None:
    """A job has made this file; from now on anybody who has it can ask whether it is still the same."""
    size, root = log.head(session)
    issued.keep(session, organisation_id, kind, digest, size, root, now)


def _issued(session: Session, digest: str) -> Iterator[Check]:
    row = issued.find(session, digest)
    if row is None:
        return
    values = {"time": epcis.time_text(row.record_time), "size": row.size}
    yield Check(
        OK, N_("This node made exactly this file on {time}, when the log had {size} entries."), values
    )
    yield from _position(session, row.size, row.root)


def _file(_asked: _Asked) -> Iterator[Check]:
    yield Check(MISSING, N_("This node has not made exactly this file."))
    yield Check(
        NOTE, N_("Of a file only its bytes are compared: a single one that differs makes it another file.")
    )


# --- checkpoints and proofs ---


def _checkpoint(asked: _Asked) -> Iterator[Check]:
    yield from _note(asked.session, asked.dropped.text, asked.keys)


def _note(session: Session, note: str, keys: Sequence[str]) -> Iterator[Check]:
    """Ours by its signature, and what the log of today begins with."""
    stated = checkpoints.checkpoint_of(checkpoints.parse_note(note).text)
    trouble = _unsigned(note, keys)
    values = {"origin": stated.origin, "size": stated.size}
    if trouble is not None:
        forged = trouble.code == "bad-signature"
        yield (
            Check(WRONG, trouble.message, trouble.values)
            if forged
            else Check(MISSING, N_("No key of this node has signed this checkpoint of “{origin}”."), values)
        )
        return
    yield Check(OK, N_("Signed by this node: {size} entries of “{origin}”."), values)
    yield from _position(session, stated.size, stated.root)
    text = checkpoints.parse_note(note).text
    held = {
        row.line.strip(): row for row in signed_rows.cosignatures(session, stated.size) if row.signed == text
    }
    for line in note.removeprefix(text).strip().splitlines():
        if (row := held.get(line.strip())) is not None:
            when = epcis.time_text(row.stated)
            yield Check(
                OK, N_("The partner {zone} signed under it on {time}."), {"zone": row.zone, "time": when}
            )


def _unsigned(note: str, keys: Sequence[str]) -> TraceError | None:
    """Why none of the keys signed it, under whatever name the log had then; None when one did."""
    refusal: TraceError | None = None
    named = note.partition("\n")[0]
    for key in keys:
        parsed = checkpoints.parse_verifier_key(key)
        for name in dict.fromkeys((parsed.name, named)):
            try:
                checkpoints.verify(note, checkpoints.verifier_key(name, parsed.public))
            except (Refused, Malformed) as error:
                refusal = error if refusal is None or error.code == "bad-signature" else refusal
            else:
                return None
    return refusal


def _position(session: Session, size: int, root: bytes) -> Iterator[Check]:
    """Whether the log of today begins with the one of that size and root."""
    known = log.size(session)
    values = {"size": size, "known": known}
    if size > known:
        yield Check(
            WRONG, N_("It speaks of {size} entries, but the log ends at {known}: entries were lost."), values
        )
    elif log.root(session, size) != root:
        yield Check(WRONG, N_("The first {size} entries of the log are not those it speaks of."), values)
    else:
        yield Check(OK, N_("The log of {known} entries begins with exactly those {size}."), values)


def _proof(asked: _Asked) -> Iterator[Check]:
    path = asked.dropped.path
    assert path
    values = {"old": path.first, "new": path.size}
    if not merkle.verify_consistency(path.first, path.size, path.first_hash, path.root, path.hashes):
        yield Check(WRONG, N_("The proof does not lead from {old} entries to {new}."), values)
        return
    yield Check(OK, N_("The proof leads from {old} entries to {new}."), values)
    yield from _position(asked.session, path.size, path.root)


def _entry(asked: _Asked) -> Iterator[Check]:
    path, position = asked.dropped.path, asked.dropped.position
    assert path
    assert position
    values = {"seq": path.first, "size": path.size}
    leaf = merkle.leaf_hash(asked.dropped.text.encode())
    if leaf != path.first_hash or not merkle.verify_inclusion(
        path.first, path.size, leaf, path.hashes, path.root
    ):
        yield Check(WRONG, N_("The proof does not lead from this text to entry {seq} of {size}."), values)
        return
    yield Check(OK, N_("The proof leads from this text to entry {seq} of {size}."), values)
    yield from _position(asked.session, path.size, path.root)
    if position.checkpoint:  # of which the signature alone says nothing of the proof beside it
        yield from _note(asked.session, position.checkpoint, asked.keys)


# --- reports ---


def _report(asked: _Asked) -> Iterator[Check]:
    position = asked.dropped.position
    assert position
    yield from _position(asked.session, position.size, position.root)
    if position.checkpoint:
        yield from _note(asked.session, position.checkpoint, asked.keys)
    prefixes = copying.prefixes_by_id(asked.session)
    rows = log.told(asked.session, [line.seq for line in asked.dropped.lines])
    unfit = [line.seq for line in asked.dropped.lines if not _as_told(line, rows.get(line.seq), prefixes)]
    values = {
        "count": len(asked.dropped.lines) - len(unfit),
        "all": len(asked.dropped.lines),
        "numbers": evidence.numbers(unfit),
    }
    if unfit:
        yield Check(
            WRONG,
            N_("{count} of {all} events stand in the log as told; not so those numbered {numbers}."),
            values,
        )
    elif asked.dropped.lines:
        yield Check(
            OK, N_("All {all} events stand in the log as told: number, step, company, both times."), values
        )
    if asked.dropped.elsewhere:
        values = {"count": asked.dropped.elsewhere}
        yield Check(NOTE, N_("{count} events are of other companies' logs; ask their nodes."), values)
    yield Check(NOTE, N_("What the report says of things, places and amounts is not compared word by word."))


def _as_told(line: Line, row: log.Told | None, prefixes: dict[int, str]) -> bool:
    return row is not None and line == Line(
        row.seq,
        row.event_id,
        row.step,
        epcis.time_text(row.event_time),
        epcis.time_text(row.record_time),
        prefixes.get(row.organisation_id, ""),
    )


_CHECKS = {
    evidence.CHECKPOINT: _checkpoint,
    evidence.PROOF: _proof,
    evidence.ENTRY: _entry,
    evidence.REPORT: _report,
    evidence.EVENTS: lambda asked: recognising.checks(asked.session, asked.dropped, asked.reader),
    evidence.FILE: _file,
}


# --- to be checked elsewhere ---


def bundle(session: Session, actor: Actor, seq: int, keys: Sequence[str]) -> dict[str, Any]:
    """An entry of the reader's company with all that the standalone verifier asks for: its text, the way to the root of
    the newest checkpoint that covers it, and that checkpoint with its cosignatures. Without a checkpoint where none
    covers it yet."""
    entry = certifying.entry_of(session, actor, seq)
    newest = next(iter(certifying.newest_checkpoints(session, 1)), None)
    covered = newest is not None and newest.size > seq
    proof = certifying.inclusion_proof(session, seq, newest.size if newest and covered else None)
    return {
        "kind": evidence.BUNDLE,
        "version": VERSION,
        "entry": {"seq": seq, "body": entry.body, "leaf": entry.leaf.hex()},
        "inclusion": {
            "size": proof.size,
            "path": [each.hex() for each in proof.path],
            "root": proof.root.hex(),
        },
        "checkpoint": note_with_cosignatures(session, newest.size, newest.note) if newest and covered else "",
        "verifier_keys": [*keys, *_keys_of_partners(session, proof.size if covered else 0)],
    }


def _keys_of_partners(session: Session, size: int) -> list[str]:
    return [row.key for row in signed_rows.cosignatures(session, size)] if size else []
