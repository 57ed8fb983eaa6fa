"""The names in an event in the spelling that a client asks for (`GS1-EPC-Format`): EPC URNs or GS1 Digital Links.

What an event says does not change, and so neither does its hash. Extensions are the sender's and stay as they are.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from app.domain.epcis import naming
from app.domain.gs1 import urns
from app.errors import N_, Malformed

AS_IS = ("No_Preference", "Never_Translates")
LINKS = "Always_GS1_Digital_Link"
URNS = "Always_EPC_URN"
FORMATS = (*AS_IS, LINKS, URNS)
USUAL_LENGTH = 7  # of a company prefix that nothing is known of
Lengths = Callable[[str], int | None]
Turn = Callable[[str], str]
_COMPANY = re.compile(
    rb"urn:epc:(?:id:(?:sgtin|sscc|sgln|pgln|grai|giai|gsrnp?|gdti|sgcn|cpi|ginc|gsin|upui|itip)|class:lgtin|idpat:[a-z]+)"
    rb":([0-9]{4,12})\."
)
_SENSOR = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
# how many digits of each key come before its company prefix
_BEFORE = {"00": 1, "01": 1, "8003": 1, "8006": 1}


def translated(event: Mapping[str, Any], epc_format: str, lengths: Lengths | None = None) -> dict[str, Any]:
    """A copy with its names in that format; whatever has no such spelling stays as it is.

    A URN says where the company prefix ends, a Digital Link does not: `lengths` gives the number of its digits for the
    key that begins with it, or None. Raises Malformed `bad-epc-format` for a format that the standard does not know.
    """
    if epc_format not in FORMATS:
        raise Malformed(
            "bad-epc-format",
            N_("“{value}” is no format that names of things can have."),
            N_("Ask for No_Preference, Never_Translates, Always_GS1_Digital_Link or Always_EPC_URN."),
            value=epc_format[:100],
        )
    if epc_format in AS_IS:
        return dict(event)
    turn = link_of if epc_format == LINKS else _to_urn(lengths)
    return {name: _TURNED[name](value, turn) if name in _TURNED else value for name, value in event.items()}


def _names(names: list[str], turn: Turn) -> list[str]:
    """A list that names a thing in two spellings keeps both: few lists may have one twice."""
    turned = [turn(name) for name in names]
    if len(set(turned)) == len(turned):
        return turned
    taken = {name for name, new in zip(names, turned, strict=True) if name == new}
    found = []
    for name, new in zip(names, turned, strict=True):
        found.append(name if new in taken else new)
        taken.add(new)
    return found


def _inside(key: str) -> Callable[[Any, Turn], Any]:
    """For a list of objects, each of which has a name under this key."""

    def turned(rows: list[Mapping[str, Any]], turn: Turn) -> list[dict[str, Any]]:
        return [{**row, key: turn(row[key])} for row in rows]

    return turned


def _place(place: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    return {**place, "id": turn(place["id"])}


def _sensors(elements: list[Mapping[str, Any]], turn: Turn) -> list[dict[str, Any]]:
    return [_sensor(element, turn) for element in elements]


def _sensor(element: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    def turned(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: turn(value) if key in _SENSOR else value for key, value in values.items()}

    found = dict(element)
    if "sensorMetadata" in found:
        found["sensorMetadata"] = turned(found["sensorMetadata"])
    if "sensorReport" in found:
        found["sensorReport"] = [turned(report) for report in found["sensorReport"]]
    return found


def link_of(name: str) -> str:
    """The canonical Digital Link of an EPC URN; anything else, a Digital Link of whatever domain too, as it is."""
    return naming.canonical(name) if name[:8].lower() == "urn:epc:" else name


def is_key(name: str) -> bool:
    """Whether it names a GS1 key by a Digital Link."""
    return name[:4].lower() == "http" and naming.elements_of(naming.for_hash(name)) is not None


def prefixes_in(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """The company prefixes that the URNs in these events say."""
    return {found.decode() for event in events for found in _COMPANY.findall(orjson.dumps(event))}


def lengths_from(prefixes: Iterable[str]) -> Lengths:
    """No company's prefix begins with another's; of two that do the longer is taken."""
    known = {prefix for prefix in prefixes if 4 <= len(prefix) <= 12}
    sizes = sorted({len(prefix) for prefix in known}, reverse=True)
    return lambda start: next((size for size in sizes if start[:size] in known), None)


def _to_urn(lengths: Lengths | None) -> Turn:
    def turn(name: str) -> str:
        return urn_of(name, lengths)

    return turn


def urn_of(name: str, lengths: Lengths | None = None) -> str:
    """The EPC URN of a Digital Link, its finest level; anything else as it is."""
    if name[:4].lower() != "http":
        return name
    link = naming.for_hash(name)
    elements = naming.elements_of(link)
    if elements is None:
        return name
    key, value = elements[0]
    start = value[_BEFORE.get(key, 0) :]
    try:
        urn = urns.urn_of(elements, (lengths and lengths(start)) or USUAL_LENGTH)
    except Malformed:
        return name
    return urn if naming.for_hash(urn) == link else name  # a wrong check digit has no place in a URN


_TURNED: dict[str, Callable[[Any, Turn], Any]] = {
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _names),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _inside("epcClass")
    ),
    **dict.fromkeys(("parentID", "transformationID"), lambda name, turn: turn(name)),
    **dict.fromkeys(("readPoint", "bizLocation"), _place),
    "bizTransactionList": _inside("bizTransaction"),
    "sourceList": _inside("source"),
    "destinationList": _inside("destination"),
    "sensorElementList": _sensors,
}
