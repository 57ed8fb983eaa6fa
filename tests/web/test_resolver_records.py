"""A registered record at its printed URL: its web address is where it leads, its public values are its page."""

import json

import pytest
from flask import Flask

from app.domain import handles
from app.domain.handles import text_value
from app.services import registering
from app.services.handle_rights import Who
from app.store.database import writing
from tests.support.pages import Document
from tests.support.resolver_checks import assert_valid
from tests.support.tenants import Tenants, Visitor

ROOT = "http://127.0.0.1:8000"
NAME = "88.118.1001/设备-7"
PATH = "/88.118.1001/%E8%AE%BE%E5%A4%87-7"


def register(app: Flask, world: Tenants, *values: handles.Value, name: str = NAME) -> None:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        registering.put(session, Who(actor=world.ana), name, list(values), now=node.now())


def test_its_web_address_is_where_it_leads(app: Flask, world: Tenants, stranger: Visitor) -> None:
    register(
        app, world, text_value(1, "EMAIL", "a@b.example"), text_value(2, "URL", "https://设备.example/七?a=1")
    )
    answer = stranger.get(f"{PATH}?b=2")
    assert answer.status_code == 307
    assert answer.headers["Location"] == "https://xn--srs139i.example/%E4%B8%83?a=1&b=2"
    document = json.loads(stranger.get(PATH, headers={"Accept": "application/linkset+json"}).data)
    assert_valid(document)
    assert document["linkset"][0]["anchor"] == ROOT + PATH
    page = stranger.get(f"{PATH}?linkType=gs1:registryEntry", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "a@b.example" in page.text
    assert Document.of(page.text).faults == []
    listed = stranger.get(f"{PATH}?linkType=linkset", headers={"Accept": "text/html"})
    assert "https://xn--srs139i.example/%E4%B8%83?a=1" in listed.text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        f"{ROOT}{PATH}",
        f"{ROOT}/01/09506000134352",
        "https://x.example/{lot}",
        "not an address",
        "https://x.example/\r\nSet-Cookie: a=b",
    ],
)
def test_what_is_no_address_or_leads_back_is_only_shown(
    app: Flask, world: Tenants, stranger: Visitor, address: str
) -> None:
    register(app, world, text_value(1, "URL", address), text_value(2, "NOTE", "<b>hello</b>"))
    page = stranger.get(PATH, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<b>hello" not in page.text
    assert stranger.get(f"{PATH}?linkType=gs1:pip").status_code == 404


def test_programs_get_what_the_handle_api_tells_and_nothing_private(
    app: Flask, world: Tenants, stranger: Visitor
) -> None:
    hidden = handles.Value(4, "NOTE", {"format": "string", "value": "hush"}, permissions="1100")
    register(app, world, text_value(1, "NOTE", "open"), hidden)
    told = stranger.get(PATH, headers={"Accept": "application/json"})
    assert told.json["responseCode"] == 1
    assert [value["data"]["value"] for value in told.json["values"]] == ["open"]
    for accept in ("application/json", "application/linkset+json", "text/html"):
        assert "hush" not in stranger.get(PATH, headers={"Accept": accept}).text


def test_what_nobody_registered_is_unknown(world: Tenants, stranger: Visitor) -> None:
    assert stranger.get(PATH).status_code == 404


@pytest.mark.parametrize("name", ["88.118.1001//X", "88.118.1001/A//B", "88.118.1001//X/Y"])
def test_slashes_are_a_part_of_the_name_and_lead_to_no_other(
    app: Flask, world: Tenants, stranger: Visitor, name: str
) -> None:
    register(app, world, text_value(1, "URL", "https://other.example/"), name="88.118.1001/X")
    register(app, world, text_value(1, "URL", "https://right.example/"), name=name)
    answer = stranger.get(f"/{name}")
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://right.example/")
    assert stranger.get(f"/api/handles/{name}").json["handle"] == name  # type: ignore[index]
