"""XML in and out: what was sent as JSON comes as XML, and that XML captured elsewhere is the same events again."""

from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from tests.support.epcis_client import CONTEXT, EpcisClient, bare, document, event, problem
from tests.support.tenants import Tenants

XML = {"Accept": "application/xml"}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


def test_events_come_as_xml_and_go_in_again_as_the_same_events(
    app: Flask, world: Tenants, ana: EpcisClient
) -> None:
    ana.post("/capture", document(event(1, **{"ex:dock": "7"}), event(2, disposition="in_progress")))
    answer = ana.get("/events", {**XML, "GS1-EPC-Format": "Never_Translates"})
    assert answer.mimetype == "application/xml"
    assert ET.fromstring(answer.data).tag == "{urn:epcglobal:epcis-query:xsd:2}EPCISQueryDocument"
    cy = EpcisClient(app, world.cy)
    for kind in ("application/xml", "text/xml; charset=utf-8"):
        sent = cy.post("/capture", answer.data, content_type=kind)
        assert sent.status_code == 202, sent.text
    assert {each["eventID"] for each in cy.events()} == {each["eventID"] for each in ana.events()}


def test_a_job_and_a_collection_come_as_xml_too(ana: EpcisClient) -> None:
    location = ana.post("/capture", document(event(1))).headers["Location"]
    assert ET.fromstring(ana.call("GET", location, headers=XML).data).findtext("{*}success") == "true"
    names = ET.fromstring(ana.get("/bizSteps", XML).data)
    assert [each.text for each in names.iter("{urn:epcglobal:epcis-rest:xsd:2}member")] == ["receiving"]


def test_broken_or_hostile_xml_is_refused_in_words(ana: EpcisClient) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for body in (b"<EPCISDocument>", b"<x/>", b"", bomb):
        for path in ("/capture", "/events"):
            problem(ana.post(path, body, content_type="application/xml"), 400, "ValidationException")


def test_a_json_body_may_say_its_letters_and_its_linked_data(ana: EpcisClient) -> None:
    for number, kind in enumerate(("application/json; charset=utf-8", "application/ld+json")):
        assert ana.post("/events", bare(number + 1), content_type=kind).status_code == 201
    other = bare(5, **{"@context": [CONTEXT, {"ex": "https://ns.example.com/"}], "ex:note": "注意"})
    assert ana.post("/events", other).get_json()["ex:note"] == "注意"
