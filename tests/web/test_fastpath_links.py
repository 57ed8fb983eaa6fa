"""Printed URLs asked by programs: the raw path answers as Flask does, and as soon as something changes."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.services import minting
from app.services.minting import MintRequest
from app.store.database import writing
from tests.support import links_world
from tests.support.both_paths import Both, both_of
from tests.support.links_world import BARE, POWDER, RICE
from tests.support.tenants import Tenants

MACHINES: list[dict[str, str]] = [
    {"Accept": "application/linkset+json"},
    {"Accept": "application/json"},
    {"Accept": "application/json;q=0.5, application/linkset+json"},
    {"Accept": "*/*"},
    {},
    {"Accept": "application/pdf", "Accept-Language": "en"},
    {"Accept": "application/json", "Accept-Language": "zh-Hans-CN, en;q=0.5"},
]
QUERIES = [
    *("", "linkType=linkset", "linkType=all", "linkType=gs1:pip", "linkType=gs1:instructions", "linkType=gs1:nothing"),
    *("linkType=gs1:certificationInfo", "context=CN&linkType=gs1:relatedVideo", "utm=1&linkType=gs1:support", "17=261122"),
    *("linkType=", "linkType=%E4%B8%AD", "17=999999"),
]  # fmt: skip


@pytest.fixture
def links(app: Flask, world: Tenants) -> links_world.Links:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        return links_world.found(session, world.ana, node.now(), node.settings.base_url)


@pytest.fixture
def both(app: Flask, links: links_world.Links) -> Both:
    return both_of(app)


def paths(links: links_world.Links) -> list[str]:
    return [
        *(f"/{epc.removeprefix('hdl:')}" for epc in (links.piece, links.lot, links.rice, links.bare)),
        *(f"/01/{RICE}", f"/01/{RICE}/21/SN-0001", f"/01/{POWDER}/10/L-7", f"/01/{BARE}", f"/01/{RICE[1:]}"),
        *(
            f"/01/{POWDER}/10/NEVER",
            f"/01/{RICE}/10/X/21/NEVER",
            "/01/09506000134353",
            "/88.118.1001/NOTHING",
        ),
        *(
            "/01/x",
            "/88.118.1001/%00",
            "/88.118.1001/a//b",
            f"/01/{RICE}/",
            "/01/%FF",
            "/01/%E4%B8%AD",
            f"/01/{RICE}/21/%2F",
        ),
    ]


@pytest.mark.parametrize("headers", MACHINES, ids=str)
def test_programs_are_answered_as_flask_answers_them(
    both: Both, links: links_world.Links, headers: dict[str, str]
) -> None:
    for path in paths(links):
        for query in QUERIES:
            both.same(f"{path}?{query}".rstrip("?"), headers=headers)
            both.same(f"{path}?{query}".rstrip("?"), headers=headers, method="HEAD")


@pytest.mark.parametrize("accept", ["application/json", "application/linkset+json"])
def test_what_was_issued_is_told_to_programs_without_flask(
    both: Both, links: links_world.Links, accept: str
) -> None:
    for path in paths(links)[:9]:
        status, body = both.fast_and_same(path, headers={"Accept": accept})
        assert status == "200 OK"
        assert body
        both.fast_and_same(path, headers={"Accept": accept})


def test_a_browser_is_left_to_flask(both: Both, links: links_world.Links) -> None:
    before = both.fell_through
    both.ask(both.fast, f"/01/{RICE}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert both.fell_through == before + 1


CHANGES = {
    "a link is withdrawn": "UPDATE link SET active = false WHERE relation = 'gs1:pip'",
    "a product is renamed": "UPDATE product SET name_en = 'Other', name_zh = '别的'",
    "a product is hidden": "UPDATE product SET public = false",
    "a piece is voided": "UPDATE thing SET lifecycle = 'void' WHERE level = 'serial'",
    "a company is renamed": "UPDATE organisation SET name_en = 'Other', name_zh = '别的'",
    "a name of it goes": "DELETE FROM alias",
    "a product's GTIN goes": "DELETE FROM declared_alias",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_changes_is_told_by_the_next_answer(
    app: Flask, both: Both, links: links_world.Links, change: str
) -> None:
    """Each answer is remembered before; Flask, which remembers nothing, is the judge."""

    def ask() -> list[Any]:
        return [
            both.same(path, headers={"Accept": accept})
            for path in paths(links)[:8]
            for accept in ("application/json", "application/linkset+json", "*/*")
        ]

    before = ask()
    with writing(app.extensions["suyuan"].engine) as session:
        session.connection().execute(text(change))
    after = ask()
    if "alias" not in change:
        assert before != after


def test_what_was_missing_is_there_once_it_is_minted(
    app: Flask, both: Both, links: links_world.Links, world: Tenants, now: datetime
) -> None:
    path = f"/01/{RICE}/21/SN-0002"
    headers = {"Accept": "application/json"}
    missing = both.same(path, headers=headers)
    with writing(app.extensions["suyuan"].engine) as session:
        request = MintRequest("serial", 1, product_epc=links.rice, serial_start="SN-0002")
        minting.mint(session, world.ana, request, now)
    assert both.same(path, headers=headers) != missing
