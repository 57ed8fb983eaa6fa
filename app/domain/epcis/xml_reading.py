"""EPCIS documents in XML, of versions 1.2 and 2.0, as the same documents in the JSON form."""

from typing import Any, NoReturn

from app.domain.epcis import contexts
from app.domain.epcis.xml_events import event_of, flat
from app.domain.epcis.xml_tree import Element, read
from app.domain.epcis.xml_values import SUYUAN, Names, fields_of
from app.errors import N_, Malformed

_RESERVED = ("urn:epcglobal:epcis", "urn:epcglobal:xsd:", "http://www.w3.org/2001/XMLSchema", SUYUAN)
_SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_ROOTS = frozenset(("EPCISDocument", "EPCISQueryDocument"))
_BODY = frozenset(("EPCISHeader", "EPCISBody", "queryName", "subscriptionID", "resultsBody"))


def body_of(raw: bytes) -> tuple[dict[str, Any], bool]:
    """The document, or the one event, in the JSON form with its namespaces in `@context`; Malformed `not-epcis`.

    And whether its values are CURIEs: what XML says in text has no prefixes, but for what was written out of JSON.
    """
    events: list[dict[str, Any]] = []

    def found(element: Element, root: Element) -> None:
        first = element.children[0].local if element.children else ""
        event = event_of(element, _prefixes(root))
        if root.local == "EPCISDocument" and first != "eventTime":
            event.pop("eventTime", None)  # one out of its order is none: a fault of this event alone
        events.append(event)

    root = read(raw, found)
    if root.namespace and root.local in _ROOTS:
        _refuse(N_("“{value}” is no namespace of EPCIS."), root.namespace)
    curies = any((uri, local) == (SUYUAN, "values") for uri, local, _, _ in root.attributes)
    if root.local == "EPCISDocument":
        return _capture(root, events), curies
    if root.local == "EPCISQueryDocument":
        return _query(root, events), curies
    if root.child("eventTime") is None:
        _refuse(N_("“{value}” is neither a document nor an event."), root.local)
    event = event_of(root, {})
    own = event.pop("@context", [])
    return {"@context": [contexts.STANDARD, *own], **event}, curies


def _prefixes(root: Element) -> dict[str, str]:
    """What the document's own prefixes mean; those of XML and of the standard are no matter of JSON."""
    return {
        prefix: uri
        for prefix, uri in root.scope.items()
        if prefix and not uri.startswith((*_RESERVED, _SBDH)) and contexts.PREFIXES.get(prefix) != uri
    }


def _frame(root: Element, names: Names) -> dict[str, Any]:
    flat(root)
    body: dict[str, Any] = {"type": root.local}
    body |= {
        local: text
        for uri, local, _, text in root.attributes
        if not uri and local in ("schemaVersion", "creationDate")
    }
    for uri, local, _, text in root.attributes:
        if uri == SUYUAN and local == "id":
            body["id"] = text
    rest = fields_of(root, names, _BODY)
    for child in root.children:
        if child.local == "ignoreFields" and child.children:
            inner = [names.key(c.namespace, c.local, c.prefix) for c in child.children]
            rest[names.key(child.namespace, child.local, child.prefix)] = inner
    return body | rest


def _with_context(body: dict[str, Any], root: Element, names: Names) -> dict[str, Any]:
    prefixes = _prefixes(root) | names.own
    return {"@context": [contexts.STANDARD, *([prefixes] if prefixes else [])], **body}


def _capture(root: Element, events: list[dict[str, Any]]) -> dict[str, Any]:
    names = Names(_prefixes(root))
    body = _frame(root, names)
    header = root.child("EPCISHeader")
    if header is not None:
        _header(header, body, names)
    inner = root.child("EPCISBody")
    if inner is None:
        _refuse(N_("The document has no “{value}”."), "EPCISBody")
    more = fields_of(flat(inner), names, frozenset(("EventList",)))
    return _with_context(body | {"epcisBody": {"eventList": events} | more}, root, names)


def _query(root: Element, events: list[dict[str, Any]]) -> dict[str, Any]:
    names = Names(_prefixes(root))
    around = root.child("EPCISBody") or root
    results = around.child("QueryResults") or around
    inner = results.child("resultsBody")
    if inner is None:
        _refuse(N_("The document has no “{value}”."), "resultsBody")
    found: dict[str, Any] = {"queryName": results.text_of("queryName") or "SimpleEventQuery"}
    if subscription := results.text_of("subscriptionID"):
        found["subscriptionID"] = subscription
    found["resultsBody"] = {"eventList": events}
    if vocabularies := _vocabularies(inner, names):
        found["resultsBody"]["vocabularyList"] = vocabularies
    return _with_context(_frame(root, names) | {"epcisBody": {"queryResults": found}}, root, names)


def _header(header: Element, body: dict[str, Any], names: Names) -> None:
    inner = flat(header)
    for child in list(inner.children):
        if child.local == "StandardBusinessDocumentHeader":
            inner.children.remove(child)
            _business_header(child, body)
    found = fields_of(inner, names, frozenset(("EPCISMasterData",)))
    master = inner.child("EPCISMasterData")
    if master is not None:
        found["epcisMasterData"] = {"vocabularyList": _vocabularies(master, names)}
    if found:
        body["epcisHeader"] = found


def _business_header(header: Element, body: dict[str, Any]) -> None:
    """Sender, receiver and number of the document; JSON has no place for the rest of the UN/CEFACT header."""
    for element in header.children:
        for inner in element.children:
            if element.local in ("Sender", "Receiver") and inner.local == "Identifier":
                body[element.local.lower()] = inner.text
            elif inner.local == "InstanceIdentifier":
                body["instanceIdentifier"] = inner.text


def _vocabularies(holder: Element, names: Names) -> list[dict[str, Any]]:
    found = holder.child("VocabularyList")
    return [] if found is None else [_vocabulary(vocabulary, names) for vocabulary in found.children]


def _vocabulary(vocabulary: Element, names: Names) -> dict[str, Any]:
    entries = vocabulary.child("VocabularyElementList")
    return {
        "type": vocabulary.attribute("type"),
        "vocabularyElementList": [
            _entry(entry, names) for entry in (entries.children if entries is not None else ())
        ],
    }


def _entry(entry: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {"id": entry.attribute("id")}
    attributes = [inner for inner in entry.children if inner.local == "attribute"]
    if attributes:
        found["attributes"] = [
            {"id": a.attribute("id"), "attribute": fields_of(a, names) or a.text} for a in attributes
        ]
    children = entry.child("children")
    if children is not None:
        found["children"] = [inner.text for inner in children.children]
    return found


def _refuse(message: str, value: str) -> NoReturn:
    raise Malformed(
        "not-epcis", message, N_("Send an EPCIS document of version 1.2 or 2.0."), value=value[:200]
    )
