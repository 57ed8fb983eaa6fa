"""The JSON schema of EPCIS 2.0.1 documents and events, as data written for speed and for errors that say where.

It accepts what the official schema accepts and refuses what that refuses; formats are part of the verdict.
"""

from typing import Any

from app.domain.epcis import terms

Schema = dict[str, Any]

_URI: Schema = {"type": "string", "format": "uri"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": "number"}
_TEXT: Schema = {"type": "string"}
_OFFSET: Schema = {"type": "string", "pattern": "^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"}
_NOT_CBV = r"^(?!(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/))"
_NOT_VOCABULARY = r"^(?!(https?://(www\.)?gs1\.org/voc/))"


def _word(words: frozenset[str], others: str = _NOT_CBV) -> Schema:
    """A bare word of the standard, or somebody else's URI: never the standard's own word written out."""
    return {
        "type": "string",
        "if": {"not": {"enum": sorted(words)}},
        "then": {"format": "uri", "pattern": others},
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _closed(required: list[str], **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _open(required: list[str], **fields: Schema) -> Schema:
    """An object that may be extended by fields named with a URI or a prefix."""
    return {
        "type": "object",
        "properties": fields,
        "required": required,
        "propertyNames": {"if": {"not": {"enum": sorted(fields)}}, "then": {"format": "uri"}},
    }


_CONTEXT: Schema = {
    "type": ["string", "object", "array"],
    "format": "uri",
    "items": {"type": ["string", "object"], "format": "uri"},
    "uniqueItems": True,
}
_DISPOSITION = _word(terms.DISPOSITIONS)
_DISPOSITIONS = _list(_DISPOSITION, minItems=1, uniqueItems=True)
_PERSISTENT: Schema = {
    **_closed([], set=_DISPOSITIONS, unset=_DISPOSITIONS),
    "anyOf": [{"required": ["set"]}, {"required": ["unset"]}],
}
_QUANTITIES = _list(
    _closed(
        ["epcClass"], epcClass=_URI, quantity=_NUMBER, uom={"type": "string", "pattern": "^[A-Z0-9]{2,3}$"}
    )
)
_PLACE: Schema = {"type": "object", "properties": {"id": _URI}, "required": ["id"]}
_TRANSACTIONS = _list(_closed(["bizTransaction"], type=_word(terms.TRANSACTION_TYPES), bizTransaction=_URI))
_PARTY = _word(terms.PARTY_TYPES)
_SOURCES = _list(_closed(["type", "source"], type=_PARTY, source=_URI))
_DESTINATIONS = _list(_closed(["type", "destination"], type=_PARTY, destination=_URI))
_DEVICE = {"time": _TIME} | dict.fromkeys(
    ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _URI
)
_REPORT = _open(
    ["type"],
    type=_word(terms.MEASUREMENTS, _NOT_VOCABULARY),
    exception=_word(terms.ALERTS, _NOT_VOCABULARY),
    component=_word(terms.COMPONENTS),
    stringValue=_TEXT,
    booleanValue={"type": "boolean"},
    hexBinaryValue={"type": "string", "pattern": "^[A-Fa-f0-9]+$"},
    uom=_TEXT,
    **_DEVICE,
    **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), _URI),
    **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _NUMBER),
)
_SENSORS = _list(
    _open(
        ["sensorReport"],
        sensorMetadata=_open([], startTime=_TIME, endTime=_TIME, **_DEVICE),
        sensorReport=_list(_REPORT, minItems=1),
    )
)
_ILMD: Schema = {"type": "object", "propertyNames": {"format": "uri"}}
_DECLARATION = _open(
    ["declarationTime"],
    declarationTime=_TIME,
    reason=_word(terms.ERROR_REASONS),
    correctiveEventIDs=_list(_URI),
)
_CERTIFICATES: Schema = {"type": ["string", "array"], "format": "uri", "items": _URI}
_ALWAYS: dict[str, Schema] = {
    "@context": _CONTEXT,
    "type": _TEXT,
    "eventTime": _TIME,
    "recordTime": _TIME,
    "eventTimeZoneOffset": _OFFSET,
    "eventID": _URI,
    "certificationInfo": _CERTIFICATES,
    "errorDeclaration": _DECLARATION,
}
_USUAL: dict[str, Schema] = {
    "bizStep": _word(terms.BIZ_STEPS),
    "disposition": _DISPOSITION,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _TRANSACTIONS,
    "sourceList": _SOURCES,
    "destinationList": _DESTINATIONS,
    "sensorElementList": _SENSORS,
}
_ACTION: dict[str, Schema] = {"action": {"enum": ["ADD", "OBSERVE", "DELETE"]}}
_TIMES = ["type", "eventTime", "eventTimeZoneOffset"]


def _some(name: str, least: int = 1) -> Schema:
    return {"required": [name], "properties": {name: {"minItems": least}}}


def _event(required: list[str], *conditions: Schema, **fields: Schema) -> Schema:
    names = {**_ALWAYS, **_USUAL, **fields}
    return {**_open(_TIMES + required, **names), "allOf": list(conditions)}


