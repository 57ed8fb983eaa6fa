"""The registry's pages: search, one identifier with its life, prefixes, patterns, ranges, aliases, records; and whose they are."""

from collections.abc import Callable
from html import unescape
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.services import masterdata
from app.services.minting import MintRequest, mint
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
PAGES = ("/registry", "/prefixes", "/patterns", "/ranges", "/aliases")


@pytest.fixture
def made(app: Flask, world: Tenants, clock: Clock) -> dict[str, str]:
    """Ana's product, one of its pieces in use, and a site."""
    with writing(app.extensions["suyuan"].engine) as session:
        site = masterdata.create_site(session, world.ana, "工厂", "Plant", "", clock())
        product = masterdata.create_product(
            session, world.ana, part_number="MOD-1", name_zh="模组", name_en="Module", now=clock()
        )
        (epc,) = mint(
            session,
            world.ana,
            MintRequest("serial", product_epc=product.epc, serial_start="SN-1", activate_at=site.epc),
            clock(),
        )
        return {
            "product": product.epc,
            "id": str(product.id),
            "thing": epc.removeprefix("hdl:"),
            "site": site.epc,
        }


def text_of(answer: TestResponse) -> str:
    return unescape(answer.text)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("login", ["ana", "bo", "cy", "auditor"])
def test_every_page_of_the_registry_opens_and_says_when_it_is_empty(
    visit: Visit, path: str, login: str
) -> None:
    answer = visit(login).get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/prefixes/new", "/ranges/new", "/aliases/new", "/records/new"])
def test_strangers_and_operators_are_kept_out(
    visit: Visit, stranger: Visitor, world: Tenants, path: str
) -> None:
    assert stranger.get(path).status_code in {302, 303}
    assert visit("operator").get(path).status_code == 403


def test_search_finds_by_the_beginning_and_leads_to_the_identifier(
    visit: Visit, made: dict[str, str]
) -> None:
    ana = visit("ana")
    found = text_of(ana.get("/registry?q=sn-"))
    assert made["thing"] in found
    page = text_of(ana.get(f"/registry/identifier?id={made['thing']}"))
    assert "Minted, not in use yet" in page
    assert "In use" in page
    assert made["thing"] not in text_of(visit("cy").get("/registry?q=sn-"))
    assert visit("cy").get(f"/registry/identifier?id={made['thing']}").status_code == 404
    assert ana.get("/registry?kind=colour").status_code == 400
    assert ana.get("/registry?after=x").status_code == 400


def test_what_was_at_a_moment_is_shown_in_the_readers_time_zone(
    visit: Visit, made: dict[str, str], clock: Clock
) -> None:
    ana = visit("ana")
    clock.pass_by(hours=1)
    address = f"/registry/identifier?id={made['thing']}&at="
    assert (
        ana.get(f"{address}2026-05-20T17:00").status_code == 200
    )  # half past four in Shanghai it was minted
    before = ana.get(f"{address}2026-05-20T16:00")
    assert before.status_code == 400
    assert "was not there at" in text_of(before)
    assert ana.get(f"{address}2026-05-20T08:45:00Z").status_code == 200
    assert "no date and time" in text_of(ana.get(f"{address}yesterday"))


def test_an_alias_is_added_found_and_removed(visit: Visit, made: dict[str, str]) -> None:
    ana = visit("ana")
    ana.get("/aliases/new")
    added = ana.post("/aliases/new", {"thing": made["thing"], "alias": "1.2.156.7", "kind": ""})
    assert "urn:oid:1.2.156.7" in text_of(ana.follow(added))
    assert made["thing"] in text_of(ana.get("/aliases"))
    assert text_of(ana.get("/registry/identifier?id=1.2.156.7")).count(made["thing"])
    again = ana.post("/aliases/new", {"thing": made["thing"], "alias": "1.2.156.7", "kind": ""})
    assert again.status_code == 409
    assert "names something already" in text_of(again)
    cy = visit("cy")
    cy.get("/aliases/new")
    assert (
        cy.post("/aliases/new", {"thing": made["thing"], "alias": "1.2.156.8", "kind": ""}).status_code == 404
    )
    assert cy.post("/aliases/remove", {"name": "urn:oid:1.2.156.7"}).status_code == 404
    ana.post("/aliases/remove", {"name": "urn:oid:1.2.156.7"})
    assert ana.get("/registry/identifier?id=1.2.156.7").status_code == 404


