"""The canonical order of fields in the pre-hash string of an event: CBV 2.0 §8.9, as its published vectors have it.

Lists of transactions, sources and destinations are not here: the vectors sort them, and ILMD, among the extensions.
"""

Order = tuple[tuple[str, "Order | None"], ...]


def _fields(*names: str) -> Order:
    return tuple((name, None) for name in names)


_EPCS: Order = _fields("epc")
_QUANTITIES: Order = (("quantityElement", _fields("epcClass", "quantity", "uom")),)
_METADATA = _fields(
    *(
        "time",
        "startTime",
        "endTime",
        "deviceID",
        "deviceMetadata",
        "rawData",
        "dataProcessingMethod",
        "bizRules",
    )
)
_REPORT = _fields(
    *(
        "type",
        "exception",
        "deviceID",
        "deviceMetadata",
        "rawData",
        "dataProcessingMethod",
        "time",
        "microorganism",
    ),
    *("chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue"),
    *(
        "minValue",
        "maxValue",
        "meanValue",
        "sDev",
        "percRank",
        "percValue",
        "uom",
        "coordinateReferenceSystem",
    ),
)
ORDER: Order = (
    *_fields("eventTime", "eventTimeZoneOffset", "certificationInfo"),
    ("epcList", _EPCS),
    ("parentID", None),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    *_fields("action", "transformationID", "bizStep", "disposition"),
    ("persistentDisposition", _fields("set", "unset")),
    ("readPoint", _fields("id")),
    ("bizLocation", _fields("id")),
    ("sensorElementList", (("sensorElement", (("sensorMetadata", _METADATA), ("sensorReport", _REPORT))),)),
)
