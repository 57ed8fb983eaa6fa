"""EPCIS documents in the JSON form, and single events, written as XML of version 2.0."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.domain.epcis import contexts
from app.domain.epcis.xml_fields import ORDER, TRANSACTION_ORDER, Fields
from app.domain.epcis.xml_parts import Parts, usable
from app.domain.epcis.xml_values import SUYUAN, XSD, XSI

_EPCIS = {
    "EPCISDocument": "urn:epcglobal:epcis:xsd:2",
    "EPCISQueryDocument": "urn:epcglobal:epcis-query:xsd:2",
}
_SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_HEADER_FIELDS = ("sender", "receiver", "instanceIdentifier")
_FRAME = {
    "@context",
    "id",
    "type",
    "schemaVersion",
    "creationDate",
    "epcisHeader",
    "epcisBody",
    *_HEADER_FIELDS,
}


def to_xml(document: Mapping[str, Any], cbv_format: str = "Never_Translates") -> bytes:
    """The document (or bare event) as XML 2.0, UTF-8; words of the CBV as `cbv_format` has them, bare ones as URNs.

    Reads back as the same JSON, but for control characters in fields of the standard, which become U+FFFD, and for
    words that were written out and are translated by request.
    """
    writer = _Writer(document, cbv_format)
    kind = document["type"]
    if kind not in _EPCIS:
        writer.event(document, root=True)
    else:
        writer.document(document, kind)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(writer.parts.written).encode()


class _Writer:
    def __init__(self, document: Mapping[str, Any], cbv_format: str) -> None:
        text = orjson.dumps(document)
        self.shared = {p: uri for p, uri in contexts.PREFIXES.items() if f'"{p}:'.encode() in text}
        self.shared |= usable(contexts.defined(document.get("@context", [])))
        taken = {*self.shared, *_prefixes_in(document)}
        self.epcis, self.xsi, self.xsd, self.ours, self.sbdh = (
            _free(name, taken) for name in ("epcis", "xsi", "xsd", "suyuan", "sbdh")
        )
        self.parts = Parts(self.xsi, self.xsd, self.ours, self.shared)
        self.fields = Fields(self.parts, cbv_format)

    def _declarations(self) -> dict[str, str]:
        found = {self.xsi: XSI, self.xsd: XSD, self.ours: SUYUAN}
        names = {f"xmlns:{prefix}": uri for prefix, uri in (self.shared | found).items()}
        return {**names, f"{self.ours}:values": "curies"}  # in XML of others a value is no CURIE

    def document(self, document: Mapping[str, Any], kind: str) -> None:
        parts, root = self.parts, f"{self.epcis}:{kind}"
        attributes = {f"xmlns:{self.epcis}": _EPCIS[kind], **self._declarations()}
        attributes |= {name: document[name] for name in ("schemaVersion", "creationDate") if name in document}
        if "id" in document:
            attributes[f"{self.ours}:id"] = document["id"]
        parts.open(root, attributes)
        self._header(document)
        parts.extensions(document, _FRAME)
        parts.open("EPCISBody")
        body = document["epcisBody"]
        if kind == "EPCISDocument":
            self._events(body["eventList"])
            parts.extensions(body, {"eventList"})
        else:
            self._results(body["queryResults"])
        parts.close("EPCISBody")
        parts.close(root)

    def _header(self, document: Mapping[str, Any]) -> None:
        header = document.get("epcisHeader", {})
        business = [name for name in _HEADER_FIELDS if name in document]
        if not business and not header:
            return
        self.parts.open("EPCISHeader")
        if business:
            self._business_header(document)
        if master := header.get("epcisMasterData"):
            self.parts.open("extension")
            self.parts.open("EPCISMasterData")
            self._vocabularies(master.get("vocabularyList", ()))
            self.parts.close("EPCISMasterData")
            self.parts.close("extension")
        self.parts.extensions(header, {"epcisMasterData"})
        self.parts.close("EPCISHeader")

    def _business_header(self, document: Mapping[str, Any]) -> None:
        parts, prefix = self.parts, self.sbdh
        name = f"{prefix}:StandardBusinessDocumentHeader"
        parts.open(name, {f"xmlns:{prefix}": _SBDH})
        parts.text(f"{prefix}:HeaderVersion", "1.0")
        for field, element in (("sender", "Sender"), ("receiver", "Receiver")):
            if field in document:
                parts.open(f"{prefix}:{element}")
                parts.text(f"{prefix}:Identifier", document[field])
                parts.close(f"{prefix}:{element}")
        if "instanceIdentifier" in document:
            parts.open(f"{prefix}:DocumentIdentification")
            for element, text in (("Standard", "EPCglobal"), ("TypeVersion", "1.0")):
                parts.text(f"{prefix}:{element}", text)
            parts.text(f"{prefix}:InstanceIdentifier", document["instanceIdentifier"])
            parts.text(f"{prefix}:Type", "Events")
            parts.text(f"{prefix}:CreationDateAndTime", document["creationDate"])
            parts.close(f"{prefix}:DocumentIdentification")
        parts.close(name)

    def _results(self, results: Mapping[str, Any]) -> None:
        parts = self.parts
        name = f"{self.epcis}:QueryResults"
        parts.open(name)
        for field in ("queryName", "subscriptionID"):
            if field in results:
                parts.text(field, results[field])
        parts.open("resultsBody")
        body = results["resultsBody"]
        self._events(body["eventList"])
        if "vocabularyList" in body:
            self._vocabularies(body["vocabularyList"])
        parts.close("resultsBody")
        parts.extensions(results, {"queryName", "subscriptionID", "resultsBody"})
        parts.close(name)

    def _events(self, events: Iterable[Mapping[str, Any]]) -> None:
        self.parts.open("EventList")
        for event in events:
            self.event(event)
        self.parts.close("EventList")

    def event(self, event: Mapping[str, Any], *, root: bool = False) -> None:
        own = {} if root else usable(contexts.defined(event.get("@context", [])))
        parts, kind = self.parts, event["type"]
        parts.scope = self.shared | own
        attributes = self._declarations() if root else {f"xmlns:{prefix}": uri for prefix, uri in own.items()}
        tag, name = parts.tag(kind, f"{self.ours}:event")
        parts.open(tag, attributes | name)
        for field in TRANSACTION_ORDER if kind == "TransactionEvent" else ORDER:
            if field in event:
                self.fields.write(field, event[field])
        parts.extensions(event, {"@context", "type", *ORDER})
        parts.close(tag)
        parts.scope = self.shared

    def _vocabularies(self, vocabularies: Iterable[Mapping[str, Any]]) -> None:
        parts = self.parts
        parts.open("VocabularyList")
        for vocabulary in vocabularies:
            parts.open("Vocabulary", {"type": vocabulary["type"]})
            parts.open("VocabularyElementList")
            for entry in vocabulary.get("vocabularyElementList", ()):
                parts.open("VocabularyElement", {"id": entry["id"]})
                for attribute in entry.get("attributes", ()):
                    parts.value("attribute", attribute.get("attribute", ""), {"id": attribute["id"]})
                if "children" in entry:
                    parts.open("children")
                    for child in entry["children"]:
                        parts.text("id", child)
                    parts.close("children")
                parts.close("VocabularyElement")
            parts.close("VocabularyElementList")
            parts.close("Vocabulary")
        parts.close("VocabularyList")


def _prefixes_in(document: Mapping[str, Any]) -> set[str]:
    """Every prefix that an event of the document defines for itself."""
    body = document.get("epcisBody", {})
    holder = body.get("queryResults", {}).get("resultsBody", body)
    return {
        prefix
        for event in holder.get("eventList", ())
        for prefix in contexts.defined(event.get("@context", []))
    }


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "0"
    return name
