"""Alerts on pages and over the API: seen by their company, judged once, rules and places set; deliveries beside them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.domain.trouble import Signal
from app.services import alerting, masterdata, webhooks
from app.store.database import writing
from tests.support.api import Api, problem
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
EVIDENCE = {
    "kilometres": 8400.0,
    "hours": 2.5,
    "speed": 3300.0,
    "sightings": [
        {
            "time": "2026-05-20T08:00:00.000Z",
            "country": "CN",
            "by": "event",
            "step": "inspect",
            "entry": 1,
            "place": "x",
        },
        {"time": "2026-05-20T10:30:00.000Z", "country": "<b>", "by": "scan", "step": "receive"},
    ],
}


@pytest.fixture
def alert(app: Flask, world: Tenants, clock: Callable[[], Any]) -> int:
    """The number of an alert of Ana's company."""
    with writing(app.extensions["suyuan"].engine) as session:
        signal = Signal("two-places", "a|b|c", "hdl:88.118.1001/ABC", clock(), EVIDENCE)
        alerting.raise_one(session, world.ana.organisation_id, signal, clock())
        (row,) = alerting.alerts(session, world.ana)[0]
        return row.id or 0


def test_an_alert_is_shown_with_its_evidence_and_judged_once(visit: Visit, alert: int) -> None:
    auditor, ana = visit("auditor"), visit("ana")
    assert "nobody has judged yet: 1" in auditor.get("/").text
    assert "8,400 km apart within 2 hours" in auditor.get("/alerts").text
    page = auditor.get(f"/alerts/{alert}")
    assert "At another company" in page.text
    assert "&lt;b&gt;" in page.text
    assert "What was it?" not in page.text
    ana.get(f"/alerts/{alert}")
    assert "looking into it" in ana.follow(ana.post(f"/alerts/{alert}", {"note": "calling them"})).text
    assert (
        "False alarm" in ana.follow(ana.post(f"/alerts/{alert}", {"ending": "false", "note": "clock"})).text
    )
    assert ana.post(f"/alerts/{alert}", {"ending": "true"}).status_code == 409
    assert "No signs of trouble" in ana.get("/alerts").text
    assert "nobody has judged" not in ana.get("/").text
    assert "8,400" in ana.get("/alerts?closed=1&rule=two-places").text
    assert "Closed an alert" in auditor.get("/audit").text


def test_another_company_sees_no_alert_and_operators_judge_none(
    app: Flask, world: Tenants, visit: Visit, alert: int
) -> None:
    cy = visit("cy")
    assert cy.get(f"/alerts/{alert}").status_code == 404
    assert cy.post(f"/alerts/{alert}", {"ending": "true"}).status_code == 404
    assert "8,400" not in cy.get("/alerts").text
    problem(Api(app, world.cy).get(f"/alerts/{alert}"), 404, "unknown-alert")
    assert Api(app, world.cy).get("/alerts").get_json()["items"] == []
    assert visit("operator").get("/alerts").status_code == 403


def test_programs_read_and_judge_alerts_and_set_rules(app: Flask, world: Tenants, alert: int) -> None:
    api = Api(app, world.ana)
    (row,) = api.get("/alerts", rule="two-places").get_json()["items"]
    assert row == api.get(f"/alerts/{alert}").get_json()
    assert row["evidence"] == EVIDENCE
    problem(api.post(f"/alerts/{alert}/judgement", {"state": "closed"}), 400, "bad-alert-state")
    done = api.post(f"/alerts/{alert}/judgement", {"state": "closed", "ending": "true", "note": "a copy"})
    assert (done.status_code, done.get_json()["ending"]) == (200, "true")
    told = api.call(
        "PUT", "/alert-rules", json={"rule": "country", "active": False, "threshold": 2.5}
    ).get_json()
    assert {"rule": "country", "active": False, "threshold": 2.5, "least": 0.01, "most": 50.0} in told[
        "items"
    ]
    problem(
        api.call("PUT", "/alert-rules", json={"rule": "country", "active": True, "threshold": 99}),
        400,
        "bad-threshold",
    )
    assert told == api.get("/alert-rules").get_json()


def test_rules_places_and_the_address_are_set_by_who_may(
    app: Flask, world: Tenants, visit: Visit, clock: Any
) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        site = masterdata.create_site(session, world.ana, "一厂", "Plant", "", clock()).epc
        others = masterdata.create_site(session, world.cy, "二厂", "Other", "", clock()).epc
    ana = visit("ana")
    page = ana.get("/alerts/rules").text
    assert "Plant" in page
    assert "Other" not in page
    rules = {rule: str(known.threshold) for rule, known in alerting.RULES.items()}
    ana.follow(ana.post("/alerts/rules", rules | {"two-places": "900,5", "country-on": "1"}))
    bad = ana.post("/alerts/rules", rules | {"two-places": "fast"})
    assert (bad.status_code, "no threshold" in bad.text) == (400, True)
    ana.follow(ana.post("/alerts/places", {"site": site, "position": "31.23， 121.47", "country": "cn"}))
    for position, country, place in (("91, 0", "", site), ("1,1", "China", site), ("1,1", "", others)):
        wrong = ana.post("/alerts/places", {"site": place, "position": position, "country": country})
        assert wrong.status_code in {400, 404}
    ana.follow(ana.post("/alerts/target", {"url": "https://siem.example.com/a", "token": "secret"}))
    assert ana.post("/alerts/target", {"url": "ftp://x"}).status_code == 400
    page = ana.get("/alerts/rules").text
    assert "31.23, 121.47" in page
    assert "https://siem.example.com/a" in page
    assert "secret" not in page
    with writing(app.extensions["suyuan"].engine) as session:
        settings = alerting.settings_of(session, world.ana.organisation_id)
        assert settings["two-places"] == alerting.Setting(active=False, threshold=900.5)
        assert settings["country"].active
    bo = visit("bo")
    assert bo.get("/alerts/rules").status_code == 200
    assert bo.post("/alerts/rules", rules).status_code == 403
    assert bo.post("/alerts/target", {"url": ""}).status_code == 403


def test_deliveries_are_seen_and_tried_again(app: Flask, world: Tenants, visit: Visit, clock: Any) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        who = world.ana.organisation_id
        number = webhooks.enqueue(
            session, who, "https://erp.example.com/<x>", b"{}", clock(), source="alerts"
        )
        webhooks.failed(session, number, 410, "", clock())
    ana = visit("ana")
    page = ana.get("/deliveries").text
    assert "HTTP 410" in page
    assert "Given up" in page
    assert "&lt;x&gt;" in page
    assert "Waiting" in ana.follow(ana.post(f"/deliveries/{number}")).text
    assert visit("cy").get("/deliveries").text.count("erp.example.com") == 0
    cy = visit("cy")
    assert cy.post(f"/deliveries/{number}").status_code == 404
