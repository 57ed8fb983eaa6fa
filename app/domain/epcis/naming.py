"""One spelling for whatever an event names: EPC URNs and Digital Links of any domain become canonical Digital Links."""

import re
from functools import lru_cache
from urllib.parse import unquote

from app.domain.gs1 import check_digits, digital_link, keys, urns
from app.errors import Malformed

CANONICAL = "https://id.gs1.org/"
_STARTS = ("urn:epc:", "http", "URN:EPC:", "HTTP")
_CANONICAL = re.compile(
    r"https://id\.gs1\.org/(?:01/[0-9]{14}(?:/(?:10|21|235)/[A-Za-z0-9._-]+)?|00/[0-9]{18}|41[47]/[0-9]{13})"
).fullmatch
_ITEM = re.compile(
    r"urn:epc:id:(sgtin|gdti|grai):([0-9]{6,12})\.([0-9]{0,7})\.([A-Za-z0-9._-]{1,16})"
).fullmatch
_TRADE = re.compile(
    r"urn:epc:(?:id:sgtin|(class:lgtin)):([0-9]{6,12})\.([0-9])([0-9]{0,6})\.([A-Za-z0-9._-]{1,20})"
).fullmatch
_PALLET = re.compile(r"urn:epc:id:sscc:([0-9]{6,12})\.([0-9])([0-9]{4,10})").fullmatch
_PLACE = re.compile(
    r"urn:epc:id:(?:sgln:([0-9]{6,12})\.([0-9]{0,6})\.([A-Za-z0-9._-]{1,20})|pgln:([0-9]+)\.([0-9]*))"
).fullmatch
# what the finest level of each key looks like once it is written out; anything else only looks like a Digital Link
_WELL_FORMED = re.compile(
    r"https://id\.gs1\.org/(?:00/[0-9]{18}|01/[0-9]{14}(?:/(?:10|21|235)/[^/]+)?|253/[0-9]{13}[^/]*|255/[0-9]{13,25}"
    r"|40[12]/[^/]+|41[47]/[0-9]{13}|414/[0-9]{13}/254/[^/]+|8003/[0-9]{14}[^/]*|8004/[^/]+"
    r"|8006/[0-9]{18}(?:/(?:10|21)/[^/]+)?|8010/[^/]+(?:/8011/[0-9]+)?|801[78]/[0-9]{18})"
).fullmatch
_SHORT = re.compile(
    r"/(?:01|gtin)/(?!(?:[0-9]{8}|[0-9]{12,14})(?:[/?#]|$))"
).search  # no GTIN has so many digits
_MOST_REMEMBERED = 300  # characters: whoever sends long names cannot fill the memory with them
_WRITTEN_OUT = {"%27": "'", "%3B": ";", "%3D": "="}
_ESCAPES = re.compile("%27|%3B|%3D")


def canonical(text: str) -> str:
    """The canonical Digital Link of what the URI names, every qualifier kept; what names no GS1 key stays as it is."""
    if not (text.startswith(_STARTS) or _begins_like_one(text)) or _CANONICAL(text):
        return text
    return _item(text) or (_remembered if len(text) <= _MOST_REMEMBERED else _canonical)(text)


def for_hash(text: str) -> str:
    """The form in which the CBV event hash names it: the finest level only, no query (CBV 2.0 §8.9)."""
    if not (text.startswith(_STARTS) or _begins_like_one(text)) or _CANONICAL(text):
        return text
    return _item(text) or (_remembered_for_hash if len(text) <= _MOST_REMEMBERED else _for_hash)(text)


def _begins_like_one(text: str) -> bool:
    """In letters of whatever case: schemes and names of namespaces have none."""
    return text[:8].lower() == "urn:epc:" or text[:4].lower() == "http"


def _item(text: str) -> str:
    """Of a URN whose last field is a plain serial: nothing to remember, for no two are alike; "" for others."""
    match = _ITEM(text)
    if match and (start := _class(match[1], match[2], match[3])):
        return start + match[4]
    return ""


@lru_cache(maxsize=1024)
def _class(scheme: str, company: str, reference: str) -> str:
    """The link up to the serial; "" where the digits are too few or too many."""
    if scheme == "sgtin":
        body = reference[:1] + company + reference[1:]
        return f"{CANONICAL}01/{body}{check_digits.check_digit(body)}/21/" if len(body) == 13 else ""
    body = company + reference
    code = "253/" if scheme == "gdti" else "8003/0"
    return f"{CANONICAL}{code}{body}{check_digits.check_digit(body)}" if len(body) == 12 else ""


def _canonical(text: str) -> str:
    if plain := _plain(text):
        return plain
    try:
        if text[:4].lower() == "urn:":
            elements = urns.from_urn(text)
        else:
            elements = digital_link.parse(text.partition("?")[0].partition("#")[0], short_gtin=True)
            elements = keys.canonical(dict(elements), elements[0][0])
    except Malformed:
        return text
    return text if elements is None else CANONICAL + keys.path_of(elements)


def _for_hash(text: str) -> str:
    if plain := _plain(text):
        return plain
    if text[:4].lower() == "urn:":
        try:
            elements = urns.parse(text)
        except Malformed:
            return text
        if elements is None:
            return text
        link = CANONICAL + keys.path_of([(c, v) for c, v in elements if c != "254" or v != "0"])
    else:
        link = "" if _SHORT(text) else digital_link.normalise_cbv(text) or ""
    if not _WELL_FORMED(link):
        return text
    # of what a path need not encode, the vectors encode all but these three
    return _ESCAPES.sub(lambda escape: _WRITTEN_OUT[escape[0]], link) if "%" in link else link


def _plain(text: str) -> str:
    """The commonest URNs, those whose serials need no encoding; "" for all others."""
    if match := _TRADE(text):
        lot, company, first, rest, serial = match.groups()
        body = first + company + rest
        if len(body) == 13:
            return f"{CANONICAL}01/{body}{check_digits.check_digit(body)}/{'10' if lot else '21'}/{serial}"
    elif match := _PALLET(text):
        body = match[2] + match[1] + match[3]
        if len(body) == 17:
            return f"{CANONICAL}00/{body}{check_digits.check_digit(body)}"
    elif match := _PLACE(text):
        code, company, place, extension = (
            ("414", *match.groups()[:3]) if match[1] else ("417", match[4], match[5], "0")
        )
        body = company + place
        if len(body) == 12:
            link = f"{CANONICAL}{code}/{body}{check_digits.check_digit(body)}"
            return link if extension == "0" else f"{link}/254/{extension}"
    return ""


def elements_of(link: str) -> list[tuple[str, str]] | None:
    """The application identifiers and values of a canonical Digital Link; None for anything else."""
    if not link.startswith(CANONICAL):
        return None
    parts = [unquote(part) for part in link[len(CANONICAL) :].split("/")]
    return None if len(parts) % 2 else list(zip(parts[::2], parts[1::2], strict=True))


_remembered = lru_cache(maxsize=4096)(_canonical)
_remembered_for_hash = lru_cache(maxsize=4096)(_for_hash)
