"""EPC URNs (Tag Data Standard 1.13 section 6) to elements and back. Back takes the length of the company prefix."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

from app.domain.gs1 import keys
from app.domain.gs1.check_digits import check_digit, require_digits
from app.domain.gs1.elements import Elements, cut_short
from app.errors import N_, Malformed

_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)", re.IGNORECASE | re.DOTALL)
_ESCAPED = {ord(c): f"%{ord(c):02X}" for c in '"#%&/<>?'}  # of the characters GS1 uses, those no URN may have


class _Scheme(NamedTuple):
    """`digits`: how many come before the check digit, 0 where there is none. `front`: what the company prefix follows,
    the first digit of the reference (`first`) or a fixed `0`. `serial`: the code of the last field, "" inside the key.
    """

    code: str
    digits: int
    front: str = ""
    serial: str | None = None
    pieces: bool = False


_SCHEMES = {
    "id:sscc": _Scheme("00", 17, "first"),
    "id:sgtin": _Scheme("01", 13, "first", "21"),
    "class:lgtin": _Scheme("01", 13, "first", "10"),
    "id:upui": _Scheme("01", 13, "first", "235"),
    "id:itip": _Scheme("8006", 13, "first", "21", pieces=True),
    "id:sgln": _Scheme("414", 12, "", "254"),
    "id:pgln": _Scheme("417", 12),
    "id:grai": _Scheme("8003", 12, "0", ""),
    "id:giai": _Scheme("8004", 0),
    "id:gsrn": _Scheme("8018", 17),
    "id:gsrnp": _Scheme("8017", 17),
    "id:gdti": _Scheme("253", 12, "", ""),
    "id:sgcn": _Scheme("255", 12, "", ""),
    "id:cpi": _Scheme("8010", 0, "", "8011"),
    "id:ginc": _Scheme("401", 0),
    "id:gsin": _Scheme("402", 16),
}
_PATTERNS = {"sgtin", "upui", "itip", "grai", "gdti", "sgcn", "cpi"}  # `…:*`: the class, whatever the serial
_BY_CODES = {(s.code, s.serial or ""): kind for kind, s in _SCHEMES.items()}


def parse(urn: str) -> Elements | None:
    """What the URN says, to the letter; None if it names no GS1 key. Malformed `bad-gs1-key` for a wrong length."""
    match = _URN.fullmatch(urn)
    if match is None:
        return None
    pattern = match[1].lower() == "idpat"
    name = match[2].lower()
    scheme = _SCHEMES.get(f"id:{name}" if pattern and name in _PATTERNS else f"{match[1]}:{name}".lower())
    if scheme is None:
        return None
    fields = match[3].split(".", 1 + 2 * scheme.pieces + (scheme.serial is not None))
    if len(fields) != 2 + 2 * scheme.pieces + (scheme.serial is not None):
        return None
    if pattern and fields[-1] != "*":
        return None
    return _elements(urn, scheme, fields, pattern=pattern)


def _elements(urn: str, scheme: _Scheme, fields: Sequence[str], *, pattern: bool) -> Elements | None:
    company, reference = fields[0], unquote(fields[1])
    serial = None if scheme.serial is None or pattern else unquote(fields[-1])
    if scheme.front == "first":
        if not reference:
            return None
        company, reference = reference[0] + company, reference[1:]
    body = company + reference
    if scheme.digits:
        require_digits(body)
        if len(body) != scheme.digits:
            cut_short(urn, ".".join(fields[:2]))
        body += check_digit(body)
    else:
        require_digits(company)
    value = ("0" if scheme.front == "0" else "") + body + "".join(fields[2:4] if scheme.pieces else ())
    if serial is None:
        return [(scheme.code, value)]
    return (
        [(scheme.code, value), (scheme.serial, serial)] if scheme.serial else [(scheme.code, value + serial)]
    )


def from_urn(urn: str) -> Elements | None:
    """The canonical elements of the thing it names, checked; None for a URN that names no GS1 key."""
    found = parse(urn)
    return None if found is None else keys.canonical(dict(found))


def urn_of(elements: Sequence[tuple[str, str]], company_prefix_length: int) -> str:
    """The EPC URN of a key with its lot or serial, the class's pattern without one; 4 to 12 digits are the company's.

    Malformed `bad-epc-urn` for what has no URN (a GMN, a GTIN with a lot and a serial) or is too short for the prefix.
    """
    key, value = elements[0]
    rest = dict(elements[1:])
    name = next(
        (kind for (code, serial), kind in _BY_CODES.items() if code == key and set(rest) <= {serial} - {""}),
        "",
    )
    name = _BY_CODES.get((key, next(iter(rest), "")), name) if len(rest) < 2 else ""
    if not name or not 4 <= company_prefix_length <= 12:
        _no_urn(elements, company_prefix_length)
    scheme = _SCHEMES[name]
    serial = rest.get(scheme.serial) if scheme.serial else None
    offset = bool(scheme.front)
    first = value[0] if scheme.front == "first" else ""
    company = value[offset : offset + company_prefix_length]
    end = offset + (scheme.digits - (scheme.front == "first") if scheme.digits else len(value))
    reference = value[offset + company_prefix_length : end]
    if len(company) < company_prefix_length or not company.isdecimal():
        _no_urn(elements, company_prefix_length)
    after = value[end + 1 :]
    fields = [company, first + reference]
    if scheme.pieces:
        fields += [after[:2], after[2:]]
    elif scheme.serial == "":
        serial = after or None
    return _written(name, scheme, fields, serial)


def _written(name: str, scheme: _Scheme, fields: list[str], serial: str | None) -> str:
    kind = name
    if scheme.serial is not None:
        if serial is None and name == "id:sgln":
            serial = "0"
        elif serial is None:
            kind = "idpat:" + name.partition(":")[2]
        fields = [*fields, "*" if serial is None else serial]
    last = len(fields) - 1
    escaped = [f if f == "*" and n == last else f.translate(_ESCAPED) for n, f in enumerate(fields)]
    return f"urn:epc:{kind}:" + ".".join(escaped)


def _no_urn(elements: Sequence[tuple[str, str]], length: int) -> None:
    raise Malformed(
        "bad-epc-urn",
        N_("“{value}” has no EPC URN with a company prefix of {length} digits."),
        N_("Use the Digital Link, which needs no company prefix."),
        value=keys.path_of(elements), length=length, position=1,
    )  # fmt: skip
