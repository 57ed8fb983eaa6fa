"""Index rows of EPCIS events, written in the transaction of their entries, and the search that they narrow.

`candidates` gives more than a query means, never less; the judge is domain/epcis/matching.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, delete, select
from sqlmodel import Session, SQLModel, col

from app.domain.epcis.postings import WORDS, Postings, postings_of
from app.domain.epcis.telling import Stored, shown_id, stored
from app.store import keyed, plain
from app.store.ready import Ready
from app.store.tables import Entry, EventFact, EventTerm, EventWord

EVENT_TABLES: tuple[type[SQLModel], ...] = (EventTerm, EventFact, EventWord)
_known: WeakKeyDictionary[Engine, set[tuple[int, str, str]]] = (
    WeakKeyDictionary()
)  # words that are there for good
_THERE = Ready(
    select(col(EventWord.value)).where(
        col(EventWord.organisation_id) == bindparam("owner"),
        col(EventWord.kind) == bindparam("kind"),
        col(EventWord.value).in_(bindparam("words", expanding=True)),
    ),
    "words",
)
_ADDED = "suyuan.words"  # words that this session's transaction has added


class IndexedEvent(NamedTuple):
    """An entry as the index sees it: `event_id` is the entry's own, `event` the EPCIS object as readers see it, and
    `postings` what is found in that, where somebody has looked already."""

    seq: int
    organisation_id: int
    event_id: str
    event: Mapping[str, Any]
    hash: str = ""
    postings: Postings | None = None


def index_many(session: Session, rows: Sequence[IndexedEvent]) -> None:
    """Index rows of entries that were just appended: two statements, a third where a word is new."""
    found = [row.postings or postings_of(row.event) for row in rows]
    facts = [_fact(row, each.facts) for row, each in zip(rows, found, strict=True)]
    pairs = sorted((term, row.seq) for row, each in zip(rows, found, strict=True) for term in each.terms)
    terms = [{"term": term, "seq": seq} for term, seq in pairs]  # a B-tree fills in order
    plain.insert_rows(session, EventFact, facts)
    plain.insert_rows(session, EventTerm, terms)
    _add_words(session, facts)


def index_entries(session: Session, entries: Iterable[Entry]) -> None:
    """The same from the log's own text: for a rebuild, an import, an upgrade."""
    index_many(session, [indexed(row.seq, row.organisation_id, row.event_id, row.body) for row in entries])


def indexed(seq: int, organisation_id: int, event_id: str, body: str | bytes) -> IndexedEvent:
    """From what stands in the log: an event of ours, or the envelope around one that was captured."""
    row = stored(body)
    return IndexedEvent(seq, organisation_id, event_id, row.event, row.hash)


def clear(session: Session) -> None:
    """Empties these tables; only for a rebuild."""
    for table in EVENT_TABLES:
        session.execute(delete(table))
    _known.pop(_engine(session), None)


def _fact(row: IndexedEvent, facts: Mapping[str, Any]) -> dict[str, Any]:
    shown = shown_id(Stored(row.event, row.hash), row.event_id)
    return {
        **facts,
        "seq": row.seq,
        "organisation_id": row.organisation_id,
        "event_id": shown if shown != row.event_id else "",
        "hash": row.hash,
    }


def _add_words(session: Session, facts: Sequence[Mapping[str, Any]]) -> None:
    """Words that are known to be committed cost nothing; this process remembers them."""
    engine = _engine(session)
    known = _known.setdefault(engine, set())
    used = {
        (fact["organisation_id"], kind, fact[column])
        for fact in facts
        for kind, column in WORDS.items()
        if fact[column]
    }
    added: set[tuple[int, str, str]] = session.info.setdefault(_ADDED, set())
    missing = used - known
    if not missing:
        return
    there: set[tuple[int, str, str]] = set()
    for owner, kind in {
        (owner, kind) for owner, kind, _ in missing
    }:  # SQLite reads all for an IN list of three columns
        wanted = [value for key, word, value in missing if (key, word) == (owner, kind)]
        for chunk in keyed.chunks(wanted):
            found = _THERE.rows(session, owner=owner, kind=kind, words=chunk)
            there |= {(owner, kind, value) for (value,) in found}
    new = sorted(missing - there)
    if new:
        rows = [{"organisation_id": owner, "kind": kind, "value": value} for owner, kind, value in new]
        plain.insert_rows(session, EventWord, rows)
        added.update(new)
    known |= there - added


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine
