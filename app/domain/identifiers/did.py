"""Decentralised identifiers (W3C DID 1.0): China's did:bid, did:cn and did:vaa by their own forms."""

import re
from urllib.parse import quote

from app.domain.identifiers import refusals, texts
from app.domain.identifiers.values import Key
from app.errors import N_

STARTS = "d"
MAX_LENGTH = 255
_DID = re.compile(r"did:([a-z0-9]+):(.+)", re.IGNORECASE | re.DOTALL)
_SAFE = "-._~!$&'()*+,;=:@/%"  # RFC 3986 pchar, the slash, and escapes
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ANY = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:(?=.))+")
_METHODS = {
    "bid": re.compile(r"(?:[a-z0-9]{4}:)?[esz][fst][A-Za-z0-9+/=_-]{22,42}"),
    "cn": re.compile(r"[0-9]{2}\.[0-9]{3,5}\.[0-9]{1,128}"),
    "vaa": re.compile(r"[1-9A-HJ-NP-Za-km-z]{27,31}|[A-Za-z0-9]+:[^\s#?]+"),
}
# as far as each of them can go on
_ANY_SO_FAR = re.compile(r"(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*")
_SO_FAR = {
    "bid": re.compile(r"(?:[a-z0-9]{4}:)?(?:[esz](?:[fst][A-Za-z0-9+/=_-]{0,42})?)?"),
    "cn": re.compile(r"(?:[0-9]{2}(?:\.(?:[0-9]{3,5}(?:\.[0-9]{0,128})?|[0-9]{0,2}))?|[0-9]?)"),
    "vaa": re.compile(r"[1-9A-HJ-NP-Za-km-z]{0,31}"),
}
# did:bid: what the codec's letter says of the rest; checked when told, not when read, as issuers differ
_BID = re.compile(
    r"(?:[a-z0-9]{4}:)?[esz](?:f[1-9A-HJ-NP-Za-km-z]{22,31}|s[A-Za-z0-9+/=_-]{32}|t[a-z0-9]{42})"
)


def read(text: str) -> Key | None:
    """None for what does not begin with `did:`; Malformed `bad-did`. Path, query and fragment are dropped."""
    if text[:4].lower() != "did:":
        return None
    match = _DID.fullmatch(text)
    if match is None:
        raise refusals.bad(
            text, 5, "bad-did", N_("“{value}” names no method after “did:” (position {position}).")
        )
    method = match[1].lower()
    name = re.split(r"[?#]" if method in _METHODS else r"[/?#]", match[2], maxsplit=1)[0]
    shape = _METHODS.get(method, _ANY)
    if not shape.fullmatch(name):
        place = match.start(2) + _wrong_at(method, name)
        raise refusals.bad(text, place + 1, "bad-did", N_("“{value}” is not a DID (position {position})."))
    bad = texts.unprintable_at(name)
    if bad >= 0:
        message = N_("“{value}” has an unprintable character at position {position}.")
        raise refusals.bad(text, match.start(2) + bad + 1, "bad-did", message)
    found = f"did:{method}:{_encoded(name)}"
    if len(found) > MAX_LENGTH:
        raise refusals.too_long(found, MAX_LENGTH)
    return Key("did", found)


def _encoded(name: str) -> str:
    """As a URI, which every DID is; an escape stays the escape it is, since `%3A` and `:` say different things."""
    return _STRAY.sub("%25", quote(name, safe=_SAFE))


def is_odd(thing: Key) -> bool:
    """Whether a did:bid has not the length or the letters its codec says."""
    method, _, name = thing.value.removeprefix("did:").partition(":")
    return method == "bid" and not _BID.fullmatch(name)


def _wrong_at(method: str, name: str) -> int:
    """The first character that no DID of the method has there, else where it ends too soon or too late."""
    if method == "vaa" and ":" in name:
        return len(name) if " " not in name else name.index(" ")
    match = _SO_FAR.get(method, _ANY_SO_FAR).match(name)
    return match.end() if match else 0
