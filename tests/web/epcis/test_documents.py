"""Every document that others wrote, sent to the interface: it gets the schema's verdict, and comes back as it was sent."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.support.epcis_client import EpcisClient, problem
from tests.support.tenants import Tenants
from tests.support.vectors import FOLDER, vectors
from tests.web.conftest import Clock

DOCUMENTS = vectors("epcis/index.json")
AS_SENT = {"GS1-EPC-Format": "Never_Translates"}
ADDED = {"eventID", "recordTime", "@context"}

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="the shared vectors are not beside the project")


@pytest.fixture
def ana(app: Flask, world: Tenants, clock: Clock) -> EpcisClient:
    clock.pass_by(days=120)  # one of them is of July
    return EpcisClient(app, world.ana)


def sent_events(body: dict[str, Any]) -> list[dict[str, Any]]:
    inner = body["epcisBody"]
    found: list[dict[str, Any]] = inner.get("eventList") or inner["queryResults"]["resultsBody"]["eventList"]
    return found


def plain(event: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in event.items() if name not in ADDED}, sort_keys=True)


@pytest.mark.parametrize("vector", DOCUMENTS, ids=lambda each: each["file"].rpartition("/")[2])
def test_a_document_gets_its_verdict_and_comes_back(ana: EpcisClient, vector: dict[str, Any]) -> None:
    raw = (FOLDER / vector["file"]).read_bytes()
    body = json.loads(raw)
    alone = not str(vector["root"]).startswith("EPCIS")
    if not vector["valid_2_0_1_format"]:
        answer = ana.post("/events" if alone else "/capture", raw)
        if answer.status_code == 202:  # some of its events are good
            assert ana.call("GET", answer.headers["Location"]).get_json()["success"] is False
        else:
            problem(answer, 400, "ValidationException")
        assert ana.events() == []
        return
    answer = ana.post("/events" if alone else "/capture", raw)
    assert answer.status_code == (201 if alone else 202), answer.text
    if not alone:
        job = ana.call("GET", answer.headers["Location"]).get_json()
        assert job["success"], job["errors"]
    wanted = [body] if alone else sent_events(body)
    found = ana.get("/events", AS_SENT, perPage="1000").get_json()
    assert sorted(map(plain, sent_events(found))) == sorted({plain(each) for each in wanted})
    for accept in ("application/xml", "application/ld+json"):
        assert ana.get("/events", {**AS_SENT, "Accept": accept}).status_code == 200
    for epc_format in ("Always_EPC_URN", "Always_GS1_Digital_Link"):
        assert ana.get("/events", {"GS1-EPC-Format": epc_format}).status_code == 200
