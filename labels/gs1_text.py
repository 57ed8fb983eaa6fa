"""GS1 element strings for symbols: made from a label's values, split, and as a decoder reports them.

Written with brackets, `(01)09506000134352(10)LOT`, a bracket inside a value with a backslash. Checked is what a printed
symbol depends on: lengths, characters, check digits; what GS1 rules beyond that is not.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NoReturn

from labels.errors import N_, LabelError

FNC1 = "\x1d"  # as decoders report the separator
MOST = 48  # characters of a GS1-128 symbol, General Specifications 5.4.2

_ELEMENT = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])*)")
_CHARACTERS = re.compile(r"[!\"%-?A-Z_a-z]+")  # character set 82, figure 7.11-1
# General Specifications 7.8.4: where the first two digits say the length, no separator follows.
_PREDEFINED = {
    "00": 20,
    "01": 16,
    "02": 16,
    "03": 16,
    "04": 18,
    "20": 4,
    "41": 16,
    **{str(code): 8 for code in range(11, 20)},
    **{str(code): 10 for code in range(31, 37)},
}
_CHECKED = {"00", "01", "02", "03", "402", *(str(code) for code in range(410, 418))}
_DATES = (("made", "11"), ("expires", "17"))


def bracketed(values: Mapping[str, str]) -> str:
    """The element string that a label's values make; "" where none of SSCC, GTIN and GLN names the thing.

    A logistic unit: SSCC, and what it holds where GTIN and a whole number are there (02 with 37); a trade item: GTIN;
    either with dates and lot; a place: GLN. Dates are ISO. Raises LabelError `bad-gs1-elements`.
    """
    sscc, gtin, gln = (values.get(name, "").strip() for name in ("sscc", "gtin", "gln"))
    count = values.get("quantity", "").strip()
    counted = count.isascii() and count.isdecimal() and len(count) <= 8
    if sscc and gtin and counted:
        parts = [("00", sscc), ("02", gtin.zfill(14)), *_attributes(values), ("37", count)]
    elif sscc:
        parts = [("00", sscc)]
    elif gtin:
        serial = values.get("serial", "").strip()
        parts = [("01", gtin.zfill(14)), *_attributes(values), *([("21", serial)] if serial else [])]
    elif gln:
        parts = [("414", gln)]
    else:
        return ""
    text = shown(parts)
    for code, value in parts:
        _check(text, code, value)
    return text


def _attributes(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, code in _DATES:
        if day := values.get(name, "").strip():
            yield code, _six_digits(day)
    if lot := (values.get("lot") or values.get("batch") or "").strip():
        yield "10", lot


def elements(text: str) -> list[tuple[str, str]]:
    """(identifier, value) of each element. Raises LabelError `bad-gs1-elements` that names what is wrong."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _ELEMENT.match(text, place)
        if match is None:
            _refuse(text, text[place : place + 20])
        code, value = match[1], match[2].replace("\\(", "(")
        _check(text, code, value)
        found.append((code, value))
        place = match.end()
    if not found:
        _refuse(text, text)
    return found


def scanned(text: str) -> str:
    """What a decoder yields for the bracketed `text`: separators where General Specifications 7.8 wants them."""
    return joined(elements(text))


def joined(parts: list[tuple[str, str]]) -> str:
    """The same for elements that are taken apart already."""
    found = []
    for code, value in parts:
        found += [code, value, "" if code[:2] in _PREDEFINED else FNC1]
    return "".join(found).removesuffix(FNC1)


def shown(parts: list[tuple[str, str]]) -> str:
    return "".join(f"({code})" + value.replace("(", "\\(") for code, value in parts)


def check_digit(digits: str) -> str:
    """Of a number without its last digit, General Specifications 7.9.1."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _check(text: str, code: str, value: str) -> None:
    length = _PREDEFINED.get(code[:2])
    if not _CHARACTERS.fullmatch(value) or len(value) > 90 or (length and len(code) + len(value) != length):
        _refuse(text, f"({code}){value[:20]}")
    if length and not (value.isascii() and value.isdecimal()):
        _refuse(text, f"({code}){value[:20]}")
    if code in _CHECKED and check_digit(value[:-1]) != value[-1]:
        raise LabelError(
            "bad-gs1-elements",
            N_("“{part}” has a wrong check digit; it should end in {digit}."),
            N_("Compare the number with where it came from."),
            part=f"({code}){value[:20]}",
            digit=check_digit(value[:-1]),
        )


def _six_digits(day: str) -> str:
    try:
        return f"{date.fromisoformat(day[:10]):%y%m%d}"
    except ValueError:
        _refuse(day, day)


def _refuse(text: str, part: str) -> NoReturn:
    raise LabelError(
        "bad-gs1-elements",
        N_("“{part}” cannot be written into a GS1 symbol."),
        N_("It is written (01)09506000134352(10)LOT: two to four digits in brackets, then the value."),
        part=part[:40],
        value=text[:120],
    )
