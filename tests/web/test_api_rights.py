"""Who may call what: every call of the API × everybody, and nobody learns what another company has."""

import re
from typing import Any

import pytest
from flask import Flask

from app.domain.people import RIGHTS
from tests.support.api import PREFIX, Api, Description, problem
from tests.support.floor import Floor
from tests.support.tenants import Tenants
from tests.web.conftest import Clock

SIGNED_IN = ""  # no right needed
RIGHT_OF = {
    "GET /api-keys": SIGNED_IN,
    "POST /api-keys": SIGNED_IN,
    "DELETE /api-keys/{id}": SIGNED_IN,
    "GET /me": SIGNED_IN,
    "PATCH /me": SIGNED_IN,
    "POST /me/password": SIGNED_IN,
    "POST /me/sign-out-everywhere": SIGNED_IN,
    "GET /items": "browse",
    "GET /items/{prefix}/{suffix}": "browse",
    "POST /items": "mint",
    "POST /items/void": "void",
    "POST /items/retire": "void",
    "GET /batches": "browse",
    "GET /registry": "browse",
    "GET /registry/as-of/{prefix}/{suffix}": "browse",
    "GET /registry/life/{prefix}/{suffix}": "browse",
    "GET /prefixes": "browse",
    "POST /prefixes": "people",
    "PATCH /prefixes/{id}": "people",
    "GET /patterns/preview": "browse",
    "PUT /products/{id}/pattern": "master",
    "GET /ranges": "browse",
    "POST /ranges": "master",
    "GET /ranges/{id}": "browse",
    "PATCH /ranges/{id}": "master",
    "GET /ranges/{id}/items": "browse",
    "GET /aliases": "browse",
    "POST /aliases": "master",
    "DELETE /aliases": "master",
    "POST /records/batch": "mint",
    "POST /labels": "print",
    "GET /labels/{prefix}/{suffix}.{form}": "print",
    "POST /labels/runs": "print",
    "GET /labels/runs": "print",
    "GET /labels/runs/{run_id}": "print",
    "GET /labels/runs/{run_id}/labels": "print",
    "GET /labels/runs/{run_id}/file": "print",
    "POST /labels/runs/{run_id}/file": "print",
    **{
        f"POST /labels/runs/{{run_id}}/{what}": "print"
        for what in ("cancel", "resume", "spoil", "lose", "apply", "reprint")
    },
    "POST /labels/tables": "print",
    "POST /labels/claims": "scan",
    "POST /labels/check": "scan",
    "GET /labels/stock": "print",
    "POST /labels/stock": "print",
    "GET /labels/stock/{code}": "print",
    "PUT /labels/stock/{code}/correction": "print",
    "GET /labels/printers": "print",
    "POST /labels/printers": "people",
    "GET /labels/printers/{id}": "print",
    "PATCH /labels/printers/{id}": "people",
    "POST /labels/printers/{id}/status": "print",
    "POST /labels/printers/{id}/test": "print",
    "GET /labels/templates": "print",
    "POST /labels/templates": "master",
    "GET /labels/templates/ready/{name}": "print",
    "GET /labels/templates/{id}": "print",
    "PUT /labels/templates/{id}": "master",
    "PATCH /labels/templates/{id}": "master",
    "GET /labels/templates/{id}/versions": "print",
    "POST /labels/templates/{id}/restore": "master",
    "POST /labels/templates/preview": "print",
    "POST /labels/templates/pictures": "print",
    "POST /scans": "scan",
    "POST /scans/{nonce}/undo": "scan",
    "POST /photos": "scan",
    "GET /look": "scan",
    "GET /places": "scan",
    "GET /partners": "scan",
    "GET /trace/{prefix}/{suffix}": "trace",
    "GET /search": "trace",
    "GET /custody-rules": "people",
    "PUT /custody-rules": "people",
    "GET /balances": "trace",
    "GET /balances/{prefix}/{suffix}": "trace",
    "POST /reports": "trace",
    "GET /holds": "hold",
    "POST /holds": "hold",
    "POST /holds/release": "hold",
    "GET /quality": "trace",
    "POST /lists": "report",
    "POST /recalls/{recall_id}/documents": "report",
    "GET /recalls": "report",
    "POST /recalls": "hold",
    "GET /recalls/{recall_id}": "report",
    "POST /recalls/{recall_id}/hold": "hold",
    "POST /recalls/{recall_id}/release": "hold",
    "POST /recalls/{recall_id}/end": "hold",
    "PUT /recalls/{recall_id}/notices/{party}": "hold",
    "GET /events": "browse",
    "GET /jobs": SIGNED_IN,
    "GET /jobs/{job_id}": SIGNED_IN,
    "POST /jobs/{job_id}/cancel": SIGNED_IN,
    "GET /jobs/{job_id}/result": SIGNED_IN,
    "GET /links": "browse",
    "POST /links": "master",
    "GET /links/preview": "browse",
    "GET /links/{id}": "browse",
    "PATCH /links/{id}": "master",
    "DELETE /links/{id}": "master",
    "GET /products": "browse",
    "POST /products": "master",
    "GET /products/{id}": "browse",
    "PATCH /products/{id}": "master",
    "GET /templates": "browse",
    "POST /templates": "master",
    "GET /templates/{id}": "browse",
    "PATCH /templates/{id}": "master",
    "GET /templates/{id}/schema": "browse",
    "POST /templates/{id}/versions": "master",
    "GET /sites": "browse",
    "POST /sites": "master",
    "GET /sites/{id}": "browse",
    "PATCH /sites/{id}": "master",
    "GET /people": "people",
    "POST /people": "people",
    "GET /people/{id}": "people",
    "PATCH /people/{id}": "people",
    "POST /people/{id}/reset": "people",
    "GET /organisations": "people",
    "POST /organisations": "people",
    "GET /organisations/{id}": "people",
    "PATCH /organisations/{id}": "people",
    "GET /audit": "audit",
    "GET /resolutions": "browse",
    "GET /network": "browse",
    "GET /log/head": SIGNED_IN,
    "GET /log/checkpoint": SIGNED_IN,
    "GET /log/consistency": SIGNED_IN,
    "GET /log/checkpoints": SIGNED_IN,
    "GET /log/entries/{seq}/evidence": "browse",
    "POST /log/verifications": SIGNED_IN,
    "GET /alerts": "browse",
    "GET /alerts/{id}": "browse",
    "POST /alerts/{id}/judgement": "hold",
    "GET /alert-rules": "browse",
    "PUT /alert-rules": "people",
    "GET /log/entries/{seq}": "browse",
    "GET /log/entries/{seq}/proof": SIGNED_IN,
    "GET /log/partners": "audit",
    "POST /log/partners": "people",
    "DELETE /log/partners/{zone}": "people",
    "POST /partners": "master",
    "GET /disclosure": "browse",
    "POST /disclosure": "master",
    "DELETE /disclosure/{id}": "master",
}
ANYBODYS = {  # hashes, by which nobody learns what was recorded: docs/decisions/0018
    "GET /log/head",
    "GET /log/checkpoint",
    "GET /log/checkpoints",
    "GET /log/consistency",
    "GET /log/entries/{seq}/proof",
    "POST /log/verifications",
}
SAMPLES = {
    "recall_id": "0" * 24,
    "run_id": "999999",
    "party": "88.118.1002",
    "id": "999999",
    "name": "no-such-label",
    "code": "own-999999",
    "prefix": "88.118.1001",
    "suffix": "NOTHING",
    "form": "png",
    "job_id": "0" * 32,
    "nonce": "none",
    "seq": "9999",
    "zone": "88.118.9999",
}


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


