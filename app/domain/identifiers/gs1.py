"""GS1 keys as people and scanners hand them over, leniently: the key is found, what stands beside it is left alone."""

import re

from app.domain.gs1 import check_digits, keys, urns
from app.domain.gs1.elements import FNC1, Elements
from app.domain.identifiers.values import Key

STARTS = "0123456789(u" + FNC1
SYMBOLOGIES = {"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"}
_NUMBER = re.compile(r"[0-9]{13,14}|[0-9]{18}")
_BEGINS_LIKE_A_KEY = re.compile(r"[0-9]{4}|[0-9]+$")  # a page of some shop has no company prefix there
_CONCATENATED = re.compile(r"00[0-9]{18}$|01[0-9]{14}(?:1[0-9]|2[0-2]|[34][0-9]|$)")


def read(text: str) -> Key | None:
    """A bracketed line, an element string, an EPC URN, or the bare number of an SSCC or a GTIN of 13 or 14 digits."""
    if text.startswith("("):
        return _key(keys.from_bracketed(text))
    if FNC1 in text:
        return _key(keys.from_element_string(text))
    # without FNC1 in front nothing says GS1 but the key itself, so it must be right to the check digit
    if _NUMBER.fullmatch(text):
        if len(text) == 18:
            return Key("sscc", check_digits.check_sscc(text))
        return Key("gtin", check_digits.check_gtin(text))
    if _CONCATENATED.match(text):
        return _key(keys.from_element_string(text))
    if text[:8].lower() == "urn:epc:":
        return _key(urns.from_urn(text))
    return None


def read_ean(text: str) -> Key:
    """What an EAN or UPC symbol holds; a composite's second part follows the bar."""
    return Key("gtin", check_digits.check_gtin(text.partition("|")[0]))


def root_of(segments: list[str]) -> int:
    """Where in a path, decoded segment by segment, the rightmost key with its qualifiers begins; -1 where none does."""
    place = len(segments) - 2
    while place >= 0:
        code = segments[place]
        if code in keys.QUALIFIERS:
            return place if _BEGINS_LIKE_A_KEY.match(segments[place + 1]) else -1
        if code not in _QUALIFIER_CODES:
            return -1
        place -= 2
    return -1


def read_path(segments: list[str]) -> Key | None:
    """From a path that begins with a key; qualifiers may stand in any order."""
    return _key(keys.from_path(segments, any_order=True))


def _key(elements: Elements | None) -> Key | None:
    return None if elements is None else Key.of(elements)


_QUALIFIER_CODES = {
    code for sequences in keys.QUALIFIERS.values() for sequence in sequences for code in sequence
}
