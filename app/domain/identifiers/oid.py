"""Object identifiers (ITU-T X.660): arcs of digits with dots between, under one of three roots."""

import re

from app.domain.identifiers import refusals
from app.domain.identifiers.values import Key
from app.errors import N_

STARTS = "012ou"
MAX_LENGTH = 255
_MARKED = re.compile(r"(?:urn:oid:|oid[:. ])\s*", re.IGNORECASE)
_RIGHT = re.compile(r"(?:[01]\.(?:[0-9]|[123][0-9])|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*")
# Without a mark: under China's two arcs, or from five arcs on; four can be an IPv4 address, three a version.
_LIKELY = re.compile(r"(?:1\.2\.156|2\.16\.156)\.[0-9.]+|[0-2](?:\.[0-9]+){4,}")


def read(text: str) -> Key | None:
    """None for what is neither marked as an OID nor looks like one; Malformed `bad-oid` for what does and is none."""
    mark = _MARKED.match(text)
    arcs = text[mark.end() :] if mark else text
    if mark is None and not _LIKELY.fullmatch(text):
        return None
    if not _RIGHT.fullmatch(arcs):
        message = N_("“{value}” is not an object identifier (position {position}).")
        raise refusals.bad(arcs, _wrong_at(arcs) + 1, "bad-oid", message)
    if len(arcs) > MAX_LENGTH:
        raise refusals.too_long(arcs, MAX_LENGTH)
    return Key("oid", arcs)


def is_bare(text: str) -> bool:
    """Whether nothing but its shape says that it is an OID."""
    return _LIKELY.fullmatch(text) is not None


def _wrong_at(arcs: str) -> int:
    """The first place, from 0, where no OID can go on."""
    place = 0
    for number, arc in enumerate(arcs.split(".")):
        other = next((n for n, character in enumerate(arc) if character not in "0123456789"), -1)
        if not arc or other >= 0:
            return place + max(other, 0)
        if len(arc) > 1 and arc.startswith("0"):
            return place
        if (number == 0 and arc not in "012") or (number == 1 and arcs[0] != "2" and int(arc[:3]) > 39):
            return place
        place += len(arc) + 1
    return min(place, len(arcs))
