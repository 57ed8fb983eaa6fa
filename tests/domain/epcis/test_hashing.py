"""The event hash of CBV 2.0: as its authors publish it, the same however an event is written, another for another event."""

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.epcis import contexts, documents, hashing
from app.domain.epcis.xml_writing import to_xml
from tests.support.vectors import FOLDER, vectors

published = pytest.mark.parametrize(
    "vector", vectors("event-hash/vectors.json"), ids=lambda v: v["file"][21:]
)


@published
@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_every_published_event_has_its_text_and_its_hash(vector: dict[str, Any], syntax: str) -> None:
    raw = (FOLDER / vector["file"]).read_bytes()
    document = documents.read_document(raw)
    if syntax == "xml":
        document = documents.read_document(to_xml(json.loads(raw)), "application/xml")
    texts = [hashing.pre_hash(e, document.ignored, curies=document.curies) for e in document.events]
    assert texts == vector["prehashes"]
    assert [document.hash_of(event) for event in document.events] == vector["hashes"]


EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "@context": [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"ex": "https://ns.example.com/e/"},
    ],
    "eventTime": "2026-03-31T12:00:00.1235+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876", "urn:epc:id:sgtin:4012345.011111.12"],
    "action": "ADD",
    "bizStep": "commissioning",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 10.50, "uom": "KGM"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "ilmd": {"ex:origin": "CN", "cbvmda:lotNumber": "007"},
    "ex:line": "L1",
}


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(EVENT), **fields}


@pytest.mark.parametrize(
    "same",
    [
        changed(eventTime="2026-03-31T04:00:00.124Z"),
        changed(epcList=list(reversed(EVENT["epcList"]))),
        changed(bizTransactionList=[], destinationList=[], childEPCs=[]),
        changed(epcList=["urn:EPC:id:sgtin:4012345.011111.9876", EVENT["epcList"][1]]),
        changed(epcList=["https://shop.example/01/04012345111118/10/B7/21/9876?x=1", EVENT["epcList"][1]]),
        changed(bizStep="https://ref.gs1.org/cbv/BizStep-commissioning"),
        changed(bizStep="cbv:BizStep-commissioning"),
        changed(
            sourceList=[{"source": "https://id.gs1.org/417/4012345000009", "type": "cbv:SDT-owning_party"}]
        ),
        changed(ilmd={"cbvmda:lotNumber": "7.0", "ex:origin": " CN "}),
        changed(eventID="urn:uuid:1", recordTime="2026-04-01T00:00:00Z", **{"rdfs:comment": "seen by Ana"}),
        changed(errorDeclaration={"declarationTime": "2026-04-01T00:00:00Z", "reason": "did_not_occur"}),
        changed(**{"@context": [{"other": "https://ns.example.com/e/", "ex": "https://ns.example.com/e/"}]}),
    ],
)
def test_the_same_event_written_otherwise_has_the_same_hash(same: dict[str, Any]) -> None:
    assert hashing.pre_hash(same) == hashing.pre_hash(EVENT)


@pytest.mark.parametrize(
    "other",
    [
        changed(eventTime="2026-03-31T12:00:00.1234+08:00"),
        changed(eventTimeZoneOffset="+07:00"),
        changed(epcList=EVENT["epcList"][:1]),
        changed(action="OBSERVE"),
        changed(quantityList=[{**EVENT["quantityList"][0], "quantity": 10.51}]),
        changed(**{"ex:line": "L2"}),
        changed(**{"@context": [{"ex": "https://ns.example.com/f/"}]}),
        changed(readPoint={**EVENT["readPoint"], "ex:door": "3"}),
        changed(type="ex:Commissioning"),
    ],
)
def test_another_event_has_another_hash(other: dict[str, Any]) -> None:
    assert hashing.event_hash(other) != hashing.event_hash(EVENT)


