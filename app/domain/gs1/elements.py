"""Elements, pairs of application identifier and value, and the two ways to write them in a row; each value checked.

`element_string` is what a scanner sends, FNC1 (0x1D) after values of varying length; `bracketed` what people read.
Which of them name a thing is in `keys`; which may stand beside each other in `associations`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

from app.domain.gs1 import ais, check_digits, lints
from app.domain.gs1.ais import AIS, Ai, Component
from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

Elements = list[tuple[str, str]]

FNC1 = "\x1d"
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])+)")  # "\(" is a bracket inside a value
_KEYS = {
    "00": "SSCC",
    "01": "GTIN",
    "02": "GTIN",
    "03": "GTIN",
    "402": "GSIN",
    "8017": "GSRN",
    "8018": "GSRN",
}
_KEYS |= {
    "253": "GDTI",
    "255": "GCN",
    "8003": "GRAI",
    "8006": "ITIP",
    "8026": "ITIP",
    "8013": "GMN",
    "8014": "MUDI",
}
_KEYS |= {str(code): "GLN" for code in range(410, 418)}


def check(code: str, value: str) -> str:
    """The value, or Malformed `bad-gs1-key`, `bad-gs1-data` or `wrong-check-digit` with the `position`, from 1."""
    entry = AIS.get(code)
    if entry is None:
        unknown_ai(code)
    if entry.free is not None and entry.free.fullmatch(value):  # lots, serials: most of what is checked
        return value
    place = 0
    _check_length(entry, value)
    for part in entry.components:
        piece = value[place : place + part.most]
        if piece or not part.optional:
            _check_component(entry, part, value, piece, place)
        place += len(piece)
    return value


def check_all(elements: Iterable[tuple[str, str]]) -> Elements:
    """Every value checked; that one code is there twice is a matter for `associations`."""
    return [(code, check(code, value)) for code, value in elements]


def parse(text: str) -> Elements:
    """What stands in an element string, strictly (General Specifications 7.8): FNC1 first and wherever one belongs.

    An FNC1 too many after a value of predefined length is tolerated, as is one at the end.
    """
    if not text.startswith(FNC1) or len(text) == 1:
        raise Malformed(
            "bad-gs1-data",
            N_("“{value}” is no GS1 element string: it begins with FNC1, and data follow."),
            N_("Let the scanner send the symbology identifier, or type the line under the code with its brackets."),
            value=shown(text), position=1,
        )  # fmt: skip
    found, place = [], 1
    while place < len(text):
        code = ais.code_at(text, place)
        if not code:
            _no_ai(text, place)
        place += len(code)
        end = text.find(FNC1, place)
        end = len(text) if end < 0 else end
        if AIS[code].predefined:
            end = min(end, place + AIS[code].most)
        found.append((code, check(code, text[place:end])))
        place = end + (text[end : end + 1] == FNC1)
    return found


def parse_bracketed(text: str) -> Elements:
    """What stands in `(01)09506000134352(10)LOT`, strictly; a bracket inside a value is written with a backslash."""
    found = []
    place = 0
    while place < len(text) or not text:
        match = _BRACKETED.match(text, place)
        if match is None:
            raise Malformed(
                "bad-gs1-data",
                N_("“{value}” cannot be read from position {position}, where (number) and value belong."),
                N_("It is written (01)09506000134352(10)LOT."),
                value=shown(text), position=place + 1,
            )  # fmt: skip
        found.append((match[1], check(match[1], match[2].replace("\\(", "("))))
        place = match.end()
    return found


def split(text: str) -> Elements:
    """The elements of a string with FNC1 between fields, by the length rules alone; what no code begins is left out."""
    found: Elements = []
    for field in text.split(FNC1):
        rest = field
        while rest:
            start = rest[:2]
            length = ais.code_length(start)
            room = ais.PREDEFINED.get(start)
            end = len(rest) if room is None else (length or 2) + room
            if len(rest) < end:
                cut_short(text, rest)
            if length:
                found.append((rest[:length], rest[length:end]))
            rest = rest[end:]
    return found


def split_bracketed(text: str) -> Elements | None:
    """The elements of `(01)09506000134352(10)LOT` unchecked; None if it is not written so."""
    found: Elements = []
    position = 0
    while position < len(text):
        match = _BRACKETED.match(text, position)
        if match is None:
            return None
        found.append((match[1], match[2].strip().replace("\\(", "(")))
        position = match.end()
    return found


def bracketed(elements: Iterable[tuple[str, str]]) -> str:
    """`(01)09506000134352(10)LOT`: the line for people under the code; parse_bracketed() reads it back."""
    return "".join(f"({code})" + value.replace("(", "\\(") for code, value in elements)


def element_string(elements: Sequence[tuple[str, str]]) -> str:
    """With FNC1 in front and after every value that needs one, except at the end; parse() reads it back."""
    parts = [FNC1]
    for code, value in elements:
        parts += [code, value, "" if code in AIS and AIS[code].predefined else FNC1]
    return "".join(parts).removesuffix(FNC1) if len(parts) > 1 else FNC1


def unknown_ai(code: str) -> NoReturn:
    raise Malformed(
        "bad-gs1-data",
        N_("“{value}” does not begin with a GS1 application identifier."),
        N_("Compare the number in brackets with the label; it has 2 to 4 digits."),
        value=shown(code), position=1,
    )  # fmt: skip


def _no_ai(text: str, place: int) -> NoReturn:
    raise Malformed(
        "bad-gs1-data",
        N_("“{value}” has no GS1 application identifier at position {position}, where one belongs."),
        N_("Compare it with the line under the code; a value before it may be too long or too short."),
        value=shown(text), position=place + 1,
    )  # fmt: skip


def cut_short(text: str, part: str) -> NoReturn:
    raise Malformed(
        "bad-gs1-key",
        N_("“{part}” in “{value}” does not have the length its kind of key needs."),
        N_("The code was cut off or typed with a digit too many: scan it again."),
        part=shown(part), value=shown(text), position=max(text.rfind(part), 0) + 1,
    )  # fmt: skip


def _check_length(entry: Ai, value: str) -> None:
    if not entry.least <= len(value) <= entry.most:
        raise Malformed(
            "bad-gs1-key",
            N_("({ai}) holds “{value}” of {length} characters; it takes {least} to {most}.")
            if entry.least < entry.most
            else N_("({ai}) holds “{value}” of {length} characters; it takes {most}."),
            N_("Check the number on the label; a character may be missing or doubled."),
            ai=entry.code, value=shown(value), length=len(value), least=entry.least, most=entry.most,
            position=min(len(value), entry.most) + 1,
        )  # fmt: skip


def _check_component(entry: Ai, part: Component, value: str, piece: str, place: int) -> None:
    match = ais.CHARACTERS[part.charset].match(piece)
    good = match.end() if match else 0
    if "=" in piece and part.charset == "Z" and len(piece) % 3:
        good = piece.index("=")  # base64 is padded to whole groups here, whose size GS1 gives as three
    if good < len(piece):
        _bad_character(entry, value, place + good)
    if len(piece) < part.least:
        _bad_content(
            entry,
            value,
            len(value),
            N_("({ai}) holds “{value}”, which ends too soon at position {position}."),
        )
    for name in part.lints:
        if name == "digit":
            _check_digit(entry, value, piece, place)
        elif name == "pair":
            _check_pair(entry, value, piece)
        elif (bad := lints.LINTS[name](piece)) >= 0:
            _bad_content(entry, value, place + bad, lints.WHY[name], field=lints.field_of(name, piece))


def _check_digit(entry: Ai, value: str, piece: str, place: int) -> None:
    expected = check_digits.check_digit(piece[:-1])
    if piece[-1] != expected:
        kind = _KEYS.get(entry.code, f"({entry.code})")
        check_digits.wrong_check_digit(kind, value, piece[-1], expected, place + len(piece))


def _check_pair(entry: Ai, value: str, piece: str) -> None:
    if len(piece) < 3:
        _bad_content(
            entry,
            value,
            len(value),
            N_("({ai}) holds “{value}”, which ends too soon at position {position}."),
        )
    expected = check_digits.check_pair(piece[:-2])
    if piece[-2:] != expected:
        check_digits.wrong_check_digit(_KEYS[entry.code], value, piece[-2:], expected, len(piece) - 1)


def _bad_character(entry: Ai, value: str, place: int) -> NoReturn:
    raise Malformed(
        "bad-gs1-key",
        N_("({ai}) holds “{value}”, where “{character}” at position {position} is not allowed."),
        N_("GS1 lots and serials use Latin letters, digits and common punctuation, without spaces."),
        ai=entry.code, value=shown(value), character=shown(value[place]), position=place + 1,
    )  # fmt: skip


def _bad_content(entry: Ai, value: str, place: int, why: str, **more: str) -> NoReturn:
    hint = N_(
        "Compare it with the label; if that is what it says, the label is wrong and must be printed anew."
    )
    raise Malformed("bad-gs1-data", why, hint, ai=entry.code, value=shown(value), position=place + 1, **more)
