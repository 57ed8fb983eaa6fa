"""Extensions between XML and JSON: names with prefixes, and values of any depth.

XML has no lists, numbers or empty objects. Numbers and truth values say so with `xsi:type`; a list of one or none, an
empty object, a name that no element can have and a text that no XML can hold are marked with attributes of ours.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from app.domain.epcis import contexts
from app.domain.epcis.xml_tree import XML, Element

SUYUAN = "https://suyuan.dev/ns/xml/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}").fullmatch
_WRITABLE = range(-(2**63), 2**64)  # what JSON can be written with here
_NUMERIC = {
    "integer",
    "int",
    "long",
    "short",
    "decimal",
    "double",
    "float",
    "nonNegativeInteger",
    "positiveInteger",
}


class Names:
    """Gives JSON names to what XML names by namespace; `own` gathers the prefixes that the document does not define."""

    def __init__(self, document: Mapping[str, str]) -> None:
        self.own: dict[str, str] = {}
        self._meant = {**contexts.PREFIXES, **document}
        self._named = {meant: prefix for prefix, meant in reversed(self._meant.items())}
        self._counts: dict[str, int] = {}

    def key(self, namespace: str, local: str, prefix: str) -> str:
        if not namespace:
            return local
        return f"{self._prefix(namespace, prefix)}:{local}"

    def _prefix(self, namespace: str, wished: str) -> str:
        if wished and self._meant.get(wished) == namespace:
            return wished
        if namespace in self._named:
            return self._named[namespace]
        start = prefix = wished or "ns"
        while prefix in self._meant:
            number = self._counts[start] = self._counts.get(start, 1) + 1
            prefix = f"{start}{number}"
        self.own[prefix] = self._meant[prefix] = namespace
        self._named[namespace] = prefix
        return prefix


def number(text: str) -> Any:
    """The number that the text is, whole where it is written so; anything else stays text for the schema to refuse."""
    if _WHOLE(text) and (whole := int(text)) in _WRITABLE:
        return whole
    if _NUMBER(text) and math.isfinite(value := float(text)):
        return value
    return text


def truth(text: str) -> Any:
    return {"true": True, "1": True, "false": False, "0": False}.get(text, text)


def fields_of(element: Element, names: Names, known: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The children of an element as JSON fields, repeated ones as a list; but for those of the standard in `known`."""
    grouped: dict[str, list[Any]] = {}
    single: set[str] = set()
    for child in element.children:
        if child.local in known and not child.namespace:
            continue
        form = _form(child)
        key = (
            child.attribute("name")
            if _is_field(child)
            else names.key(child.namespace, child.local, child.prefix)
        )
        entries = grouped.setdefault(key, [])
        if "none" not in form:
            entries.append(value_of(child, names))
        if not form & {"list", "none"}:
            single.add(key)
    return {key: v[0] if len(v) == 1 and key in single else v for key, v in grouped.items()}


def value_of(element: Element, names: Names) -> Any:
    """The value of an extension: text, a number, or an object with its attributes, children and `#text`."""
    form = _form(element)
    if "array" in form:
        return [value_of(child, names) for child in element.children]
    value: dict[str, Any] = {
        names.key(uri, local, prefix): text
        for uri, local, prefix, text in element.attributes
        if uri not in (XSI, XML, SUYUAN) and not (_is_field(element) and local == "name" and not uri)
    }
    value |= fields_of(element, names)
    if value or "object" in form:
        return value | ({"#text": element.text} if element.text else {})
    return _scalar(element)


def _scalar(element: Element) -> Any:
    hints = {local: text for uri, local, _, text in element.attributes if uri == XSI}
    if hints.get("nil") in ("true", "1"):
        return None
    if "json" in _form(element):
        return _json(element.text)
    kind = hints.get("type", "").rpartition(":")[2]
    if kind in _NUMERIC:  # of a whole number that JSON cannot hold the text keeps every digit
        return (
            element.text
            if _WHOLE(element.text) and int(element.text) not in _WRITABLE
            else number(element.text)
        )
    return truth(element.text) if kind == "boolean" else element.text


def _json(text: str) -> str:
    """A text with characters that no XML can hold."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _form(element: Element) -> set[str]:
    return {
        word
        for uri, local, _, text in element.attributes
        if (uri, local) == (SUYUAN, "form")
        for word in text.split()
    }


def _is_field(element: Element) -> bool:
    """An element that stands for a name which no element can have."""
    return element.namespace == SUYUAN and element.local == "field"