def test_only_the_nodes_administrators_allot_prefixes(visit: Visit, world: Tenants) -> None:
    ana, cy = visit("ana"), visit("cy")
    ana.get("/prefixes/new")
    sent = {
        "prefix": "86.122.2",
        "organisation": str(world.cy.organisation_id),
        "industry": "C3841",
        "quota": "5",
    }
    assert "86.122.2" in text_of(ana.follow(ana.post("/prefixes/new", sent)))
    assert ana.post("/prefixes/new", sent).status_code == 409
    assert "86.122.2" in text_of(cy.get("/prefixes"))
    assert "86.122.2" not in text_of(visit("bo").get("/prefixes"))
    assert cy.get("/prefixes/new").status_code == 403
    assert cy.post("/prefixes/new", sent).status_code == 403
    for number in range(1, 4):
        assert cy.get(f"/prefixes/{number}").status_code in {403, 404}
    ana.get("/prefixes/3")
    suspended = ana.post("/prefixes/3", {"state": "suspended", "industry": "", "quota": ""})
    assert "Suspended" in text_of(ana.follow(suspended))


def test_a_pattern_is_tried_before_it_is_kept(visit: Visit, made: dict[str, str]) -> None:
    ana = visit("ana")
    address = f"/patterns/{made['id']}"
    assert "1 in " in text_of(ana.get(address))
    tried = text_of(ana.post(address, {"pattern": "M{counter:4}", "try": "1", "count": "1000", "lot": ""}))
    assert "M0001" in tried
    assert "Guessable" in tried
    assert "16 random characters" in text_of(ana.get("/patterns"))
    wrong = ana.post(address, {"pattern": "M{count:4}", "count": "10", "lot": ""})
    assert wrong.status_code == 400
    assert "position 3" in text_of(wrong)
    assert "M{count:4}" in text_of(wrong)
    assert "M{counter:4}" in text_of(
        ana.follow(ana.post(address, {"pattern": "m{counter:4}", "count": "", "lot": ""}))
    )
    assert visit("cy").get(address).status_code == 404


def test_a_range_is_reserved_minted_in_and_closed(visit: Visit, world: Tenants, made: dict[str, str]) -> None:
    ana, cy = visit("ana"), visit("cy")
    ana.get("/ranges/new")
    sent = {
        "supplier": world.cy.prefix,
        "product": made["id"],
        "prefix": world.ana.prefix,
        "start": "S7-",
        "quota": "2",
    }
    shown = ana.follow(ana.post("/ranges/new", sent))
    assert "0 of 2" in text_of(shown)
    assert "S7-" in text_of(cy.get("/ranges"))
    assert "Mint in this range" in text_of(cy.get("/ranges/1"))
    assert "Mint in this range" not in text_of(ana.get("/ranges/1"))
    cy.get("/ranges/1")
    minted = cy.follow(cy.post("/ranges/1/mint", {"count": "2"}))
    assert text_of(minted).count(f"{world.ana.prefix}/S7-") >= 2
    assert 'name="id"' in minted.text  # whose labels the supplier prints
    assert cy.post("/ranges/1/mint", {"count": "1"}).status_code == 422
    assert text_of(ana.get("/ranges/1")).count(f"{world.ana.prefix}/S7-") >= 2
    assert cy.post("/ranges/1", {"quota": "9", "state": "open"}).status_code == 404
    ana.get("/ranges/1")
    assert "Closed" in text_of(ana.follow(ana.post("/ranges/1", {"quota": "2", "state": "closed"})))


def test_a_record_is_registered_changed_and_its_versions_compared(visit: Visit, world: Tenants) -> None:
    ana = visit("ana")
    ana.get("/records/new")
    handle = f"{world.ana.prefix}/DOC-1"
    rows = {
        "index-0": "1",
        "type-0": "URL",
        "text-0": "https://a.example",
        "public-0": "on",
        "index-1": "2",
        "type-1": "",
        "text-1": "",
    }
    page = text_of(ana.follow(ana.post("/records/new", {"handle": handle} | rows)))
    assert "https://a.example" in page
    assert ana.post("/records/new", {"handle": handle} | rows).status_code >= 400
    address = f"/records/edit?id={handle}"
    assert 'value="1"' in ana.get(address).text
    changed = rows | {"version": "1", "text-0": "https://b.example", "type-1": "COST", "text-1": "99"}
    page = text_of(ana.follow(ana.post(address, changed)))
    assert "<del" in page
    assert "https://b.example" in page
    stale = ana.post(address, changed)
    assert stale.status_code == 409
    assert "meanwhile" in text_of(stale)
    cy = visit("cy")
    assert cy.get(address).status_code == 404
    seen = text_of(cy.get(f"/registry/identifier?id={handle}"))
    assert "https://b.example" in seen
    assert "https://a.example" not in seen
    assert "COST" not in seen


