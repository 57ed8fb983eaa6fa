"""EPCIS in XML: 1.2 and 2.0 read, 2.0 written, nothing lost on the way through, and nothing hostile let in."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.epcis import contexts, documents, judging
from app.domain.epcis.xml_writing import to_xml
from app.errors import Malformed
from tests.support.vectors import FOLDER, vectors

XML = "application/xml; charset=utf-8"
VALID = [v for v in vectors("epcis/index.json") if v["valid_2_0_1_format"]] + vectors(
    "event-hash/vectors.json"
)


def without_context(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "@context"}


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["file"].rpartition("/")[2])
def test_every_shared_document_comes_back_from_xml_as_it_was(vector: dict[str, Any]) -> None:
    raw = (FOLDER / vector["file"]).read_bytes()
    there = documents.read_document(raw)
    back = documents.read_document(to_xml(json.loads(raw)), XML)
    assert [without_context(e) for e in back.events] == [without_context(e) for e in there.events]
    assert [contexts.namespaces_of(e) for e in back.events] == [
        contexts.namespaces_of(e) for e in there.events
    ]
    assert [back.hash_of(e) for e in back.events] == [there.hash_of(e) for e in there.events]
    assert (back.kind, back.master_data, back.ignored) == (there.kind, there.master_data, there.ignored)
    if there.kind != "event":
        frames = [{key: d.frame[key] for key in d.frame if key != "@context"} for d in (there, back)]
        assert frames[0] == frames[1]


OLD = """<?xml version="1.0"?>
<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-03-31T12:00:00Z"
    xmlns:x="https://ns.example.com/e/" xmlns:mda="urn:epcglobal:cbv:mda">
  <EPCISHeader>
    <h:StandardBusinessDocumentHeader
        xmlns:h="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">
      <h:HeaderVersion>1.0</h:HeaderVersion>
      <h:Sender><h:Identifier Authority="GS1">urn:epc:id:pgln:4012345.00000</h:Identifier></h:Sender>
      <h:Receiver><h:Identifier>urn:epc:id:pgln:0614141.00000</h:Identifier></h:Receiver>
      <h:DocumentIdentification><h:InstanceIdentifier>17</h:InstanceIdentifier></h:DocumentIdentification>
    </h:StandardBusinessDocumentHeader>
    <extension><EPCISMasterData><VocabularyList><Vocabulary type="urn:epcglobal:epcis:vtype:Location">
      <VocabularyElementList><VocabularyElement id="urn:epc:id:sgln:4012345.00001.0">
        <attribute id="urn:epcglobal:cbv:mda#name">Plant</attribute>
        <children><id>urn:epc:id:sgln:4012345.00001.7</id></children>
      </VocabularyElement></VocabularyElementList>
    </Vocabulary></VocabularyList></EPCISMasterData></extension>
  </EPCISHeader>
  <EPCISBody><EventList>
    <ObjectEvent>
      <eventTime>2026-03-31T12:00:00Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>
      <baseExtension><eventID>urn:uuid:1</eventID><errorDeclaration>
        <declarationTime>2026-04-01T00:00:00Z</declarationTime><reason>urn:epcglobal:cbv:er:incorrect_data</reason>
        <correctiveEventIDs><correctiveEventID>urn:uuid:2</correctiveEventID></correctiveEventIDs>
        <x:by>Ana</x:by></errorDeclaration></baseExtension>
      <epcList><epc> urn:epc:id:sgtin:4012345.011111.1 </epc></epcList>
      <action>ADD</action><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
      <readPoint><id>urn:epc:id:sgln:4012345.00001.0</id><extension><x:door>3</x:door></extension></readPoint>
      <bizTransactionList><bizTransaction>urn:x:1</bizTransaction></bizTransactionList>
      <extension>
        <quantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.011111.L</epcClass>
          <quantity>2.50</quantity><uom>KGM</uom></quantityElement></quantityList>
        <ilmd><mda:lotNumber>007</mda:lotNumber><y:part xmlns:y="urn:y" y:unit="KGM">3.5</y:part></ilmd>
        <extension><sensorElementList><sensorElement>
          <sensorMetadata time="2026-03-31T12:00:00Z" x:room="7"/>
          <sensorReport type="gs1:Temperature" value="26.0" uom="CEL" booleanValue="true"/>
        </sensorElement></sensorElementList></extension>
      </extension>
    </ObjectEvent>
    <extension><TransformationEvent>
      <eventTime>2026-03-31T12:00:00Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>
      <inputEPCList/><outputEPCList><epc>urn:epc:id:sgtin:4012345.011111.1</epc></outputEPCList>
      <transformationID>urn:uuid:9</transformationID>
    </TransformationEvent></extension>
  </EventList></EPCISBody>
