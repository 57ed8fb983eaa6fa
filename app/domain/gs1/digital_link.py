"""GS1 Digital Link URIs (URI Syntax 1.6): read strictly, written, made canonical. Lenient is `identifiers`."""

import re
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import unquote_to_bytes

from app.domain.gs1 import keys
from app.domain.gs1.ais import AIS
from app.domain.gs1.elements import Elements, check
from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

CANONICAL = "https://id.gs1.org"
_SCHEME = re.compile(r"https?://|HTTPS?://")  # of one case only: section 4.3
_NOT_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_HOST = re.compile(r"[A-Za-z0-9.:\-\[\]]+")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ALPHAS = {
    **keys.CODE_OF,
    "cpsn": "8011",
    "cpv": "22",
    "glnx": "254",
    "lot": "10",
    "refno": "8020",
    "ser": "21",
    "srin": "8019",
}
_FINEST = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
}  # CBV 2.0 section 8.9 names by one of these, never by 22


def decode(text: str, *, query: bool = False) -> str:
    """Percent-decoded, one character per byte; `+` is a space in a query only. What is no escape stays as it is."""
    return unquote_to_bytes(text.replace("+", " ") if query else text).decode("latin-1")


def encode(text: str, *, query: bool = False) -> str:
    """Everything but `A-Za-z0-9-._~` percent-encoded (section 4.5); a space in a query becomes `+`."""
    encoded = "".join(chr(b) if b in _UNRESERVED else f"%{b:02X}" for b in text.encode("latin-1", "replace"))
    return encoded.replace("%20", "+") if query else encoded


def parse(uri: str, *, short_gtin: bool = False) -> Elements:
    """The elements of a Digital Link, path first, then the data attributes of the query, every value checked.

    Raises Malformed `bad-digital-link` with the `position` in the URI, or what `elements.check` raises. `short_gtin`
    admits GTINs of 8, 12 and 13 digits, which version 1.4 did away with.
    """
    path, data = _parsed(uri, short_gtin=short_gtin)
    return path + data


def uri(elements: Sequence[tuple[str, str]], stem: str = CANONICAL) -> str:
    """The first key and its qualifiers as a path below `stem`, the rest as a query, predefined lengths first.

    Malformed `bad-digital-link` where no key is there, `bad-gs1-key` where one code has two values.
    """
    values: dict[str, str] = {}
    for code, value in elements:
        if values.setdefault(code, value) != value:
            keys.given_twice(code, values[code], value)
    key = next((code for code in values if code in keys.QUALIFIERS), "")
    if not key:
        _refuse("", 0, N_("No key to begin a Digital Link with is among these data."))
    path = [key, *keys.sequence_of(key, list(values))]
    data = [(code, value) for code, value in values.items() if code not in path]
    for code, _ in data:
        if code not in AIS or not AIS[code].attribute:
            _not_an_attribute(code, code, 0)
    return _written(
        [(code, check(code, values[code])) for code in path], [(c, check(c, v)) for c, v in data], stem
    )


def canonical(text: str, *, short_gtin: bool = False) -> str:
    """The same data on id.gs1.org: no stem, qualifiers in order, nothing that is not GS1's (section 4.12)."""
    return _written(*_parsed(text, short_gtin=short_gtin), CANONICAL)


def _written(path: Elements, data: Elements, stem: str) -> str:
    data = sorted(data, key=lambda element: not AIS[element[0]].predefined)
    query = "&".join(f"{code}={encode(value, query=True)}" for code, value in data)
    written = "".join(f"/{code}/{encode(value)}" for code, value in path)
    return stem.removesuffix("/") + written + (f"?{query}" if query else "")


def normalise_cbv(text: object) -> str | None:
    """Any spelling of a Digital Link as the one that EPCIS uses (CBV 2.0 section 8.9); None where it is none.

    Only the finest level is kept, no query; short names and short GTINs are taken. Check digits are not looked at.
    """
    match = (
        re.fullmatch(r"(?i:https?)://[^/?#]+(/[^?#]*)(?:[?#].*)?", text) if isinstance(text, str) else None
    )
    if match is None:
        return None
    segments = match[1].strip("/").split("/")
    place = next((n for n in range(len(segments) - 2, -1, -2) if _code(segments[n]) in keys.QUALIFIERS), -1)
    if place < 0:
        return None
    found = {
        _code(code): decode(value)
        for code, value in zip(segments[place::2], segments[place + 1 :: 2], strict=True)
    }
    key, *qualifiers = found
    if any(code not in keys.QUALIFIERS[key][0] + keys.QUALIFIERS[key][-1] for code in qualifiers) or not all(
        found.values()
    ):
        return None
    finest = next((code for code in _FINEST.get(key, qualifiers) if code in qualifiers), "")
    value = found[key].zfill(14) if key == "01" else found[key]
    return f"{CANONICAL}/{key}/{encode(value)}" + (f"/{finest}/{encode(found[finest])}" if finest else "")


