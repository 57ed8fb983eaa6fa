"""What each parameter of a query means, on events written down here."""

from typing import Any

import pytest

from app.domain.epcis import matching, queries
from app.domain.epcis.matching import Vocabulary

EX = "https://ns.example.com/epcis/"
OBJECT: dict[str, Any] = {
    "@context": [{"ex": EX}],
    "type": "ObjectEvent",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-05-01T08:00:00.000+08:00",
    "recordTime": "2026-05-01T00:00:05Z",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "https://ns.example.com/disp/x",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": ["urn:example:disp"]},
    "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234", "ex:dock": "7"},
    "bizLocation": {"id": "urn:example:plant:1:dock"},
    "epcList": ["urn:epc:id:sgtin:4012345.011111.987", "hdl:88.118.1001/ABC"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.022222.L1", "quantity": 200.5, "uom": "KGM"}],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:0614141.00001.1618034"}],
    "sourceList": [{"type": "urn:epcglobal:cbv:sdt:owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
    "ilmd": {"ex:best": "2026-12-01", "ex:nest": {"ex:deep": [1, {"ex:deeper": "x"}]}, "ex:empty": ""},
    "ex:colour": "red",
    "ex:weight": "12.50",
    "ex:seen": "2026-05-01T00:00:00Z",
    "sensorElementList": [
        {
            "ex:probe": "p1",
            "sensorMetadata": {"time": "2026-05-01T00:00:00Z", "bizRules": "https://x.example/253/4012345000054987"},
            "sensorReport": [
                {
                    "type": "gs1:Temperature", "value": 26.0, "uom": "CEL", "minValue": 20, "percRank": 50,
                    "deviceID": "urn:epc:id:giai:4000001.111", "booleanValue": True, "hexBinaryValue": "F0F0",
                    "stringValue": "warm", "time": "2026-05-02T00:00:00Z", "ex:ok": True,
                }
            ],
        }
    ],
}  # fmt: skip
DECLARED: dict[str, Any] = {
    "@context": [{"q": EX}],
    "type": "TransformationEvent",
    "eventID": "urn:uuid:2",
    "eventTime": "2026-05-02T00:00:00Z",
    "recordTime": "2026-05-03T00:00:00Z",
    "transformationID": "urn:uuid:run",
    "inputEPCList": ["https://id.gs1.org/01/04012345111118/21/987"],
    "outputQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.044444.*", "quantity": 3}],
    "errorDeclaration": {
        "declarationTime": "2026-05-03T00:00:00Z",
        "reason": "urn:epcglobal:cbv:er:incorrect_data",
        "correctiveEventIDs": ["urn:uuid:3"],
        "q:by": "ana",
    },
}
PACKED: dict[str, Any] = {
    "type": "AggregationEvent", "eventID": "urn:uuid:4", "eventTime": "2026-05-03T00:00:00Z",
    "recordTime": "2026-05-03T00:00:00Z", "action": "ADD", "parentID": "urn:epc:id:sscc:4012345.1234567890",
    "childEPCs": ["https://id.gs1.org/01/04012345111118/21/988"],
}  # fmt: skip
NAMES = {"O": OBJECT, "D": DECLARED, "P": PACKED}
VOCABULARY = Vocabulary(
    {"urn:example:plant:1": frozenset({"urn:example:plant:1:dock", "urn:example:plant:1"})},
    {"urn:example:plant:1:dock": {"urn:attr:city": frozenset({"Ulm"})}},
)