def path_of(call: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: SAMPLES[match[1]], call.partition(" ")[2])


def test_the_table_of_rights_names_every_call(app: Flask) -> None:
    described = {
        f"{method} {path}": operation.get("x-right", "")
        for method, path, operation in Description(app).operations()
    }
    assert described == RIGHT_OF


@pytest.mark.parametrize("call", [call for call in RIGHT_OF if call not in ANYBODYS])
def test_a_stranger_is_told_to_sign_in_and_nothing_else(app: Flask, call: str) -> None:
    stranger = Api(app, None)
    for headers in ({}, {"Authorization": "Bearer sy_made_up"}):
        answer = stranger.call(call.partition(" ")[0], path_of(call), headers=headers)
        if call.startswith("GET"):
            problem(answer, 401, "not-signed-in")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        else:
            problem(answer, 401 if headers else 400)


@pytest.mark.parametrize("role", RIGHTS)
def test_each_role_may_call_what_its_rights_allow(app: Flask, world: Tenants, role: str) -> None:
    api = Api(app, world.staff[role])
    for call, right in RIGHT_OF.items():
        answer = api.call(call.partition(" ")[0], path_of(call))
        if right and right not in RIGHTS[role]:
            problem(answer, 403, "not-your-right")
        else:
            assert answer.status_code not in {401, 403}, call


def test_the_cookie_needs_the_page_s_token_and_a_key_needs_none(
    app: Flask, world: Tenants, visit: Any
) -> None:
    visitor = visit("ana")
    product = {"part_number": "CELL-1", "name_en": "Cell"}
    problem(visitor.client.post(f"{PREFIX}/products", json=product), 400, "stale-form")
    with_token = {"X-CSRFToken": visitor.token}
    assert visitor.client.post(f"{PREFIX}/products", json=product, headers=with_token).status_code == 201
    assert Api(app, world.ana).post("/products", product | {"part_number": "CELL-2"}).status_code == 201


def test_a_revoked_key_opens_nothing(app: Flask, world: Tenants) -> None:
    api = Api(app, world.bo)
    (key,) = api.items("/api-keys")
    assert api.delete(f"/api-keys/{key['id']}").status_code == 204
    problem(api.get("/me"), 401)


# --- Cy must see nothing of Ana's ---


