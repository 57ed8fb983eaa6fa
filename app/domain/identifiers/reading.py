"""The one way in: whatever was scanned or typed becomes an Identifier or a Key, or a Malformed that says why not."""

import re
from collections.abc import Callable

from app.domain.gs1.elements import FNC1
from app.domain.identifiers import did, ecode, gs1, handle, oid, refusals, texts, url, vaa
from app.domain.identifiers.values import Identifier, Key

MAX_SCAN = 4096  # no label of ours, and hardly any 2-D symbol, holds more
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
# What a label of ours holds and what is typed from it, by far the most of all that is read: nothing to clean there.
_PLAIN = re.compile(
    r"(?:[Hh][Tt][Tt][Pp][Ss]?://[0-9A-Za-z.:-]+/|[Hh][Dd][Ll]:)?([0-9]{2}\.[0-9]{1,5}(?:\.[0-9]{1,32}){0,3})"
    rf"/([0-9A-Za-z_][0-9A-Za-z._-]{{0,{handle.MAX_LENGTH - 109}}})"
)

Read = Callable[[str], Identifier | Key | None]

# Each scheme in its module; tried in this order, the first that knows the text answers, by a value or a Malformed.
SCHEMES: dict[str, Read] = {
    "did": did.read,
    "vaa": vaa.read,
    "oid": oid.read,
    "gs1": gs1.read,
    "ecode": ecode.read,
    "handle": handle.read,
}
_STARTS = {
    name: module.STARTS for name, module in zip(SCHEMES, (did, vaa, oid, gs1, ecode, handle), strict=True)
}
_MAY_BE_URL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def _readers(first: str) -> tuple[Read, ...]:
    found = [read for name, read in SCHEMES.items() if first in _STARTS[name]]
    return (url.read, *found) if first in _MAY_BE_URL else tuple(found)


_BY_FIRST = {character: _readers(character.lower()) for character in map(chr, range(128))}


def parse(text: str) -> Identifier | Key:
    """The one thing named by whatever a scanner, a person or a file hands over, in canonical form.

    Raises Malformed: `empty-scan`, `too-long`, `not-an-identifier`, `bad-prefix`, `bad-suffix`, `bad-vaa`, `bad-oid`,
    `bad-ecode`, `bad-did`, `bad-gs1-key`, `bad-gs1-data` or `wrong-check-digit`; `position` counts characters from 1
    in `value`. What is tolerated on the way, telling.parse_telling tells.
    """
    match = _PLAIN.fullmatch(text)
    if match is not None:
        return Identifier(match[1], match[2].upper())
    if len(text) > MAX_SCAN:
        raise refusals.too_long(text, MAX_SCAN)
    return named_by(texts.cleaned(text))


def named_by(cleaned: str) -> Identifier | Key:
    """As parse(), of a text that is clean."""
    if cleaned.startswith((FNC1, "]")):
        symbology = cleaned[:3] if _AIM.match(cleaned) else ""
        is_gs1 = symbology in gs1.SYMBOLOGIES or cleaned.startswith(FNC1)
        cleaned = cleaned[len(symbology) :].strip()
        if cleaned and symbology.startswith("]E"):
            return gs1.read_ean(cleaned)
        if cleaned and is_gs1:
            cleaned = FNC1 + cleaned
    if not cleaned:
        raise refusals.empty()
    for read in _BY_FIRST.get(cleaned[0], ()):
        found = read(cleaned)
        if found is not None:
            return found
    handle.explain(cleaned)
    raise refusals.not_an_identifier(cleaned)