def test_the_values_of_a_minted_thing_can_be_given(visit: Visit, made: dict[str, str]) -> None:
    ana = visit("ana")
    address = f"/records/edit?id={made['thing']}"
    assert "NAME_EN" in text_of(ana.get(address))
    sent = {"version": "0", "index-0": "1", "type-0": "URL", "text-0": "https://a.example", "public-0": "on"}
    assert "https://a.example" in text_of(ana.follow(ana.post(address, sent)))


def test_a_piece_is_retired_for_good(visit: Visit, made: dict[str, str]) -> None:
    bo, ana = visit("bo"), visit("ana")
    bo.get("/account")
    assert bo.post("/registry/retire", {"id": made["thing"], "reason": "worn"}).status_code == 403
    ana.get(f"/registry/identifier?id={made['thing']}")
    page = text_of(ana.follow(ana.post("/registry/retire", {"id": made["thing"], "reason": "worn out"})))
    assert "Out of use" in page
    assert "worn out" in page


def test_what_is_minted_may_be_under_a_second_prefix(
    visit: Visit, world: Tenants, made: dict[str, str]
) -> None:
    ana = visit("ana")
    ana.get("/prefixes/new")
    ana.post("/prefixes/new", {"prefix": "86.122.2", "organisation": str(world.ana.organisation_id)})
    assert "86.122.2" in text_of(ana.get("/items/mint"))
    sent = {"level": "serial", "product": made["product"], "count": "2", "prefix": "86.122.2"}
    assert text_of(ana.follow(ana.post("/items/mint", sent))).count("86.122.2/") >= 2


def test_what_is_minted_under_a_second_prefix_is_printed_and_declared_void_as_well(
    visit: Visit, world: Tenants, made: dict[str, str]
) -> None:
    ana = visit("ana")
    ana.get("/prefixes/new")
    ana.post("/prefixes/new", {"prefix": "86.122.2", "organisation": str(world.ana.organisation_id)})
    ana.get("/items/mint")
    sent = {"level": "serial", "product": made["product"], "count": "1", "prefix": "86.122.2"}
    page = ana.follow(ana.post("/items/mint", sent)).text
    name = page.partition("/trace/86.122.2/")[2].partition('"')[0]
    shown = ana.get(f"/trace/86.122.2/{name}").text
    assert f"/labels?id=86.122.2/{name}" in unescape(shown).replace("%2F", "/")
    assert 'action="/items/void"' in shown
    assert f"/registry/identifier?id=86.122.2/{name}" in unescape(shown).replace("%2F", "/")


@pytest.mark.parametrize(
    ("alias", "path"),
    [
        ("20.500.12345/ABC", "/20.500.12345/ABC"),
        ("VAA08812300001001/AB-1", "/88.123.00001001/AB-1"),
        ("(01)09506000134352(21)77", "/01/09506000134352/21/77"),
    ],
)
def test_a_printed_alias_opens_the_public_page(
    visit: Visit, stranger: Visitor, made: dict[str, str], alias: str, path: str
) -> None:
    ana = visit("ana")
    ana.get("/aliases/new")
    ana.post("/aliases/new", {"thing": made["thing"], "alias": alias, "kind": ""})
    answer = stranger.get(path, headers={"Accept": "text/html"})
    if (
        answer.status_code == 307
    ):  # as Digital Link wants it: to the node's own page, at an address of its own
        answer = stranger.get(urlsplit(answer.headers["Location"]).path)
    assert answer.status_code == 200
    assert "Module" in text_of(answer)
    answer = stranger.get(f"/api/handles/{quote(alias)}")
    assert answer.json is not None
    assert answer.json["responseCode"] == 1