def test_a_leap_second_is_neither_the_second_before_nor_the_one_after() -> None:
    texts = {
        hashing.pre_hash(changed(eventTime=text))
        for text in ("2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")
    }
    assert len(texts) == 3
    assert hashing.pre_hash(changed(eventTime="2017-01-01T07:59:60+08:00")) == hashing.pre_hash(
        changed(eventTime="2016-12-31T23:59:60Z")
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("urn:epc:id:sgtin:4012345.011111.98%22", "https://id.gs1.org/01/04012345111118/21/98%22"),
        ("urn:epc:id:upui:1234567.098765.5)%3C*'S", "https://id.gs1.org/01/01234567987651/235/5%29%3C%2A'S"),
        ("urn:epc:id:gdti:987659999999..9", "https://id.gs1.org/253/98765999999929"),
        ("urn:epc:id:pgln:999999999999.", "https://id.gs1.org/417/9999999999994"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "https://id.gs1.org/01/04012345666663"),
        (
            "https://example.com/gtin/09780345418913/21/765tz?abc=211121",
            "https://id.gs1.org/01/09780345418913/21/765tz",
        ),
        ("http://example.com/00/not-a-pallet", "http://example.com/00/not-a-pallet"),
        ("https://example.com/01/2026", "https://example.com/01/2026"),
        ("urn:epc:id:sgtin:4012345.0111.9", "urn:epc:id:sgtin:4012345.0111.9"),
    ],
)
def test_a_name_has_one_spelling(text: str, written: str) -> None:
    assert f"epc={written}action" in hashing.pre_hash(changed(epcList=[text], quantityList=[]))


NAMES = st.sampled_from(["ex:a", "ex:b", "un:c", "cbvmda:lotNumber", "https://ns.example.com/d", "comment"])
SCALARS = st.one_of(
    st.text(max_size=5), st.integers(), st.floats(allow_nan=False, width=32), st.booleans(), st.none()
)
VALUES = st.one_of(
    SCALARS, st.sampled_from(["1.0", "+7", "ex:x", "gs1:Temperature", "urn:epcglobal:cbv:disp:active", "  "])
)
NESTED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
URIS = st.sampled_from(
    [
        *EVENT["epcList"],
        "https://id.gs1.org/00/106141412345678908",
        "ex:thing",
        "urn:uuid:7",
        "hdl:88.118.1001/A",
    ]
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    event = {key: EVENT[key] for key in ("type", "@context", "eventTime", "eventTimeZoneOffset", "action")}
    lists = {"epcList": st.lists(URIS, max_size=3), "ilmd": st.dictionaries(NAMES, NESTED, max_size=3)}
    place = st.fixed_dictionaries({"id": URIS}, optional={"ex:door": NESTED})
    pair = st.fixed_dictionaries(
        {"bizTransaction": URIS}, optional={"type": st.sampled_from(["po", "ex:own"])}
    )
    row = st.fixed_dictionaries(
        {"epcClass": URIS}, optional={"quantity": st.integers(1, 9), "uom": st.just("KGM")}
    )
    lists |= {
        "readPoint": place,
        "bizTransactionList": st.lists(pair, max_size=3),
        "quantityList": st.lists(row),
    }
    lists |= {"bizStep": st.sampled_from(["shipping", "ex:own", "cbv:BizStep-packing"]), "parentID": URIS}
    event |= draw(st.fixed_dictionaries({}, optional=lists))
    return event | draw(st.dictionaries(NAMES, NESTED, max_size=3))


@settings(max_examples=60)
@given(events())
def test_the_quick_way_and_the_long_way_say_the_same(event: dict[str, Any]) -> None:
    long = hashing.the_long_way(event, contexts.namespaces_of(event), frozenset(), curies=True)
    assert hashing.pre_hash(event) == long


@settings(max_examples=40)
@given(events(), st.randoms(use_true_random=False))
def test_no_order_of_fields_or_entries_changes_the_hash(event: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, inner if key == "@context" else shuffled(inner)) for key, inner in value.items()]
            random.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            return random.sample([shuffled(inner) for inner in value], len(value))
        return value

    assert hashing.pre_hash(shuffled(event)) == hashing.pre_hash(event)


def test_an_event_with_thousands_of_fields_beside_those_of_the_standard_is_hashed_in_one_go() -> None:
    """Each was looked for among all others: 350 kB took many seconds."""
    place = {"id": "urn:epc:id:sgln:4012345.00005.0"} | {f"ex:f{number}": "1" for number in range(20_000)}
    text = hashing.pre_hash(changed(readPoint=place))
    assert text.count("{https://ns.example.com/e/}f") == 20_000
    began = time.process_time()
    hashing.event_hash(changed(readPoint=place))
    assert time.process_time() - began < 1.0