</e:EPCISDocument>"""


def test_a_document_of_version_1_2_is_read_whole_wrappers_and_all() -> None:
    document = documents.read_document(OLD.encode(), "text/xml")
    first, second = document.events
    assert not [fault for event in document.events for fault in judging.faults_of(event)]
    assert document.schema_version == "1.2"
    assert document.frame["sender"] == "urn:epc:id:pgln:4012345.00000"
    assert document.frame["instanceIdentifier"] == "17"
    (vocabulary,) = document.master_data
    assert vocabulary["vocabularyElementList"] == [
        {
            "id": "urn:epc:id:sgln:4012345.00001.0",
            "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "Plant"}],
            "children": ["urn:epc:id:sgln:4012345.00001.7"],
        }
    ]
    assert first["errorDeclaration"] == {
        "declarationTime": "2026-04-01T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:2"],
        "x:by": "Ana",
    }
    assert first["epcList"] == ["urn:epc:id:sgtin:4012345.011111.1"]
    assert first["readPoint"] == {"id": "urn:epc:id:sgln:4012345.00001.0", "x:door": "3"}
    assert first["bizTransactionList"] == [{"bizTransaction": "urn:x:1"}]
    assert first["quantityList"][0]["quantity"] == 2.5
    assert first["ilmd"] == {"mda:lotNumber": "007", "y:part": {"y:unit": "KGM", "#text": "3.5"}}
    (sensor,) = first["sensorElementList"]
    assert sensor["sensorMetadata"]["x:room"] == "7"
    assert sensor["sensorReport"] == [
        {"type": "Temperature", "value": 26.0, "uom": "CEL", "booleanValue": True}
    ]
    assert contexts.namespaces_of(first)["y"] == "urn:y"
    assert second["type"] == "TransformationEvent"
    assert second["inputEPCList"] == []


QUERY = """<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:2" schemaVersion="2.0"
    creationDate="2026-03-31T12:00:00Z" xmlns:r="https://r.example.com/" xmlns:x="https://ns.example.com/e/">
  <r:ignoreFields><x:capture/><x:other/></r:ignoreFields>{start}<resultsBody><EventList>
    <q:ObjectEvent><q:eventTime>2026-03-31T12:00Z</q:eventTime>
      <eventTimeZoneOffset>+02:00</eventTimeZoneOffset><epcList><epc>urn:x:1</epc></epcList>
      <action>OBSERVE</action>{capture}</q:ObjectEvent>
  </EventList></resultsBody>{end}</q:EPCISQueryDocument>"""


@pytest.mark.parametrize(
    ("start", "end"),
    [("<queryName>Mine</queryName>", ""), ("<EPCISBody><q:QueryResults>", "</q:QueryResults></EPCISBody>")],
)
def test_results_of_a_query_are_read_and_fields_that_do_not_count_are_left_out_of_the_hash(
    start: str, end: str
) -> None:
    hashes = set()
    for capture in ("", "<x:capture>1</x:capture>", "<x:capture>2</x:capture>", "<x:kept>3</x:kept>"):
        text = QUERY.format(start=start, end=end, capture=capture)
        document = documents.read_document(text.encode(), XML)
        assert document.query_name == ("Mine" if "Mine" in start else "SimpleEventQuery")
        assert not judging.faults_of(document.events[0])
        hashes.add(document.hash_of(document.events[0]))
    assert len(hashes) == 2


def test_one_event_alone_is_read_and_written() -> None:
    text = b"""<ObjectEvent xmlns:x="urn:x:"><eventTime>2026-03-31T12:00:00Z</eventTime>
      <eventTimeZoneOffset>+02:00</eventTimeZoneOffset><epcList/><action>OBSERVE</action><x:n>1</x:n></ObjectEvent>"""
    event = documents.read_event(text, XML)
    assert not judging.faults_of(event, bare=True)
    assert documents.read_event(to_xml(event), XML) == event
    assert event["x:n"] == "1"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"<a>",
        b"<EPCISDocument/>",
        b"<Poll><queryName>SimpleEventQuery</queryName></Poll>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><EPCISDocument><EPCISBody>&b;</EPCISBody></EPCISDocument>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><EPCISDocument><EPCISBody/></EPCISDocument>',
        b"<EPCISDocument><EPCISBody>&undefined;</EPCISBody></EPCISDocument>",
        b'<?xml version="1.0" encoding="no-such"?><EPCISDocument/>',
        b"<x:EPCISDocument/>",
        b"<EPCISDocument>" + b"<a>" * 70 + b"</a>" * 70 + b"</EPCISDocument>",
        b"<EPCISQueryDocument><EPCISBody/></EPCISQueryDocument>",
        b"<EPCISDocument><EPCISBody><EventList><ObjectEvent/></EventList></EPCISBody></EPCISDocument>",
        b"<EPCISDocument>\x00</EPCISDocument>",
    ],
)
def test_what_is_no_document_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        documents.read_document(text, XML)
    assert refused.value.code in ("not-epcis", "invalid-epcis")


KEYS = st.sampled_from(
    ["ex:a", "ex:b", "plain", "un:known", "https://ns.example.com/x", "ex:1", "@id", "extension", "#text"]
)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8),
    st.sampled_from([" ", " a ", "a\nb", "\t", "\r\n", "<&>\"'", "]]>", "ex:a", "true", "12", ""]),
)
LEAVES = st.one_of(
    TEXTS,
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
NESTED = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(["ex:a", "ex:b", "un:known", "https://ns.example.com/x"]), NESTED, max_size=3
    )
)
@example({"ex:a": {"#text": "\x1f"}})
def test_extensions_of_any_shape_come_back_from_xml(extensions: dict[str, Any]) -> None:
    event = {
        "@context": [contexts.STANDARD, {"ex": "https://ns.example.com/e/"}],
        "type": "ObjectEvent",
        "eventTime": "2026-03-31T12:00:00Z",
        "eventTimeZoneOffset": "+02:00",
        "action": "ADD",
        "epcList": ["urn:x:1"],
        "readPoint": {"id": "urn:x:2", **extensions},
        "ilmd": extensions,
        "sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 1, **extensions}], **extensions}],
        **extensions,
    }
    back = documents.read_event(to_xml(event), XML)
    assert without_context(back) == without_context(event)
    assert type(back.get("ex:a")) is type(event.get("ex:a"))


def test_what_no_xml_can_hold_comes_back_all_the_same() -> None:
    event = documents.read_event(
        b'{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent",'
        b'"eventTime":"2026-03-31T12:00:00Z","eventTimeZoneOffset":"+02:00","epcList":[],"action":"OBSERVE",'
        b'"urn:x:note":["a\\u0001b\\uffff"],"sensorElementList":[{"sensorReport":[{"type":"Mass","stringValue":"\\u0002",'
        b'"urn:x:y":"\\u0003"}]}]}'
    )
    back = documents.read_event(to_xml(event), XML)
    assert back["urn:x:note"] == ["a\x01b\uffff"]
    assert back["sensorElementList"][0]["sensorReport"] == [
        {"type": "Mass", "stringValue": "\ufffd", "urn:x:y": "\x03"}
    ]
