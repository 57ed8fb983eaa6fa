"""Pages of what a query means, for one reader, and single events with their declarations.

The database narrows, `matching` decides, and it decides on what the reader is told: nothing hidden is found, counted
or ordered by. A page may hold fewer events than asked for, and none: the last is the one without a token.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.epcis import matching, queries
from app.domain.epcis.queries import BadQuery, Query, TooLarge
from app.domain.epcis.query_names import EVENT_ID, ORDERS
from app.domain.epcis.query_values import is_text
from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import narrowing, vocabularies
from app.services.telling_events import Teller
from app.store import event_search
from app.store.event_search import Place, Search

PER_PAGE, MOST_PER_PAGE = 30, 1_000
BLOCK = 500  # entries looked at in one go
SCANNED = 20_000  # entries looked at for one page, then the reader asks for the next
HEAVY = (
    8_000_000  # characters of one page, and of what is looked at in one go; few events are longer than 1,000
)
SORTED = 20_000  # events that can be put into an order no index knows


NOT_HERE = N_("There is no “{name}” here.")
CHECK_IT = N_("Check the name; it may be percent-encoded once too often.")


class NoSuchName(Unknown):
    """What is not there and what may not be known look the same."""

    exception = "NoSuchNameException"


@dataclass(frozen=True, slots=True)
class Page:
    """`next_token` asks for what follows; "" after the last page."""

    events: list[dict[str, Any]]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a page begins: after entry `seq` (None: at the start), `told` events having been returned before it."""

    seq: int | None = None
    told: int = 0


def page_of(session: Session, actor: Actor, query: Query, token: str = "", per_page: int = PER_PAGE) -> Page:
    """The events that `query` means and `actor` may know, from where `token` says.

    Raises BadQuery for a token of another query, TooLarge where there are more than maxEventCount, TooComplex where an
    order is asked for that cannot be made of so many.
    """
    actor.require("trace")
    position = _read(token, query)
    run = _Run(session, actor, query)
    if query.most is not None and not token:
        _check_count(run, query.most)
    per_page = max(1, min(per_page, MOST_PER_PAGE))
    if query.limit is not None:
        per_page = min(per_page, query.limit - position.told)
        if per_page <= 0:
            return Page([])
    if query.order_by not in ORDERS:
        return _sorted_page(run, query, position, per_page)
    found: list[tuple[Place, dict[str, Any]]] = []
    weight = 0
    for place, event in run.events(position.seq, SCANNED):
        if event is None:  # as far as one page goes
            return Page([told for _, told in found], _written(query, place.seq, position.told + len(found)))
        if len(found) == per_page or weight > HEAVY:
            told = position.told + len(found)
            last = query.limit is not None and told >= query.limit
            return Page([told for _, told in found], "" if last else _written(query, found[-1][0].seq, told))
        found.append((place, event))
        weight += run.weight
    return Page([told for _, told in found])


def event_of(session: Session, actor: Actor, event_id: str) -> list[dict[str, Any]]:
    """The event of that id and its declarations of error, in the order of recording. Unknown if none may be known."""
    actor.require("trace")
    found: list[dict[str, Any]] = []
    if is_text(event_id):
        query = replace(queries.parse({f"EQ_{EVENT_ID}": [event_id]}), descending=False)
        found = [event for _, event in _Run(session, actor, query).events(None, SCANNED) if event]
    if not found:
        raise NoSuchName("unknown-event", NOT_HERE, CHECK_IT, name=event_id[:200])
    return found


