"""What a program can do about oneself, people, companies, master data."""

from typing import Any

import pytest
from flask import Flask

from app.domain.people import RIGHTS
from app.store.database import writing
from tests.support.api import Api, problem
from tests.support.floor import Floor
from tests.support.tenants import PASSWORD, Tenants, Visitor
from tests.web.conftest import Clock


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


# --- oneself ---


def test_me_says_who_one_is_and_what_one_may_do(app: Flask, world: Tenants, ana: Api) -> None:
    me = ana.get("/me").get_json()
    assert (me["login"], me["role"], me["places"]) == ("ana", "administrator", None)
    assert set(me["rights"]) == RIGHTS["administrator"]
    assert (me["organisation"]["prefix"], me["node_administrator"]) == ("88.118.1001", True)
    assert not Api(app, world.cy).get("/me").get_json()["node_administrator"]
    assert ana.patch("/me", {"language": "zh"}).get_json()["language"] == "zh"
    assert ana.get("/jobs/nothing").get_json()["detail"].startswith("没有")


def test_the_places_one_is_bound_to_are_told(app: Flask, world: Tenants, ana: Api, floor: Floor) -> None:
    plant = next(site for site in ana.items("/sites") if site["epc"] == floor.places["plant"])
    changed = ana.patch(f"/people/{world.bo.operator_id}", {"site_ids": [plant["id"]]}).get_json()
    assert (changed["site_ids"], changed["role"], changed["name"]) == ([plant["id"]], "manager", "Bo")
    assert Api(app, world.bo).get("/me").get_json()["places"] == [floor.places["plant"]]


def test_a_password_is_changed_with_the_present_one_only(
    app: Flask, world: Tenants, ana: Api, stranger: Visitor
) -> None:
    new = "a longer secret sentence"
    told = problem(ana.post("/me/password", {"current": "wrong", "password": new}), 422, "wrong-password")
    assert told["errors"][0]["field"] == "current"
    problem(ana.post("/me/password", {"current": PASSWORD, "password": "short"}), 400, "bad-password-length")
    assert ana.post("/me/password", {"current": PASSWORD, "password": new}).status_code == 204
    assert stranger.sign_in("ana").status_code == 422
    assert stranger.sign_in("ana", new).status_code == 303
    assert ana.post("/me/sign-out-everywhere").status_code == 204
    assert stranger.get("/account").status_code == 302


def test_a_stolen_key_cannot_try_passwords_for_ever(app: Flask, ana: Api) -> None:
    body = {"current": "wrong", "password": "a longer secret sentence"}
    for _ in range(app.extensions["suyuan"].settings.login_attempts):
        ana.post("/me/password", body)
    problem(ana.post("/me/password", body), 429, "too-many-attempts")


def test_a_key_that_was_created_works_until_it_is_revoked(app: Flask, ana: Api) -> None:
    created = ana.post("/api-keys", {"name": "MES line 2"}).get_json()
    fresh = Api(app, None)
    fresh.headers["Authorization"] = f"Bearer {created['key']}"
    assert fresh.get("/me").status_code == 200
    listed = {each["name"]: each for each in ana.items("/api-keys")}
    assert listed["MES line 2"] == {name: created[name] for name in listed["MES line 2"]} | {
        "last_used": listed["MES line 2"]["last_used"]
    }
    ana.delete(f"/api-keys/{created['id']}")
    problem(fresh.get("/me"), 401)
    problem(ana.delete(f"/api-keys/{created['id']}"), 404, "unknown-key")


# --- people, organisations, master data ---


