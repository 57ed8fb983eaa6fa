"""Templates and values through the API, each answer held against the OpenAPI document."""

from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from tests.support.api import Api, problem
from tests.support.tenants import Tenants

FIELDS: list[dict[str, Any]] = [
    {"name": "chemistry", "type": "choice", "title_en": "Chemistry", "required": True, "searchable": True,
     "choices": [{"value": "NMC"}, {"value": "LFP", "title_zh": "磷酸铁锂"}]},
    {"name": "capacity", "type": "decimal", "title_en": "Capacity", "unit": "Ah", "minimum": 0},
    {"name": "cost", "type": "decimal", "title_en": "Cost", "visibility": "private"},
]  # fmt: skip
CELL = {"key": "cell", "name_zh": "电芯", "name_en": "Cell", "industry": "C3841", "fields": FIELDS}
VALUES = {"chemistry": "LFP", "capacity": 105.5, "cost": 3}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


@pytest.fixture
def template(ana: Api) -> dict[str, Any]:
    answer = ana.post("/templates", CELL)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


@pytest.fixture
def product(ana: Api, template: dict[str, Any]) -> dict[str, Any]:
    answer = ana.post(
        "/products", {"part_number": "CELL-105", "name_en": "Cell", "template_id": template["id"]}
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_template_is_made_listed_and_shown(ana: Api, template: dict[str, Any]) -> None:
    assert (template["identifier"], template["version"]) == ("88.118.1001/META_cell", 1)
    assert template["fields"][1] == {
        "name": "capacity", "type": "decimal", "title_zh": "", "title_en": "Capacity", "required": False,
        "visibility": "public", "unit": "Ah", "minimum": 0,
    }  # fmt: skip
    assert ana.items("/templates") == [template]
    assert ana.get(f"/templates/{template['id']}").get_json() == template
    assert ana.get(f"/templates/{template['id']}", version=1).get_json() == template
    problem(ana.get(f"/templates/{template['id']}", version=2), 404, "unknown-version")


def test_its_schema_says_which_values_fit(ana: Api, template: dict[str, Any]) -> None:
    answer = ana.get(f"/templates/{template['id']}/schema")
    assert answer.mimetype == "application/schema+json"
    validator = Draft202012Validator(answer.get_json(force=True))
    assert validator.is_valid(VALUES)
    assert not validator.is_valid(VALUES | {"chemistry": "Pb"})


def test_the_same_call_twice_makes_one_template(ana: Api) -> None:
    first, again = (ana.post("/templates", CELL, key="once-only-1") for _ in range(2))
    assert first.get_json() == again.get_json()
    problem(ana.post("/templates", CELL), 409, "template-taken")


def test_a_new_version_tells_what_it_changes(ana: Api, template: dict[str, Any]) -> None:
    path = f"/templates/{template['id']}"
    body = {
        "name_en": "Cell",
        "based_on": 1,
        "fields": [*FIELDS[:2], {"name": "mass", "type": "integer", "title_en": "Mass", "required": True}],
    }
    made = ana.post(f"{path}/versions", body).get_json()
    assert made["template"]["version"] == 2
    assert made["changes"] == [{"name": "cost", "kind": "removed"}, {"name": "mass", "kind": "required"}]
    assert made["compatible"] is False
    problem(ana.post(f"{path}/versions", body), 409, "template-changed")
    assert ana.get(path, version=1).get_json()["fields"] == template["fields"]


def test_a_template_is_retired_and_brought_back(ana: Api, template: dict[str, Any]) -> None:
    path = f"/templates/{template['id']}"
    assert ana.patch(path, {"active": False}).get_json()["active"] is False
    assert ana.items("/templates", active="true") == []
    body = {"part_number": "X", "name_en": "X", "template_id": template["id"]}
    problem(ana.post("/products", body), 422, "template-retired")
    assert ana.patch(path, {"active": True}).get_json()["active"] is True


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"name": "Größe", "type": "text", "title_en": "X"}, "bad-field-name"),
        ({"name": "a", "type": "text"}, "field-title-missing"),
        ({"name": "a", "type": "text", "title_en": "X", "pattern": "(?=a)"}, "bad-field-pattern"),
        ({"name": "a", "type": "text", "title_en": "X", "minimum": 3}, "bad-field-rule"),
        ({"name": "a", "type": "choice", "title_en": "X"}, "choices-missing"),
    ],
)
def test_a_field_that_cannot_be_is_named(ana: Api, field: dict[str, Any], code: str) -> None:
    body = problem(ana.post("/templates", CELL | {"fields": [field]}), 400, code)
    assert body["errors"][0]["field"].startswith("fields.0.")


