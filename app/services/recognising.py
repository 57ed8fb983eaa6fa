"""Whether events that somebody holds are in the log: found by their id or hash, compared by letter or by hash."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlmodel import Session

from app.domain import epcis, evidence, merkle
from app.domain.epcis import telling
from app.domain.evidence import MISSING, OK, WRONG, Check, Dropped
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused
from app.store import log
from app.store.recognising import candidates
from app.store.tables import Entry

MOST_EVENTS = 500  # of one document
MOST_PROOFS = 10  # of them
MOST_ALIKE = 20  # entries with the same id or hash
LONGEST_ID = 600


class _Held(NamedTuple):
    """An event that somebody holds, and its hash (CBV 2.0 §8.9) by the rules of the document it came in."""

    event: dict[str, Any]
    digest: str


def checks(session: Session, dropped: Dropped, reader: Actor | None) -> Iterator[Check]:
    """What differs is told to the company that recorded it, and to nobody else."""
    found, changed, missing = [], [], 0
    for held in _events_in(dropped):
        near = candidates(session, _id_in(held), held.digest, MOST_ALIKE)
        fitting = next((entry for entry in near if _fits(entry, held)), None)
        own = [entry.seq for entry in near if reader and entry.organisation_id == reader.organisation_id]
        if fitting is not None:
            found.append(fitting.seq)
        elif own:
            changed.append(own[0])
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


def _events_in(dropped: Dropped) -> list[_Held]:
    """Refused for too many; Malformed for what is no event, nor a document of them."""
    from app.domain.epcis import documents
    from app.domain.epcis.hashing import event_hash

    body = dropped.body
    if isinstance(body, dict) and _is_stored(body):
        return [_Held(body, "")]
    if isinstance(body, list):
        if len(body) > MOST_EVENTS or not all(isinstance(each, dict) for each in body):
            raise _too_many(len(body))
        return [_Held(each, "" if _is_stored(each) else _bare(event_hash, each)) for each in body]
    kind = "application/json" if body is not None else "application/xml"
    document = documents.read_document(dropped.text.encode(), kind)
    if len(document.events) > MOST_EVENTS:
        raise _too_many(len(document.events))
    return [_Held(each, _bare(document.hash_of, each)) for each in document.events]


def _too_many(count: int) -> Refused:
    return Refused(
        "too-many-events",
        N_("{count} events are too many to be looked up at once."),
        N_("Take at most {most} of them."),
        count=count,
        most=MOST_EVENTS,
    )


def _is_stored(body: dict[str, Any]) -> bool:
    """Whether it is what an entry holds: one of our own steps, or an envelope around an event."""
    return isinstance(body.get("event"), dict) or "suyuan:recorded" in body


def _bare(digest: Callable[[dict[str, Any]], str], event: dict[str, Any]) -> str:
    """The hash in hexadecimal; '' for what cannot be hashed."""
    try:
        return digest(event).partition(";")[2].partition("?")[0]
    except (Malformed, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""


def _id_in(held: _Held) -> str:
    """What it is called; '' for what has no name."""
    try:
        event = held.event
        found = (epcis.parse(orjson.dumps(event)) if _is_stored(event) else epcis.event_of(event)).event_id
    except (Malformed, ValueError, TypeError):
        return ""
    return found if len(found) <= LONGEST_ID and "\0" not in found else ""


def _fits(entry: Entry, held: _Held) -> bool:
    """The text as it stands in the log, whatever its spaces and the order of its names; or the event as its sender
    wrote it, or as readers get it, by the standard's hash, which takes in all but ids and comments."""
    from app.domain.epcis.hashing import event_hash

    if entry.body.encode() == orjson.dumps(held.event, option=orjson.OPT_SORT_KEYS):
        return True
    if not held.digest:
        return False
    shown = telling.whole_form(entry.body, entry.event_id, entry.record_time)
    declared = [epcis.event_of(each).error_declaration is not None for each in (shown, held.event)]
    return declared[0] == declared[1] and _bare(event_hash, shown) == held.digest
