"""What each resource of the API does: everything a page does, a program can do."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from app import jobqueue, jobrunner
from app.domain.people import RIGHTS
from app.store.database import writing
from labels.reading import read
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


def worked_off(app: Flask, api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it is after its runner did it."""
    node = app.extensions["suyuan"]
    jobrunner.run(node.settings, node.engine, job["id"])
    told: dict[str, Any] = api.get(f"/jobs/{job['id']}").get_json()
    return told


def waiting(app: Flask) -> list[str]:
    """The ids of the jobs that the worker is told of."""
    queue = jobqueue.queue_of(app.extensions["suyuan"].settings)
    jobqueue.task_of(queue)
    return [task.args[0] for task in queue.pending()]


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


# --- things ---


def test_a_lot_is_minted_active_with_its_quantity_and_found_under_its_identifier(
    ana: Api, floor: Floor
) -> None:
    wanted = {
        "level": "lot",
        "product": floor.products["POW-1"].removeprefix("hdl:"),
        "lot": "L-1",
        "produced_on": "2026-05-01",
        "activate_at": floor.places["plant"],
        "quantity": "12.50",
    }
    minted = ana.post("/items", wanted).get_json()
    (made,) = minted["items"]
    assert (minted["count"], made["lot"]) == (1, "L-1")
    assert made["url"] == f"HTTP://127.0.0.1:8000/{made['identifier']}"
    item = ana.get(f"/items/{made['identifier']}").get_json()
    assert (item["quantity"], item["unit"], item["lifecycle"], item["site_en"]) == (
        "12.5",
        "KGM",
        "active",
        "Plant",
    )
    assert (item["produced_on"], item["part_number"]) == ("2026-05-01", "POW-1")
    assert item == ana.get(f"/items/{made['identifier'].lower()}").get_json()
    problem(ana.post("/items", wanted), 409, "identifier-taken")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"product": ""}, 400, "unknown-product"),
        ({"product": "88.118.1001/NOTHING"}, 400, "unknown-product"),
        ({"product": "?"}, 400, None),
        ({"level": "lot", "lot": "L-1"}, 422, "wrong-tracing"),
        ({"activate_at": "88.118.1002/ELSEWHERE"}, 422, "not-your-site"),
        ({"count": 2, "suffix": "ONE"}, 400, "one-at-a-time"),
        ({"expires_on": "2020-01-01", "produced_on": "2026-01-01"}, 400, "expires-before-made"),
        ({"serial_start": "SN"}, 400, "bad-serial-start"),
    ],
)
def test_a_mint_that_cannot_be_is_refused_and_mints_nothing(
    ana: Api, floor: Floor, change: dict[str, Any], status: int, code: str | None
) -> None:
    wanted = {"level": "serial", "product": floor.products["MOD-1"]} | change
    problem(ana.post("/items", wanted), status, code or "")
    assert ana.items("/items") == []


def test_a_large_mint_is_a_job_with_a_table_of_what_was_minted(app: Flask, ana: Api, floor: Floor) -> None:
    answer = ana.post(
        "/items", {"level": "serial", "count": 2_001, "product": floor.products["MOD-1"]}, key="many"
    )
    assert answer.status_code == 202
    assert ana.items("/items") == []
    job = worked_off(app, ana, answer.get_json())
    assert (job["state"], job["kind"]) == ("done", "mint")
    table = ana.client.get(job["result_url"], headers=ana.headers, buffered=True)
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert (table.mimetype, len({row["identifier"] for row in rows})) == ("text/csv", 2_001)
    assert ana.get(f"/items/{rows[0]['identifier']}").status_code == 200


