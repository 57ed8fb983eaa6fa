"""What the API says of input that cannot be used: one form for every source of error, in sentences of ours, in both languages."""

import json
import re
from typing import Any, get_args

import hypothesis
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.domain.masterdata import UNITS
from app.domain.people import RIGHTS
from app.services.labelling import RESOLUTIONS
from app.web.api import validation
from app.web.api.v1 import (
    events,
    holds,
    items,
    labels,
    me,
    minting,
    models,
    organisations,
    people,
    products,
    sites,
    traces,
)
from tests.support.api import PREFIX, Api, problem
from tests.support.tenants import Tenants

MODULES = (events, holds, items, labels, me, minting, models, organisations, people, products, sites, traces)
TAKEN = sorted(
    {
        model
        for module in MODULES
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, models.Sent | models.Asked) and model.model_fields
    },
    key=lambda model: model.__name__,
)


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


PRODUCT = {"part_number": "CELL-1", "name_en": "Cell"}


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        ("/products", {}, "part_number", "This is needed."),
        ("/products", PRODUCT | {"colour": "red"}, "colour", "There is no such field here."),
        ("/products", PRODUCT | {"part_number": 7}, "part_number", "Give text."),
        ("/products", PRODUCT | {"part_number": "x" * 101}, "part_number", "Give at most 100 characters."),
        ("/products", PRODUCT | {"part_number": ""}, "part_number", "This is needed."),
        ("/products", PRODUCT | {"name_en": "a\0b"}, "name_en", "Give one line of text, without control characters."),
        ("/products", PRODUCT | {"name_en": "\ud800"}, "name_en", "Give text in proper Unicode."),
        ("/products", PRODUCT | {"tracing": "no"}, "tracing", "Give one of: serial, lot."),
        ("/products", PRODUCT | {"public": "yes"}, "public", "Give true or false."),
        ("/products", PRODUCT | {"public": 1}, "public", "Give true or false."),
        ("/products", PRODUCT | {"shelf_life_days": "5"}, "shelf_life_days", "Give a whole number."),
        ("/products", PRODUCT | {"shelf_life_days": 0}, "shelf_life_days", "Give 1 or more."),
        ("/products", PRODUCT | {"shelf_life_days": 10**30}, "shelf_life_days", "Give 36500 or less."),
        ("/products", [], "", "Give a JSON object."),
        ("/products", "text", "", "Give a JSON object."),
        ("/items", {"level": "serial", "count": 0}, "count", "Give 1 or more."),
        ("/items", {"level": "serial", "count": 10_000_000}, "count", "Give 1000000 or less."),
        ("/items", {"level": "serial", "count": 1.5}, "count", "Give a whole number."),
        ("/items", {"level": "product"}, "level", "Give one of: serial, lot, logistic."),
        ("/items", {"level": "lot", "produced_on": "yesterday"}, "produced_on", "Give a date like 2026-05-31."),
        ("/items", {"level": "lot", "produced_on": 1_700_000_000}, "produced_on", "Give a date like 2026-05-31."),
        ("/items", {"level": "lot", "quantity": "much"}, "quantity", "Give a number, with a point for fractions."),
        ("/items", {"level": "lot", "quantity": "NaN"}, "quantity", "Give a number, with a point for fractions."),
        ("/items", {"level": "lot", "quantity": -1}, "quantity", "Give more than 0."),
        ("/items", {"level": "lot", "quantity": "0.0000001"}, "quantity", "Give at most 6 decimals."),
        ("/items", {"level": "lot", "quantity": "1e40"}, "quantity", "Give 100000000000 or less."),
        ("/people", {"login": "li", "name": "Li", "role": "king"}, "role", ("Give one of: operator, supplier, manager, "
         "administrator, auditor.")),
        ("/people", {"login": "liwei", "name": "Li", "role": "operator", "site_ids": "1"}, "site_ids", "Give a list."),
        ("/people", {"login": "liwei", "name": "Li", "role": "operator", "site_ids": [1, 0]}, "site_ids.1", "Give 1 or more."),
        ("/labels", {"batch": "all"}, "batch", "This does not have the form that is needed here."),
        ("/labels", {"dpi": 72}, "dpi", "Give one of: 150, 203, 300, 600."),
        ("/labels", {"identifiers": ["x"] * 2_001}, "identifiers", "Give at most 2000."),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_named_with_what_to_do(
    ana: Api, path: str, body: Any, field: str, message: str
) -> None:
    told = problem(ana.post(path, body), 422, "invalid-input")
    assert {"field": field, "message": message} in told["errors"]


@pytest.mark.parametrize(
    ("path", "field", "message"),
    [
        ("/items?limit=0", "limit", "Give 1 or more."),
        ("/items?limit=201", "limit", "Give 200 or less."),
        ("/items?limit=many", "limit", "Give a whole number."),
        ("/items?after=99999999999999999999", "after", "Give 9007199254740991 or less."),
        ("/items?after=next", "after", "Give a whole number."),
        ("/items?levle=lot", "levle", "There is no such field here."),
        ("/products?active=perhaps", "active", "Give true or false."),
        ("/search", "q", "This is needed."),
        ("/search?q=a%01b", "q", "Give one line of text, without control characters."),
        ("/events?after=-1", "after", "Give 0 or more."),
        ("/audit?lang=fr", "lang", "Give one of: en, zh."),
    ],
)
def test_a_query_that_cannot_be_used_is_named_too(ana: Api, path: str, field: str, message: str) -> None:
    answer = ana.client.get(f"{PREFIX}{path}", headers=ana.headers)
    assert {"field": field, "message": message} in problem(answer, 422, "invalid-input")["errors"]


