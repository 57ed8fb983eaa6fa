"""GS1 keys: check digits, and a key's spellings (element string, Digital Link path, EPC URN). Resolves nothing.

A key travels here as *elements*: pairs of application identifier and value, primary key first, in canonical order.
"""

import re
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import quote, unquote

from app.errors import N_, Malformed

Elements = list[tuple[str, str]]

FNC1 = "\x1d"
# primary key -> the qualifier sequences allowed after it (GS1 Digital Link 1.6 section 4.8), each entry optional
QUALIFIERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "00": ((),),
    "01": (("22", "10", "21"), ("235",)),
    "414": (("254",), ("7040",)),
}
_MAX_QUALIFIER = {"22": 20, "10": 20, "21": 20, "235": 28, "254": 20, "7040": 4}
# GS1 General Specifications 7.8.5: whole length, identifier included, of the elements that need no FNC1 after them
_FIXED_LENGTH = (
    {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16}
    | {str(n): 8 for n in range(11, 20)}
    | {str(n): 10 for n in range(31, 37)}
)
_CSET_82 = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*""")
_DIGITS = re.compile(r"[0-9]+")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])+)")  # "\(" is a bracket inside a value
_URN_QUALIFIER = {
    "id:sgtin": "21", "class:lgtin": "10", "id:upui": "235", "idpat:sgtin": "", "idpat:upui": "",
}  # fmt: skip
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)", re.IGNORECASE)


def check_digit(body: str) -> str:
    """The mod-10 digit that belongs after `body` (GS1 General Specifications 7.9.1)."""
    total = sum((3, 1)[place % 2] * int(digit) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def sscc(extension_digit: str, company_prefix: str, serial_reference: str) -> str:
    """18 digits. The serial reference is filled up with zeros; Malformed when the parts do not fit."""
    for part in (extension_digit, company_prefix, serial_reference):
        _require_digits(part)
    room = 16 - len(company_prefix)
    serial = serial_reference.zfill(room)
    if len(extension_digit) != 1 or not 4 <= len(company_prefix) <= 12 or len(serial) != room:
        raise Malformed(
            "bad-sscc-parts",
            N_("Extension “{extension}”, company prefix “{prefix}” and serial “{serial}” do not make an SSCC."),
            N_("It takes 1 digit, 4 to 12 digits and a serial that fills the rest up to 17 digits."),
            extension=extension_digit, prefix=company_prefix, serial=serial_reference,
        )  # fmt: skip
    body = extension_digit + company_prefix + serial
    return body + check_digit(body)


def check_sscc(text: str) -> str:
    return _checked("SSCC", text, (18,))


def check_gln(text: str) -> str:
    return _checked("GLN", text, (13,))


def check_gtin(text: str) -> str:
    """Takes GTIN-8, -12, -13 or -14 and returns it as 14 digits, the form of AI 01."""
    return _checked("GTIN", text, (8, 12, 13, 14)).zfill(14)


_CHECK_KEY = {"00": check_sscc, "01": check_gtin, "414": check_gln}


def from_element_string(text: str) -> Elements | None:
    """Elements from a scanned string with FNC1 (0x1D) between variable fields; None without a key known here.

    Data that are not part of the key (dates, weights) are skipped by the length rules.
    """
    found: dict[str, str] = {}
    for field in text.split(FNC1):
        rest = field
        while rest:
            length = _FIXED_LENGTH.get(rest[:2], len(rest))
            if len(rest) < length:
                _cut_short(text, rest)
            element, rest = rest[:length], rest[length:]
            ai = next((ai for ai in (*QUALIFIERS, *_MAX_QUALIFIER) if element.startswith(ai)), "")
            if ai:
                _add(found, ai, element[len(ai) :])
    return _canonical(found)


def from_bracketed(text: str) -> Elements | None:
    """Elements from the human-readable line under a barcode, `(01)09506000134352(10)LOT`; None if it is not one."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _BRACKETED.match(text, position)
        if match is None:
            return None
        _add(found, match[1], match[2].strip().replace("\\(", "("))
        position = match.end()
    return _canonical(found)


def from_path(segments: Sequence[str]) -> Elements | None:
    """Elements from the decoded segments of a Digital Link path; None unless it is a key and then its qualifiers."""
    if len(segments) % 2 or not segments or segments[0] not in QUALIFIERS:
        return None
    qualifiers = segments[2::2]
    if not any(qualifiers == [ai for ai in s if ai in qualifiers] for s in QUALIFIERS[segments[0]]):
        return None
    return _canonical(dict(zip(segments[::2], segments[1::2], strict=True)))


