"""Finding identifiers by what is known of them: the beginning of a name, an alias, a lot or serial number, or a value.

Found are one's own, by anything; what one took part in, by its name, numbers and public values; and the records of
others by the values that anyone may read. In pages, kind after kind; width and case of letters do not count, but that
lot and serial numbers are found as they are written, in capitals or in small letters.
"""

import base64
import binascii
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson
from sqlmodel import Session

from app.domain import handles, identifiers, templates
from app.domain.people import Actor
from app.errors import N_, Malformed
from app.services import aliasing
from app.services.cards import Card, cards_of
from app.store import allotments, finding, items
from app.store.aliases import PART
from app.store.finding import Found, Key

KINDS = {
    "name": N_("Identifier"),
    "record": N_("Record"),
    "alias": N_("Alias"),
    "lot": N_("Lot"),
    "serial": N_("Serial number"),
    "value": N_("Value of a record"),
    "attribute": N_("Value given at minting"),
}
LONGEST = 200
MOST = 200
Read = Callable[[Key | None, int], list[Found]]


@dataclass(frozen=True, slots=True)
class Match:
    """What was found and by what. `card` is the thing; a record alone has only its handle as `identifier`."""

    kind: str
    field: str
    value: str
    identifier: str
    card: Card | None


@dataclass(frozen=True, slots=True)
class _Stream:
    kind: str
    read: Read


def find(
    session: Session, actor: Actor, text: str, *, kind: str = "", after: str = "", limit: int = 50
) -> tuple[list[Match], str]:
    """What begins with the text, and the key of the next page ('' at the end). Without a text, all names of one's own.

    Raises Malformed for a kind or a key that is none.
    """
    actor.require("browse")
    if kind and kind not in KINDS:
        raise Malformed(
            "unknown-kind",
            N_("There is no kind '{kind}'."),
            N_("Known: {known}."),
            kind=kind[:40],
            known=", ".join(KINDS),
            field="kind",
        )
    wanted = _tidied(text)
    if text and not wanted:
        return [], ""
    streams = [s for s in _streams(session, actor, wanted) if not kind or s.kind == kind]
    place, key = _place_of(after)
    limit = max(1, min(limit, MOST))
    found: list[tuple[int, Found]] = []
    for number, stream in enumerate(streams[place:], place):
        found += [(number, row) for row in stream.read(key, limit + 1 - len(found))]
        key = None
        if len(found) > limit:
            break
    shown, more = found[:limit], len(found) > limit
    matches = _told(session, actor, [(streams[number].kind, row) for number, row in shown])
    return matches, _after(*shown[-1]) if more else ""


def _streams(session: Session, actor: Actor, text: str) -> list[_Stream]:
    """One for each index and spelling that the text could begin something in, in the order they are told."""
    me, prefix = actor.organisation_id, actor.prefix
    found: list[_Stream] = []
    for start in _starts(session, actor, text):
        named = partial(finding.things_named, session, me, prefix, f"hdl:{start}")
        found.append(_Stream("name", named))
        found.append(_Stream("record", partial(finding.records_named, session, me, start)))
    if not text:
        return found
    aliased = partial(finding.aliases_named, session, me)
    found += [_Stream("alias", partial(aliased, start)) for start in _alias_starts(text)]
    spellings = dict.fromkeys((text, text.upper(), text.lower()))
    for field in ("lot", "serial"):
        for spelling in spellings:
            numbered = partial(finding.numbered, session, me, prefix, field, spelling)
            found.append(_Stream(field, numbered))
    searched = handles.searchable(text)
    found.append(_Stream("value", partial(finding.record_values, session, me, searched)))
    key = templates.search_key(text)
    found.append(_Stream("attribute", partial(finding.attribute_values, session, me, prefix, key)))
    return found


def _starts(session: Session, actor: Actor, text: str) -> list[str]:
    """What names begin with: the text where it has a prefix in it, else each of one's own prefixes and the text."""
    tidy = text.removeprefix("hdl:").upper()
    if "/" in tidy:
        return [tidy]
    own = [row.prefix for row in allotments.of_organisation(session, actor.organisation_id)]
    starts = [f"{prefix}/{tidy}" for prefix in own]
    begun = [f"{prefix}/" for prefix in own if tidy and prefix.startswith(tidy)]
    return begun or starts


def _alias_starts(text: str) -> list[str]:
    starts = [f"{PART}{text.upper()}", text]
    try:
        starts.append(identifiers.parse(text).epc)
    except Malformed:
        starts.append(f"urn:oid:{text}")
    return list(dict.fromkeys(starts))


def _told(session: Session, actor: Actor, found: Sequence[tuple[str, Found]]) -> list[Match]:
    things = items.of_ids(session, {row.thing_id for _, row in found if row.thing_id})
    rows = list(things.values())
    cards = {thing.id: card for thing, card in zip(rows, cards_of(session, actor, rows), strict=True)}
    matches = []
    for kind, row in found:
        card = cards.get(row.thing_id)
        value = row.value
        if kind == "name":
            value = str(identifiers.from_epc(row.value))
        elif kind == "alias":
            value = aliasing.shown_name(row.value, row.field)
        matches.append(Match(kind, row.field, value, card.identifier if card else row.handle, card))
    return matches


def _tidied(text: str) -> str:
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})[:LONGEST]


def _after(number: int, row: Found) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([number, *row.key])).decode().rstrip("=")


def _place_of(after: str) -> tuple[int, Key | None]:
    if not after:
        return 0, None
    try:
        place, *key = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise _bad_key() from error
    sound = isinstance(place, int) and 0 <= place < 100 and 0 < len(key) <= 4
    if not sound or not all(isinstance(part, str | int) and not isinstance(part, bool) for part in key):
        raise _bad_key()
    return place, tuple(key)


def _bad_key() -> Malformed:
    return Malformed(
        "bad-page-key", N_("That is no page of this list."), N_("Start at the first page."), field="after"
    )
