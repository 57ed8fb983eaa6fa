"""From a query to the search that narrows it in the database: it may find more than the query means, and never less."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import identifiers
from app.domain.epcis.matching import Vocabulary
from app.domain.epcis.postings import LONGEST, OVERFLOW, WORDS, number_of_term, terms_for
from app.domain.epcis.queries import Clause, Query
from app.domain.epcis.query_names import EVENT_ID, EVENT_TIME, RECORD_TIME
from app.domain.epcis.sameness import class_of_pattern, same_name, same_word
from app.errors import Malformed
from app.store.event_search import Order, Search

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_A_MOMENT = timedelta(milliseconds=1)  # readers see times of recording in whole milliseconds


def order_of(query: Query) -> Order:
    """By time of the event, else in the order of recording. An extension field's order is made elsewhere."""
    return Order(by_time=query.order_by == EVENT_TIME, descending=query.descending)


def search_for(query: Query, vocabulary: Vocabulary, organisations: Collection[int]) -> Search:
    values: dict[str, Any] = {"words": [], "terms": [], "names": [], "event_ids": []}
    for clause in query.clauses:
        if clause.how in ("word", "place", "within"):
            values["words"].append(_words(clause, vocabulary))
        elif clause.how == "match":
            values["names"].append(_names(clause))
        elif clause.how == "name" and clause.field == EVENT_ID:
            values["event_ids"].append(_ids(clause))
        elif clause.how == "time":
            _bound(values, clause)
        elif (terms := terms_for(clause)) is not None:
            values["terms"].append({number_of_term(term) for term in (*terms, OVERFLOW)})
    return Search(organisations=organisations, **values)


def _words(clause: Clause, vocabulary: Vocabulary) -> tuple[str, set[str]]:
    texts = [str(value) for value in clause.values]
    if clause.how == "word":
        found = {same_word(clause.field, text) for text in texts}
    else:
        found = (
            set(vocabulary.with_descendants(texts)) if clause.how == "within" else set(map(same_name, texts))
        )
    return WORDS.get(clause.field, clause.field), {text[:LONGEST] for text in found}


def _names(clause: Clause) -> tuple[set[str], list[str]]:
    """Names as asked, as the query compares them, and as the index of things has them."""
    names: set[str] = set()
    for value in clause.values:
        text = str(value)
        names |= {text[:LONGEST], same_name(text)[:LONGEST]}
        try:
            names.add(identifiers.parse(text).epc)
        except Malformed:
            continue  # a name of no scheme known here: the index has it by its letters
    begins = [start for start in (class_of_pattern(str(value)) for value in clause.values) if start]
    return names, begins


def _ids(clause: Clause) -> tuple[set[str], set[str]]:
    ids = {str(value) for value in clause.values}
    return ids, {
        text.partition(";")[2].partition("?")[0] for text in ids if text.startswith("ni:///sha-256;")
    }


def _bound(values: dict[str, Any], clause: Clause) -> None:
    """The narrowest of what several bounds ask; times of recording with the part of a second that nobody is told."""
    (moment,) = clause.values
    assert isinstance(moment, datetime)  # what `queries` reads for a time
    moment = min(max(moment, _FIRST), _LAST)  # what columns can compare, and no event is beyond
    recorded = clause.field == RECORD_TIME
    late = clause.op == "LT"
    name = ("recorded_" if recorded else "") + ("until" if late else "since")
    if recorded:
        moment = moment + _A_MOMENT if late else moment - _A_MOMENT
    known = values.get(name)
    values[name] = moment if known is None else (min if late else max)(known, moment)