def _found(**parameters: Any) -> str:
    query = queries.parse({name.replace("__", ":"): value for name, value in parameters.items()}, {"e": EX})
    return "".join(key for key, event in NAMES.items() if matching.matches(event, query, VOCABULARY))


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("eventType", "ObjectEvent|AggregationEvent", "OP"),
        ("eventType", "https://ref.gs1.org/epcis/TransformationEvent", "D"),
        ("GE_eventTime", "2026-05-01T00:00:00Z", "ODP"),  # greater or equal, as an instant
        ("LT_eventTime", "2026-05-02T01:00:00+01:00", "O"),  # strictly less
        ("GE_recordTime", "2026-05-03T00:00:00Z", "DP"),
        ("LT_recordTime", "2026-05-03T00:00:00Z", "O"),
        ("EQ_action", "ADD|DELETE", "P"),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", "O"),
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shipping|receiving", "O"),
        ("EQ_disposition", "https://ns.example.com/disp/x", "O"),
        ("EQ_persistentDisposition_set", "completeness_verified", "O"),
        ("EQ_persistentDisposition_unset", "completeness_verified", ""),
        ("EQ_readPoint", "https://id.gs1.org/414/0614141073467/254/1234", "O"),
        ("EQ_bizLocation", "urn:example:plant:1", ""),
        ("WD_bizLocation", "urn:example:plant:1", "O"),
        ("WD_bizLocation", "urn:example:plant:1:dock", "O"),  # itself is among its descendants
        ("WD_readPoint", "urn:epc:id:sgln:0614141.07346.1234", "O"),
        ("EQ_bizTransaction_po", "urn:epc:id:gdti:0614141.00001.1618034", "O"),
        ("EQ_bizTransaction_inv", "urn:epc:id:gdti:0614141.00001.1618034", ""),
        ("EQ_source_owning_party", "https://id.gs1.org/417/4012345002256", "O"),
        ("EQ_destination_owning_party", "https://id.gs1.org/417/4012345002256", ""),
        ("EQ_transformationID", "urn:uuid:run", "D"),
        ("EQ_eventID", "urn:uuid:1|urn:uuid:4", "OP"),
        ("MATCH_epc", "https://id.gs1.org/01/04012345111118/21/987", "O"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.011111.*", "OP"),
        ("MATCH_epc", "urn:epc:id:sscc:4012345.1234567890", ""),
        ("MATCH_anyEPC", "urn:epc:idpat:sgtin:4012345.011111.*", "ODP"),
        ("MATCH_anyEPC", "https://id.gs1.org/00/140123452345678902|hdl:88.118.1001/ABC", "OP"),
        ("MATCH_parentID", "https://id.gs1.org/00/140123452345678902", "P"),
        ("MATCH_inputEPC", "urn:epc:id:sgtin:4012345.011111.987", "D"),
        ("MATCH_outputEPC", "urn:epc:id:sgtin:4012345.011111.987", ""),
        ("MATCH_epcClass", "https://id.gs1.org/01/04012345222227/10/L1", "O"),
        ("MATCH_outputEPCClass", "urn:epc:idpat:sgtin:4012345.044444.*", "D"),
        ("MATCH_anyEPCClass", "https://id.gs1.org/01/04012345444445", "D"),
        ("MATCH_inputEPCClass", "https://id.gs1.org/01/04012345444445", ""),
        ("EQ_quantity", "3|4", "D"),
        ("GE_quantity", "200.5", "O"),
        ("GT_quantity", "200.5", ""),
        ("LE_quantity_KGM", "200.5", "O"),
        ("LT_quantity_GRM", "1000", ""),
        ("EQ_quantity_GRM", "200500", "O"),
        ("EQ_quantity_C62", "200.5", ""),
        ("EXISTS_errorDeclaration", "", "D"),
        ("GE_errorDeclarationTime", "2026-05-03T00:00:00Z", "D"),
        ("LT_errorDeclarationTime", "2026-05-03T00:00:00Z", ""),
        ("EQ_errorReason", "incorrect_data", "D"),
        ("EQ_correctiveEventID", "urn:uuid:3", "D"),
        ("EQ_ERROR_DECLARATION_e:by", "ana", "D"),
        ("EXISTS_ERROR_DECLARATION_e:by", "", "D"),
        ("EXISTS_sensorElementList", "", "O"),
        ("EQ_type", "Temperature", "O"),
        ("EQ_type", "https://gs1.org/voc/Temperature", "O"),
        ("EQ_deviceID", "https://id.gs1.org/8004/4000001111", "O"),
        ("EQ_bizRules", "https://id.gs1.org/253/4012345000054987", "O"),
        ("EQ_stringValue", "warm", "O"),
        ("EQ_booleanValue", "true", "O"),
        ("EQ_booleanValue", False, ""),
        ("EQ_hexBinaryValue", "f0f0", "O"),
        ("GE_time", "2026-05-02T00:00:00Z", "O"),
        ("LT_time", "2026-05-01T00:00:00Z", ""),
        ("GE_startTime", "2026-05-01T00:00:00Z", ""),
        ("EQ_value_CEL", "26", "O"),
        ("GT_value_CEL", "25.99", "O"),
        ("GT_value_FAH", "25.99", "O"),  # 26 degrees Celsius are 78.8 of Fahrenheit
        ("EQ_value_FAH", "78.8|1", "O"),
        ("LE_value_KEL", "299.14", ""),
        ("EQ_value_KGM", "26", ""),
        ("LT_minValue_CEL", "20", ""),
        ("LE_percRank", "50", "O"),
        ("EQ_e:colour", "blue|red", "O"),
        ("EQ_https://ns.example.com/epcis/colour", "red", "O"),
        ("EQ_https://ns.example.com/epcis/#colour", "red", "O"),
        ("EQ_ex:colour", "red", "O"),  # a prefix that nobody declared is taken by its letters
        ("EQ_e:weight", [12.5], "O"),
        ("EQ_e:weight", "12.5", ""),  # two texts are the same only letter by letter
        ("EQ_e:seen", "2026-05-01T08:00:00+08:00", "O"),
        ("GT_e:weight", "12.4", "O"),
        ("GT_e:colour", "12.4", ""),
        ("LT_e:seen", "2026-05-01T00:00:01Z", "O"),
        ("EXISTS_e:colour", "", "O"),
        ("EXISTS_e:best", "", ""),
        ("EXISTS_ILMD_e:best", "", "O"),
        ("EXISTS_ILMD_e:empty", "", ""),
        ("EQ_ILMD_e:best", "2026-12-01", "O"),
        ("EQ_ILMD_e:deep", "1", ""),
        ("EQ_INNER_ILMD_e:deep", "1", "O"),
        ("EQ_INNER_ILMD_e:deeper", "x", "O"),
        ("EXISTS_INNER_e:deeper", "", ""),
        ("EQ_readPoint_e:dock", "7", "O"),
        ("EQ_SENSORELEMENT_e:probe", "p1", "O"),
        ("EQ_SENSORREPORT_e:ok", "true", "O"),
        ("EXISTS_SENSORMETADATA_e:ok", "", ""),
        ("HASATTR_bizLocation", "urn:attr:street|urn:attr:city", "O"),
        ("HASATTR_readPoint", "urn:attr:city", ""),
        ("EQ_ATTR_bizLocation_urn:attr:city", "Ulm", "O"),
        ("EQATTR_bizLocation_urn:attr:city", "Bonn", ""),
    ],
)
def test_a_parameter_means_these_events_and_no_others(parameter: str, value: Any, expected: str) -> None:
    assert _found(**{parameter: value}) == expected


def test_all_parameters_have_to_hold_and_no_parameter_means_all() -> None:
    assert _found() == "ODP"
    assert _found(EQ_action="ADD", eventType="AggregationEvent") == "P"
    assert _found(EQ_action="ADD", eventType="ObjectEvent") == ""


def test_ways_down_in_master_data_end_where_they_go_in_a_circle() -> None:
    circle = Vocabulary({"a": frozenset("b"), "b": frozenset("a")})
    assert circle.with_descendants(["a"]) == {"a", "b"}


def test_an_extension_field_orders_by_what_it_says() -> None:
    query = queries.parse({"orderBy": "e:weight"}, {"e": EX})
    assert [str(matching.order_key(event, query)) for event in (OBJECT, PACKED)] == ["12.50", "None"]