def test_an_identifier_is_taken_out_of_use_once(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    body = {"identifier": code, "reason": "Label spoiled"}
    item = ana.post("/items/void", body, key="void").get_json()
    assert (item["lifecycle"], item["identifier"]) == ("void", code)
    assert ana.post("/items/void", body, key="void").get_json() == item
    assert ana.post("/items/void", body).status_code == 422


def test_a_thing_is_held_and_released(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    held = ana.post("/holds", {"identifier": code, "reason": "Swollen"}).get_json()
    assert (held["item"]["held"], held["item"]["disposition"]) == ("Swollen", "unavailable")
    (hold,) = ana.items("/holds")
    assert (hold["reason"], hold["operator"], hold["item"]["identifier"]) == ("Swollen", "Ana", code)
    released = ana.post("/holds/release", {"identifier": code, "reason": "Measured"}).get_json()
    assert (released["item"]["held"], released["seq"]) == ("", held["seq"] + 1)
    assert ana.items("/holds") == []
    problem(ana.post("/holds/release", {"identifier": code, "reason": "Again"}), 422, "not-held")


# --- labels, traces, jobs ---


def test_a_single_label_is_a_picture_whose_code_can_be_read(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    picture = ana.get(f"/labels/{code}.png", dpi=203)
    assert picture.mimetype == "image/png"
    assert f"HTTP://127.0.0.1:8000/{code}" in {found.text for found in read(picture.data)}
    assert ana.get(f"/labels/{code}.svg").data.lstrip().startswith((b"<svg", b"<?xml"))
    problem(ana.get(f"/labels/{code}.png", dpi=72), 422)


def test_label_sheets_of_a_batch_are_a_job_with_a_pdf(app: Flask, ana: Api, floor: Floor) -> None:
    minted = ana.post(
        "/items", {"level": "serial", "count": 3, "product": floor.products["MOD-1"]}
    ).get_json()
    answer = ana.post("/labels", {"batch": minted["batch"], "start": 23})
    queued = answer.get_json()
    assert (answer.status_code, queued["state"], queued["result_url"]) == (202, "queued", None)
    assert waiting(app) == [queued["id"]]
    problem(ana.get(f"/jobs/{queued['id']}/result"), 404, "no-result")
    job = worked_off(app, ana, queued)
    assert (job["state"], job["done"], job["total"]) == ("done", job["total"], job["total"])
    sheet = ana.get(f"/jobs/{job['id']}/result")
    assert (sheet.mimetype, sheet.data[:5]) == ("application/pdf", b"%PDF-")
    assert sheet.headers["Content-Disposition"] == "attachment; filename=suyuan-labels.pdf"
    problem(ana.post(f"/jobs/{job['id']}/cancel"), 422, "job-ended")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "nothing-chosen"),
        ({"batch": "1-2", "identifiers": ["88.118.1001/A"]}, 400, "nothing-chosen"),
        ({"batch": "9000-9001"}, 400, "bad-label-count"),
        ({"batch": "5-2"}, 404, "unknown-batch"),
        ({"batch": "0-999999999"}, 404, "unknown-batch"),
        ({"identifiers": ["88.118.1001/NOTHING"]}, 404, "unknown-identifier"),
    ],
)
def test_labels_that_cannot_be_are_refused_before_there_is_a_job(
    ana: Api, floor: Floor, body: dict[str, Any], status: int, code: str
) -> None:
    problem(ana.post("/labels", body), status, code)
    assert ana.items("/jobs") == []


def test_a_job_can_be_cancelled(ana: Api, floor: Floor) -> None:
    queued = ana.post("/labels", {"identifiers": floor.pieces()}).get_json()
    cancelled = ana.post(f"/jobs/{queued['id']}/cancel").get_json()
    assert (cancelled["state"], cancelled["finished"] is not None) == ("cancelled", True)


def test_a_trace_tells_the_chain_and_its_report_is_a_job(app: Flask, ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    floor.hold(code, "Scratched")
    trace = ana.get(f"/trace/{code}").get_json()
    subject = next(thing for thing in trace["things"] if thing["id"] == trace["subject"])
    assert (subject["identifier"], subject["held"]) == (code, "Scratched")
    assert {"commission", "hold"} <= {event["step"] for event in trace["events"]}
    problem(ana.post("/reports", {"identifier": "88.118.1001/NOTHING"}), 404, "unknown-identifier")
    answer = ana.post("/reports", {"identifier": f"HTTP://127.0.0.1:8000/{code}"})
    assert answer.status_code == 202
    assert answer.get_json()["kind"] == "trace-pdf"


def test_search_finds_by_identifier_lot_and_part_number(ana: Api, floor: Floor) -> None:
    lot = floor.lot("L-2026-05", "5")
    found = ana.get("/search", q=lot).get_json()
    assert ([each["identifier"] for each in found["items"]], found["exact"]) == ([lot], True)
    assert [each["lot"] for each in ana.items("/search", q="l-2026-05")] == ["L-2026-05"]
    assert {each["part_number"] for each in ana.items("/search", q="POW-1") if each["level"] == "lot"} == {
        "POW-1"
    }
    row = found["items"][0]
    assert (row["owner"]["prefix"], row["unit"]) == ("88.118.1001", "KGM")


def test_a_job_whose_runner_was_lost_is_queued_again_by_who_asks_for_it(
    app: Flask, ana: Api, floor: Floor, clock: Clock
) -> None:
    queued = ana.post("/labels", {"identifiers": floor.pieces()}).get_json()
    jobqueue.queue_of(app.extensions["suyuan"].settings).flush()
    clock.pass_by(minutes=1)
    assert ana.get(f"/jobs/{queued['id']}").get_json()["state"] == "queued"
    assert waiting(app) == [queued["id"]]


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