def test_things_of_another_company_look_like_things_that_do_not_exist(
    app: Flask, world: Tenants, floor: Floor
) -> None:
    ana, cy = Api(app, world.ana), Api(app, world.cy)
    (code,) = floor.pieces()
    product = ana.items("/products")[0]["id"]
    site = ana.items("/sites")[0]["id"]
    person = ana.items("/people")[0]["id"]
    own = ana.get("/me").get_json()["organisation"]["id"]
    key = ana.items("/api-keys")[0]["id"]
    job = ana.post("/labels", {"identifiers": [code]}).get_json()["id"]
    calls: list[tuple[str, str, Any, Any, Any]] = [
        ("GET", "/products/{}", product, 999_999, None),
        ("PATCH", "/products/{}", product, 999_999, {"name_en": "Mine"}),
        ("GET", "/sites/{}", site, 999_999, None),
        ("PATCH", "/sites/{}", site, 999_999, {"name_en": "Mine"}),
        ("GET", "/people/{}", person, 999_999, None),
        ("PATCH", "/people/{}", person, 999_999, {"role": "operator"}),
        ("POST", "/people/{}/reset", person, 999_999, None),
        ("GET", "/organisations/{}", own, 999_999, None),
        ("PATCH", "/organisations/{}", own, 999_999, {"name_en": "Mine"}),
        ("DELETE", "/api-keys/{}", key, 999_999, None),
        ("GET", "/jobs/{}", job, "0" * 32, None),
        ("POST", "/jobs/{}/cancel", job, "0" * 32, None),
        ("GET", "/jobs/{}/result", job, "0" * 32, None),
        ("GET", "/items/{}", code, "88.118.1001/NOTHINGHERE", None),
        ("GET", "/labels/{}.png", code, "88.118.1001/NOTHINGHERE", None),
        ("GET", "/trace/{}", code, "88.118.1001/NOTHINGHERE", None),
        ("GET", "/balances/{}", code, "88.118.1001/NOTHINGHERE", None),
        ("GET", "/look?code={}", code, "88.118.1001/NOTHINGHERE", None),
    ]  # fmt: skip
    for method, path, foreign, missing, body in calls:
        answers = [
            problem(
                cy.client.open(PREFIX + path.format(each), method=method, json=body, headers=cy.headers), 404
            )
            for each in (foreign, missing)
        ]
        told = [
            str(answer).replace(str(each), "…")
            for answer, each in zip(answers, (foreign, missing), strict=True)
        ]
        assert told[0] == told[1], f"{method} {path}"


@pytest.mark.parametrize("path", ["/labels", "/reports", "/holds", "/holds/release", "/items/void"])
def test_work_on_things_of_another_company_is_refused_as_on_things_that_do_not_exist(
    app: Flask, world: Tenants, floor: Floor, path: str
) -> None:
    cy = Api(app, world.cy)
    told = []
    for code in (floor.pieces()[0], "88.118.1001/NOTHINGHERE"):
        body = {"identifiers": [code]} if path == "/labels" else {"identifier": code}
        reason = {} if path in {"/labels", "/reports"} else {"reason": "Because"}
        told.append(str(problem(cy.post(path, body | reason), 404)).replace(code, "…"))
    assert told[0] == told[1]
    assert cy.items("/jobs") == []


def test_lists_hold_nothing_of_another_company(app: Flask, world: Tenants, floor: Floor) -> None:
    ana, cy = Api(app, world.ana), Api(app, world.cy)
    (code,) = floor.pieces(serial_start="SN-0001")
    floor.hold(code, "Scratched")
    ana.post("/labels", {"identifiers": [code]})
    field = {"name": "mass", "type": "integer", "title_en": "Mass"}
    ana.post("/templates", {"key": "module", "name_en": "MOD-1", "fields": [field]})
    for path in (
        "/items",
        "/batches",
        "/holds",
        "/events",
        "/jobs",
        "/products",
        "/templates",
        "/sites",
        "/people",
        "/organisations",
        "/audit",
    ):
        assert ana.items(path), f"the test shows nothing: {path}"
        told = str(cy.items(path))
        for word in (code, "MOD-1", "Ana", floor.places["plant"]):
            assert word not in told, path
    assert (
        cy.items("/search", q=code)
        == cy.items("/search", q="SN-0001")
        == cy.items("/search", q="MOD-1")
        == []
    )
    assert len(ana.items("/search", q="SN-0001")) == 1


def test_only_who_runs_the_node_creates_organisations_and_invites_into_them(
    app: Flask, world: Tenants
) -> None:
    ana, cy = Api(app, world.ana), Api(app, world.cy)
    company = {"prefix": "88.118.7007", "name_en": "Eve"}
    problem(cy.post("/organisations", company), 403, "not-the-node")
    created = ana.post("/organisations", company).get_json()
    person = {"login": "eve", "name": "Eve", "role": "administrator", "organisation_id": created["id"]}
    problem(cy.post("/people", person), 404, "unknown-organisation")
    problem(ana.post("/people", person | {"organisation_id": 999_999}), 404, "unknown-organisation")
    assert ana.post("/people", person).status_code == 201
    assert [each["prefix"] for each in ana.items("/organisations", limit=1)] == [
        "88.118.1001",
        "88.118.1002",
        "88.118.7007",
    ]
    assert [each["prefix"] for each in cy.items("/organisations")] == ["88.118.1002"]
