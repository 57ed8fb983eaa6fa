"""The fields of an event that the standard knows, written as XML of EPCIS 2.0."""

from collections.abc import Mapping
from typing import Any

from app.domain.epcis import terms
from app.domain.epcis.xml_parts import Parts, holds, scalar

ORDER = (
    *("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo"),
    *(
        "parentID",
        "epcList",
        "childEPCs",
        "inputEPCList",
        "inputQuantityList",
        "outputEPCList",
        "outputQuantityList",
    ),
    *(
        "transformationID",
        "action",
        "bizStep",
        "disposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
    ),
    *("quantityList", "childQuantityList", "sourceList", "destinationList", "sensorElementList"),
    *("persistentDisposition", "ilmd"),
)
TRANSACTION_ORDER = (
    *ORDER[:6],
    "bizTransactionList",
    *(name for name in ORDER[6:] if name != "bizTransactionList"),
)
WEB_URIS, URNS = "Always_Web_URI", "Always_URN"
_EPCS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_REPORT_WORDS = {"type": "measurement", "exception": "exception", "component": "component"}


class Fields:
    """Writes fields by their names. Words of the CBV: as web addresses (WEB_URIS) or URNs (URNS) however they came;
    with any other format bare ones as URNs, and what was written out as it is."""

    def __init__(self, parts: Parts, cbv_format: str) -> None:
        self.parts, self.cbv_format = parts, cbv_format

    def write(self, name: str, value: Any) -> None:
        parts = self.parts
        if name in _EPCS:
            self._texts(name, "epc", value)
        elif name in _QUANTITIES:
            self._quantities(name, value)
        elif name in _PAIRS:
            self._pairs(name, _PAIRS[name], value)
        elif name in ("bizStep", "disposition"):
            parts.text(name, self._word(name, value))
        elif name in ("readPoint", "bizLocation"):
            parts.open(name)
            parts.text("id", value["id"])
            parts.extensions(value, {"id"})
            parts.close(name)
        elif name == "certificationInfo":
            parts.extension(name, value)
        elif isinstance(value, str):
            parts.text(name, value)
        else:
            self._whole(name, value)

    def _whole(self, name: str, value: Any) -> None:
        self.parts.open(name)
        if name == "errorDeclaration":
            self._declaration(value)
        elif name == "sensorElementList":
            for element in value:
                self._sensor(element)
        elif name == "persistentDisposition":
            for key in ("set", "unset"):
                for word in value.get(key, ()):
                    self.parts.text(key, self._word("disposition", word))
        else:
            self.parts.extensions(value, set())
        self.parts.close(name)

    def _word(self, kind: str, value: str) -> str:
        """Bare words in full. What was written out already stays distinct from what a bare word becomes."""
        words, web, _ = terms.KINDS[kind]
        if self.cbv_format in (WEB_URIS, URNS):
            value = terms.bare(kind, value)
        if value in words:
            if self.cbv_format == WEB_URIS:
                return terms.web(kind, value)
            return f"cbv:Comp-{value}" if kind == "component" else terms.urn(kind, value)
        short = "gs1:" if web == terms.VOCABULARY else "cbv:Comp-" if kind == "component" else ""
        if short and value.startswith(short) and value[len(short) :] in words:
            return web + value[len(short) :]
        return value

    def _texts(self, name: str, inner: str, values: list[str]) -> None:
        self.parts.open(name)
        for value in values:
            self.parts.text(inner, value)
        self.parts.close(name)

    def _quantities(self, name: str, rows: list[Mapping[str, Any]]) -> None:
        self.parts.open(name)
        for row in rows:
            self.parts.open("quantityElement")
            for key in ("epcClass", "quantity", "uom"):
                if key in row:
                    self.parts.text(key, scalar(row[key]))
            self.parts.close("quantityElement")
        self.parts.close(name)

    def _pairs(self, name: str, inner: str, pairs: list[Mapping[str, str]]) -> None:
        self.parts.open(name)
        for pair in pairs:
            kind = {"type": self._word(inner, pair["type"])} if "type" in pair else {}
            self.parts.text(inner, pair[inner], kind)
        self.parts.close(name)

    def _declaration(self, declaration: Mapping[str, Any]) -> None:
        self.parts.text("declarationTime", declaration["declarationTime"])
        if "reason" in declaration:
            self.parts.text("reason", self._word("reason", declaration["reason"]))
        if "correctiveEventIDs" in declaration:
            self._texts("correctiveEventIDs", "correctiveEventID", declaration["correctiveEventIDs"])
        self.parts.extensions(declaration, {"declarationTime", "reason", "correctiveEventIDs"})

    def _sensor(self, element: Mapping[str, Any]) -> None:
        self.parts.open("sensorElement")
        if "sensorMetadata" in element:
            self._measured("sensorMetadata", element["sensorMetadata"], {})
        for report in element.get("sensorReport", ()):
            self._measured("sensorReport", report, _REPORT_WORDS)
        self.parts.extensions(element, {"sensorMetadata", "sensorReport"})
        self.parts.close("sensorElement")

    def _measured(self, name: str, values: Mapping[str, Any], words: Mapping[str, str]) -> None:
        """Everything in attributes, as the standard has it; an extension too where it is text."""
        attributes = {}
        for key, value in values.items():
            if ":" not in key:
                attributes[key] = self._word(words[key], value) if key in words else scalar(value)
            elif isinstance(value, str) and holds(value) and not self.parts.tag(key, "")[1]:
                attributes[key] = value
        rest = {key: value for key, value in values.items() if key not in attributes}
        self.parts.open(name, attributes, empty=not rest)
        if rest:
            self.parts.extensions(rest, set())
            self.parts.close(name)
