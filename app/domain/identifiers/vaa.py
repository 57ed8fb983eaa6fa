"""VAA codes (ISO/IEC 15459, issuing agency VAA): another spelling of a handle under a prefix of 8 digits.

`VAA08810012345678/ABC-1` is `88.100.12345678/ABC-1`: three digits of country (88 or 86 with a zero in front), three of
industry, eight of enterprise, and what the enterprise added. There is no check digit.
"""

import re

from app.domain.identifiers import handle, refusals
from app.domain.identifiers.values import Identifier
from app.errors import N_

STARTS = "v2"
_MARKED = re.compile(r"(?:25S)?VAA", re.IGNORECASE)  # 25S: the ASC MH10 data identifier on labels
_CODE = re.compile(r"0([0-9]{2})([0-9]{3})([0-9]{8})")
_SPELT = re.compile(r"([0-9]{2})\.([0-9]{3})\.([0-9]{8})")


def read(text: str) -> Identifier | None:
    """None for what does not begin with VAA and a digit; Malformed `bad-vaa` for what does and is none."""
    mark = _MARKED.match(text)
    if mark is None or not text[mark.end() : mark.end() + 1].isdecimal():
        return None
    code, slash, suffix = text[mark.end() :].partition("/")
    match = _CODE.fullmatch(code)
    if match is None:
        digits = re.match(r"0?(?:(?<=0)[0-9]{0,13})?", code)
        place = mark.end() + (digits.end() if digits else 0)
        message = N_(
            "“{value}” is not a VAA code: 14 digits, the first a 0, follow the letters (position {position})."
        )
        raise refusals.bad(text, place + 1, "bad-vaa", message)
    if not slash:
        message = N_("“{value}” is only a prefix; the part after the slash is missing.")
        raise refusals.bad(text, len(text) + 1, "bad-suffix", message)
    return handle.made(".".join(match.groups()), suffix)


def spelt(thing: Identifier) -> str:
    """The VAA spelling; "" where there is none, because a part of the prefix has another length."""
    match = _SPELT.fullmatch(thing.prefix)
    return f"VAA0{match[1]}{match[2]}{match[3]}/{thing.suffix}" if match else ""
