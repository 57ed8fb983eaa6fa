"""Pages of what programs capture and subscribe to: seen by who may, ended by who may, in both languages."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.epcis_client import EpcisClient, document, event
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


def test_a_capture_is_listed_with_what_was_refused_and_why(ana: EpcisClient, visit: Visit) -> None:
    ana.post("/capture", document(event(1)))
    ana.post(
        "/capture", document(event(2), event(3, action="PERHAPS")), {"GS1-Capture-Error-Behaviour": "proceed"}
    )
    refused = ana.post("/capture", document(event(4), event(5, action="PERHAPS")))
    browser = visit("bo")
    page = browser.get("/captures")
    assert [word in page.text for word in ("Stored", "Partly stored", "Refused")] == [True] * 3
    one = browser.get(f"/captures/{refused.headers['Location'].rpartition('/')[2]}")
    assert "“PERHAPS” is no action" in one.text.replace("&#34;", '"')
    assert Document.of(one.text).faults == []
    assert "不是" in browser.get(f"{one.request.path}?lang=zh").text or "PERHAPS" in one.text
    assert visit("cy").get(one.request.path).status_code == 404


def test_a_subscription_is_listed_without_its_secret_and_ended_once(ana: EpcisClient, visit: Visit) -> None:
    ana.post("/queries", {"name": "arrivals", "query": {"EQ_bizStep": ["receiving", "arriving"]}})
    ana.post(
        "/queries/arrivals/subscriptions",
        {
            "dest": "https://erp.example.com/in",
            "signatureToken": "a secret of theirs",
            "schedule": {"hour": "1"},
        },
    )
    browser = visit("bo")
    page = browser.get("/subscriptions")
    assert "https://erp.example.com/in" in page.text
    assert "EQ_bizStep=receiving|arriving" in page.text
    assert "secret" not in page.text
    assert Document.of(page.text).faults == []
    fields = {
        element.attributes["name"]: element.attributes.get("value", "")
        for element in Document.of(page.text).all("input")
        if element.attributes.get("type") == "hidden"
    }
    sent = {"query": fields["query"], "subscription": fields["subscription"]}
    stranger = visit("cy")
    assert stranger.post("/subscriptions/end", sent).status_code == 404
    assert visit("supplier").post("/subscriptions/end", sent).status_code == 403
    browser.get("/subscriptions")
    assert browser.follow(browser.post("/subscriptions/end", sent)).status_code == 200
    assert browser.post("/subscriptions/end", sent).status_code == 404
    assert ana.get("/queries/arrivals/subscriptions").get_json() == []
