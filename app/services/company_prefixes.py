"""Where the company prefix of a GS1 key ends, which an EPC URN says and a Digital Link does not.

Known of companies that are registered here with theirs, and of keys that somebody here named by a URN.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.domain.epcis import queries, translating
from app.domain.people import Actor
from app.services.querying import page_of
from app.services.querying.collections import within
from app.store import masterdata as rows

MOST_NAMES, MOST_EVENTS = 100, 200  # looked at, to learn of the names of a list


def known(session: Session, events: Iterable[Mapping[str, Any]] = ()) -> translating.Lengths:
    """For names in these events, and elsewhere."""
    return translating.lengths_from({*rows.other_gs1_prefixes(session, 0), *translating.prefixes_in(events)})


def of_names(session: Session, actor: Actor, kind: str, names: Sequence[str]) -> translating.Lengths:
    """For the members of one of the collections of EPCIS, as events that the reader may know name them."""
    events: list[dict[str, Any]] = []
    if some := [name for name in names[:MOST_NAMES] if translating.is_key(name)]:
        (parameter,) = within(kind, "")
        events = page_of(session, actor, queries.parse({parameter: some}), "", MOST_EVENTS).events
    return known(session, events)
