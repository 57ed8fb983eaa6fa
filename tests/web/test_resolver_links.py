"""What a printed URL answers to whom: redirects, our own page, JSON, the list of links; and to whom it says nothing."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import identifiers
from app.domain.gs1 import digital_link
from app.errors import Malformed
from app.services import linking, masterdata
from app.services.linking import Draft
from app.store.database import writing
from app.store.tables import DeclaredAlias, Product, Thing
from tests.support import links_world
from tests.support.floor import assert_sentence
from tests.support.links_world import BARE, POWDER, RICE, Links
from tests.support.pages import Document
from tests.support.resolver_checks import assert_valid
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
ROOT = "http://127.0.0.1:8000"
CHECKS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a GMN's pair
LINKSET = {"Accept": "application/linkset+json"}


@pytest.fixture
def links(app: Flask, world: Tenants) -> Links:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        return links_world.found(session, world.ana, node.now(), ROOT)


def short(epc: str) -> str:
    return epc.removeprefix("hdl:")


def change(app: Flask, table: type[Any], epc: str, **values: Any) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        for row in session.execute(select(table).filter_by(epc=epc)).scalars():
            for name, value in values.items():
                setattr(row, name, value)


def test_a_handle_without_a_link_shows_our_page_at_once(stranger: Visitor, links: Links) -> None:
    answer = stranger.get(f"/{short(links.bare)}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Product BARE" in answer.text
    assert answer.headers["Link"].startswith(f'<{ROOT}/{short(links.bare)}?linkType=linkset>; rel="linkset"')
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


def test_a_handle_with_a_link_leads_there_in_the_readers_language(stranger: Visitor, links: Links) -> None:
    for path in (short(links.piece), short(links.rice), f"01/{RICE}", f"01/{RICE}/21/SN-0001"):
        for language, target in (
            ("zh-CN", f"zh/{RICE}"),
            ("en", f"en/{RICE}?from=label"),
            ("fr", f"zh/{RICE}"),
        ):
            answer = stranger.get(f"/{path}", headers={"Accept": "text/html", "Accept-Language": language})
            assert answer.status_code == 307
            assert answer.headers["Location"] == f"https://shop.example/{target}"
    assert (
        stranger.get(f"/{short(links.lot)}").headers["Location"] == f"https://shop.example/lots/{POWDER}/L-7"
    )


def test_our_own_page_never_leads_away(stranger: Visitor, links: Links) -> None:
    for path in (short(links.piece), f"01/{RICE}/21/SN-0001", f"01/{RICE}"):
        answer = stranger.get(f"/things/{path}?linkType=gs1:pip")
        assert answer.status_code == 200
        assert "Product RICE" in answer.text
        assert "https://shop.example/support" in answer.text
        assert json.loads(stranger.get(f"/things/{path}?as=json").data)["gtin"] == RICE


def test_a_number_that_nobody_issued_is_said_to_be_none(stranger: Visitor, links: Links) -> None:
    answer = stranger.get(f"/01/{BARE}/21/FAKE-1", headers={"Accept-Language": "en"})
    assert answer.headers["Location"] == f"{ROOT}/things/01/{BARE}/21/FAKE-1"
    page = stranger.follow(answer)
    assert page.status_code == 200
    assert "“FAKE-1” is no number that Ana Batteries issued here." in page.text
    assert "was really issued" not in page.text
    told = stranger.get(f"/01/{BARE}/21/FAKE-1", headers={"Accept": "application/json"}).json
    assert (told["missing"], told["level"]) == ("(21)FAKE-1", "product")


def test_a_piece_under_another_lots_number_is_not_vouched_for(
    stranger: Visitor, links: Links, app: Flask
) -> None:
    change(app, Thing, links.piece, lot="L-1")
    (entry, *_) = json.loads(stranger.get(f"/01/{RICE}/10/L-2/21/SN-0001", headers=LINKSET).data)["linkset"]
    assert entry["anchor"] == f"{ROOT}/01/{RICE}"
    (entry, *_) = json.loads(stranger.get(f"/01/{RICE}/10/L-1/21/SN-0001", headers=LINKSET).data)["linkset"]
    assert entry["anchor"] == f"{ROOT}/01/{RICE}/10/L-1/21/SN-0001"


def test_what_was_withdrawn_leads_nowhere_but_to_the_word_of_it(
    stranger: Visitor, links: Links, app: Flask
) -> None:
    change(app, Thing, links.piece, lifecycle="void")
    assert "This identifier was withdrawn." in stranger.get(f"/{short(links.piece)}?lang=en").text
    answer = stranger.get(f"/01/{RICE}/21/SN-0001")
    assert answer.headers["Location"] == f"{ROOT}/things/01/{RICE}/21/SN-0001"


def test_a_template_that_cannot_be_filled_in_is_no_link(stranger: Visitor, links: Links) -> None:
    def asked(path: str) -> int:
        return stranger.get(f"/{path}?linkType=gs1:traceability").status_code

    assert asked(f"01/{RICE}/21/SN-0001") == 307
    assert asked(f"01/{RICE}/21/ANY") == 307
    assert asked(f"01/{RICE}") == 404


def test_a_serial_that_is_not_public_is_in_no_address(stranger: Visitor, links: Links, app: Flask) -> None:
    change(app, Product, links.rice, public=False)
    for headers in (LINKSET, {"Accept": "application/json"}, {}):
        answer = stranger.get(f"/{short(links.piece)}", headers=headers)
        assert "SN-0001" not in answer.text + answer.headers.get("Location", "")
        assert "Product RICE" not in answer.text
    assert stranger.get(f"/{short(links.piece)}?linkType=gs1:traceability").status_code == 404


def test_a_link_that_is_not_public_is_for_partners_only(
    stranger: Visitor, visit: Visit, links: Links, app: Flask, world: Tenants
) -> None:
    node = app.extensions["suyuan"]
    draft = Draft("gs1:dpp", "https://inside.example/dpp", "Inside", public=False, is_default=True)
    with writing(node.engine) as session:
        linking.create(session, world.ana, links.bare, draft, ROOT, node.now())
    path = f"/01/{BARE}"
    for visitor in (stranger, visit("cy")):
        assert visitor.get(path).headers["Location"] == f"{ROOT}/things/01/{BARE}"
        assert visitor.get(f"{path}?linkType=gs1:dpp").status_code == 404
        assert "inside.example" not in visitor.get(path, headers=LINKSET).text
    bo = visit("bo")
    assert bo.get(path).headers["Location"] == "https://inside.example/dpp"
    document = json.loads(bo.get(path, headers=LINKSET).data)
    assert_valid(document)
    assert "/trace/" in json.dumps(document)


def test_the_list_of_all_is_a_page_for_people(stranger: Visitor, links: Links) -> None:
    page = stranger.get(f"/01/{RICE}/21/SN-0001?linkType=linkset", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert Document.of(page.text).faults == []
    assert "https://shop.example/manual.pdf" in page.text
    several = stranger.get(f"/01/{RICE}?linkType=gs1:certificationInfo", headers={"Accept": "text/html"})
    assert several.status_code == 300
    assert "https://shop.example/certificate/2" in several.text
    plain = stranger.get(f"/01/{RICE}?linkType=linkset", headers={"Accept": "application/json"})
    assert plain.content_type == "application/json"
    assert_valid(json.loads(plain.data))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "path", [f"/01/{RICE}", f"/01/{RICE}/foo", "/01/00000000000000", f"/01/{RICE}?linkType=gs1:nosuchlt"]
)
def test_other_sites_may_read_every_answer(stranger: Visitor, links: Links, path: str, method: str) -> None:
    answer = stranger.client.open(path, method=method)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        f"01/{RICE}/foo",
        f"01/{RICE}/17/261231",
        f"01/{RICE}/21/S/10/L",
        f"01/{RICE}/235/X/10/L",
        f"01/{RICE[:-1]}3",
        f"01/{RICE}/10/" + "A" * 21,
        f"01/{RICE}/10/%E4%BD%A0",
        f"01/{RICE}?10=X",
        f"01/{RICE}?17=261299",
        f"01/{RICE}?99999=1",
        "01/abc",
        "00/1",
        "414/9506000134352/254/" + "x" * 40,
        "8018/1",
        "8013/1",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/linkset+json", "text/html"])
def test_a_wrong_digital_link_is_a_bad_request(
    stranger: Visitor, links: Links, path: str, accept: str
) -> None:
    answer = stranger.get(f"/{path}", headers={"Accept": accept, "Accept-Language": "en"})
    assert answer.status_code == 400
    if accept == "text/html":
        assert Document.of(answer.text).faults == []
    else:
        assert answer.content_type == "application/problem+json"
        assert_sentence(answer.json["detail"], "en")


@pytest.mark.parametrize(
    "path",
    [
        f"/01/{RICE}/",
        f"/01/{RICE}//",
        f"/01/{RICE[1:]}",  # 13 digits
        f"/01/{RICE}?utm_source=x&fbclid=1;2",
        f"/01/{RICE}?17=261231",
        f"/01/{RICE}?q=%E4%BD%A0",
    ],
)
def test_what_is_nearly_right_is_tolerated(stranger: Visitor, links: Links, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 307
    assert urlsplit(answer.headers["Location"]).path == f"/zh/{RICE}"


@pytest.mark.parametrize(
    "query",
    [
        "a=%0D%0ASet-Cookie:%20x=1",
        "a=b%0d%0aLocation:%20https://evil.example",
        "next=https://evil.example",
        quote("".join(map(chr, (0x202E, 0x301, 0x7F))) * 20),
        "a" * 3500,
        "=" * 500 + "&" * 500,
        "linkType=" + "x" * 3000,
        "linkType=%22%3E%3Cscript%3E",
        "context=" + "x," * 900,
    ],
)
def test_hostile_queries_do_no_harm(stranger: Visitor, links: Links, query: str) -> None:
    answer = stranger.get(f"/01/{RICE}?{query}", headers={"Accept": "text/html"})
    assert answer.status_code in {307, 404}
    for value in answer.headers.values():
        assert value.isprintable()
    if answer.status_code == 307:
        assert urlsplit(answer.headers["Location"]).netloc == "shop.example"
    else:
        assert "<script>" not in answer.text
    assert "x=1" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html;q=x,application/json;q=2", "Accept-Language": "zh;q=,en;q=--1"},
        {"Accept": ";" * 4000, "Accept-Language": "," * 4000},
        {"Accept": "*", "Accept-Language": "en-" * 500},
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    ],
)
def test_hostile_headers_do_no_harm(stranger: Visitor, links: Links, headers: dict[str, str]) -> None:
    answer = stranger.get(f"/01/{BARE}", headers=headers)
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"{ROOT}/things/01/{BARE}"
    assert "evil" not in answer.headers["Link"]


def test_a_path_of_4_kb_is_no_identifier(stranger: Visitor, links: Links) -> None:
    for path in (f"/88.118.1001/{'A' * 4096}", f"/01/{RICE}/10/{'A' * 4096}", "/88.118.1001/" + "%20" * 1500):
        assert stranger.get(path).status_code in {400, 404}


def test_a_lot_with_a_slash_is_found_though_servers_decode_it(
    stranger: Visitor, links: Links, app: Flask, world: Tenants
) -> None:
    change(app, Thing, links.lot, lot="2026/05")
    target = f"https://shop.example/lots/{POWDER}/2026%2F05"
    for path in (f"/01/{POWDER}/10/2026%2F05", f"/01/{POWDER}/10/2026/05"):
        assert stranger.get(path).headers["Location"] == target
    assert stranger.get(f"/01/{POWDER}/10/2026/06").status_code == 400


def test_another_owners_product_has_its_own_links(
    stranger: Visitor, links: Links, app: Flask, world: Tenants
) -> None:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        epc = masterdata.create_product(
            session, world.cy, part_number="RICE", name_zh="", name_en="Cy rice", now=node.now()
        ).epc
        draft = Draft("gs1:pip", "https://cy.example/{identifier}", "Cy", is_default=True)
        linking.create(session, world.cy, epc, draft, ROOT, node.now())
    assert stranger.get(f"/{short(epc)}").headers["Location"] == f"https://cy.example/{short(epc)}"
    assert "cy.example" not in stranger.get(f"/01/{RICE}", headers=LINKSET).text


GS1_KEYS = (  # of each of the 16 primary keys one, and with a qualifier where it takes one
    ("00/395011020000000018", ""),
    (f"01/{BARE}", "/22/2A/10/L/21/S"),
    (f"01/{BARE}", "/235/TPX1"),
    ("253/9506000134376ABC", ""),
    ("255/9506000134376123", ""),
    ("401/9506000ABC", ""),
    ("402/95060001343763511", ""),
    ("414/9506000134376", "/254/32A"),
    ("415/9506000134376/8020/REF1", ""),
    ("417/9506000134376", "/7040/1A2B"),
    ("8003/09506000134376SERIAL", ""),
    ("8004/9506000ASSET", "/7040/1A2B"),
    ("8006/095060001343520102", "/10/L/21/S"),
    ("8010/9506000CPID", "/8011/123"),
    ("8013/9506000MODELNU", ""),
    ("8017/950600013437600000", "/8019/12"),
    ("8018/950600013437600000", "/8019/12"),
)


@pytest.mark.parametrize(("key", "qualifiers"), GS1_KEYS)
def test_each_of_the_16_keys_leads_to_the_thing_that_is_named_by_it(
    stranger: Visitor, links: Links, app: Flask, world: Tenants, key: str, qualifiers: str
) -> None:
    node = app.extensions["suyuan"]
    path = _right(key)
    name = identifiers.parse(f"https://id.gs1.org/{path}").epc
    with writing(node.engine) as session:
        if not session.get(DeclaredAlias, name):
            row = DeclaredAlias(
                name=name, epc=links.bare, kind="gs1", organisation_id=1, record_time=node.now()
            )
            session.add(row)
    for asked, target in ((path, path), (path + qualifiers, path + qualifiers)):
        answer = stranger.get(f"/{asked}")
        assert answer.status_code == 307, answer.text
        assert answer.headers["Location"] == f"{ROOT}/things/{target}"
        assert "Product BARE" in stranger.follow(answer).text
        document = json.loads(stranger.get(f"/{asked}", headers=LINKSET).data)
        assert_valid(document)
        assert document["linkset"][0]["anchor"] == f"{ROOT}/{path}"
    assert stranger.get(f"/{path}/foo").status_code == 400


def _right(key: str) -> str:
    """With the check digits or characters that its value needs."""
    for tail in ("", *map(str, range(10)), *(a + b for a in CHECKS for b in CHECKS)):
        body = key[: len(key) - len(tail)] if tail else key
        try:
            digital_link.parse(f"https://id.gs1.org/{body}{tail}")
        except Malformed:
            continue
        return body + tail
    raise AssertionError(key)
