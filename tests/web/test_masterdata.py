"""The pages of organisations, products and sites, and the start page of each role."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask

from app.services import holding, masterdata
from app.services.minting import MintRequest, mint
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
PACK = {
    "part_number": "PACK-75",
    "name_zh": "电池包",
    "name_en": "Battery pack",
    "tracing": "serial",
    "unit": "H87",
}


def test_a_company_is_created_and_its_administrator_invited(visit: Visit, stranger: Visitor) -> None:
    ana = visit("ana")
    ana.get("/organisations/new")
    values = {"prefix": "88.118.1003", "name_zh": "三", "name_en": "Three & Co", "sharing": "chain"}
    invite = ana.post("/organisations/new", values)
    assert "Three &amp; Co" in ana.follow(invite).text
    page = ana.follow(ana.post(invite.headers["Location"], {"name": "Eva", "login": "eva"})).text
    link = page.partition('data-copy="')[2].partition('"')[0].removeprefix("http://127.0.0.1:8000")
    stranger.get(link)
    stranger.post(link, {"password": "another long password", "again": "another long password"})
    assert "Three &amp; Co" in stranger.get("/account").text


def test_a_prefix_that_cannot_be_is_told_at_its_field(visit: Visit) -> None:
    values = {"prefix": "88.118", "name_en": "Three", "sharing": "neighbours"}
    answer = visit("ana").post("/organisations/new", values)
    assert answer.status_code == 400
    assert 'id="prefix-error"' in answer.text


def test_another_companys_administrator_sees_only_their_own_settings(visit: Visit, world: Tenants) -> None:
    cy = visit("cy")
    own = f"/organisations/{world.cy.organisation_id}"
    assert cy.get("/organisations").headers["Location"] == own
    assert "Cy Materials" in cy.get(own).text
    cy.post(own, {"name_zh": "赛", "name_en": "Cy & Sons", "sharing": "chain"})
    assert "Cy &amp; Sons" in cy.get(own).text
    for path in (f"/organisations/{world.ana.organisation_id}", "/organisations/new"):
        assert cy.get(path).status_code == 404
        assert cy.post(path, {"name_en": "Mine"}).status_code == 404


def test_a_deactivated_company_is_shut_out(visit: Visit, world: Tenants) -> None:
    ana, cy = visit("ana"), visit("cy")
    path = f"/organisations/{world.cy.organisation_id}"
    ana.post(path, {"name_en": "Cy Materials", "sharing": "neighbours"})  # the box "active" is not ticked
    assert cy.get("/account").status_code == 302
    assert "Deactivated" in ana.get("/organisations").text
    own = f"/organisations/{world.ana.organisation_id}"
    assert 'name="active"' not in ana.get(own).text
    ana.post(own, {"name_en": "Ana Batteries", "sharing": "neighbours"})
    assert ana.get("/account").status_code == 200


def test_a_product_is_created_listed_in_both_languages_and_changed(visit: Visit) -> None:
    bo = visit("bo")
    assert "No products yet" in bo.get("/products").text
    bo.post("/products/new", PACK | {"shelf_life_days": "3650", "public": "y"})
    page = bo.get("/products").text
    assert "Battery pack" in page
    assert "3,650 days" in page
    assert "电池包" in bo.get("/products?lang=zh").text
    bo.post("/products/1", PACK | {"name_en": "Battery pack 75 kWh", "active": "y"})
    assert "Battery pack 75 kWh" in bo.get("/products?q=75+KWH").text
    assert "No product has" in bo.get("/products?q=nothing").text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"part_number": ""}, 422, "Please fill this in."),
        ({"part_number": "x" * 101}, 422, "At most 100 characters."),
        ({"name_zh": "", "name_en": ""}, 400, "A name is needed, in Chinese or in English."),
        ({"unit": "KGM"}, 400, "What is traced by serial number is counted in pieces."),
        ({"shelf_life_days": "0"}, 400, "A shelf life of 0 days cannot be used."),
        ({"shelf_life_days": "soon"}, 422, "Not a valid integer value"),
        ({"tracing": "colour"}, 422, "Not a valid choice"),
    ],
)
def test_what_a_product_cannot_be_is_told_and_what_was_typed_stays(
    visit: Visit, change: dict[str, str], status: int, words: str
) -> None:
    bo = visit("bo")
    answer = bo.post("/products/new", PACK | {"name_zh": "特别的名字"} | change)
    assert answer.status_code == status
    assert words in answer.text
    assert "特别的名字" in answer.text or "name_zh" in change
    assert "No products yet" in bo.get("/products").text


def test_a_site_is_created_with_its_own_identifier_and_a_link_to_its_label(visit: Visit) -> None:
    bo = visit("bo")
    bo.post("/sites/new", {"name_zh": "成品仓", "name_en": "Store", "suffix": "store-1"})
    page = bo.get("/sites").text
    assert "88.118.1001/STORE-1" in page
    assert "/labels?id=88.118.1001/STORE-1" in page
    taken = bo.post("/sites/new", {"name_en": "Other", "suffix": "STORE-1"})
    assert taken.status_code == 409
    bo.post("/sites/1", {"name_en": "Store", "address": "1 Road <b>"})
    page = bo.get("/sites").text
    assert "Closed" in page
    assert "1 Road &lt;b&gt;" in page


@pytest.mark.parametrize("path", ["/sites/1", "/products/1"])
def test_sites_and_products_of_another_company_are_not_there(visit: Visit, path: str) -> None:
    bo, cy = visit("bo"), visit("cy")
    bo.post("/sites/new", {"name_en": "Store"})
    bo.post("/products/new", PACK)
    assert bo.get(path).status_code == 200
    assert cy.get(path).status_code == 404
    assert cy.post(path, {"name_en": "Mine"}).status_code == 404
    for page in ("/sites", "/products"):
        assert "No " in cy.get(page).text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("operator", "/sites", 403),
        ("operator", "/products", 403),
        ("supplier", "/products", 200),
        ("supplier", "/products/new", 403),
        ("auditor", "/sites", 200),
        ("auditor", "/sites/new", 403),
        ("manager", "/sites/new", 200),
        ("manager", "/people", 403),
        ("manager", "/organisations", 403),
        ("auditor", "/people", 403),
    ],
)
def test_each_role_opens_its_own_pages_only(visit: Visit, role: str, path: str, status: int) -> None:
    assert visit(role).get(path).status_code == status


@pytest.mark.parametrize(("role", "lands"), [("operator", "/scan"), ("supplier", "/labels")])
def test_people_of_the_floor_land_where_their_work_is(visit: Visit, role: str, lands: str) -> None:
    assert visit(role).get("/").headers["Location"] == lands


@pytest.mark.parametrize(
    ("role", "sees", "does_not_see"),
    [
        (
            "manager",
            ["Trace something", "Nothing is on hold", "Recorded last", "/items/mint"],
            ["Setting up", "/people"],
        ),
        ("ana", ["Trace something", "Nothing is on hold", "Setting up", "/people"], []),
        (
            "auditor",
            ["Trace something", "Recorded last", "/audit"],
            ["Setting up", "/items/mint", "Nothing is on hold"],
        ),
    ],
)
def test_the_start_page_shows_what_a_role_needs(
    visit: Visit, role: str, sees: list[str], does_not_see: list[str]
) -> None:
    page = visit(role).get("/").text
    assert not [words for words in sees if words not in page]
    assert not [words for words in does_not_see if words in page]


def test_the_start_page_tells_what_was_recorded_last(visit: Visit) -> None:
    bo = visit("bo")
    bo.post("/sites/new", {"name_en": "Store", "suffix": "STORE-1"})
    page = bo.get("/").text
    assert "/trace/88.118.1001/STORE-1" in page
    assert "STORE-1" not in visit("cy").get("/").text


def test_the_start_page_tells_what_is_on_hold_and_why(
    visit: Visit, app: Flask, world: Tenants, clock: Clock
) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        plant = masterdata.create_site(session, world.bo, "厂", "Plant", "", clock()).epc
        powder = masterdata.create_product(
            session,
            world.bo,
            part_number="CP",
            name_zh="粉",
            name_en="Powder",
            unit="KGM",
            tracing="lot",
            now=clock(),
        ).epc
        request = MintRequest("lot", product_epc=powder, lot="L-7", activate_at=plant, quantity=Decimal(5))
        (lot,) = mint(session, world.bo, request, clock())
        holding.hold(session, world.bo, lot.removeprefix("hdl:"), "100% wet <again>", clock())
    page = visit("bo").get("/").text
    assert "Powder" in page
    assert "L-7" in page
    assert "100% wet &lt;again&gt;" in page
    assert "Powder" not in visit("cy").get("/").text
