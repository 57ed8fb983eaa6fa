"""Reviewing by program: applications and zones under /api/v1, described, paged, closed to everybody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from app.domain.trust import Signed
from app.services import applying, certifying
from app.services.delegating import Issuer
from app.settings import Settings
from app.store.database import writing
from tests.support import tenants
from tests.support.registrar import SUBJECT, url
from tests.support.tenants import Visitor

ZONE = "88.118.1001"


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings, clock: Callable[[], object]) -> Flask:
    app = make_app(replace(settings, node_roles=("second-level",), zone="88.118"))
    node = app.extensions["suyuan"]
    issuer = Issuer("88.118", certifying.signing_key(node.keys))
    with writing(node.engine) as session:
        tenants.found(session, clock())
        for number in range(3):
            wish = applying.Wish(f"88.118.100{number + 1}", SUBJECT, endpoints=[url("ana")])
            applying.apply(session, issuer, wish, clock())
    return app


def visit(app: Flask, login: str) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in(login).status_code == 303
    return visitor


def post(who: Visitor, path: str, **body: str) -> tuple[int, dict[str, object]]:
    answer = who.client.post(f"/api/v1/{path}", json=body, headers={"X-CSRFToken": who.token})
    return answer.status_code, answer.get_json()


def test_a_program_pages_through_applications_decides_and_looks_after_zones(app: Flask) -> None:
    ana = visit(app, "ana")
    first = ana.get("/api/v1/applications?limit=2").get_json()
    assert [row["id"] for row in first["items"]] == [3, 2]
    rest = ana.get(f"/api/v1/applications?limit=2&after={first['next']}").get_json()
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([1], None)
    assert post(ana, "applications/1/decisions", step="take")[1]["state"] == "in-review"
    status, problem = post(ana, "applications/1/decisions", step="approve")
    assert (status, problem["code"]) == (400, "verification-missing")
    status, told = post(ana, "applications/1/decisions", step="approve", verification="on-site")
    assert (status, told["state"], told["subject"]["id_number"]) == (201, "approved", SUBJECT["id_number"])
    assert post(ana, "applications/2/decisions", step="refuse", reason="No.")[1]["reason"] == "No."
    assert post(ana, "applications/3/decisions", step="return", reason="Why?")[1]["state"] == "returned"
    assert [row["id"] for row in ana.get("/api/v1/applications?state=refused").get_json()["items"]] == [2]
    (zone,) = ana.get("/api/v1/zones?q=88.118.1").get_json()["items"]
    assert (zone["zone"], zone["state"], zone["endpoints"]) == (ZONE, "active", [url("ana")])
    status, whole = post(ana, f"zones/{ZONE}/steps", step="suspend", reason="It lies.")
    assert (status, whole["state"], whole["steps"][0]["reason"]) == (201, "suspended", "It lies.")
    assert Signed.from_wire(whole["statement"]).peek()["state"] == "suspended"
    assert post(ana, f"zones/{ZONE}/steps", step="resume")[1]["state"] == "active"
    assert post(ana, "zones/88.118.7/steps", step="resume")[0] == 404
    assert ana.get("/api/v1/zones/%3Cx%3E").status_code == 404


@pytest.mark.parametrize("login", ["bo", "cy", "operator", "supplier"])
def test_nobody_else_reads_or_decides(app: Flask, login: str) -> None:
    who = visit(app, login)
    for path in (
        "applications",
        "applications/1",
        "applications/4711",
        "zones",
        f"zones/{ZONE}",
        "zones/88.118.4711",
    ):
        assert who.get(f"/api/v1/{path}").status_code == 403
    for path in ("applications/1/decisions", "applications/4711/decisions"):
        assert post(who, path, step="approve", verification="on-site")[0] == 403
    assert post(who, f"zones/{ZONE}/steps", step="revoke", reason="x")[0] == 403


def test_an_auditor_reads_and_decides_nothing(app: Flask) -> None:
    auditor = visit(app, "auditor")
    assert auditor.get("/api/v1/applications/1").status_code == 200
    assert post(auditor, "applications/1/decisions", step="take")[0] == 403


def test_what_is_served_is_what_is_described(app: Flask) -> None:
    ana = visit(app, "ana")
    document = ana.get("/api/v1/openapi.json").get_json()
    paths = {
        "/applications",
        "/applications/{id}",
        "/applications/{id}/decisions",
        "/zones",
        "/zones/{zone}",
        "/zones/{zone}/steps",
    }
    assert {f"/api/v1{path}" for path in paths} <= document["paths"].keys()
    schema = {"$ref": "#/components/schemas/WholeApplication", "components": document["components"]}
    Draft202012Validator(schema).validate(ana.get("/api/v1/applications/1").get_json())
