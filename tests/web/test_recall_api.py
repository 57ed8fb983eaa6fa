"""Recalls over the API: begun, read, stopped and answered for by a program; and nothing for another company's."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.services import recalling
from app.store.database import reading, writing
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock
from tests.web.test_recall_pages import Goods, goods

Visit = Callable[[str], Visitor]
__all__ = ["goods"]


def send(visitor: Visitor, method: str, path: str, body: dict[str, Any]) -> Any:
    return visitor.client.open(
        f"/api/v1{path}", method=method, json=body, headers={"X-CSRFToken": visitor.token}
    )


def begun(app: Flask, world: Tenants, visitor: Visitor, clock: Clock, lot: str) -> str:
    """Begun over the API and traced, as its job would."""
    body = {"title": "Swollen", "reason": "they swell", "suspects": [{"value": lot.removeprefix("hdl:")}]}
    answer = send(visitor, "POST", "/recalls", body)
    assert answer.status_code == 202, answer.text
    told = answer.get_json()
    assert told["state"] == "tracing"
    assert told["job"]
    engine = app.extensions["suyuan"].engine
    with reading(engine) as session:
        found = recalling.gather(session, world.ana, told["id"], clock())
    with writing(engine) as session:
        recalling.keep(session, world.ana, told["id"], found, clock())
    return str(told["id"])


def test_a_program_begins_a_recall_reads_it_stops_it_and_notes_an_answer(
    app: Flask, world: Tenants, visit: Visit, clock: Clock, goods: Goods
) -> None:
    ana = visit("ana")
    recall = begun(app, world, ana, clock, goods.lot)
    told = ana.get(f"/api/v1/recalls/{recall}").get_json()
    assert told["state"] == "open"
    assert {row["epc"] for row in told["items"]} >= {goods.lot, *goods.modules, goods.pallet}
    (sent,) = told["consignments"]
    assert (sent["consignee"]["prefix"], sent["documents"]) == (world.cy.prefix, [["po", "PO-77"]])
    stopped = send(ana, "POST", f"/recalls/{recall}/hold", {"reason": "may swell"}).get_json()
    assert stopped["done"] >= 4
    again = send(ana, "POST", f"/recalls/{recall}/hold", {"reason": "may swell"}).get_json()
    assert again["done"] == 0
    path = f"/recalls/{recall}/notices/{world.cy.prefix}"
    assert send(ana, "PUT", path, {"state": "responded"}).status_code == 422, "nobody told them yet"
    assert send(ana, "PUT", path, {"state": "notified", "method": "phone"}).get_json()["state"] == "notified"
    said = {"state": "responded", "amounts": [{"unit": "H87", "on_hand": 1}]}
    assert send(ana, "PUT", path, said).get_json()["amounts"][0]["on_hand"] == "1"
    assert (
        send(ana, "POST", f"/recalls/{recall}/release", {"reason": "fine"}).get_json()["done"]
        == stopped["done"]
    )
    assert send(ana, "POST", f"/recalls/{recall}/end", {"reason": "over"}).get_json()["state"] == "closed"
    assert ana.get("/api/v1/recalls").get_json()["items"][0]["id"] == recall


def test_another_companys_recall_is_as_if_it_were_not_there(
    app: Flask, world: Tenants, visit: Visit, clock: Clock, goods: Goods
) -> None:
    recall = begun(app, world, visit("ana"), clock, goods.lot)
    cy, nobodys = visit("cy"), "0" * 24
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/hold", {"reason": "x"}),
        ("POST", "/release", {"reason": "x"}),
        ("POST", "/end", {"reason": "x"}),
        ("PUT", f"/notices/{world.cy.prefix}", {"state": "notified"}),
    ):
        here, nowhere = (send(cy, method, f"/recalls/{name}{path}", body or {}) for name in (recall, nobodys))
        assert here.status_code == nowhere.status_code == 404, (method, path)
        assert here.get_json()["code"] == nowhere.get_json()["code"]
    assert cy.get("/api/v1/recalls").get_json()["items"] == []