def from_urn(urn: str) -> Elements | None:
    """Elements from an EPC URN of one of the key kinds known here (TDS 2.0 section 6); None for any other URN."""
    match = _URN.fullmatch(urn)
    if match is None:
        return None
    kind, body = f"{match[1]}:{match[2]}".lower(), match[3]
    parts = body.split(".", 2)
    if kind == "id:sscc" and len(parts) == 2 and parts[1]:
        digits = parts[1][0] + parts[0] + parts[1][1:]
        return [("00", _completed(urn, digits, 17))]
    if kind == "id:sgln" and len(parts) >= 2:
        gln = [("414", _completed(urn, parts[0] + parts[1], 12))]
        extension = unquote(parts[2]) if len(parts) == 3 else "0"
        return gln if extension == "0" else _canonical(dict(gln) | {"254": extension})
    if len(parts) == 3 and parts[1] and kind in _URN_QUALIFIER:
        gtin = _completed(urn, parts[1][0] + parts[0] + parts[1][1:], 13)
        if kind.startswith("idpat:"):
            return [("01", gtin)] if parts[2] == "*" else None
        return _canonical({"01": gtin, _URN_QUALIFIER[kind]: unquote(parts[2])})
    return None


def bracketed(elements: Elements) -> str:
    """`(01)09506000134352(10)LOT`: the line for people under the code; from_bracketed() reads it back."""
    return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in elements)


def path_of(elements: Elements) -> str:
    """`01/09506000134352/10/LOT`: the canonical Digital Link path, everything but unreserved characters encoded."""
    return "/".join(f"{ai}/{quote(value, safe='')}" for ai, value in elements)


def _canonical(found: dict[str, str]) -> Elements | None:
    """The primary key and its qualifiers in the standard's order, each checked; other data are left out."""
    primary = next((ai for ai in QUALIFIERS if ai in found), None)
    if primary is None:
        return None
    sequence = next((s for s in QUALIFIERS[primary] if any(ai in found for ai in s)), ())
    qualifiers = [(ai, _checked_qualifier(ai, found[ai])) for ai in sequence if ai in found]
    return [(primary, _CHECK_KEY[primary](found[primary])), *qualifiers]


def _add(found: dict[str, str], ai: str, value: str) -> None:
    if found.setdefault(ai, value) != value:
        raise Malformed(
            "bad-gs1-key",
            N_("The code gives ({ai}) twice, as “{first}” and as “{second}”."),
            N_("Print the label again; one code may name a thing only once."),
            ai=ai, first=found[ai], second=value,
        )  # fmt: skip


def _checked_qualifier(ai: str, value: str) -> str:
    good = _CSET_82.match(value)
    position = good.end() if good else 0
    if not value or len(value) > _MAX_QUALIFIER[ai]:
        raise Malformed(
            "bad-gs1-key",
            N_("({ai}) holds “{value}” of {length} characters; it takes 1 to {most}."),
            N_("Check the lot or serial number on the label."),
            ai=ai, value=value, length=len(value), most=_MAX_QUALIFIER[ai],
        )  # fmt: skip
    if position < len(value):
        raise Malformed(
            "bad-gs1-key",
            N_("({ai}) holds “{value}”, where “{character}” at position {position} is not allowed."),
            N_("GS1 lots and serials use Latin letters, digits and common punctuation, without spaces."),
            ai=ai, value=value, character=value[position], position=position + 1,
        )  # fmt: skip
    return value


def _require_digits(text: str) -> None:
    match = _DIGITS.match(text)
    position = match.end() if match else 0
    if position < len(text) or not text:
        raise Malformed(
            "bad-gs1-key",
            N_("“{value}” has “{character}” at position {position}, where only digits can stand."),
            N_("Look for a letter typed in place of a digit, such as O for 0."),
            value=text, character=text[position : position + 1], position=position + 1,
        )  # fmt: skip


def _checked(kind: str, text: str, lengths: tuple[int, ...]) -> str:
    _require_digits(text)
    if len(text) not in lengths:
        raise Malformed(
            "bad-gs1-key",
            N_("{kind} “{value}” has {length} digits; it takes {lengths}."),
            N_("A digit may be missing or doubled: compare it with the label."),
            kind=kind, value=text, length=len(text), lengths="/".join(map(str, lengths)),
        )  # fmt: skip
    expected = check_digit(text[:-1])
    if text[-1] != expected:
        raise Malformed(
            "wrong-check-digit",
            N_("{kind} “{value}” ends in {found}, but its check digit would be {expected}."),
            N_("A digit was misread or mistyped: scan again or compare it with the label."),
            kind=kind, value=text, found=text[-1], expected=expected, position=len(text),
        )  # fmt: skip
    return text


def _completed(urn: str, body: str, length: int) -> str:
    _require_digits(body)
    if len(body) != length:
        _cut_short(urn, body)
    return body + check_digit(body)


def _cut_short(text: str, part: str) -> NoReturn:
    raise Malformed(
        "bad-gs1-key",
        N_("“{part}” in “{value}” does not have the length its kind of key needs."),
        N_("The code was cut off or typed with a digit too many: scan it again."),
        part=part, value=text.replace(FNC1, "^"),
    )  # fmt: skip