def test_sentences_are_in_the_language_asked_for(ana: Api) -> None:
    answer = ana.call("POST", "/products", {}, headers={"Accept-Language": "zh-CN"})
    told = problem(answer, 422)
    assert told["errors"] == [{"field": "part_number", "message": "此项必填。"}]
    assert not told["detail"].isascii()


def test_every_sentence_about_a_field_is_there_in_chinese(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "zh"}):
        from flask_babel import gettext

        english = [
            text
            for text in {*validation.MESSAGES.values(), *validation.PATTERNS.values(), validation.UNKNOWN}
            if gettext(text).isascii()
        ]
    assert not english


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", "/products", {"data": b"{"}, 400, "bad-request"),
        ("POST", "/products", {"data": b"\xff\xfe"}, 400, "bad-request"),
        ("POST", "/products", {}, 400, "bad-request"),
        ("GET", "/products/0", {}, 404, "unknown-product"),
        ("GET", f"/products/{10**30}", {}, 404, "not-found"),
        ("GET", "/products/abc", {}, 404, "not-found"),
        ("GET", "/nothing", {}, 404, "not-found"),
        ("DELETE", "/products", {}, 405, "method-not-allowed"),
        ("GET", "/jobs/%00", {}, 400, "not-text"),
        ("GET", "/items/not/an-identifier", {}, 400, None),
        ("GET", "/items/88.118.1001/%00", {}, 400, "not-text"),
        ("POST", "/products", {"data": b"x" * 30_000_000}, 413, "too-large"),
    ],
)
def test_every_other_error_has_the_same_form(
    ana: Api, method: str, path: str, sent: Any, status: int, code: str | None
) -> None:
    answer = ana.client.open(f"{PREFIX}{path}", method=method, headers=ana.headers, **sent)
    problem(answer, status, code or "")


def test_a_mistake_of_ours_has_the_same_form_and_shows_no_innards(
    app: Flask, world: Tenants, monkeypatch: Any
) -> None:
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(products.masterdata, "products", lambda *_, **__: 1 / 0)
    api = Api(app, world.ana)
    answer = api.client.get(f"{PREFIX}/products", headers=api.headers)
    assert "division" not in str(problem(answer, 500, "internal-error"))


def test_a_refusal_that_is_about_a_field_names_it(ana: Api) -> None:
    ana.post("/products", PRODUCT)
    told = problem(ana.post("/products", PRODUCT), 409, "part-number-taken")
    assert told["errors"][0]["field"] == "part_number"
    assert told["errors"][0]["message"].startswith("Your organisation has a product CELL-1 already.")


def test_the_choices_of_the_models_are_those_of_the_rules() -> None:
    unit, role, dpi = (
        model.model_fields[name].annotation
        for model, name in (
            (products.NewProduct, "unit"),
            (people.NewPerson, "role"),
            (labels.NewLabels, "dpi"),
        )
    )
    assert get_args(unit) == tuple(UNITS)
    assert set(get_args(role)) == set(RIGHTS)
    assert get_args(dpi) == RESOLUTIONS


# --- nobody can think of everything ---

NASTY = st.sampled_from(
    ["", "\0", "\ud800", "x" * 3_000, "88.118.1001/A", "１２", "2026-05-20", "NaN", "-1", "' OR 1=1", "{0}"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | NASTY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: model.__name__)
@hypothesis.settings(max_examples=40)
@given(data=st.data())
def test_whatever_is_wrong_with_a_field_there_is_a_sentence_for_it(
    model: type[BaseModel], data: st.DataObject
) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    body = data.draw(
        st.dictionaries(st.sampled_from(names) | st.text(max_size=5), VALUES, max_size=8) | VALUES
    )
    try:
        model.model_validate(body)
    except ValidationError as error:
        assert {each["type"] for each in error.errors()} <= validation.MESSAGES.keys()


def test_no_body_whatever_makes_the_api_stumble(ana: Api) -> None:
    """The calls that take a body, each with bodies whose fields are all wrong in their own way."""
    document = ana.description.document
    wrongs = [
        None,
        True,
        -1,
        1e300,
        10**40,
        "",
        "\0",
        "\ud800",
        "x" * 5_000,
        [],
        [[]],
        {},
        {"a": {}},
        "2026-02-30",
        "88.118.1001/A",
    ]
    for method, path, operation in ana.description.operations():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if media is None or path == "/me/password":  # that one counts tries
            continue
        fields = document["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]["properties"]
        for wrong in wrongs:
            answer = ana.client.open(
                PREFIX + re.sub(r"\{\w+\}", "1", path),
                method=method,
                data=json.dumps(dict.fromkeys(fields, wrong)),
                headers=ana.headers,
            )
            assert answer.status_code < 500, (method, path, wrong)
            if answer.status_code >= 400:
                problem(answer, answer.status_code)
