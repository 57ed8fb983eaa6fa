"""The OpenAPI document is valid, complete, true to the routes and in two languages; the page beside it is safe to show."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from playwright.sync_api import Page, expect

from app.settings import Settings
from app.web.api.v1.calls import KEY_HEADER
from tests.support.api import PREFIX, Description
from tests.support.server import Server
from tests.support.tenants import PASSWORD, Tenants, Visitor

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def description(app: Flask) -> Description:
    return Description(app)


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts(each)


def test_the_document_is_public_and_of_version_3_1(app: Flask) -> None:
    answer = Visitor(app).get(f"{PREFIX}/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    document = answer.get_json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/"}]
    assert {"key", "browser", "csrf"} == document["components"]["securitySchemes"].keys()


def test_it_describes_every_route_of_version_1_and_no_other(app: Flask, description: Description) -> None:
    routes = {
        (method, re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule).removeprefix(PREFIX))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{PREFIX}/") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in description.operations()} == routes


def test_every_operation_has_an_id_a_summary_a_known_group_and_its_path_s_parameters(
    description: Description,
) -> None:
    tags = {tag["name"]: tag["description"] for tag in description.document["tags"]}
    assert all(tags.values())
    ids = [operation["operationId"] for _, _, operation in description.operations()]
    assert len(ids) == len(set(ids))
    for method, path, operation in description.operations():
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags.keys()
        named = {each["name"] for each in operation["parameters"] if each.get("in") == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        assert all(each["description"] for each in operation["parameters"] if each.get("in") == "path")
        assert "401" in operation["responses"] or operation["security"] == []
        keyed = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert not keyed or method == "POST"
        assert all(
            "description" in response or "$ref" in response for response in operation["responses"].values()
        )


def test_whatever_is_created_takes_an_idempotency_key(description: Description) -> None:
    assert description.document["components"]["parameters"]["IdempotencyKey"]["name"] == KEY_HEADER
    own_ways = {
        "/scans",
        "/scans/{nonce}/undo",
        "/photos",
        "/me/password",
        "/me/sign-out-everywhere",
        "/jobs/{job_id}/cancel",
        "/log/verifications",
        "/labels/templates/preview",
        "/labels/tables",
        "/labels/check",
        "/labels/runs/{run_id}/cancel",
        "/labels/printers/{id}/status",
        "/labels/printers/{id}/test",
        "/labels/templates/pictures",
    }
    without = {
        path
        for method, path, operation in description.operations()
        if method == "POST"
        and {"$ref": "#/components/parameters/IdempotencyKey"} not in operation["parameters"]
    }
    assert without == own_ways


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere(description: Description) -> None:
    document = description.document
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for part in parts(document):
        if isinstance(part.get("$ref"), str):
            found: Any = document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        if isinstance(part.get("schema"), dict):
            Draft202012Validator.check_schema(part["schema"])


def test_every_problem_is_described_as_one(description: Description) -> None:
    for response in description.document["components"]["responses"].values():
        schema = response["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}


def test_examples_fit_their_schemas(description: Description) -> None:
    for schema in description.document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            bare = {name: value for name, value in field.items() if name != "examples"}
            if "$ref" not in str(bare):
                assert all(
                    Draft202012Validator(bare).is_valid(example) for example in field.get("examples", [])
                )


def test_it_is_in_chinese_for_who_reads_chinese(app: Flask) -> None:
    document = Visitor(app).get(f"{PREFIX}/openapi.json?lang=zh").get_json()
    english = [
        part[name]
        for part in parts(document)
        for name in ("summary", "description")
        if isinstance(part.get(name), str) and part[name] and not CHINESE.search(part[name])
    ]
    codes_only = re.compile(r"[a-z`、，。…A-Z ]+")
    assert [text for text in english if not codes_only.fullmatch(text)] == []


def test_secrets_and_sentences_are_marked_as_what_they_are(description: Description) -> None:
    schemas = description.document["components"]["schemas"]
    assert {"type": "null"} in schemas["CreatedApiKey"]["properties"]["key"]["anyOf"]
    assert {"type": "null"} in schemas["Invitation"]["properties"]["link"]["anyOf"]
    assert "default" not in str(schemas["ProductChange"])


# --- the page ---


def test_the_page_greets_strangers_and_has_nothing_inline(app: Flask) -> None:
    answer = Visitor(app).get("/api/docs")
    assert answer.status_code == 200
    assert "style=" not in answer.text
    assert "<style" not in answer.text
    assert re.findall(r"<script(?![^>]*src=)", answer.text) == []


@pytest.fixture
def server(start_server: Callable[..., Server], settings: Settings, world: Tenants) -> Server:
    return start_server(DATABASE_URL=settings.database_url)


def signed_in(page: Page, server: Server) -> None:
    page.goto(f"{server.base_url}/sign-in")
    page.locator("input[name=login]").fill("ana")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{server.base_url}/")


@pytest.mark.parametrize("viewport", [(1280, 800), (360, 740)], ids=["desk", "phone"])
def test_a_call_can_be_tried_from_the_page(chromium: str, page: Page, server: Server) -> None:
    """The page's fixture fails for any breach of the content policy and any request to another machine."""
    signed_in(page, server)
    page.goto(f"{server.base_url}/api/docs")
    page.locator("#operations-tag-Products").click()
    block = page.locator("[id$=products_create]")
    block.locator(".opblock-summary-control").click()
    block.locator("textarea").fill('{"part_number": "CELL-1", "name_en": "Cell"}')
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table")).to_contain_text('"part_number": "CELL-1"')
    expect(block.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
