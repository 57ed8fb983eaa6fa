"""Ana captures, Bo works for her, Cy of another company must see nothing of it: on every path, by every method."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.epcis_client import ITEM, EpcisClient, bare, document, encoded, event
from tests.support.tenants import Tenants

PLACE = "urn:epc:id:sgln:9521321.00077.0"
STEP = "https://ns.example.com/steps/polishing"
NOBODY = "urn:epc:id:sgtin:9521321.012345.999"


class Told:
    """What Ana has at /epcis, by the path that names it, and a path of the same form to what nobody has."""

    def __init__(self, ana: EpcisClient) -> None:
        sent = ana.post(
            "/capture", document(event(1, bizStep=STEP, readPoint={"id": PLACE}, bizLocation={"id": PLACE}))
        )
        capture = sent.headers["Location"].rpartition("/")[2]
        assert ana.post("/queries", {"name": "hers", "query": {}}).status_code == 201
        made = ana.post(
            "/queries/hers/subscriptions",
            {"dest": "https://erp.example.com/in", "signatureToken": "a secret of hers", "stream": True},
        )
        subscription = made.headers["Location"].rpartition("/")[2]
        self.event_id = ana.events()[0]["eventID"]
        pairs = {
            f"/events/{encoded(self.event_id)}": f"/events/{encoded(self.event_id.replace('a', 'b'))}",
            f"/capture/{capture}": f"/capture/{'0' * 32}",
            "/queries/hers": "/queries/none",
            "/queries/hers/events": "/queries/none/events",
            "/queries/hers/subscriptions": "/queries/none/subscriptions",
            f"/queries/hers/subscriptions/{subscription}": f"/queries/none/subscriptions/{subscription}",
        }
        for kind, value in (
            ("epcs", ITEM.format(1)),
            ("bizSteps", STEP),
            ("readPoints", PLACE),
            ("bizLocations", PLACE),
        ):
            pairs[f"/{kind}/{encoded(value)}"] = f"/{kind}/{encoded(NOBODY)}"
            pairs[f"/{kind}/{encoded(value)}/events"] = f"/{kind}/{encoded(NOBODY)}/events"
        self.pairs = pairs
        self.secrets = (
            ITEM.format(1),
            self.event_id,
            STEP,
            "9521321000773",
            "00077",
            capture,
            "hers",
            subscription,
        )


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


@pytest.fixture
def cy(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.cy)


def told_by(answer: TestResponse) -> tuple[object, ...]:
    """All that an answer says but the name that was asked for."""
    body = answer.get_json(silent=True) or {}
    headers = set(answer.headers.keys()) - {"Content-Length"}
    return answer.status_code, answer.mimetype, headers, body.keys(), body.get("code"), body.get("hint")


def methods() -> Iterator[str]:
    yield from ("GET", "HEAD", "OPTIONS", "DELETE")


def test_to_cy_what_is_anas_looks_like_what_does_not_exist(ana: EpcisClient, cy: EpcisClient) -> None:
    told = Told(ana)
    for hers, nobodys in told.pairs.items():
        assert ana.get(hers).status_code == 200, hers
        for method in methods():
            seen, absent = cy.call(method, hers), cy.call(method, nobodys)
            assert seen.status_code in {404, 405}, f"{method} {hers}"
            assert told_by(seen) == told_by(absent), f"{method} {hers}: {seen.text} / {absent.text}"
        assert ana.get(hers).status_code == 200, f"{hers} is gone"


def test_no_list_no_query_and_no_count_tells_cy_of_anas_events(ana: EpcisClient, cy: EpcisClient) -> None:
    told = Told(ana)
    paths = ["", "/capture", "/events", "/queries", "/eventTypes", "/epcs", "/bizSteps", "/bizLocations"]
    paths += ["/readPoints", "/dispositions", "/eventTypes/ObjectEvent/events"]
    for path in paths:
        text = cy.get(path).text
        assert not [secret for secret in told.secrets if secret in text], path
    assert cy.events(MATCH_epc=ITEM.format(1)) == []
    assert cy.events(EQ_eventID=told.event_id) == []
    assert cy.get("/events", maxEventCount="0").status_code in {200, 400}
    assert "Link" not in cy.get("/events", perPage="1").headers


def test_cy_may_record_the_same_event_and_learns_nothing_by_it(ana: EpcisClient, cy: EpcisClient) -> None:
    assert ana.post("/events", bare(5)).status_code == 201
    assert cy.post("/events", bare(5)).status_code == 201
    assert cy.post("/events", bare(5)).status_code == 409
    assert len(cy.events()) == len(ana.events()) == 1


def test_bo_sees_what_ana_captured_and_an_operator_may_capture_and_not_ask(
    app: Flask, world: Tenants, ana: EpcisClient
) -> None:
    told = Told(ana)
    bo, operator = EpcisClient(app, world.bo), EpcisClient(app, world.staff["operator"])
    for hers in told.pairs:
        assert bo.get(hers).status_code == 200, hers
    assert operator.post("/events", bare(7)).status_code == 201
    assert operator.get("/events").status_code == 403
    auditor = EpcisClient(app, world.staff["auditor"])
    assert auditor.post("/events", bare(8)).status_code == 403
    assert len(auditor.events()) == 2


def test_who_may_not_send_things_to_others_cannot_subscribe(
    app: Flask, world: Tenants, ana: EpcisClient
) -> None:
    Told(ana)
    supplier = EpcisClient(app, world.staff["supplier"])
    body = {"dest": "https://elsewhere.example/", "signatureToken": "a secret of theirs", "stream": True}
    assert supplier.post("/queries/hers/subscriptions", body).status_code == 403
    assert len(ana.get("/queries/hers/subscriptions").get_json()) == 1


def test_the_secret_of_a_subscription_never_comes_back(ana: EpcisClient) -> None:
    told = Told(ana)
    for path in told.pairs:
        assert "a secret of hers" not in ana.get(path).text
    again = ana.post("/queries", {"name": "hers", "query": {}})
    assert again.status_code == 409