def test_a_person_is_invited_changed_deactivated_and_reset(app: Flask, ana: Api, stranger: Visitor) -> None:
    body = {"login": "li.wei", "name": "Li Wei", "role": "operator"}
    invited = ana.post("/people", body).get_json()
    person = invited["person"]
    assert (person["invited"], person["active"], invited["days"]) == (True, True, 7)
    assert stranger.get(invited["link"].removeprefix("http://127.0.0.1:8000")).status_code == 200
    path = f"/people/{person['id']}"
    assert ana.patch(path, {"role": "manager"}).get_json() == person | {"role": "manager"}
    assert not ana.patch(path, {"active": False}).get_json()["active"]
    problem(ana.post(f"{path}/reset"), 422, "person-inactive")
    assert ana.patch(path, {"active": True, "name": "Li"}).get_json()["name"] == "Li"
    again = ana.post(f"{path}/reset").get_json()
    assert again["link"] not in {None, invited["link"]}
    assert stranger.get(invited["link"].removeprefix("http://127.0.0.1:8000")).status_code == 404
    problem(ana.post("/people", body), 409, "login-taken")


def test_the_last_administrator_stays(world: Tenants, ana: Api) -> None:
    path = f"/people/{world.ana.operator_id}"
    for change in ({"role": "operator"}, {"active": False}):
        problem(ana.patch(path, change), 422, "last-administrator")
    assert ana.get(path).get_json()["role"] == "administrator"


def test_a_change_that_changes_nothing_leaves_no_trace(world: Tenants, ana: Api) -> None:
    path = f"/people/{world.bo.operator_id}"
    before = ana.items("/audit")
    assert ana.patch(path, ana.get(path).get_json()["name"] and {"name": "Bo"}).status_code == 200
    assert ana.items("/audit") == before


def test_an_organisation_is_changed_field_by_field(ana: Api, world: Tenants) -> None:
    path = f"/organisations/{world.cy.organisation_id}"
    before = ana.get(path).get_json()
    assert ana.patch(path, {"sharing": "chain", "gs1_prefix": "6901234"}).get_json() == before | {
        "sharing": "chain",
        "gs1_prefix": "6901234",
    }
    assert ana.patch(path, {"active": False}).get_json()["active"] is False
    own = f"/organisations/{world.ana.organisation_id}"
    problem(ana.patch(own, {"active": False}), 422, "node-stays-active")


def test_a_site_and_a_product_are_created_and_changed_field_by_field(ana: Api) -> None:
    site = ana.post(
        "/sites", {"name_zh": "一号厂", "name_en": "Plant", "address": "Road 1\nTown", "suffix": "PLANT-1"}
    ).get_json()
    assert site["epc"] == "hdl:88.118.1001/PLANT-1"
    assert ana.patch(f"/sites/{site['id']}", {"active": False}).get_json() == site | {"active": False}
    assert ana.items("/sites", active="true") == []
    body = {
        "part_number": "POW-1",
        "name_en": "Powder",
        "tracing": "lot",
        "unit": "KGM",
        "shelf_life_days": 90,
        "public": False,
    }
    product = ana.post("/products", body).get_json()
    assert {name: product[name] for name in body} == body
    path = f"/products/{product['id']}"
    assert ana.patch(path, {"shelf_life_days": None}).get_json() == product | {"shelf_life_days": None}
    assert ana.patch(path, {"name_zh": "粉末", "active": False}).get_json()["name_zh"] == "粉末"
    assert ana.get(path).get_json()["name_en"] == "Powder"
    assert [each["part_number"] for each in ana.items("/products", q="owd")] == ["POW-1"]
    assert ana.items("/products", active="true") == []
    problem(
        ana.post("/products", body | {"part_number": "P-2", "tracing": "serial"}), 400, "serial-needs-pieces"
    )


def test_the_audit_trail_tells_what_was_done(ana: Api) -> None:
    ana.post("/sites", {"name_en": "Plant"})
    newest = ana.get("/audit", limit=1).get_json()["items"][0]
    assert (newest["action"], newest["operator_name"], newest["detail"]) == ("site-created", "Ana", "Plant")


def test_what_a_call_could_not_do_leaves_nothing_behind(
    app: Flask, ana: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The identifier of a product is minted in the transaction that creates the product."""
    from app.services import masterdata

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(masterdata.auditing, "record", fail)
    with pytest.raises(RuntimeError):
        ana.client.post("/api/v1/products", json={"part_number": "P", "name_en": "P"}, headers=ana.headers)
    assert ana.items("/products") == []
    with writing(app.extensions["suyuan"].engine) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM entry").scalar_one() == 0
