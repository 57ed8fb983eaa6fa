"""Documents in and out: what is in them arrives, events stand alone, hostile text is refused with a code."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import epcis
from app.domain.epcis import contexts, documents, judging, translating
from app.errors import Malformed
from tests.support.vectors import FOLDER, vectors

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VALID = [v for v in vectors("epcis/index.json") if v["valid_2_0_1_format"]]
EVENT: dict[str, Any] = {
    "type": "AggregationEvent",
    "eventTime": "2026-03-31T12:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "parentID": "urn:epc:id:sscc:0614141.1234567890",
    "childEPCs": ["urn:epc:id:sgtin:4012345.011111.1", "hdl:88.118.1001/7Q2K"],
    "childQuantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.011111.L1", "quantity": 2.5, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:4012345.011111.*"},
    ],
    "action": "ADD",
    "bizStep": "cbv:BizStep-packing",
    "disposition": "https://ref.gs1.org/cbv/Disp-in_progress",
    "readPoint": {"id": "https://shop.example/414/4012345000054/254/7?x=1"},
    "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:4012345.00005.0"}],
    "errorDeclaration": {"declarationTime": "2026-04-01T00:00:00Z", "reason": "did_not_occur"},
    "ex:line": "L1",
    "suyuan:operator": "somebody who claims to be us",
}


def changed(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in (EVENT | fields).items() if value is not None}


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["file"].partition("__")[2])
def test_events_taken_out_of_a_document_and_put_into_another_are_as_they_were(vector: dict[str, Any]) -> None:
    raw = (FOLDER / vector["file"]).read_bytes()
    document = documents.read_document(raw)
    stored = [orjson.loads(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)) for event in document.events]
    out = documents.to_document(stored, created=NOW)
    body = json.loads(raw).get("epcisBody", {"eventList": [json.loads(raw)]})
    sent = body.get("queryResults", {}).get("resultsBody", body)["eventList"]
    back = out["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    if document.kind == "event":
        sent = [{key: value for key, value in event.items() if key != "@context"} for event in sent]
    assert [contexts.defined(event.get("@context")) for event in back] == [
        contexts.defined(event.get("@context")) for event in sent
    ]
    bare = [{key: value for key, value in event.items() if key != "@context"} for event in sent]
    assert [{key: value for key, value in event.items() if key != "@context"} for event in back] == bare
    again = documents.read_document(orjson.dumps(out))
    assert [again.hash_of(event) for event in again.events] == [document.hash_of(e) for e in document.events]


def test_an_event_carries_the_namespaces_it_needs_and_no_others() -> None:
    document = documents.read_document(
        orjson.dumps(
            {
                "@context": [
                    contexts.STANDARD,
                    "https://example.com/own.jsonld",
                    {"ex": "urn:ex:", "un": "urn:un:"},
                ],
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-03-31T12:00:00Z",
                "epcisBody": {"eventList": [EVENT, EVENT | {"@context": {"ex": "urn:other:"}}]},
            }
        )
    )
    first, second = document.events
    assert first["@context"] == ["https://example.com/own.jsonld", {"ex": "urn:ex:"}]
    assert contexts.namespaces_of(second)["ex"] == "urn:other:"
    out = documents.to_document(document.events, created=NOW)
    assert out["@context"] == [contexts.STANDARD, "https://example.com/own.jsonld", {"ex": "urn:ex:"}]
    plain, own = out["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert "@context" not in plain
    assert own["@context"] == [{"ex": "urn:other:"}]


@pytest.mark.parametrize(
    "context",
    [
        {"ex": "urn:x:"},
        [{"ex": "urn:x:"}],
        [contexts.STANDARD, {"ex": {"@id": "urn:x:"}}],
        [{"@vocab": "v"}, {"ex": "urn:x:"}],
    ],
)
def test_a_context_is_understood_in_every_form(context: Any) -> None:
    assert contexts.namespaces_of(EVENT | {"@context": context})["ex"] == "urn:x:"
    assert "ex" not in contexts.namespaces_of(EVENT | {"@context": "https://example.com/x.jsonld"})
    assert contexts.namespaces_of(EVENT)["cbv"] == "https://ref.gs1.org/cbv/"


def test_two_events_that_mean_different_things_by_a_prefix_keep_their_meaning_in_one_document() -> None:
    events = [EVENT | {"@context": [{"ex": uri}]} for uri in ("urn:a:", "urn:b:")]
    out = documents.read_document(orjson.dumps(documents.to_document(events, created=NOW)))
    assert [contexts.namespaces_of(event)["ex"] for event in out.events] == ["urn:a:", "urn:b:"]


@pytest.mark.parametrize(
    ("raw", "media_type", "code"),
    [
        (b"", "application/json", "not-epcis"),
        (b"\xff", "application/json", "not-epcis"),
        (b"[]", "application/json", "not-epcis"),
        (b'{"type": 7}', "application/ld+json", "not-epcis"),
        (b"{}", "text/csv", "not-epcis"),
        (b'{"a":1e400}', "application/json", "not-epcis"),
        (b'{"type":"EPCISDocument"}', "application/json", "invalid-epcis"),
        (b'{"type":"EPCISQueryDocument","@context":[],"epcisBody":{"queryResults":7}}', "", "invalid-epcis"),
        (b"[" * 2000 + b"]" * 2000, "application/json", "not-epcis"),
        (b'{"type":"EPCISDocument","epcisHeader":' + b'{"a":' * 80 + b"1" + b"}" * 81, "", "epcis-too-large"),
        (b'{"type":"ObjectEvent","ex:a":' + b'{"ex:b":' * 300 + b"1" + b"}" * 301, "", "epcis-too-large"),
        (b" " * (documents.MOST_BYTES + 1), "application/json", "epcis-too-large"),
    ],
)
def test_what_is_no_document_is_refused_with_its_code(raw: bytes, media_type: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        documents.read_document(raw, media_type)
    assert refused.value.code == code


def test_a_document_is_not_taken_for_one_event() -> None:
    raw = orjson.dumps(documents.to_document([EVENT], created=NOW))
    with pytest.raises(Malformed, match="EPCISQueryDocument"):
        documents.read_event(raw)


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"eventTime": "1970-01-01T00:00:00Z"}, "/eventTime", "time-too-early"),
        ({"eventTime": "2026-11-22T12:06:00Z"}, "/eventTime", "time-in-future"),
        ({"eventTime": "2026-11-23T02:06:00+14:00"}, "/eventTime", "time-in-future"),
        ({"eventTime": "0001-01-01T00:00:00+14:00"}, "/eventTime", "bad-time"),
        ({"eventTime": "9999-12-31T23:59:59-12:00"}, "/eventTime", "bad-time"),
        ({"errorDeclaration": {"declarationTime": "2027-01-01T00:00:00Z"}}, None, "time-in-future"),
        ({"parentID": None}, "/parentID", "missing-field"),
        ({"childEPCs": [EVENT["parentID"]]}, "/childEPCs", "parent-in-itself"),
        ({"childQuantityList": [{"epcClass": "urn:x:1", "quantity": 0}]}, None, "bad-quantity"),
        ({"childQuantityList": [{"epcClass": "urn:x:1", "quantity": -2.5}]}, None, "bad-quantity"),
        ({"childQuantityList": [{"epcClass": "urn:x:1", "quantity": 1e300}]}, None, "bad-quantity"),
        ({"childQuantityList": [{"epcClass": "urn:x:1", "quantity": 1, "uom": "PCS"}]}, None, "unknown-unit"),
        ({"persistentDisposition": {"set": "active"}}, "/persistentDisposition/set", "wrong-type"),
        ({"persistentDisposition": {}}, "/persistentDisposition", "names-nothing"),
        ({"persistentDisposition": "active"}, "/persistentDisposition", "wrong-type"),
        ({"childEPCs": None, "childQuantityList": []}, "", "names-nothing"),
        ({"bizStep": "transforming"}, "/bizStep", "unknown-term"),
        ({"action": "CREATE"}, "/action", "unknown-action"),
        ({"eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset", "bad-offset"),
        ({"madeUp": 1}, "", "unknown-field"),
        ({"ilmd": {}}, "", "unknown-field"),
        ({"type": "ex:Own", "ilmd": 7}, "/ilmd", "wrong-type"),
        ({"type": "ex:Own", "childEPCs": 7}, "/childEPCs", "wrong-type"),
        (
            {"type": "ex:Own", "childQuantityList": [{"epcClass": "urn:x:1", "quantity": -1}]},
            None,
            "bad-quantity",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    fields: dict[str, Any], path: str | None, code: str
) -> None:
    faults = judging.faults_of(changed(**fields), NOW)
    assert [fault.code for fault in faults] == [code]
    assert path is None or faults[0].path == path
    assert faults[0].error().code == code


@pytest.mark.parametrize(
    "fields",
    [
        {"eventTime": "2026-11-22T12:04:00Z"},
        {"eventTime": "2026-11-23T01:59:00+14:00", "eventTimeZoneOffset": "+14:00"},
        {"eventTime": "2016-12-31T23:59:60Z"},
        {"eventTime": "2026-01-01t00:00:00.123456789z"},
        {"childQuantityList": [{"epcClass": "urn:x:1", "quantity": 0.001, "uom": "XPX"}]},
        {"ex:big": "x" * 2_000_000},
        {"parentID": None, "action": "OBSERVE"},
    ],
)
def test_what_is_merely_unusual_is_taken(fields: dict[str, Any]) -> None:
    assert judging.faults_of(changed(**fields), NOW) == []
    epcis.event_of(changed(**fields))


def test_an_event_alone_brings_its_context() -> None:
    assert [fault.path for fault in judging.faults_of(EVENT, bare=True)] == [""]
    assert judging.faults_of(EVENT | {"@context": contexts.STANDARD}, bare=True) == []


def test_an_event_of_others_becomes_a_value_with_canonical_names_and_bare_words() -> None:
    event = epcis.event_of(EVENT)
    assert event.parent_id == "https://id.gs1.org/00/106141412345678908"
    assert event.child_epcs == (
        "https://id.gs1.org/01/04012345111118/21/1",
        "hdl:88.118.1001/7Q2K",
        "https://id.gs1.org/01/04012345111118",  # no amount is known of it
    )
    (lot,) = event.child_quantity_list
    assert (lot.epc_class, lot.quantity, lot.uom) == (
        "https://id.gs1.org/01/04012345111118/10/L1",
        Decimal("2.5"),
        "KGM",
    )
    assert (event.biz_step, event.disposition) == ("packing", "in_progress")
    assert event.read_point == "https://id.gs1.org/414/4012345000054/254/7"
    assert event.source_list == (("location", "https://id.gs1.org/414/4012345000054"),)
    assert event.event_time == datetime(2026, 3, 31, 4, tzinfo=UTC)
    assert event.extensions == {"ex:line": "L1"}  # nobody else speaks in our name


def test_an_entry_of_the_log_is_one_of_ours_or_an_envelope_and_both_are_read() -> None:
    envelope = {
        "event": EVENT,
        "organisation": "88.118.1001",
        "operator": "Ana",
        "hash": "ni:///sha-256;00?ver=CBV2.0",
        "declares": "urn:uuid:1",
        "names": {"hdl:88.118.1001/7Q2K": "hdl:88.118.1001/CANONICAL"},
    }
    event = epcis.parse(orjson.dumps(envelope))
    assert event.event_id == "ni:///sha-256;00?ver=CBV2.0"
    assert event.child_epcs[1] == "hdl:88.118.1001/CANONICAL"
    assert event.error_declaration is not None
    assert event.error_declaration.of == "urn:uuid:1"
    assert event.extension("operator") == "Ana"
    ours = epcis.Event(
        "ObjectEvent", NOW, "urn:uuid:2", action="OBSERVE", extensions={"suyuan:operator": "Bo"}
    )
    assert epcis.parse(epcis.canonical(ours)) == ours


@pytest.mark.parametrize(
    "body", [{}, {"type": "ObjectEvent"}, EVENT | {"childEPCs": 7}, EVENT | {"readPoint": "x"}]
)
def test_what_is_no_event_cannot_become_a_value(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="not an EPCIS event"):
        epcis.event_of(body)


def test_names_are_translated_and_say_the_same() -> None:
    links = translating.translated(EVENT, translating.LINKS)
    urns = translating.translated(EVENT, translating.URNS)
    assert links["childEPCs"][0] == "https://id.gs1.org/01/04012345111118/21/1"
    assert links["readPoint"] == EVENT["readPoint"]  # already a Digital Link, its sender's own
    assert urns["readPoint"]["id"] == "urn:epc:id:sgln:4012345.00005.7"
    assert urns["childEPCs"] == EVENT["childEPCs"]
    assert translating.translated(links, translating.URNS)["childQuantityList"] == EVENT["childQuantityList"]
    assert translating.translated(EVENT, "Never_Translates") == EVENT
    hashes = {documents.event_hash(event) for event in (EVENT, links, urns)}
    assert len(hashes) == 1
    with pytest.raises(Malformed, match="sideways"):
        translating.translated(EVENT, "sideways")


def test_the_length_of_a_company_prefix_is_taken_from_who_knows_it() -> None:
    def lengths(key: str) -> int | None:
        return 9 if key.startswith("401234567") else None

    assert (
        translating.urn_of("https://id.gs1.org/01/04012345678901/21/A", lengths)
        == "urn:epc:id:sgtin:401234567.0890.A"
    )
    assert translating.urn_of("https://id.gs1.org/01/04099999678901/21/A", lengths).startswith("https://")
    assert (
        translating.urn_of("https://id.gs1.org/01/04012345678901/10/L/21/A")
        == "urn:epc:id:sgtin:4012345.067890.A"
    )
    assert translating.urn_of("https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K") == (
        "https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K"
    )


@given(
    st.text(max_size=40)
    | st.from_regex(r"(urn:epc:(id|class|idpat):[a-z]{3,5}:|https?://[a-z.]{1,9}/)[0-9./*A-z%]{0,30}")
)
def test_no_name_whatever_breaks_a_translation(name: str) -> None:
    for wanted in (translating.LINKS, translating.URNS):
        turned = translating.translated(EVENT | {"parentID": name}, wanted)["parentID"]
        again = translating.translated(EVENT | {"parentID": turned}, wanted)["parentID"]
        assert turned == again


def test_an_event_takes_along_what_it_needs_of_few_prefixes_or_of_thousands() -> None:
    few = {f"p{number}": f"urn:p{number}:" for number in range(9)}
    many = {f"p{number}": f"urn:p{number}:" for number in range(5_000)}
    event = {"type": "ObjectEvent", "p7:x": "1", "p3:y": ["p5:z", "no p6:here"]}
    for prefixes in (few, many):
        found = contexts.Inherited([contexts.STANDARD, prefixes]).handed_down(event)
        assert found["@context"] == [{name: f"urn:{name}:" for name in ("p3", "p5", "p7")}]
