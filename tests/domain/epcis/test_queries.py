"""The query language as text: which parameters there are, what their values may be, what contradicts itself."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.epcis import matching, postings, queries, query_names
from app.domain.epcis.queries import BadQuery, Clause, TooComplex
from tests.support.vectors import FOLDER

VECTORS = FOLDER / "epcis"
FIXED = {
    "EQ_action": "ADD", "EQ_booleanValue": "true", "EQ_quantity": "5", "EXISTS_errorDeclaration": "",
    "orderBy": "eventTime", "orderDirection": "ASC", "maxEventCount": "7",
}  # fmt: skip


def _value(name: str) -> str:
    if name in FIXED:
        return FIXED[name]
    if name.endswith("Time"):
        return "2026-05-01T00:00:00+08:00"
    return "5" if name.endswith("quantity") else "urn:example:a|urn:example:b"


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_every_parameter_of_the_standards_contract_is_understood() -> None:
    lines = json.loads((VECTORS / "rest_contract.json").read_text())["vectors"]
    (events,) = [line for line in lines if (line["method"], line["path"]) == ("GET", "/events")]
    names = {name for name, where, _ in events["parameters"] if where == "query"}
    asked = names - {"perPage", "nextPageToken", "eventCountLimit"}
    assert len(names) == 55
    query = queries.parse({name: _value(name) for name in asked})
    controls = {"orderBy", "orderDirection", "maxEventCount"}
    assert {clause.parameter for clause in query.clauses} == asked - controls
    assert queries.parse({"orderBy": "recordTime", "eventCountLimit": "3"}).limit == 3


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_the_shared_query_with_an_unknown_parameter_is_refused() -> None:
    path = VECTORS / "documents" / "JSON__Query__Queries__Invalid__Query_with_unknown_parameter.json"
    with pytest.raises(BadQuery, match="GE_eventDate") as raised:
        queries.parse(json.loads(path.read_text()))
    assert raised.value.code == "unknown-query-parameter"


def test_names_made_of_a_field_a_unit_or_a_type_are_read() -> None:
    namespaces = {"ex": "https://ns.example.com/epcis/"}
    query = queries.parse(
        {
            "EQ_bizTransaction_po": "urn:a|urn:b",
            "GE_INNER_ILMD_ex:weight": "2.50",
            "LT_value_CEL": [-18.5],
            "EXISTS_SENSORREPORT_ex:seal": None,
            "EQ_ERROR_DECLARATION_other:note": ["x", 7, "2026-01-01T00:00:00Z"],
            "HASATTR_bizLocation": "urn:attr:a",
            "EQ_ATTR_readPoint_urn:attr:b": "v",
        },
        namespaces,
    )
    assert query.clauses == (
        Clause("EQ_bizTransaction_po", "EQ", "typed", "bizTransaction", ("urn:a", "urn:b"), "po"),
        Clause(
            "GE_INNER_ILMD_ex:weight", "GE", "extension", "https://ns.example.com/epcis/weight",
            (Decimal("2.50"),), "ILMD", True,
        ),
        Clause("LT_value_CEL", "LT", "measure", "value", (Decimal("-18.5"),), "CEL"),
        Clause(
            "EXISTS_SENSORREPORT_ex:seal", "EXISTS", "extension", "https://ns.example.com/epcis/seal",
            (), "SENSORREPORT",
        ),
        Clause(
            "EQ_ERROR_DECLARATION_other:note", "EQ", "extension", "other:note",
            ("x", Decimal(7), "2026-01-01T00:00:00Z"), "ERROR_DECLARATION",
        ),
        Clause("HASATTR_bizLocation", "HASATTR", "attribute", "bizLocation", ("urn:attr:a",)),
        Clause("EQ_ATTR_readPoint_urn:attr:b", "EQ", "attribute", "readPoint", ("v",), "urn:attr:b"),
    )  # fmt: skip
    assert queries.parse(query.parameters, query.namespaces) == query


def test_a_context_in_the_body_declares_prefixes_as_the_header_does() -> None:
    body = {"@context": ["https://ref.gs1.org/x.jsonld", {"ex": "urn:ex:"}], "orderBy": "ex:at"}
    assert queries.parse(body).order_by == "urn:ex:at"
    assert queries.parse(body).descending


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"EQ_colour": "red"}, "unknown-query-parameter"),
        ({"eq_action": "ADD"}, "unknown-query-parameter"),
        ({"GE_value_celsius": "1"}, "unknown-query-parameter"),
        ({"EQ_action": "ADD|LOOK"}, "bad-query-value"),
        ({"EQ_bizStep": ""}, "bad-query-value"),
        ({"EQ_bizStep": "shipping||receiving"}, "bad-query-value"),
        ({"EQ_bizStep": [7]}, "bad-query-value"),
        ({"GE_eventTime": "2026-05-01T00:00:00"}, "bad-query-value"),
        ({"GE_eventTime": "yesterday"}, "bad-query-value"),
        ({"LT_recordTime": "2016-12-31T23:60:00Z"}, "bad-query-value"),
        ({"GT_quantity": "many"}, "bad-query-value"),
        ({"GT_quantity": "1|2"}, "bad-query-value"),
        ({"EQ_quantity": "NaN"}, "bad-query-value"),
        ({"EQ_quantity": "1e999"}, "bad-query-value"),
        ({"EQ_booleanValue": "yes"}, "bad-query-value"),
        ({"GE_ex:temperature": "warm"}, "bad-query-value"),
        ({"maxEventCount": "0"}, "bad-query-value"),
        ({"maxEventCount": "2.5"}, "bad-query-value"),
        ({"orderBy": "quantity"}, "bad-query-value"),
        ({"orderBy": "eventTime", "orderDirection": "desc"}, "bad-query-value"),
        ({"orderBy": "eventTime", "eventCountLimit": "5", "maxEventCount": "5"}, "query-contradicts"),
        ({"eventCountLimit": "5"}, "query-contradicts"),
    ],
)
def test_what_the_language_does_not_have_is_an_error_that_names_it(
    parameters: dict[str, object], code: str
) -> None:
    with pytest.raises(BadQuery) as raised:
        queries.parse(parameters)
    assert (raised.value.code, raised.value.exception) == (code, "QueryParameterException")
    assert any(str(value).strip("{}'") in raised.value.english() for value in parameters)


def test_a_query_of_too_many_parameters_or_values_is_too_complex() -> None:
    with pytest.raises(TooComplex) as raised:
        queries.parse({f"EQ_ex:field{number}": "1" for number in range(65)})
    assert raised.value.http_status == 413
    many = [f"urn:example:{number}" for number in range(1_000)]
    lists = ("EQ_readPoint", "EQ_bizLocation", "MATCH_epc", "MATCH_parentID")
    with pytest.raises(TooComplex, match="4000 values"):
        queries.parse(dict.fromkeys(lists, many))


def test_a_plus_that_a_url_turned_into_a_space_is_still_a_time_zone() -> None:
    (clause,) = queries.parse({"GE_eventTime": "2026-05-01T08:00:00 08:00"}).clauses
    assert clause.values == (datetime(2026, 5, 1, tzinfo=UTC),)


NAMES = st.sampled_from(
    [*query_names.KINDS, "EQ_ex:a", "GT_ILMD_ex:a", "EQ_value_CEL", "orderBy", "maxEventCount", "@context"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(NAMES | st.text(max_size=30), ANYTHING, max_size=4))
def test_whatever_is_sent_is_a_query_or_an_error_of_the_language(parameters: dict[str, Any]) -> None:
    with suppress(BadQuery, TooComplex):
        query = queries.parse(parameters)
        matching.matches({"type": "ObjectEvent", "eventTime": "2026-05-01T00:00:00Z"}, query)
        for clause in query.clauses:
            postings.terms_for(clause)
        assert query.text()