def test_values_are_minted_and_told_to_their_owner(
    ana: Api, product: dict[str, Any], app: Flask, world: Tenants
) -> None:
    asked = {"level": "serial", "product": product["epc"].removeprefix("hdl:"), "values": VALUES}
    minted = ana.post("/items", asked).get_json()["items"][0]
    item = ana.get(f"/items/{minted['identifier']}").get_json()
    assert (item["template"], item["template_version"], item["attributes"]) == (
        "88.118.1001/META_cell",
        1,
        VALUES,
    )
    (listed,) = ana.items("/items")
    assert listed["attributes"] == VALUES
    assert ana.get(f"/trace/{minted['identifier']}").get_json()["attributes"] == VALUES
    assert Api(app, world.cy).get(f"/items/{minted['identifier']}").status_code == 404


def test_every_fault_of_the_values_is_in_the_answer(ana: Api, product: dict[str, Any]) -> None:
    asked = {"level": "serial", "product": product["epc"], "values": {"capacity": "much", "colour": "red"}}
    body = problem(ana.post("/items", asked), 400, "unknown-field")
    assert [error["field"] for error in body["errors"]] == [
        "values.colour",
        "values.chemistry",
        "values.capacity",
    ]
    assert "cannot be used" in body["errors"][2]["message"]


@pytest.mark.parametrize(
    "values",
    [
        {"chemistry": "x" * 300_000},
        {"chemistry": {"a": [{"b": [[[1]]]}]}},
        {"chemistry": "LFP\u0000"},
        {"chemistry": "\ud800"},
        {"chemistry": None, "capacity": None},
        {"chemistry": "LFP", "capacity": True},
        {"chemistry": "LFP", "capacity": 1e400},
        {"chemistry": "LFP", "capacity": -1},
        {f"k{number}": 1 for number in range(2_000)},
        [], "LFP", 7, None,
    ],
)  # fmt: skip
def test_hostile_values_are_refused(ana: Api, product: dict[str, Any], values: Any) -> None:
    answer = ana.post("/items", {"level": "serial", "product": product["epc"], "values": values})
    assert answer.status_code in {400, 413, 422}
    assert len(answer.data) < 50_000
    assert ana.items("/items") == []


def test_a_product_takes_and_loses_its_template(
    ana: Api, template: dict[str, Any], product: dict[str, Any]
) -> None:
    path = f"/products/{product['id']}"
    assert product["template_id"] == template["id"]
    assert ana.patch(path, {"name_en": "Cells"}).get_json()["template_id"] == template["id"]
    assert ana.patch(path, {"template_id": None}).get_json()["template_id"] is None
    assert ana.post("/items", {"level": "serial", "product": product["epc"]}).status_code == 201
    problem(ana.patch(path, {"template_id": 987654}), 404, "unknown-template")


def test_a_large_mint_becomes_a_job_with_its_values(ana: Api, product: dict[str, Any]) -> None:
    asked = {"level": "serial", "count": 2_001, "product": product["epc"], "values": VALUES}
    answer = ana.post("/items", asked)
    assert answer.status_code == 202
    problem(ana.post("/items", asked | {"values": {}}), 400, "value-missing")


def test_what_is_said_of_templates_is_in_chinese_for_who_reads_it(
    app: Flask, world: Tenants, product: dict[str, Any]
) -> None:
    api = Api(app, world.ana)
    api.headers["Accept-Language"] = "zh"
    body = problem(api.post("/items", {"level": "serial", "product": product["epc"], "values": {}}), 400)
    assert body["detail"] == "chemistry 为必填项。"
