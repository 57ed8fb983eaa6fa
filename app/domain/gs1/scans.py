"""What a scanner sends when it tells the symbology (ISO/IEC 15424): which one, and the GS1 data in it."""

from dataclasses import dataclass
from typing import NoReturn

from app.domain.gs1 import digital_link
from app.domain.gs1.check_digits import check_digit
from app.domain.gs1.elements import FNC1, Elements, parse
from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

# symbology identifier -> name, and whether GS1 element strings follow
SYMBOLOGIES = {
    "]C1": ("GS1_128_CCA", True), "]e0": ("DataBarExpanded", True), "]d1": ("DM", False), "]d2": ("DM", True),
    "]Q1": ("QR", False), "]Q3": ("QR", True), "]J0": ("DotCode", False), "]J1": ("DotCode", True),
}  # fmt: skip
_EAN = {"]E0": ("EAN13", 13), "]E4": ("EAN8", 8)}
_COMPOSITE = "|]e0"
_LINKS = ("https://", "HTTPS://", "http://", "HTTP://")


@dataclass(frozen=True, slots=True)
class Scan:
    """`data` has `^` for FNC1; plain data that begin with `^` have a backslash before it, and no `elements`."""

    symbology: str
    data: str
    elements: Elements | None = None


def read(text: str) -> Scan:
    """Strictly: every value is checked, a web address must be a Digital Link. Malformed `bad-scan` or as those."""
    mark, data = text[:3], text[3:]
    if mark in _EAN:
        return _read_ean(text, *_EAN[mark], data)
    if mark not in SYMBOLOGIES:
        _refuse(
            text, 0, N_("“{value}” does not begin with the identifier of a symbology that is known here.")
        )
    name, is_gs1 = SYMBOLOGIES[mark]
    if is_gs1:
        elements = parse(FNC1 + data)
        return Scan(name, "^" + data.replace(FNC1, "^"), elements)
    if data.startswith(_LINKS):
        return Scan(name, data, digital_link.parse(data))
    escape = "\\" if data.lstrip("\\").startswith("^") else ""
    return Scan(name, escape + data)


def _read_ean(text: str, name: str, length: int, data: str) -> Scan:
    digits, rest = data[:length], data[length:]
    if (
        len(digits) < length
        or not (digits.isascii() and digits.isdecimal())
        or (rest and not rest.startswith(_COMPOSITE))
    ):
        _refuse(
            text, 3, N_("“{value}” should have {length} digits from position {position} on."), length=length
        )
    if check_digit(digits[:-1]) != digits[-1]:
        _refuse(text, 2 + length, N_("“{value}” has a wrong check digit at position {position}."))
    if not rest:
        return Scan(name, digits)
    composite = rest.removeprefix(_COMPOSITE)
    return Scan(name, f"{digits}|^{composite.replace(FNC1, '^')}", parse(FNC1 + composite))


def _refuse(text: str, place: int, message: str, **more: object) -> NoReturn:
    hint = N_("Scan again; the scanner must send the symbology identifier.")
    raise Malformed("bad-scan", message, hint, value=shown(text), position=place + 1, **more)
