"""Our schema against the official one: the same verdict on every shared document and on whatever is done to them."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import epcis
from app.domain.epcis import documents, judging, schema
from app.domain.epcis.hashing import event_hash
from app.domain.epcis.translating import FORMATS, translated
from app.domain.epcis.xml_writing import to_xml
from app.errors import Malformed
from tests.support.vectors import FOLDER, vectors

VECTORS = vectors("epcis/index.json")
pytestmark = pytest.mark.skipif(not VECTORS, reason="the shared vectors are not here")


@cache
def official() -> Any:
    import jsonschema_rs

    text = (FOLDER / "epcis/epcis-json-schema-2.0.1.json").read_text("utf-8")
    return jsonschema_rs.Draft7Validator(json.loads(text), validate_formats=True)


def verdict(document: Any, *, sense: bool) -> bool:
    try:
        read = documents.read_document(json.dumps(document).encode())
    except Malformed:
        return False
    bare = read.kind == "event"
    if sense:
        return not any(judging.faults_of(event, bare=bare) for event in read.events)
    return not any(schema.schema_faults(event, bare=bare) for event in sent(document))


def sent(document: Any) -> list[Any]:
    if "epcisBody" not in document:
        return [document]
    body = document["epcisBody"]
    return body.get("queryResults", {}).get("resultsBody", body)["eventList"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["file"].partition("__")[2])
def test_every_shared_document_gets_the_verdict_of_the_official_schema(vector: dict[str, Any]) -> None:
    document = json.loads((FOLDER / vector["file"]).read_bytes())
    assert verdict(document, sense=True) is vector["valid_2_0_1_format"]


def nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in nodes(inner, (*path, key)))]


@cache
def valid() -> list[tuple[Any, list[tuple[Any, ...]]]]:
    found = []
    for vector in VECTORS:
        document = json.loads((FOLDER / vector["file"]).read_bytes())
        if vector["valid_2_0_1_format"]:
            found.append((document, nodes(document)[1:]))
    return found


JUNK = st.one_of(
    st.sampled_from(
        [None, True, 0, -1.5, "", "x", "x y", "ex:a", "urn:epcglobal:cbv:disp:active", [], [{}], {}]
    ),
    st.sampled_from(
        ["https://ref.gs1.org/cbv/Disp-active", "https://ns.gs1.org/cbv/x", "http://www.gs1.org/voc/Mass"]
    ),
    st.sampled_from(
        ["2026-01-01T00:00:00Z", "2026-01-01", "2026-13-01T00:00:00Z", "2016-12-31T23:59:60Z", "+14:00"]
    ),
    st.sampled_from(
        ["shipping", "active", "po", "Temperature", "OBSERVE", "ADD", "DELETE", "KGM", "kg", "-14:30"]
    ),
    st.sampled_from(
        ["ObjectEvent", "AssociationEvent", "TransformationEvent", "EPCISDocument", "ex:OwnEvent"]
    ),
    st.text(max_size=3),
)
KEYS = st.sampled_from(
    ["ex:a", "madeUp", "ilmd", "epcList", "set", "type", "action", "uom", "@context", "persistentDisposition"]
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    original, places = draw(st.sampled_from(valid()))
    document = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(places))
        holder = document
        try:
            for key in way:
                holder = holder[key]
            match draw(st.sampled_from(["drop", "replace", "add", "double"])):
                case "drop":
                    del holder[last]
                case "replace":
                    holder[last] = draw(JUNK)
                case "add":
                    holder[last][draw(KEYS)] = draw(JUNK)
                case _:
                    holder[last].append(copy.deepcopy(holder[last][0]))
        except (KeyError, TypeError, IndexError, AttributeError):
            continue  # an earlier change took the place away, or nothing can be added there
    return document


@settings(max_examples=150)
@given(mutated())
def test_whatever_is_done_to_a_document_both_schemas_say_the_same(document: Any) -> None:
    assert verdict(document, sense=False) is official().is_valid(document)


@settings(max_examples=80)
@given(mutated())
def test_what_is_refused_says_where_and_why_and_what_is_taken_can_be_read_in_every_form(
    document: Any,
) -> None:
    try:
        events = documents.read_document(json.dumps(document).encode()).events
    except Malformed as error:
        assert error.code in ("not-epcis", "invalid-epcis")
        return
    for event in events:
        for fault in judging.faults_of(event):
            assert fault.code
            assert fault.english()
            assert fault.path == "" or fault.path.startswith("/")
    if any(judging.faults_of(event) for event in events):
        return
    xml = documents.read_document(to_xml(document), "application/xml")
    for event, back in zip(events, xml.events, strict=True):
        assert {key: back[key] for key in back if key != "@context"} == {
            k: event[k] for k in event if k != "@context"
        }
        values = {epcis.event_of(event).event_time, epcis.event_of(back).event_time}
        assert len(values) == 1
        hashes = {xml.hash_of(back), *(event_hash(translated(event, wanted)) for wanted in FORMATS)}
        assert hashes == {event_hash(event)}