_DELETED: Schema = {"properties": {"action": {"const": "DELETE"}}}
_CHILDREN: Schema = {"anyOf": [_some("childEPCs"), _some("childQuantityList"), _DELETED]}
_GROUP: dict[str, Schema] = {
    "parentID": _URI,
    "childEPCs": _list(_URI),
    "childQuantityList": _QUANTITIES,
    "persistentDisposition": {},  # the official schema names it here and says nothing of its form: see `sense`
    **_ACTION,
}
_EPCS = _list(_URI, uniqueItems=True)
_SENSED: Schema = {"allOf": [_some("sensorElementList"), {"required": ["readPoint"]}]}
_IN = {"anyOf": [_some("inputEPCList"), _some("inputQuantityList")]}
_OUT = {"anyOf": [_some("outputEPCList"), _some("outputQuantityList")]}

_EVENTS: dict[str, Schema] = {
    "ObjectEvent": _event(
        ["action"],
        {"anyOf": [_some("epcList", 0), _some("quantityList"), _SENSED]},
        {"if": {"required": ["ilmd"]}, "then": {"properties": {"action": {"const": "ADD"}}}},
        epcList=_EPCS,
        quantityList=_QUANTITIES,
        persistentDisposition=_PERSISTENT,
        ilmd=_ILMD,
        **_ACTION,
    ),
    "AggregationEvent": _event(["action"], _CHILDREN, **_GROUP),
    "AssociationEvent": _event(["action", "parentID"], _CHILDREN, **_GROUP),
    "TransactionEvent": _event(
        ["action", "bizTransactionList"],
        {"anyOf": [_some("epcList", 0), _some("quantityList"), _DELETED]},
        parentID=_URI,
        epcList=_list(_URI),
        quantityList=_QUANTITIES,
        persistentDisposition={},
        bizTransactionList={**_TRANSACTIONS, "minItems": 1},
        **_ACTION,
    ),
    "TransformationEvent": _event(
        [],
        {"anyOf": [{"allOf": [_IN, _OUT]}, {"required": ["transformationID"], "anyOf": [_IN, _OUT]}]},
        inputEPCList=_EPCS,
        inputQuantityList=_QUANTITIES,
        outputEPCList=_EPCS,
        outputQuantityList=_QUANTITIES,
        transformationID=_URI,
        persistentDisposition=_PERSISTENT,
        ilmd=_ILMD,
    ),
    "": {  # an event of somebody's own type: what all events have, and whatever else
        "type": "object",
        "properties": {**_ALWAYS, "type": _URI},
        "required": _TIMES,
    },
}
# what an event of somebody's own type borrows from the standard has the standard's form
_BORROWED: Schema = {
    "properties": {
        name: form for kind in _EVENTS.values() for name, form in kind["properties"].items() if form
    }
    | {"type": _URI, "persistentDisposition": _PERSISTENT, "bizTransactionList": _TRANSACTIONS}
}

_ATTRIBUTE: Schema = {
    "type": "object",
    "properties": {"id": _URI, "attribute": {"type": ["number", "string", "object"]}},
    "required": ["id"],
}
_ELEMENT: Schema = {
    "type": "object",
    "properties": {"id": _URI, "attributes": _list(_ATTRIBUTE), "children": _list(_URI)},
    "required": ["id"],
}
_VOCABULARIES = _list(
    {
        "type": "object",
        "properties": {"type": _URI, "vocabularyElementList": _list(_ELEMENT)},
        "required": ["type"],
    }
)
_EVENT_LIST: Schema = {"type": "array"}
_VERSION: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)*$"}
_HEADER = _open([], epcisMasterData={"type": "object", "properties": {"vocabularyList": _VOCABULARIES}})
_FRAMES: dict[str, Schema] = {
    "EPCISDocument": _open(
        ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
        **{"@context": _CONTEXT, "id": _URI, "type": _TEXT, "schemaVersion": _VERSION, "creationDate": _TIME},
        **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), _TEXT),
        epcisHeader=_HEADER,
        epcisBody={"type": "object", "properties": {"eventList": _EVENT_LIST}, "required": ["eventList"]},
    ),
    "EPCISQueryDocument": _open(
        ["@context", "type", "epcisBody"],
        **{"@context": _CONTEXT, "id": _URI, "type": _TEXT, "schemaVersion": _VERSION, "creationDate": _TIME},
        epcisBody=_open(
            ["queryResults"],
            queryResults=_open(
                ["queryName", "resultsBody"],
                queryName=_TEXT,
                subscriptionID=_TEXT,
                resultsBody=_open(["eventList"], eventList=_EVENT_LIST, vocabularyList=_VOCABULARIES),
            ),
        ),
    ),
}
SCHEMAS: dict[str, Schema] = {
    **_EVENTS,
    **_FRAMES,
    "persistentDisposition": _PERSISTENT,
    "borrowed": _BORROWED,
}
