"""Whether events that somebody holds are in the log: found by their id, compared letter by letter."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import epcis, evidence, merkle
from app.domain.evidence import MISSING, OK, WRONG, Check, Dropped
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused
from app.store import log
from app.store.tables import Entry

MOST_PROOFS = 50  # of one document's events
LONGEST_ID = 600


def checks(session: Session, dropped: Dropped, reader: Actor | None) -> Iterator[Check]:
    """What differs is told to the company that recorded it, and to nobody else."""
    found, changed, missing = [], [], 0
    for event in _events_in(dropped):
        entry = _entry_of(session, event)
        if entry is None:
            missing += 1
        elif _fits(entry, event):
            found.append(entry.seq)
        elif reader is not None and entry.organisation_id == reader.organisation_id:
            changed.append(entry.seq)
        else:
            missing += 1
    if found:
        values = {"count": len(found), "numbers": evidence.numbers(found)}
        yield Check(OK, N_("Events found in the log, exactly so: {count}, as entries {numbers}."), values)
        yield _up_to_the_root(session, found)
    if changed:
        values = {"count": len(changed), "numbers": evidence.numbers(changed)}
        yield Check(
            WRONG, N_("Events whose text in the log is another: {count}, as entries {numbers}."), values
        )
    if missing:
        yield Check(
            MISSING, N_("Events that are not in this log as they stand here: {count}."), {"count": missing}
        )


def _up_to_the_root(session: Session, found: Sequence[int]) -> Check:
    """The stored text against the tree: who changes a row has not changed the tree."""
    size, root = log.head(session)
    for seq in found[:MOST_PROOFS]:
        entry = log.entry_of(session, seq)
        assert entry
        leaf = merkle.leaf_hash(entry.body.encode())
        if not merkle.verify_inclusion(seq, size, leaf, log.inclusion_proof(session, seq, size), root):
            return Check(
                WRONG, N_("Entry {seq} does not lead to the log's root: it was changed here."), {"seq": seq}
            )
    return Check(OK, N_("The proof leads from there to the root of {size} entries."), {"size": size})


def _events_in(dropped: Dropped) -> list[dict[str, Any]]:
    """Refused for too many; Malformed for what is no event, nor a document of them."""
    from app.domain.epcis import documents

    body = dropped.body
    if isinstance(body, dict) and _id_in(body):
        return [body]
    if isinstance(body, list):
        if len(body) <= evidence.MOST_EVENTS and all(isinstance(each, dict) for each in body):
            return body
        raise _too_many(len(body))
    kind = "application/json" if body is not None else "application/xml"
    found = list(documents.read_document(dropped.text.encode(), kind).events)
    if len(found) > evidence.MOST_EVENTS:
        raise _too_many(len(found))
    return found


def _too_many(count: int) -> Refused:
    return Refused(
        "too-many-events",
        N_("{count} events are too many to be looked up at once."),
        N_("Take at most {most} of them."),
        count=count,
        most=evidence.MOST_EVENTS,
    )


def _id_in(event: dict[str, Any]) -> str:
    """What it is called in a log: its own id, or the hash that it is given there; '' for what is no event."""
    from app.domain.epcis.hashing import event_hash

    try:
        found = epcis.parse(orjson.dumps(event)).event_id or event_hash(event)
    except (Malformed, ValueError, TypeError, RecursionError):
        return ""
    return found if len(found) <= LONGEST_ID and "\0" not in found else ""


def _entry_of(session: Session, event: dict[str, Any]) -> Entry | None:
    event_id = _id_in(event)
    return log.entry_by_id(session, event_id) if event_id else None


def _fits(entry: Entry, event: dict[str, Any]) -> bool:
    """The text as it stands in the log, or the event in it as its sender wrote it, whatever its spaces and the order of
    its names; or another spelling of the same event, by the standard's hash (CBV 2.0 §8.9)."""
    from app.domain.epcis.hashing import event_hash

    if entry.body.encode() == orjson.dumps(event, option=orjson.OPT_SORT_KEYS):
        return True
    envelope = orjson.loads(entry.body)
    kept = envelope.get("event")
    if not isinstance(kept, dict):
        return False
    declared = [bool(epcis.parse(orjson.dumps(each)).error_declaration) for each in (kept, event)]
    return kept == event or (declared[0] == declared[1] and event_hash(kept) == event_hash(event))
