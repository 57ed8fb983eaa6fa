"""The parameters of an EPCIS query as a table: what each looks at, and how its values are read. Decides nothing.

EPCIS 2.0 §8.2.7.1, with the names of the REST binding. `KINDS` says what a parameter without a field name of the
user's does; the patterns below read the names that are made of a field, a unit or a type.
"""

import re
from typing import NamedTuple

COMPARING = ("EQ", "GT", "GE", "LT", "LE")
EVENT_TIME, RECORD_TIME, EVENT_ID = "eventTime", "recordTime", "eventID"
ORDERS = ("", EVENT_TIME, RECORD_TIME)  # any other order is by an extension field
CONTROLS = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")


class Kind(NamedTuple):
    """`how` names the rule of matching.py; `field` what it looks at; `values` how they are read (see queries.py)."""

    how: str
    field: str
    values: str


def _times(parameter: str, field: str, how: str = "time") -> dict[str, Kind]:
    return {f"{op}_{parameter}": Kind(how, field, "time") for op in ("GE", "LT")}


def _match(*names: str) -> dict[str, Kind]:
    return {f"MATCH_{name}": Kind("match", name, "texts") for name in names}


_SENSOR_URIS = (
    "deviceID",
    "dataProcessingMethod",
    "microorganism",
    "chemicalSubstance",
    "bizRules",
    "uriValue",
)

KINDS: dict[str, Kind] = {
    "eventType": Kind("word", "type", "texts"),
    "EQ_action": Kind("word", "action", "actions"),
    "EQ_bizStep": Kind("word", "bizStep", "texts"),
    "EQ_disposition": Kind("word", "disposition", "texts"),
    "EQ_persistentDisposition_set": Kind("persistent", "set", "texts"),
    "EQ_persistentDisposition_unset": Kind("persistent", "unset", "texts"),
    "EQ_readPoint": Kind("place", "readPoint", "texts"),
    "EQ_bizLocation": Kind("place", "bizLocation", "texts"),
    "WD_readPoint": Kind("within", "readPoint", "texts"),
    "WD_bizLocation": Kind("within", "bizLocation", "texts"),
    "EQ_transformationID": Kind("name", "transformationID", "texts"),
    "EQ_eventID": Kind("name", "eventID", "texts"),
    "EXISTS_errorDeclaration": Kind("exists", "errorDeclaration", "nothing"),
    "EXISTS_sensorElementList": Kind("exists", "sensorElementList", "nothing"),
    "EQ_errorReason": Kind("declared", "reason", "texts"),
    "EQ_correctiveEventID": Kind("declared", "correctiveEventIDs", "texts"),
    "EQ_type": Kind("sensor", "type", "texts"),
    "EQ_stringValue": Kind("sensor", "stringValue", "texts"),
    "EQ_hexBinaryValue": Kind("sensor", "hexBinaryValue", "texts"),
    "EQ_booleanValue": Kind("sensor", "booleanValue", "boolean"),
    **{f"EQ_{field}": Kind("sensor", field, "texts") for field in _SENSOR_URIS},
    **_times("eventTime", "eventTime"),
    **_times("recordTime", "recordTime"),
    **_times("errorDeclarationTime", "declarationTime", "declared-time"),
    **_times(
        "errorDeclaration_Time", "declarationTime", "declared-time"
    ),  # as the schema of queries writes it
    **_times("time", "time", "sensor-time"),
    **_times("startTime", "startTime", "sensor-time"),
    **_times("endTime", "endTime", "sensor-time"),
    **_match("epc", "parentID", "inputEPC", "outputEPC", "anyEPC"),
    **_match("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass"),
    **{f"{op}_quantity": Kind("quantity", "", "numbers") for op in COMPARING},
    **{f"{op}_percRank": Kind("measure", "percRank", "numbers") for op in COMPARING},
}

_FIELD = r"(?P<field>[A-Za-z][\w.-]*:\S+)"  # prefix:name, or a whole URI
TYPED = re.compile(r"EQ_(?P<list>bizTransaction|source|destination)_(?P<type>\S+)")
MEASURED = re.compile(
    r"(?P<op>EQ|GT|GE|LT|LE)_(?P<value>value|minValue|maxValue|meanValue|sDev|percValue|quantity)"
    r"_(?P<uom>[A-Z0-9]{2,4})"
)
EXTENSION = re.compile(
    r"(?P<op>EQ|GT|GE|LT|LE|EXISTS)_(?P<inner>INNER_)?(?P<where>ILMD_|ERROR_DECLARATION_|SENSORELEMENT_"
    rf"|SENSORMETADATA_|SENSORREPORT_|readPoint_|bizLocation_)?{_FIELD}"
)
ATTRIBUTE = re.compile(
    r"(?:HASATTR_(?P<holder>[A-Za-z]\S*)|EQ_?ATTR_(?P<of>[A-Za-z][^_\s]*)_(?P<attribute>\S+))"
)
TYPED_LISTS = {
    "bizTransaction": ("bizTransactionList", "bizTransaction"),
    "source": ("sourceList", "source"),
    "destination": ("destinationList", "destination"),
}
MATCHED: dict[str, tuple[str, ...]] = {  # which lists of an event a MATCH parameter looks into
    "epc": ("epcList", "childEPCs"),
    "parentID": ("parentID",),
    "inputEPC": ("inputEPCList",),
    "outputEPC": ("outputEPCList",),
    "anyEPC": ("epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID"),
    "epcClass": ("quantityList", "childQuantityList"),
    "inputEPCClass": ("inputQuantityList",),
    "outputEPCClass": ("outputQuantityList",),
    "anyEPCClass": ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
}
QUANTITY_LISTS = MATCHED["anyEPCClass"]
# collection -> (kind of word, parameter that asks for events with one); things have no words
COLLECTIONS: dict[str, tuple[str, str]] = {
    "eventTypes": ("type", "eventType"),
    "bizSteps": ("bizStep", "EQ_bizStep"),
    "dispositions": ("disposition", "EQ_disposition"),
    "bizLocations": ("bizLocation", "EQ_bizLocation"),
    "readPoints": ("readPoint", "EQ_readPoint"),
    "epcs": ("", "MATCH_anyEPC"),
}
