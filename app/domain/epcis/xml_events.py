"""One event in XML, of EPCIS 1.2 or 2.0, as an event in the JSON form."""

import re
from collections.abc import Iterator
from typing import Any

from app.domain.epcis import terms
from app.domain.epcis.xml_tree import Element
from app.domain.epcis.xml_values import SUYUAN, Names, fields_of, number, truth

_EPCS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PAIRS = ("bizTransactionList", "sourceList", "destinationList")
_TEXTS = ("eventTimeZoneOffset", "eventID", "action", "parentID", "transformationID")
_TIMES = ("eventTime", "recordTime")
_SENSED = frozenset(("time", "startTime", "endTime"))
_NUMBERS = frozenset(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"))
_REPORT_WORDS = {"type": "measurement", "exception": "exception", "component": "component"}
_COUNTED = "QuantityEvent"
_WRAPPERS = ("extension", "baseExtension")  # how EPCIS 1.x made room for what came later
_NO_SECONDS = re.compile(r"(?<=T[0-9]{2}:[0-9]{2})(?=Z|[+-])")


def flat(element: Element) -> Element:
    """The element with what the wrappers of EPCIS 1.x hold drawn up to it."""
    if any(child.local in _WRAPPERS and not child.namespace for child in element.children):
        element.children = list(_unwrapped(element.children))
    return element


def _unwrapped(children: list[Element]) -> Iterator[Element]:
    for child in children:
        if child.local in _WRAPPERS and not child.namespace:
            yield from _unwrapped(child.children)
        else:
            yield child


def event_of(element: Element, document: dict[str, str]) -> dict[str, Any]:
    """The event in JSON form, with the prefixes that its document does not define in its own `@context`."""
    names = Names(document)
    ours = element.namespace == SUYUAN and element.local == "event"
    kind = element.attribute("name") if ours else names.key(element.namespace, element.local, element.prefix)
    event: dict[str, Any] = {"type": kind}
    known: set[str] = set()
    for child in flat(element).children:
        if not child.namespace and (value := _standard(child, names)) is not None:
            _put(event, child.local, value)
            known.add(child.local)
    for name, value in fields_of(element, names, frozenset(known)).items():
        _put(event, name, value)
    if kind == _COUNTED:
        event = _as_observed(event)
    return {"@context": [names.own], **event} if names.own else event


def _as_observed(event: dict[str, Any]) -> dict[str, Any]:
    """A QuantityEvent is an ObjectEvent with a quantityList; EPCIS 1.2 has it for older systems, 2.0 has it no more."""
    counted = {name: event.pop(name) for name in ("epcClass", "quantity") if name in event}
    if "quantity" in counted:
        counted["quantity"] = number(str(counted["quantity"]))
    return {**event, "type": "ObjectEvent", "action": "OBSERVE", "quantityList": [counted]}


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    """What stands there twice becomes a list, which the schema refuses: nobody may choose for the sender."""
    found[name] = [found[name], value] if name in found else value


def _standard(child: Element, names: Names) -> Any:
    """The value of a field of the standard; None for any other."""
    name = child.local
    if name in _TEXTS:
        return child.text
    if name in _TIMES:
        return _time(child.text)
    if name in ("bizStep", "disposition"):
        return _word(name, child.text)
    if name in _EPCS:
        return [epc.text for epc in child.children]
    if name in _QUANTITIES:
        return [_quantity(quantity) for quantity in child.children]
    if name in _PAIRS:
        return [_pair(pair) for pair in child.children]
    reader = _READERS.get(name)
    return None if reader is None else reader(flat(child), names)


def _quantity(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in element.children:
        _put(found, part.local, number(part.text) if part.local == "quantity" else part.text)
    return found


def _pair(element: Element) -> dict[str, Any]:
    kind = element.attribute("type")
    return ({"type": _word(element.local, kind)} if kind else {}) | {element.local: element.text}


def _place(element: Element, names: Names) -> dict[str, Any]:
    return {"id": element.text_of("id")} | fields_of(element, names, frozenset(("id",)))


def _declaration(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element.children:
        if child.local == "declarationTime" and not child.namespace:
            found["declarationTime"] = _time(child.text)
        elif child.local == "reason" and not child.namespace:
            found["reason"] = _word("reason", child.text)
        elif child.local == "correctiveEventIDs" and not child.namespace:
            found["correctiveEventIDs"] = [inner.text for inner in child.children]
    return found | fields_of(element, names, frozenset(found))


def _lasting(element: Element, _: Names) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for child in element.children:
        found.setdefault(child.local, []).append(_word("disposition", child.text))
    return found


def _sensors(element: Element, names: Names) -> list[dict[str, Any]]:
    return [_sensor(flat(child), names) for child in element.children]


def _sensor(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    metadata = element.child("sensorMetadata")
    if metadata is not None:
        found["sensorMetadata"] = _measured(metadata, names, {})
    reports = [c for c in element.children if c.local == "sensorReport" and not c.namespace]
    if reports:
        found["sensorReport"] = [_measured(report, names, _REPORT_WORDS) for report in reports]
    return found | fields_of(element, names, frozenset(("sensorMetadata", "sensorReport")))


def _measured(element: Element, names: Names, words: dict[str, str]) -> dict[str, Any]:
    """What a sensor says is in attributes, each of its own type; extensions may be elements as well."""
    found: dict[str, Any] = {}
    for uri, local, prefix, text in element.attributes:
        value: Any = text
        if not uri and local in _NUMBERS:
            value = number(text)
        elif not uri and local == "booleanValue":
            value = truth(text)
        elif not uri and local in _SENSED:
            value = _time(text)
        elif not uri and local in words:
            value = _word(words[local], text)
        found[names.key(uri, local, prefix)] = value
    return found | fields_of(element, names)


def _vendor(element: Element, names: Names) -> dict[str, Any]:
    return fields_of(element, names)


_READERS = {
    "readPoint": _place,
    "bizLocation": _place,
    "errorDeclaration": _declaration,
    "persistentDisposition": _lasting,
    "sensorElementList": _sensors,
    "ilmd": _vendor,
}


def _word(kind: str, text: str) -> str:
    """What XML writes as the URN of a word (of a measurement `gs1:…`) is the bare word in JSON; all else stays."""
    words, web, urn = terms.KINDS[kind]
    if text.startswith(urn) and text[len(urn) :] in words:
        return text[len(urn) :]
    if kind == "component" and text.startswith("cbv:Comp-") and text[9:] in words:
        return text[9:]
    if web in (terms.VOCABULARY, terms.WEB + "Comp-") and text.startswith(web) and text[len(web) :] in words:
        return ("gs1:" if web == terms.VOCABULARY else "cbv:Comp-") + text[len(web) :]
    return text


def _time(text: str) -> str:
    """Some write no seconds, which no form of EPCIS allows."""
    return _NO_SECONDS.sub(":00", text)
