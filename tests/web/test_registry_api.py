"""The registry through the API: search, as-of and life, prefixes, ranges, aliases, patterns, retiring."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.services import masterdata
from app.services.minting import MintRequest, mint
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]


@pytest.fixture
def made(app: Flask, world: Tenants, clock: Clock) -> dict[str, Any]:
    with writing(app.extensions["suyuan"].engine) as session:
        site = masterdata.create_site(session, world.ana, "工厂", "Plant", "", clock())
        product = masterdata.create_product(
            session, world.ana, part_number="MOD-1", name_zh="模组", name_en="Module", now=clock()
        )
        request = MintRequest("serial", product_epc=product.epc, serial_start="SN-1", activate_at=site.epc)
        (epc,) = mint(session, world.ana, request, clock())
        return {"product": product.epc, "id": product.id, "thing": epc.removeprefix("hdl:"), "site": site.epc}


def call(visitor: Visitor, method: str, path: str, body: dict[str, Any] | None = None) -> TestResponse:
    headers = {"X-CSRFToken": visitor.token}
    return visitor.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)


def test_search_and_as_of(visit: Visit, made: dict[str, Any], clock: Clock) -> None:
    ana, cy = visit("ana"), visit("cy")
    found = call(ana, "GET", "/registry?q=sn-&limit=1").json
    assert found is not None
    assert [(row["kind"], row["identifier"]) for row in found["items"]] == [("serial", made["thing"])]
    assert found["items"][0]["item"]["lifecycle"] == "active"
    assert call(cy, "GET", "/registry?q=sn-").json == {"items": [], "next": None}
    clock.pass_by(hours=1)
    then = call(ana, "GET", f"/registry/as-of/{made['thing']}?at=2026-05-20T08:45:00Z").json
    assert then is not None
    assert (then["item"]["lifecycle"], then["values"], then["described"]) == ("active", None, {})
    early = call(ana, "GET", f"/registry/as-of/{made['thing']}?at=2026-05-20T16:00:00%2B08:00")
    assert (early.status_code, early.json and early.json["code"]) == (404, "not-yet-there")
    assert call(ana, "GET", f"/registry/as-of/{made['thing']}?at=2026-05-20T16:00").status_code == 422
    life = call(ana, "GET", f"/registry/life/{made['thing']}").json
    assert life is not None
    assert [change["to"] for change in life["changes"]] == ["reserved", "active"]
    assert call(cy, "GET", f"/registry/life/{made['thing']}").status_code == 404


def test_prefixes_ranges_and_minting_in_them(visit: Visit, world: Tenants, made: dict[str, Any]) -> None:
    ana, cy = visit("ana"), visit("cy")
    sent = {"prefix": "86.122.2", "organisation_id": world.ana.organisation_id, "quota": 3}
    allotted = call(ana, "POST", "/prefixes", sent)
    assert (allotted.status_code, allotted.json and allotted.json["used"]) == (201, 0)
    assert call(cy, "POST", "/prefixes", sent).status_code == 403
    minted = call(
        ana, "POST", "/items", {"level": "serial", "product": made["product"], "prefix": "86.122.2"}
    )
    assert minted.json is not None
    assert minted.json["items"][0]["identifier"].startswith("86.122.2/")
    row = next(one for one in call(ana, "GET", "/prefixes").json["items"] if one["prefix"] == "86.122.2")  # type: ignore[index]
    assert row["used"] == 1
    changed = call(ana, "PATCH", f"/prefixes/{row['id']}", {"state": "suspended"})
    assert changed.json is not None
    assert (changed.json["state"], changed.json["quota"]) == ("suspended", 3)
    sent = {"supplier": world.cy.prefix, "product_id": made["id"], "start": "s7-", "quota": 2}
    reserved = call(ana, "POST", "/ranges", sent).json
    assert reserved is not None
    assert (reserved["start"], reserved["left"]) == ("S7-", 2)
    made_there = call(cy, "POST", "/items", {"level": "serial", "count": 2, "range": reserved["id"]})
    assert made_there.status_code == 201
    more = call(cy, "POST", "/items", {"level": "serial", "range": reserved["id"]})
    assert (more.status_code, more.json and more.json["code"]) == (422, "range-used-up")
    for visitor in (ana, cy):
        listed = call(visitor, "GET", f"/ranges/{reserved['id']}/items?limit=1").json
        assert listed is not None
        assert len(listed["items"]) == 1
        following = call(visitor, "GET", f"/ranges/{reserved['id']}/items?after={listed['next']}").json
        assert following is not None
        assert (len(following["items"]), following["next"]) == (1, None)
    closed = call(ana, "PATCH", f"/ranges/{reserved['id']}", {"state": "closed"}).json
    assert closed is not None
    assert (closed["state"], closed["quota"], closed["used"]) == ("closed", 2, 2)
    assert call(cy, "PATCH", f"/ranges/{reserved['id']}", {"state": "open"}).status_code == 404


def test_aliases_patterns_and_retiring(visit: Visit, made: dict[str, Any]) -> None:
    ana = visit("ana")
    added = call(ana, "POST", "/aliases", {"identifier": made["thing"], "alias": "1.2.156.7"})
    assert added.json is not None
    assert (added.status_code, added.json["kind"]) == (201, "oid")
    assert (
        call(ana, "POST", "/aliases", {"identifier": made["thing"], "alias": "1.2.156.7"}).status_code == 409
    )
    looked = call(ana, "GET", "/look?code=1.2.156.7").json
    assert looked is not None
    assert made["thing"] in str(looked)
    assert call(ana, "DELETE", f"/aliases?name={added.json['name']}").status_code == 204
    trial = f"/patterns/preview?product_id={made['id']}&count=1000&pattern="
    tried = call(ana, "GET", f"{trial}%7Bserial:random10%7D").json
    assert tried is not None
    assert (len(tried["examples"]), tried["random_bits"], tried["guessable"]) == (3, 50.0, False)
    assert 0 < tried["probability"] < 1e-8
    wrong = call(ana, "GET", f"{trial}%7Bx%7D")
    assert (wrong.status_code, wrong.json and wrong.json["code"]) == (400, "bad-pattern")
    kept = call(ana, "PUT", f"/products/{made['id']}/pattern", {"pattern": "m{counter:3}"})
    assert kept.json == {"product_id": made["id"], "pattern": "M{counter:3}"}
    minted = call(ana, "POST", "/items", {"level": "serial", "product": made["product"], "count": 2}).json
    assert minted is not None
    assert sorted(row["identifier"] for row in minted["items"]) == ["88.118.1001/M001", "88.118.1001/M002"]
    retired = call(ana, "POST", "/items/retire", {"identifier": made["thing"], "reason": "worn out"}).json
    assert retired is not None
    assert retired["lifecycle"] == "retired"
    assert (
        call(visit("bo"), "POST", "/items/retire", {"identifier": made["thing"], "reason": "x"}).status_code
        == 403
    )
