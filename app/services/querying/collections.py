"""The six collections of EPCIS: the types, steps, dispositions, places and things of events that a reader may know."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from app.domain.epcis import TYPES, queries
from app.domain.epcis.queries import BadQuery
from app.domain.epcis.query_names import COLLECTIONS as KINDS
from app.domain.epcis.query_values import is_text
from app.domain.epcis.sameness import same_name, same_word
from app.domain.epcis.terms import BIZ_STEPS, DISPOSITIONS
from app.domain.people import Actor
from app.errors import N_
from app.services.querying.pages import page_of
from app.services.telling_events import Teller
from app.store import event_search

KNOWN = {"eventTypes": frozenset(TYPES), "bizSteps": BIZ_STEPS, "dispositions": DISPOSITIONS}
LOOKED_AT = 200  # words of other companies, for one page
PAGES = 3  # of a search for one event


def within(kind: str, value: str) -> dict[str, Any]:
    """The parameters of the query for the events with this value."""
    return {KINDS[kind][1]: [value]}


def has(session: Session, actor: Actor, kind: str, value: str) -> bool:
    """Whether events with this value may be asked for: the words of the standard always, others where there are any."""
    actor.require("trace")
    if not is_text(value):
        return False
    plain = _plain(kind, value)
    if plain in KNOWN.get(kind, ()):
        return True
    word = KINDS[kind][0]
    if word and event_search.has_word(session, actor.organisation_id, word, plain[: event_search.LONGEST]):
        return True
    return _is_told(session, actor, kind, value)


def collection_of(
    session: Session, actor: Actor, kind: str, token: str = "", per_page: int = 30
) -> tuple[list[str], str]:
    """In order of their letters, and the token of what follows ("" at the end). Things are those with a serial number
    or of their own (EPCs, no lots), which the reader's company took part in."""
    actor.require("trace")
    after = _read(token)
    per_page = max(1, min(per_page, 1_000))
    if kind == "epcs":
        found = event_search.own_things(session, actor.organisation_id, after, per_page + 1)
        return _page(found, per_page)
    return _words(session, actor, kind, after, per_page)


def _words(session: Session, actor: Actor, kind: str, after: str, per_page: int) -> tuple[list[str], str]:
    """One's own words, and those of others that stand in an event that one may know."""
    word = KINDS[kind][0]
    everybody = Teller(session, actor).everybody
    mine = event_search.words(session, [actor.organisation_id], word, after, per_page + 1)
    others = event_search.words(session, everybody - {actor.organisation_id}, word, after, LOOKED_AT)
    own, found = set(mine), list[str]()
    # beyond the last word looked at there may be more of the other kind
    ends = [words[-1] for words, most in ((mine, per_page + 1), (others, LOOKED_AT)) if len(words) == most]
    for value in sorted(own | set(others)):
        if ends and value > min(ends):
            return found, _written(min(ends))
        if value in own or _is_told(session, actor, kind, value):
            found.append(value)
        if len(found) > per_page:
            return _page(found, per_page)
    return found, _written(min(ends)) if ends else ""


def _page(found: Sequence[str], per_page: int) -> tuple[list[str], str]:
    shown = list(found[:per_page])
    return shown, _written(shown[-1]) if len(found) > per_page else ""


def _is_told(session: Session, actor: Actor, kind: str, value: str) -> bool:
    query, token = queries.parse(within(kind, value)), ""
    for _ in range(PAGES):
        page = page_of(session, actor, query, token, 1)
        if page.events or not page.next_token:
            return bool(page.events)
        token = page.next_token
    return False


def _plain(kind: str, value: str) -> str:
    word = KINDS[kind][0]
    return same_word(word, value) if kind in KNOWN else same_name(value)


def _written(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def _read(token: str) -> str:
    try:
        found = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)).decode()
    except (ValueError, binascii.Error):
        found = "\0"
    if "\0" in found or len(found) > event_search.LONGEST:
        raise BadQuery(
            "bad-page-token",
            N_("This is no token of a page of this query."),
            N_("Follow the link of the page before, with the same parameters."),
        )
    return found
