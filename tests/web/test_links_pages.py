"""Owners make links on pages and over the API: only for their own things, only to real addresses, one default each."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.services import linking
from app.services.linking import Draft
from app.store.database import reading, writing
from tests.support import links_world
from tests.support.links_world import RICE, Links
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
ROOT = "http://127.0.0.1:8000"
GOOD = {
    "relation": "gs1:instructions",
    "href": "https://shop.example/{gtin}",
    "title": "Manual",
    "languages": "en",
    "media_type": "text/html",
    "public": "y",
    "forward_query": "y",
    "active": "y",
}


@pytest.fixture
def links(app: Flask, world: Tenants) -> Links:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        return links_world.found(session, world.ana, node.now(), ROOT)


def short(epc: str) -> str:
    return epc.removeprefix("hdl:")


def kept(app: Flask, world: Tenants, epc: str) -> list[Any]:
    with reading(app.extensions["suyuan"].engine) as session:
        return list(linking.links_of(session, world.ana, epc))


def test_a_link_is_made_changed_and_removed(app: Flask, world: Tenants, visit: Visit, links: Links) -> None:
    bo = visit("bo")
    page = bo.get(f"/links/new?id={short(links.bare)}")
    assert page.status_code == 200
    made = bo.post(f"/links/new?id={short(links.bare)}", GOOD | {"is_default": "y"})
    assert made.status_code == 303
    (row,) = kept(app, world, links.bare)
    assert (row.relation, row.languages, row.is_default, row.scope) == (
        "gs1:instructions",
        "en",
        True,
        "product",
    )
    assert "https://shop.example/{gtin}" in bo.follow(made).text
    document = bo.get(f"/links/{row.id}")
    assert 'value="https://shop.example/{gtin}"' in document.text
    changed = bo.post(f"/links/{row.id}", GOOD | {"title": "Handbook", "contexts": "CN, SG"})
    assert changed.status_code == 303
    (row,) = kept(app, world, links.bare)
    assert (row.title, row.contexts, row.is_default) == ("Handbook", "CN SG", False)
    assert bo.follow(bo.post(f"/links/{row.id}/remove")).status_code == 200
    assert kept(app, world, links.bare) == []


def test_of_two_defaults_the_later_holds(app: Flask, world: Tenants, links: Links) -> None:
    node = app.extensions["suyuan"]
    draft = Draft("gs1:homepage", "https://shop.example/", "Home", is_default=True)
    with writing(node.engine) as session:
        linking.create(session, world.bo, links.rice, draft, ROOT, node.now())
    assert [row.title for row in kept(app, world, links.rice) if row.is_default] == ["Home"]
    with writing(node.engine) as session:  # one that nobody uses is no default
        row = linking.links_of(session, world.bo, links.rice)[0]
        draft = Draft(row.relation, row.href, row.title, is_default=True, active=False)
        linking.change(session, world.bo, row.id, draft, ROOT, node.now())
    assert [row.title for row in kept(app, world, links.rice) if row.is_default] == ["Home"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("href", "javascript:alert(1)"),
        ("href", "JaVaScRiPt:alert(1)//https://x.example"),
        ("href", "data:text/html,<script>"),
        ("href", "//shop.example/x"),
        ("href", "https://"),
        ("href", "https://user:secret@shop.example/"),
        ("href", "https://shop.example/a\r\nSet-Cookie: a=1"),
        ("href", "https://shop.example/\u202egnp.exe"),
        ("href", "https://shop.example/{price}"),
        ("href", "https://{lot}.example/"),
        ("href", "https://shop.example/" + "a" * 1990),
        ("href", f"{ROOT}/01/{{gtin}}"),
        ("href", f"{ROOT}/{{identifier}}"),
        ("languages", "klingon"),
        ("languages", "zh-Hans"),
        ("media_type", "html"),
        ("contexts", "a<b"),
        ("title", " "),
        ("relation", "gs1:nosuchlt"),
    ],
)
def test_what_cannot_be_a_link_is_refused_at_its_field(
    app: Flask, world: Tenants, visit: Visit, links: Links, field: str, value: str
) -> None:
    ana = visit("ana")
    ana.get(f"/links/new?id={short(links.bare)}")
    answer = ana.post(f"/links/new?id={short(links.bare)}", GOOD | {field: value})
    assert answer.status_code in {400, 422}
    assert 'aria-invalid="true"' in answer.text
    assert Document.of(answer.text).faults == []
    sent = {
        name: text == "y" or text for name, text in (GOOD | {field: value, "identifier": links.bare}).items()
    }
    sent.pop("active")
    api = ana.client.post("/api/v1/links", json=sent, headers={"X-CSRFToken": ana.token})
    assert api.status_code in {400, 422}, api.text
    assert kept(app, world, links.bare) == []


def test_what_is_anas_is_not_cys(app: Flask, world: Tenants, visit: Visit, links: Links) -> None:
    cy = visit("cy")
    row = kept(app, world, links.rice)[0]
    cy.get("/links")
    assert cy.post(f"/links/{row.id}", GOOD).status_code == 404
    assert cy.post(f"/links/{row.id}/remove").status_code == 404
    assert cy.post(f"/links/new?id={short(links.rice)}", GOOD).status_code == 404
    assert RICE not in cy.get("/links").text
    seen, absent = (
        cy.get(f"/links?id=88.118.1001/{suffix}") for suffix in (short(links.rice)[12:], "0" * 16)
    )
    assert seen.status_code == absent.status_code == 404
    assert cy.client.get("/api/v1/links").json["items"] == []
    assert len(kept(app, world, links.rice)) == len(links_world.of_rice())


def test_an_operator_neither_sees_nor_makes_links(visit: Visit, links: Links) -> None:
    operator = visit("operator")
    assert operator.get("/links").status_code == 403
    assert operator.post(f"/links/new?id={short(links.rice)}", GOOD).status_code == 403
    auditor = visit("auditor")
    assert auditor.get(f"/links?id={short(links.rice)}").status_code == 200
    assert auditor.post(f"/links/new?id={short(links.rice)}", GOOD).status_code == 403


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_preview_says_what_a_phone_would_get(visit: Visit, links: Links, language: str) -> None:
    ana = visit("ana")
    page = ana.get(f"/links?id={short(links.rice)}&lang={language}").text
    assert f"https://shop.example/zh/{RICE}" in page
    assert f"https://shop.example/en/{RICE}?from=label" in page
    tried = ana.get(f"/links?id={short(links.rice)}&try=1&type=gs1:certificationInfo&lang={language}").text
    assert ("chooses between" in tried) or ("选择" in tried)
    assert Document.of(page).faults == []


def test_the_api_tells_the_same(visit: Visit, links: Links) -> None:
    ana = visit("ana")
    client, headers = ana.client, {"X-CSRFToken": ana.token}

    def preview(**asked: str) -> Any:
        return client.get("/api/v1/links/preview", query_string={"identifier": links.rice} | asked).json

    assert preview(accept_language="en")["links"][0]["href"] == f"https://shop.example/en/{RICE}?from=label"
    assert (preview(link_type="gs1:nosuchlt")["status"], preview(link_type="gs1:nosuchlt")["links"]) == (
        404,
        [],
    )
    for accept, content in (("application/json", "json"), ("application/linkset+json", "linkset")):
        told = preview(accept=accept)
        assert (told["status"], told["content"], told["links"]) == (200, content, [])
    told = preview(identifier=links.bare)
    assert (told["status"], told["content"]) == (200, "page")
    assert preview(link_type="gs1:certificationInfo", accept_language="en")["status"] == 300
    sent = {
        "identifier": links.bare,
        "relation": "https://gs1.org/voc/faqs",
        "href": "https://shop.example/你好",
        "title": "FAQ",
    }
    made = client.post("/api/v1/links", json=sent, headers=headers)
    assert made.status_code == 201
    assert made.json["relation"] == "gs1:faqs"
    assert made.json["href"] == "https://shop.example/%E4%BD%A0%E5%A5%BD"
    path = f"/api/v1/links/{made.json['id']}"
    changed = client.patch(path, json={"is_default": True, "languages": "EN, zh-cn"}, headers=headers)
    assert (changed.json["is_default"], changed.json["languages"]) == (True, ["en", "zh-CN"])
    listed = client.get("/api/v1/links", query_string={"identifier": links.bare}).json["items"]
    assert [each["id"] for each in listed] == [made.json["id"]]
    assert client.get("/api/v1/links?limit=3").json["next"]
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path).status_code == 404
