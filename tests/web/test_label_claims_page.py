"""A blank label on the scan page: the way to say what it is for, and the form that does."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.services import minting
from app.services.mint_requests import MintRequest
from app.store.database import writing
from tests.support.floor import Floor, scan_of, send
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def blank(floor: Floor) -> str:
    with writing(floor.engine) as session:
        (epc,) = minting.mint(session, floor.people.ana, MintRequest("blank"), floor.now)
    return epc.removeprefix("hdl:")


def test_a_scanned_blank_leads_to_its_form_and_is_scanned_on_from_there(
    visit: Visit, floor: Floor, blank: str
) -> None:
    bo = visit("bo")
    told = send(bo, scan_of(floor, blank, "commission")).get_json()
    assert (told["verdict"], told["code"]) == ("red", "blank-label")
    page = bo.client.get(told["item"]["claim"])
    assert page.status_code == 200
    assert blank in page.text
    form = {"csrf_token": bo.token, "code": blank, "product": floor.products["MOD-1"], "serial": "SN-9"}
    saved = bo.client.post("/labels/claim", data=form)
    assert (saved.status_code, saved.location) == (303, "/scan")
    assert "SN-9" in bo.client.get("/scan").text
    assert (
        send(bo, scan_of(floor, blank, "commission", nonce="after-the-claim")).get_json()["verdict"]
        == "green"
    )


def test_what_cannot_be_is_told_at_its_field_and_the_typed_stays(
    visit: Visit, floor: Floor, blank: str
) -> None:
    ana = visit("ana")
    form = {
        "csrf_token": ana.token,
        "code": blank,
        "product": floor.products["POW-1"],
        "serial": "S",
        "lot": "L-77",
    }
    answer = ana.client.post("/labels/claim", data=form)
    assert answer.status_code == 400
    assert "L-77" in answer.text
    assert "A lot has no serial number." in answer.text


def test_to_cy_a_blank_of_anas_is_what_does_not_exist(visit: Visit, floor: Floor, blank: str) -> None:
    cy = visit("cy")
    there = cy.client.get(f"/labels/claim?code={blank}")
    missing = cy.client.get("/labels/claim?code=88.118.1001/0000000000000000")
    assert there.status_code == missing.status_code == 404
    form = {"csrf_token": cy.token, "code": blank, "product": "", "lot": ""}
    assert cy.client.post("/labels/claim", data=form).status_code == 404


def test_a_blank_is_shown_on_every_page_that_shows_things(visit: Visit, floor: Floor, blank: str) -> None:
    ana, anybody = visit("ana"), visit("ana").client.application.test_client()
    for path in (
        f"/trace/{blank}",
        f"/registry/identifier?id={blank}",
        f"/search?q={blank}",
        "/log",
        "/items",
    ):
        assert ana.client.get(path, follow_redirects=True).status_code == 200, path
    looked = ana.client.get(f"/api/v1/look?code={blank}").get_json()
    assert (looked["item"]["level"], looked["next_steps"]) == ("blank", [])
    assert anybody.get(f"/{blank}", headers={"Accept": "text/html"}).status_code in {200, 404}
    assert ana.client.get(f"/labels?id={blank}").status_code == 200
