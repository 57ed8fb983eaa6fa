"""Administrators judge rules of custody otherwise, on a page and over the API; what others rely on they cannot lift."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.support.api import Api, problem
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


def test_a_rule_is_set_and_taken_back_on_the_page(visit: Visit) -> None:
    ana = visit("ana")
    assert "More than the stock on record" in ana.get("/rules").text
    form = {"rule": "not-enough", "step": "consume", "verdict": "warn"}
    page = ana.follow(ana.post("/rules", form)).text
    assert "The rule is set." in page
    assert "Consume: Record and warn" in " ".join(page.split())
    page = ana.follow(ana.post("/rules/remove", {"rule": "not-enough", "step": "consume"})).text
    assert "Consume: Record and warn" not in " ".join(page.split())
    assert "Set a rule of custody" in ana.get("/audit").text


def test_what_protects_others_cannot_be_lifted(visit: Visit) -> None:
    ana = visit("ana")
    for rule, verdict in (
        ("held", "warn"),
        ("not-yours", "off"),
        ("not-enough", "off"),
        ("lot-in-stock", "off"),
    ):
        assert ana.post("/rules", {"rule": rule, "step": "", "verdict": verdict}).status_code == 400
    assert ana.post("/rules", {"rule": "lot-in-stock", "step": "ship", "verdict": "warn"}).status_code == 400


def test_only_administrators_see_or_set_rules(visit: Visit) -> None:
    bo = visit("bo")
    assert bo.get("/rules").status_code == 403
    assert bo.post("/rules", {"rule": "late", "step": "", "verdict": "off"}).status_code == 403


def test_rules_are_set_over_the_api(app: Flask, world: Tenants) -> None:
    ana = Api(app, world.ana)

    def put(**sent: str) -> Any:
        return ana.call("PUT", "/custody-rules", json=sent)

    assert put(rule="elsewhere", step="ship", verdict="refuse").status_code == 200
    rules = {rule["rule"]: rule for rule in ana.get("/custody-rules").get_json()["rules"]}
    assert rules["elsewhere"]["set"] == {"ship": "refuse"}
    assert rules["not-enough"]["set"] == {}
    assert put(rule="elsewhere", step="ship", verdict="").status_code == 200
    problem(put(rule="elsewhere", step="ship", verdict=""), 404, "rule-not-set")
    problem(put(rule="lot-in-stock", verdict="off"), 400, "rule-not-so")
    assert put(rule="held", verdict="warn").status_code in (400, 422)
