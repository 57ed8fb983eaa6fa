"""Texts read per second on one core, against the way a parser is written first: try one scheme after the other.

The plain way normalises every text, splits every address with urllib, and asks biip for all that is GS1. It is more
lenient than ours and knows less (no OID, Ecode, DID; no element is checked against its rules).
"""

import random
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import biip

from app.domain import gs1, identifiers
from app.domain.gs1 import digital_link, elements, scans
from app.domain.serials import ALPHABET
from app.errors import Malformed

_TEXTS = 20_000
_SECONDS = 0.4


def figures() -> Iterator[dict[str, Any]]:
    """One dictionary per kind of text: figure, texts per second on one core, the same for the plain way."""
    chance = random.Random(31866)
    kinds = {name: [make(chance) for _ in range(_TEXTS // len(_KINDS))] for name, make in _KINDS.items()}
    mixed = [text for texts in kinds.values() for text in texts]
    chance.shuffle(mixed)
    yield _figure("mixed texts, all kinds alike", mixed)
    for name, texts in kinds.items():
        yield _figure(name, texts)
    yield {"figure": "mixed texts with notes", "value": _rate(_told, mixed), "unit": "/s", "baseline": None}
    strict = [text for text in kinds["element string"] if text.startswith("]")]
    yield {"figure": "scans, every element checked", "value": _rate(scans.read, strict), "unit": "/s",
           "baseline": _rate(biip.parse, strict)}  # fmt: skip
    links = kinds["Digital Link"]
    yield {"figure": "Digital Links, strictly", "value": _rate(digital_link.parse, links), "unit": "/s",
           "baseline": None}  # fmt: skip


def _figure(name: str, texts: list[str]) -> dict[str, Any]:
    return {"figure": name, "value": _rate(_ours, texts), "unit": "/s", "baseline": _rate(_plain, texts)}


def _rate(read: Callable[[str], Any], texts: list[str]) -> float:
    """Texts per second of processor time, the best of some rounds."""
    best, spent = 0.0, 0.0
    while spent < _SECONDS:
        began = time.process_time()
        for text in texts:
            read(text)
        took = time.process_time() - began
        best, spent = max(best, len(texts) / took), spent + took
    return best


def _ours(text: str) -> object:
    try:
        return identifiers.parse(text)
    except Malformed as error:
        return error


def _told(text: str) -> object:
    try:
        return identifiers.parse_telling(text)
    except Malformed as error:
        return error


def _plain(text: str) -> object:
    text = unicodedata.normalize("NFKC", text).strip()
    if re.match(r"https?://", text, re.IGNORECASE):
        path = unquote(urlsplit(text).path)
        if match := re.search(r"/(\d{2}\.\d+(?:\.\d+)*)/(.+)", path):
            return match[1], match[2].upper()
        return _biip(text)
    if match := re.match(r"(?:hdl:)?(\d{2}\.\d{1,5}(?:\.\d{1,32})*)/(.+)", text, re.IGNORECASE):
        return match[1], unquote(match[2]).upper()
    if match := re.match(r"VAA0(\d{2})(\d{3})(\d{8})/(.+)", text):
        return ".".join(match.groups()[:3]), match[4].upper()
    if (
        re.match(r"(?:urn:oid:)?[0-2](?:\.\d+)+$", text)
        or re.match(r"did:\w+:.+", text)
        or re.match(r"ecode:\d+", text)
    ):
        return text
    return _biip(text)


def _biip(text: str) -> object:
    try:
        return biip.parse(text)
    except biip.ParseError as error:
        return error


def _serial(chance: random.Random, length: int = 16) -> str:
    return "".join(chance.choices(ALPHABET, k=length))


def _prefix(chance: random.Random) -> str:
    return f"88.{chance.randrange(100, 999)}.{chance.randrange(1, 99999999)}"


def _gtin(chance: random.Random) -> str:
    body = f"0{chance.randrange(690 * 10**9, 700 * 10**9)}"
    return body + gs1.check_digit(body)


def _link(chance: random.Random) -> str:
    host = chance.choice(["id.gs1.org", "brand.example.com/products", "id.example.cn"])
    tail = chance.choice(
        ["", f"/10/{_serial(chance, 8)}", f"/21/{_serial(chance)}", f"/10/L-1/21/{_serial(chance, 10)}"]
    )
    return f"https://{host}/01/{_gtin(chance)}{tail}" + chance.choice(["", "", "?17=271231"])


def _element_string(chance: random.Random) -> str:
    data = [("01", _gtin(chance)), ("17", "271231"), ("10", _serial(chance, 8)), ("21", _serial(chance, 12))]
    return chance.choice(["]d2", "]C1", "]Q3"]) + elements.element_string(data[: chance.randrange(1, 5)])[1:]


def _urn(chance: random.Random) -> str:
    company = chance.randrange(6_900_000, 7_000_000)
    kinds = [f"id:sgtin:{company}.0{chance.randrange(10**4, 10**5)}.{_serial(chance, 10)}",
             f"id:sscc:{company}.3{chance.randrange(10**8, 10**9)}", f"id:giai:{company}.{_serial(chance, 8)}",
             f"class:lgtin:{company}.0{chance.randrange(10**4, 10**5)}.{_serial(chance, 6)}"]  # fmt: skip
    return "urn:epc:" + chance.choice(kinds)


_KINDS: dict[str, Callable[[random.Random], str]] = {
    "label URL": lambda c: f"HTTPS://ID.EXAMPLE.CN/{_prefix(c)}/{_serial(c)}",
    "identifier": lambda c: f"{_prefix(c)}/{_serial(c)}",
    "identifier, small letters or hdl:": lambda c: (
        c.choice(["hdl:", ""]) + f"{_prefix(c)}/{_serial(c).lower()}"
    ),
    "identifier, Chinese": lambda c: f"{_prefix(c)}/批次{c.randrange(10**6)}",
    "URL with a parameter": lambda c: f"https://node.example.cn/sign?handle={_prefix(c)}/{_serial(c)}",
    "Digital Link": _link,
    "element string": _element_string,
    "EPC URN": _urn,
    "bracketed line": lambda c: elements.bracketed([("01", _gtin(c)), ("10", _serial(c, 8))]),
    "number of a GTIN": lambda c: _gtin(c)[1:],
    "VAA": lambda c: f"VAA088{c.randrange(100, 999)}{c.randrange(10**7, 10**8)}/{_serial(c, 10)}",
    "OID": lambda c: f"urn:oid:1.2.156.{c.randrange(10**6)}.{c.randrange(100)}",
    "Ecode": lambda c: f"ecode:1{c.randrange(1000, 9999)}{c.randrange(10**12, 10**13)}",
    "DID": lambda c: f"did:bid:ef{''.join(c.choices('23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmn', k=30))}",
    "something else": lambda c: (
        c.choice(["", "hello ", "https://shop.example/item/"]) + str(c.randrange(10**6))
    ),
}
