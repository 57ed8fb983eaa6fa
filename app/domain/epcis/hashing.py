"""The event hash of CBV 2.0 §8.9: one string for an event however it was written, and its SHA-256 as a URI."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.domain.epcis import contexts, hash_quick, terms
from app.domain.epcis.hash_order import ORDER, Order
from app.domain.epcis.hash_values import COMMENTS, NO_PART, curie, moment, value_of

_TIMES = {"eventTime", "time", "startTime", "endTime"}
_LISTED = {  # field -> what each entry of its list is called
    **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs"), "epc"),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), "quantityElement"
    ),
    "sensorElementList": "sensorElement",
}
_PAIRED = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_INNER_KINDS = {
    ("sensorReport", "type"): "measurement",
    ("sensorReport", "exception"): "exception",
    ("sensorReport", "component"): "component",
    ("persistentDisposition", "set"): "disposition",
    ("persistentDisposition", "unset"): "disposition",
}
Names = Mapping[str, str]


class Node(NamedTuple):
    """A field with its text and the fields inside it, as XML has it; both forms of an event become the same nodes."""

    name: str
    text: str
    inner: "list[Node]"


def event_hash(
    event: Mapping[str, Any], ignored: frozenset[str] = frozenset(), *, curies: bool = True
) -> str:
    """`ni:///sha-256;…?ver=CBV2.0` of an event in JSON form; the arguments are those of `pre_hash`."""
    digest = hashlib.sha256(pre_hash(event, ignored, curies=curies).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], ignored: frozenset[str] = frozenset(), *, curies: bool = True) -> str:
    """What is hashed. `ignored` fields (`{namespace}local`) take no part; in XML a value is no CURIE: `curies` False.

    An event that the schema accepts has one; of others it is undefined.
    """
    names = contexts.namespaces_of(event)
    if curies and not ignored and (quick := hash_quick.pre_hash(event, names)) is not None:
        return f"eventType={curie(event['type'], names)}{quick}"
    return the_long_way(event, names, ignored, curies=curies)


def the_long_way(event: Mapping[str, Any], names: Names, ignored: frozenset[str], *, curies: bool) -> str:
    """The same for any event, whatever is nested in it."""
    nodes = _Tree(names if curies else contexts.PREFIXES, names, ignored).event(event)
    ordered = _in_order(nodes, ORDER)
    return f"eventType={curie(event['type'], names)}{ordered}{_unordered(nodes)}"


class _Tree:
    """Builds nodes from JSON; `values` are the prefixes that are expanded in values, `names` those in names."""

    def __init__(self, values: Names, names: Names, ignored: frozenset[str]) -> None:
        self.values, self.names, self.ignored = values, names, ignored

    def event(self, event: Mapping[str, Any]) -> list[Node]:
        nodes: list[Node] = []
        for key, value in event.items():
            if value == [] and key in _PAIRED:
                continue  # an empty list says as much as none
            if key in _LISTED:
                nodes.append(Node(key, "", [self._node(_LISTED[key], item, "") for item in _each(value)]))
            elif key in _PAIRED and all(isinstance(item, dict) for item in _each(value)):
                nodes.append(Node(key, "", [self._pair(_PAIRED[key], item) for item in _each(value)]))
            elif key not in NO_PART and key != "@context":
                nodes += self.field(key, value, key)
        return nodes

    def field(self, key: str, value: Any, kind: str) -> Iterable[Node]:
        """One node for a value, one for each entry of a list; `kind` names the vocabulary of bare words."""
        prefix, colon, local = key.partition(":")
        name = f"{{{self.names[prefix]}}}{local}" if colon and prefix in self.names else key
        if name in COMMENTS or name in self.ignored:
            return ()
        return [self._node(name, item, kind) for item in _each(value)]

    def _node(self, name: str, value: Any, kind: str) -> Node:
        if isinstance(value, list):  # a list in a list: its entries have no name
            return Node(name, "", [self._node("", item, "") for item in value])
        if not isinstance(value, dict):
            return Node(name, self._text(value, kind), [])
        inner: list[Node] = []
        for key, item in value.items():
            if key != "#text":
                inner += self.field(key, item, _INNER_KINDS.get((name, key), ""))
        return Node(name, self._text(value.get("#text"), ""), inner)

    def _pair(self, name: str, value: Mapping[str, Any]) -> Node:
        """Type first, then the thing itself: the one place where what lies inside is not sorted."""
        kind = "type=" + value_of(self._text(value["type"], name)) if "type" in value else ""
        return Node(f"{kind}{name}={value_of(self._text(value.get(name), ''))}", "", [])

    def _text(self, value: Any, kind: str) -> str:
        if isinstance(value, str):
            return curie(terms.web(kind, value) if kind in terms.KINDS else value, self.values)
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _in_order(nodes: list[Node], order: Order) -> str:
    """The nodes that the order names, then what extends them; takes out of the list what it has written."""
    extensions = _extensions(nodes)
    written: list[str] = []
    for name, inner in order:
        found = [node for node in nodes if node.name == name]
        if not found:
            continue
        texts = []
        for node in found:
            within = _in_order(node.inner, inner) if inner else ""
            value = moment(node.text.strip()) if name in _TIMES else value_of(node.text)
            if value or within:
                texts.append(f"{name}={value}{within}" if value else name + within)
        nodes[:] = [node for node in nodes if node.name != name or node.inner]
        written += sorted(texts)
    return "".join(written) + _unordered(extensions)


def _extensions(nodes: list[Node]) -> list[Node]:
    """Takes the extension fields out of the list, where they follow the fields of the standard they stand beside.

    The published vectors do so only beside another field and where the namespace ends in a slash; whatever else
    extends a field of the standard they put at the end of the event. So does this.
    """
    if len(nodes) < 2 or any("eventTime" in node.name or "action" in node.name for node in nodes):
        return []
    found, rest = list[Node](), list[Node]()
    for node in nodes:
        (found if "{" in node.name and "/}" in node.name else rest).append(node)
    nodes[:] = rest
    return found


def _unordered(nodes: list[Node]) -> str:
    """Nodes with all that is inside them, each level sorted by code point."""
    texts = []
    for node in nodes:
        value = value_of(node.text)
        texts.append(
            f"{node.name}={value}{_unordered(node.inner)}" if value else node.name + _unordered(node.inner)
        )
    texts.sort()
    return "".join(texts)