def recorded_after(
    session: Session, actor: Actor, query: Query, first: int, last: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the query means among the entries from `first` to before `last`, each with its number, in the order of
    recording: what a subscription tells. The query's own order and counts are not looked at."""
    plain = replace(query, order_by="", descending=False)
    run = _Run(session, actor, plain, first, last)
    after: int | None = None
    while True:
        begin, after = after, None
        for place, event in run.events(begin, last - first):
            if event is None:
                after = place.seq
            else:
                yield place.seq, event
        if after is None:
            return
        run.teller.rest()


class _Run:
    """One query of one reader."""

    def __init__(
        self, session: Session, actor: Actor, query: Query, first: int | None = None, last: int | None = None
    ) -> None:
        vocabulary = vocabularies.of(session, actor, query)
        self.session, self.order = session, narrowing.order_of(query)
        self.weight = 0  # characters of the event that was found last
        self.teller = Teller(session, actor)
        self.means = matching.compiled(query, vocabulary)
        search: Search = narrowing.search_for(query, vocabulary, self.teller.everybody)
        self.search = replace(search, first=first, last=last)

    def events(self, after: int | None, budget: int) -> Iterator[tuple[Place, dict[str, Any] | None]]:
        """Each event with its place; then, if `budget` entries were looked at or it would cost too much to go on, the
        place reached."""
        reached: tuple[datetime, int] | None = None
        if after is not None and (reached := event_search.place_of(self.session, after)) is None:
            return
        size = min(BLOCK, 64)
        last: Place | None = None
        while True:
            block = event_search.candidates(self.session, self.search, self.order, reached, size)
            entries = event_search.texts(self.session, [place.seq for place in block])
            told = self.teller.told([entries[place.seq] for place in block if place.seq in entries])
            for place in block:
                if place.seq in self.teller.undecided and last is not None:
                    yield last, None
                    return
                last, event = place, told.get(place.seq)
                if event is not None and self.means(event):
                    self.weight = len(entries[place.seq].body)
                    yield place, event
            if len(block) < size:
                return
            reached, budget = (block[-1].event_time, block[-1].seq), budget - len(block)
            if budget <= 0:
                yield block[-1], None
                return
            length = sum(len(entry.body) for entry in entries.values())
            size = max(1, min(BLOCK, HEAVY * len(block) // (length or 1)))


def _check_count(run: _Run, most: int) -> None:
    for found, (_, event) in enumerate(run.events(None, SCANNED), 1):
        if found > most or event is None:
            raise TooLarge(
                "query-too-large",
                N_("More than {most} events match."),
                N_("Ask for fewer, or for pages without maxEventCount."),
                most=most,
            )


def _sorted_page(run: _Run, query: Query, position: _Position, per_page: int) -> Page:
    """By an extension field: all that match are put in order, those without the field last."""
    keyed = []
    for place, event in run.events(None, SORTED):
        if event is None:
            raise queries.TooComplex(
                "query-too-complex",
                N_("So many events cannot be put in order by {field}."),
                N_("Narrow the query, by time for example."),
                field=query.order_by[:100],
            )
        key = matching.order_key(event, query)
        keyed.append((key is None, isinstance(key, str), key, place.seq, event))
    present = [row for row in keyed if not row[0]]
    present.sort(key=lambda row: row[1:4], reverse=query.descending)
    rows = [row[4] for row in present] + [row[4] for row in keyed if row[0]]
    end = position.told + per_page
    allowed = len(rows) if query.limit is None else min(len(rows), query.limit)
    return Page(rows[position.told : end], _written(query, 0, end) if end < allowed else "")


def _digest(query: Query) -> str:
    return hashlib.blake2b(query.text().encode(), digest_size=8).hexdigest()


def _written(query: Query, seq: int, told: int) -> str:
    """Names a place in the log, which is no secret, and never a time or a value of an event."""
    text = json.dumps([_digest(query), seq, told])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str, query: Query) -> _Position:
    if not token:
        return _Position()
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        digest, seq, told = json.loads(base64.urlsafe_b64decode(padded))
        if digest == _digest(query) and 0 <= int(seq) < 2**62 and 0 <= int(told) < 2**62:
            return _Position(int(seq), int(told))
    except (ValueError, TypeError, binascii.Error):
        pass  # told as below
    raise BadQuery(
        "bad-page-token",
        N_("This is no token of a page of this query."),
        N_("Follow the link of the page before, with the same parameters."),
    )
