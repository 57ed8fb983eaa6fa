"""Every way of writing the same thing: what its page lists, and under which names it is found."""

from typing import NamedTuple

from app.domain.gs1 import urns
from app.domain.gs1.elements import element_string
from app.domain.identifiers import oid, vaa
from app.domain.identifiers.values import Identifier, Key
from app.errors import Malformed


class Spelling(NamedTuple):
    """`form` is 'uri' (canonical, first), 'plain', 'vaa', 'digital-link', 'bracketed', 'element-string', 'gtin-13',
    'gtin-12', 'gtin-8', 'gtin-14', 'epc-urn' or the scheme's name. parse(text) gives the thing back."""

    form: str
    text: str


def spellings(thing: Identifier | Key, company_prefix_length: int | None = None) -> list[Spelling]:
    """All spellings, the canonical URI first. An EPC URN is among them where the company prefix's length is known."""
    found = [Spelling("uri", thing.epc)]
    if isinstance(thing, Identifier):
        found.append(Spelling("plain", str(thing)))
        if spelt := vaa.spelt(thing):
            found.append(Spelling("vaa", spelt))
    elif not thing.elements:
        found.append(Spelling(thing.scheme, str(thing)))
        if thing.scheme == "oid" and oid.is_bare(thing.value):
            found.append(Spelling("plain", thing.value))
    else:
        found += _gs1_spellings(thing, company_prefix_length)
    return list({spelling.text: spelling for spelling in reversed(found)}.values())[::-1]


def _gs1_spellings(thing: Key, company_prefix_length: int | None) -> list[Spelling]:
    elements = thing.elements
    found = [Spelling("bracketed", str(thing)), Spelling("element-string", element_string(elements))]
    if thing.scheme == "gtin" and len(elements) == 1:
        found += _gtins(thing.value)
    elif thing.scheme == "sscc":
        found.append(Spelling("plain", thing.value))
    if company_prefix_length is not None:
        try:
            found.append(Spelling("epc-urn", urns.urn_of(elements, company_prefix_length)))
        except Malformed:  # a GMN, or a GTIN with both lot and serial: TDS gives these no URN
            return found
    return found


def _gtins(gtin: str) -> list[Spelling]:
    """The shorter forms: as scanned from an EAN or UPC symbol, since bare 8 or 12 digits could be anything."""
    found = [Spelling("gtin-14", gtin)]
    if gtin.startswith("0"):
        found.append(Spelling("gtin-13", gtin[1:]))
    if gtin.startswith("00"):
        found.append(Spelling("gtin-12", f"]E0{gtin[1:]}"))
    if gtin.startswith("000000"):
        found.append(Spelling("gtin-8", f"]E4{gtin[6:]}"))
    return found
