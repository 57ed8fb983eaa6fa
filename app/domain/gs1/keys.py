"""The 16 keys that can begin a Digital Link, their qualifiers, and the canonical elements that name one thing."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from app.domain.gs1 import check_digits
from app.domain.gs1.elements import Elements, bracketed, check, split, split_bracketed
from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

# primary key -> the qualifier sequences allowed after it (GS1 Digital Link 1.6 section 4.8), each entry optional.
# Where a code names several, the one further up is the thing it is on: a pallet before the goods on it.
QUALIFIERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "00": ((),),
    "01": (("22", "10", "21"), ("235",)),
    "8006": (("22", "10", "21"),),
    "8003": ((),),
    "8004": (("7040",),),
    "8010": (("8011",),),
    "253": ((),),
    "255": ((),),
    "8018": (("8019",),),
    "8017": (("8019",),),
    "402": ((),),
    "401": ((),),
    "8013": ((),),
    "417": (("7040",),),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
}
# the names of Digital Link 1.1 and 1.2, which had words in the path; 415 had none
_NAMES = "sscc gtin itip grai giai cpid gdti gcn gsrn gsrnp gsin ginc gmn party gln payto"
SCHEME_OF = dict(zip(QUALIFIERS, _NAMES.split(), strict=True))
CODE_OF = {scheme: code for code, scheme in SCHEME_OF.items()}
_HAS_QUALIFIERS = {code: any(sequences) for code, sequences in QUALIFIERS.items()}
_CHECK = {"00": check_digits.check_sscc, "01": check_digits.check_gtin}
_CHECK |= dict.fromkeys(("414", "415", "417"), check_digits.check_gln)
_PLAIN = re.compile(r"[0-9A-Za-z._~-]*").fullmatch
_NO_EXTENSION = "0"  # GLN extension 0 says there is none (TDS 1.13 section 6.3.3)


def sequence_of(key: str, present: Sequence[str]) -> tuple[str, ...]:
    """The qualifiers, in order, that go into the path after `key`: of its sequences the one most are present of."""
    best: tuple[str, ...] = ()
    for sequence in QUALIFIERS[key]:
        found = tuple(code for code in sequence if code in present)
        if len(found) > len(best):
            best = found
    return best


def in_order(key: str, qualifiers: Sequence[str]) -> bool:
    """Whether these may follow the key in a path in just this order."""
    return any(list(qualifiers) == [code for code in s if code in qualifiers] for s in QUALIFIERS[key])


def canonical(found: Mapping[str, str], primary: str = "") -> Elements | None:
    """The primary key and its qualifiers in the standard's order, each checked; other data are left out.

    A GTIN of 8, 12 or 13 digits becomes one of 14. None where no key is there.
    """
    if not primary:
        primary = next((code for code in QUALIFIERS if code in found), "")
        if not primary:
            return None
    value = found[primary]
    elements = [(primary, _CHECK[primary](value) if primary in _CHECK else check(primary, value))]
    if len(found) > 1 and _HAS_QUALIFIERS[primary]:
        codes = sequence_of(primary, list(found))
        elements += [(c, check(c, found[c])) for c in codes if c != "254" or found[c] != _NO_EXTENSION]
    return elements


def from_path(segments: Sequence[str], *, any_order: bool = False) -> Elements | None:
    """Elements from the decoded segments of a Digital Link path; None unless it is a key and then its qualifiers."""
    if len(segments) % 2 or not segments or segments[0] not in QUALIFIERS:
        return None
    key, codes = segments[0], segments[2::2]
    if codes and not in_order(key, codes):
        sorted_codes = sequence_of(key, codes)
        if not any_order or len(sorted_codes) != len(codes):
            return None
    return canonical(dict(zip(segments[::2], segments[1::2], strict=True)), key)


def path_of(elements: Sequence[tuple[str, str]]) -> str:
    """`01/09506000134352/10/LOT`: the canonical Digital Link path, everything but unreserved characters encoded."""
    # what nearly all lots and serials are made of needs no encoding, and to see that is quicker than to encode
    return "/".join(
        [f"{code}/{value if _PLAIN(value) else quote(value, safe='')}" for code, value in elements]
    )


def from_element_string(text: str) -> Elements | None:
    """The key in a scanned string with FNC1 (0x1D) between variable fields; None without one.

    Data that are not part of the key (dates, weights) are skipped by the length rules.
    """
    return canonical(_once(split(text)))


def from_bracketed(text: str) -> Elements | None:
    """The key in the human-readable line under a barcode, `(01)09506000134352(10)LOT`; None if it is not one."""
    found = split_bracketed(text)
    return None if found is None else canonical(_once(found))


def _once(elements: Elements) -> dict[str, str]:
    found = dict(elements)
    if len(found) < len(elements):
        for code, value in elements:
            if found[code] != value:
                given_twice(code, value, found[code])
    return found


def given_twice(code: str, first: str, second: str) -> None:
    raise Malformed(
        "bad-gs1-key",
        N_("The code gives ({ai}) twice, as “{first}” and as “{second}”."),
        N_("Print the label again; one code may name a thing only once."),
        ai=code, first=shown(first), second=shown(second), value=shown(bracketed([(code, first), (code, second)])),
        position=1,
    )  # fmt: skip
