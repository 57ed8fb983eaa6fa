"""The parser for whoever wants to know what was tolerated: the same answer as parse(), and notes on what was amiss.

A reader must take what labels say; whoever prints the next label should hear that it is not as the standards ask.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.gs1 import associations, digital_link, elements, keys
from app.domain.identifiers import did, ecode, gs1, oid, reading, texts
from app.domain.identifiers.refusals import short, visible
from app.domain.identifiers.values import Identifier, Key, kind_of
from app.errors import N_, Malformed

_MIXED_SCHEME = re.compile(r"(?!https?:|HTTPS?:)[Hh][Tt][Tt][Pp][Ss]?:")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_UNSAFE = re.compile(r"[#?:%\s&+\"<>\\^`{|}]")


WARNINGS = {
    "hidden-characters": N_("“{value}” had a hidden character at position {position}; it was left out."),
    "full-width": N_(
        "“{value}” has “{character}” at position {position}, read as the plain character it stands for."
    ),
    "mixed-case-scheme": N_("“{value}” begins with http or https in small and capital letters."),
    "unsafe-characters": N_(
        "“{value}” has “{character}” at position {position}, where some programs cut it off."
    ),
    "look-alike-letters": N_(
        "“{value}” mixes alphabets that look alike: “{character}” at position {position}."
    ),
    "assumed-scheme": N_("“{value}” says nowhere what it is; it was read as {scheme} for its form."),
    "did-url": N_("“{value}” is the address of a part of a DID; it was read as the DID."),
    "odd-did": N_("“{value}” is not as long as its kind of BID, or has a letter that its kind leaves out."),
    "repeated-data": N_("“{value}” gives one application identifier twice, with the same value."),
    "qualifier-order": N_(
        "“{value}” has its parts in another order than the standard's, which is {canonical}."
    ),
    "short-gtin": N_(
        "“{value}” has {length} digits; in this place a GTIN is written with 14, zeros in front."
    ),
    "not-to-the-letter": "",  # what a strict reader says
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something tolerated. Like a refusal: a code that never changes, a msgid with named fields, and their values."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)

    def english(self) -> str:
        return self.message.format(**self.values)


@dataclass(frozen=True, slots=True)
class Reading:
    """`scheme` is which of the six systems it was written in: a VAA code is read as the handle it equals."""

    thing: Identifier | Key
    scheme: str
    notes: tuple[Note, ...]


def parse_telling(text: str) -> Reading:
    """As parse(), with notes. Costs several times as much; raises the same."""
    thing = reading.parse(text)
    cleaned = texts.cleaned(text)
    plain = cleaned[3:].strip() if cleaned.startswith("]") else cleaned
    is_vaa = plain.upper().startswith(("VAA", "25SVAA"))
    notes = [*_notes_on_characters(text), *_notes_on_scheme(plain)]
    if isinstance(thing, Identifier):
        notes += _notes_on_suffix(thing)
    elif thing.elements:
        notes += _notes_on_gs1(cleaned, plain, thing)
    else:
        notes += _notes_on_other(plain, thing)
    return Reading(thing, "vaa" if is_vaa else kind_of(thing), tuple(notes))


def _notes_on_characters(text: str) -> Iterator[Note]:
    hidden = texts.hidden_at(text)
    if hidden >= 0:
        yield _note("hidden-characters", text, hidden)
    other = (n for n, c in enumerate(text) if not c.isascii() and c.isprintable() and texts.folded(c) != c)
    changed = -1 if text.isascii() else next(other, -1)
    if changed >= 0:
        yield _note("full-width", text, changed)


def _notes_on_scheme(plain: str) -> Iterator[Note]:
    if _MIXED_SCHEME.match(plain):
        yield _note("mixed-case-scheme", plain)


def _notes_on_suffix(thing: Identifier) -> Iterator[Note]:
    unsafe = _UNSAFE.search(thing.suffix)
    place = len(str(thing)) - len(thing.suffix)
    if unsafe is not None:
        yield _note("unsafe-characters", str(thing), place + unsafe.start())
    stranger = texts.stranger_at(thing.suffix)
    if stranger >= 0:
        yield _note("look-alike-letters", str(thing), place + stranger)


def _notes_on_other(plain: str, thing: Key) -> Iterator[Note]:
    if (thing.scheme == "oid" and oid.is_bare(plain)) or (thing.scheme == "ecode" and ecode.is_bare(plain)):
        yield _note("assumed-scheme", plain, scheme=thing.scheme)
    if thing.scheme == "did" and not plain.endswith(thing.value[8:]):
        yield _note("did-url", plain)
    if thing.scheme == "did" and did.is_odd(thing):
        yield _note("odd-did", thing.value)


def _notes_on_gs1(cleaned: str, plain: str, thing: Key) -> Iterator[Note]:
    if _WEB.match(plain):
        yield from _notes_on_link(plain, thing)
        return
    if plain.startswith("("):
        found = elements.split_bracketed(plain) or []
    elif elements.FNC1 in cleaned or cleaned[:3] in gs1.SYMBOLOGIES:
        found = elements.split(plain)
    else:
        return
    if len(dict(found)) < len(found):
        yield _note("repeated-data", plain)
    short_gtins = _short_gtins(found)
    yield from _if_refused(elements.check_all, [pair for pair in found if pair not in short_gtins])
    yield from _if_refused(associations.check, found)
    yield from (_note("short-gtin", value, length=len(value)) for _, value in short_gtins)


def _notes_on_link(uri: str, thing: Key) -> Iterator[Note]:
    path = uri.partition("#")[0].partition("?")[0].rstrip("/")
    segments = [texts.decoded(segment) for segment in path.split("/")]
    root = gs1.root_of(segments)
    if root < 0:
        return
    pairs = list(zip(segments[root::2], segments[root + 1 :: 2], strict=False))
    yield from (_note("short-gtin", value, length=len(value)) for _, value in _short_gtins(pairs))
    if not keys.in_order(pairs[0][0], [code for code, _ in pairs[1:]]):
        yield _note("qualifier-order", uri, canonical=f"/{thing.path}")
    else:
        scheme, colon, rest = uri.partition(":")
        yield from _if_refused(_strictly, scheme.lower() + colon + rest)


def _strictly(uri: str) -> None:
    associations.check(digital_link.parse(uri, short_gtin=True))


def _if_refused(check: Callable[[Any], object], value: object) -> Iterator[Note]:
    try:
        check(value)
    except Malformed as error:
        yield Note("not-to-the-letter", error.message, error.values)


def _short_gtins(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, value) for code, value in pairs if code == "01" and len(value) in (8, 12, 13)]


def _note(code: str, value: str, place: int = 0, **more: object) -> Note:
    values = {"value": short(value), "position": place + 1, "character": visible(value[place : place + 1])}
    return Note(code, WARNINGS[code], values | more)