def _code(segment: str) -> str:
    return _ALPHAS.get(segment, segment)


def _parsed(text: str, *, short_gtin: bool) -> tuple[Elements, Elements]:
    """The elements of the path, then those of the query."""
    path, path_place, query, query_place = _parts(text)
    pairs = _path_pairs(text, path, path_place)
    elements = [_element(text, code, value, place, short_gtin=short_gtin) for code, value, place in pairs]
    data: Elements = []
    for code, value, place in _query_pairs(text, query, query_place):
        if any(code == other for other, _ in elements + data):
            _refuse(
                text, place, N_("“{value}” gives one application identifier twice, at position {position}.")
            )
        _check_attribute(text, [pair[0] for pair in pairs], code, place)
        data.append(_element(text, code, value, place + len(code) + 1, query=True, short_gtin=short_gtin))
    return elements, data


def _parts(text: str) -> tuple[str, int, str, int]:
    """Path and query of the URI, each with its place."""
    bad = _NOT_URI.search(text)
    if bad is not None:
        _refuse(
            text,
            bad.start(),
            N_("“{value}” has “{character}” at position {position}, which no web address has."),
        )
    scheme = _SCHEME.match(text)
    if scheme is None:
        _refuse(text, 0, N_("“{value}” does not begin with https:// or http://, all small or all capitals."))
    host = _HOST.match(text, scheme.end())
    start = host.end() if host else scheme.end()
    if host is None or text[start : start + 1] != "/":
        _refuse(text, start, N_("“{value}” has no host and path; they would begin at position {position}."))
    whole = text.partition("#")[0]
    path, _, query = whole[start:].partition("?")
    return path, start, query, start + len(path) + 1


def _path_pairs(text: str, path: str, start: int) -> list[tuple[str, str, int]]:
    """Codes and still encoded values from the rightmost primary key on, each with the place of its value."""
    pairs: list[tuple[str, str, int]] = []
    end = len(path)
    while True:
        value_at = path.rfind("/", 0, end) + 1
        code_at = path.rfind("/", 0, max(value_at - 1, 0)) + 1
        code = path[code_at : value_at - 1]
        if value_at < 2 or code_at < 1 or code not in AIS:
            _refuse(text, start + end, N_("“{value}” has no GS1 key and value before position {position}."))
        pairs.insert(0, (code, path[value_at:end], start + value_at))
        if code in keys.QUALIFIERS:
            break
        end = code_at - 1
    for number in range(2, len(pairs) + 1):
        if not keys.in_order(code, [pair[0] for pair in pairs[1:number]]):
            other, _, value_at = pairs[number - 1]
            message = N_("“{value}” has at position {position} what cannot follow the key there.")
            _refuse(text, value_at - len(other) - 1, message)
    return pairs


def _query_pairs(text: str, query: str, start: int) -> list[tuple[str, str, int]]:
    """The parameters that are application identifiers, each with its place; others mean nothing here."""
    pairs = []
    place = start
    for parameter in query.split("&"):
        name, equals, value = parameter.partition("=")
        if equals and name.isdecimal():
            if name not in AIS:
                _refuse(
                    text,
                    place,
                    N_(
                        "“{value}” has a number at position {position} that is no GS1 application identifier."
                    ),
                )
            pairs.append((name, value, place))
        place += len(parameter) + 1
    return pairs


def _element(
    text: str, code: str, value: str, place: int, *, query: bool = False, short_gtin: bool
) -> tuple[str, str]:
    decoded = decode(value, query=query)
    if not decoded or "\x00" in decoded:
        _refuse(text, place, N_("“{value}” gives no value at position {position}."))
    if short_gtin and code == "01" and len(decoded) in (8, 12, 13):
        decoded = decoded.zfill(14)
    return code, check(code, decoded)


def _check_attribute(text: str, path: Sequence[str], code: str, place: int) -> None:
    if not AIS[code].attribute:
        _not_an_attribute(text, code, place)
    key, *qualifiers = path
    for sequence in keys.QUALIFIERS[key]:
        if code in sequence and all(q in sequence for q in qualifiers):
            _refuse(
                text, place, N_("“{value}” gives at position {position} as data what belongs into the path.")
            )


def _not_an_attribute(text: str, code: str, place: int) -> NoReturn:
    _refuse(
        text,
        place,
        N_("({ai}) cannot be data of a Digital Link; in “{value}” it is at position {position}."),
        ai=code,
    )


def _refuse(text: str, place: int, message: str, **more: str) -> NoReturn:
    raise Malformed(
        "bad-digital-link",
        message,
        N_("A Digital Link is written https://example.com/01/09506000134352/10/LOT?17=261231."),
        value=shown(text), position=place + 1, character=shown(text[place : place + 1]), **more,
    )  # fmt: skip
