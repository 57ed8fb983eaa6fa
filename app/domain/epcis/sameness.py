"""When two spellings mean the same: words of the vocabulary, names of things and places, field names, plain values.

A query may say `urn:epc:id:sgtin:…` of an event that says `https://id.gs1.org/01/…`, and 10 of one that says "10".
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.domain.epcis import naming, terms
from app.domain.epcis.query_values import moment_of, number_of

_REMEMBERED = 300  # characters
PATTERN = "urn:epc:idpat:"
_MASTER_DATA = ("urn:epcglobal:cbv:mda:", "urn:epcglobal:cbv:mda#", "cbvmda:")
_EVENT_TYPES = ("https://ref.gs1.org/epcis/", "epcis:")


def same_name(uri: str) -> str:
    """One spelling of a name: GS1 keys as canonical Digital Links whatever their form, all else as it is."""
    return naming.canonical(uri)


def class_of_pattern(uri: str) -> str:
    """Of an EPC pattern for every serial of a class, how all their names begin; "" for anything else."""
    found = same_name(uri) if uri.lower().startswith(PATTERN) and uri.endswith(".*") else uri
    return found if found != uri else ""


def same_word(kind: str, value: str) -> str:
    """The bare word of the Core Business Vocabulary; of event types too."""
    return (
        _same_word(kind, value) if len(value) <= _REMEMBERED else value
    )  # no word of the standard is so long


@lru_cache(maxsize=4_096)
def _same_word(kind: str, value: str) -> str:
    if kind == "type":
        return next((value[len(start) :] for start in _EVENT_TYPES if value.startswith(start)), value)
    return terms.bare(kind, value) if kind in terms.KINDS else value


def same_field(name: str) -> str:
    """`namespace#local`, as XML tools write it, is `namespacelocal` where the namespace ends in a slash or hash."""
    return name.replace("/#", "/").replace("##", "#")


def same_attribute(name: str) -> str:
    """One spelling for an attribute of master data: those of the CBV have a colon in 2.0, had a hash in 1.2, and come
    with the prefix that the standard's context declares, too."""
    for beginning in _MASTER_DATA:
        if name.startswith(beginning):
            return _MASTER_DATA[0] + name[len(beginning) :]
    return same_field(name)


def scalars(value: Any) -> Iterator[str | bool | int | float]:
    """The plain values of a field: of a list each, of a JSON-LD value object its @value; of other objects none."""
    if isinstance(value, list):
        for one in value:
            yield from scalars(one)
    elif isinstance(value, Mapping):
        if "@value" in value:
            yield from scalars(value["@value"])
    elif isinstance(value, str | bool | int | float):
        yield value


def equals(found: Any, wanted: Any) -> bool:
    """Texts by their letters or as the same instant; a number also equals the text that writes it."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return str(found).lower() == str(wanted).lower()
    if isinstance(found, str) and isinstance(wanted, str):
        return found == wanted or ((moment := moment_of(wanted)) is not None and moment_of(found) == moment)
    number = number_of(found)
    return number is not None and number == number_of(wanted)


def compares(found: Any, op: str, wanted: Any) -> bool:
    """GT, GE, LT or LE; values of different kinds do not compare, which is no error but no match."""
    if isinstance(found, bool):
        return False
    value = number_of(found) if isinstance(wanted, Decimal) else moment_of(found)
    if value is None:
        return False
    return ordered(value, op, wanted)


def ordered(value: Any, op: str, wanted: Any) -> bool:
    order = (value > wanted) - (value < wanted)
    return {"GT": order > 0, "GE": order >= 0, "LT": order < 0, "LE": order <= 0}[op]
