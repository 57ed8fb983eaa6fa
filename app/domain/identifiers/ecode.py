"""Ecode (GB/T 31866): a digit of version, the number of a numbering scheme, and the code that scheme gave.

The canonical URI is `ecode:` and the three in a row; the version tells how long the scheme's number is. There is no
check digit. Version 0 stands for a GS1 key and is written as that key.
"""

import re

from app.domain.identifiers import refusals, texts
from app.domain.identifiers.values import Key
from app.errors import N_

STARTS = "123eu"
MAX_LENGTH = 255
_MARKED = re.compile(r"(?:urn:)?ecode[:= ]\s*", re.IGNORECASE)
# version -> digits of the scheme's number, most characters of the code, and what they may be
_VERSIONS = {"1": (4, 20, "[0-9]"), "2": (4, 28, "[0-9]"), "3": (5, 39, "[0-9A-Za-z]"), "4": (5, 200, r"\S")}
_SHAPES = {
    version: re.compile(rf"{version}([ .-]?)([0-9]{{{digits}}})\1({one}{{1,{most}}})")
    for version, (digits, most, one) in _VERSIONS.items()
}
# Without a mark: longer than any GS1 key, so that no mistyped one is taken for an Ecode.
_LIKELY = re.compile(r"1[0-9]{18,24}|2[0-9]{18,32}|3[0-9]{5}[0-9A-Za-z]{13,39}")


def read(text: str) -> Key | None:
    """None for what is neither marked as an Ecode nor looks like one; Malformed `bad-ecode` for what does and is none.

    Between its parts one and the same separator may stand: a space, a dot or a hyphen.
    """
    mark = _MARKED.match(text)
    if mark is None:
        return Key("ecode", text) if _LIKELY.fullmatch(text) else None
    code = texts.decoded(text[mark.end() :])
    shape = _SHAPES.get(code[:1])
    match = shape.fullmatch(code) if shape else None
    if match is None or texts.unprintable_at(code) >= 0:
        message = N_("“{value}” is not an Ecode (position {position}).")
        raise refusals.bad(code, _wrong_at(code) + 1, "bad-ecode", message)
    return Key("ecode", code[0] + match[2] + match[3])


def is_bare(text: str) -> bool:
    """Whether nothing but its shape says that it is an Ecode."""
    return _LIKELY.fullmatch(text) is not None


def _wrong_at(code: str) -> int:
    """The first place, from 0, where no Ecode can go on."""
    if code[:1] not in _VERSIONS:
        return 0
    digits, most, one = _VERSIONS[code[0]]
    separator = code[1] if code[1:2] in (" ", ".", "-") else ""
    place = 1 + len(separator)
    number = _length(rf"[0-9]{{0,{digits}}}", code[place:])
    if number < digits:
        return place + number
    place += digits
    if not code.startswith(separator, place):
        return place
    place += len(separator)
    return place + _length(rf"{one}{{0,{most}}}", code[place:])


def _length(pattern: str, text: str) -> int:
    match = re.match(pattern, text)
    return match.end() if match else 0
