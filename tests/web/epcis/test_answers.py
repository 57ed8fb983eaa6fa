"""How the EPCIS interface answers whatever is asked: who asks, in which version and form, by which method, where."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from app.store.database import writing
from app.store.tables import Organisation
from tests.support.epcis_client import EpcisClient, bare, document, event, problem
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


@pytest.mark.parametrize("path", ["", "/", "/events", "/nowhere", "/events/ni:///x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_a_stranger_hears_that_a_key_is_wanted_and_nothing_else(app: Flask, path: str, method: str) -> None:
    stranger = EpcisClient(app, None)
    answer = stranger.call(method, path)
    if method == "HEAD":
        assert answer.status_code == 401
    else:
        problem(answer, 401, "SecurityException")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    stranger.headers["Authorization"] = "Bearer sy_wrong"
    assert stranger.call(method, path).status_code == 401


def test_a_browser_s_cookie_needs_the_token_of_its_page_to_change_anything(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    assert ana.client.get("/epcis").status_code == 200
    problem(ana.client.post("/epcis/events"), 403, "SecurityException")
    assert ana.client.post("/epcis/events", headers={"X-CSRFToken": ana.token}).status_code == 415


@pytest.mark.parametrize("path", ["", "/", "//"])
def test_it_begins_with_the_nine_resources(ana: EpcisClient, path: str) -> None:
    answer = ana.call("GET", path, follow_redirects=True)
    body = answer.get_json()
    assert (answer.status_code, body["type"]) == (200, "Collection")
    assert set(body["member"]) == {
        *("events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions"),
        *("queries", "capture"),
    }


def test_what_is_not_there_is_a_problem_too_and_so_is_a_method_that_is_not(ana: EpcisClient) -> None:
    problem(ana.get("/nowhere/at/all"), 404, "NoSuchNameException")
    answer = ana.call("PUT", "/events")
    assert problem(answer, 405, "ImplementationException")["code"] == "method-not-allowed"
    assert answer.headers["Allow"] == "OPTIONS, GET, HEAD, POST"


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("Accept", "text/html"),
        ("Accept", "application/json;q=0, image/png"),
        ("GS1-EPCIS-Min", "3.0"),
        ("GS1-EPCIS-Max", "1.2"),
        ("GS1-CBV-Min", "2.1.0"),
        ("GS1-CBV-Max", "1.2.2"),
        ("GS1-EPCIS-Version", "1.1"),
        ("GS1-EPCIS-Version", "two"),
        ("GS1-EPC-Format", "Sometimes_URN"),
        ("GS1-CBV-XML-Format", "Always"),
    ],
)
def test_what_cannot_be_had_is_not_acceptable(ana: EpcisClient, header: str, asked: str) -> None:
    problem(ana.get("/events", {header: asked}), 406, "NotAcceptableException")


@pytest.mark.parametrize(
    "headers",
    [
        {"GS1-EPCIS-Min": "1.2.0", "GS1-EPCIS-Max": "2.0.0"},
        {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0.0"},
        {"GS1-EPCIS-Version": "2.0.1", "GS1-EPCIS-Max": "9.9"},
        {"GS1-CBV-Max": "2"},
        {"Accept": "application/json, text/plain, */*"},
        {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    ],
)
def test_what_clients_of_the_standard_send_is_acceptable(ana: EpcisClient, headers: dict[str, str]) -> None:
    answer = ana.get("/events", headers)
    assert answer.status_code == 200
    assert answer.headers["GS1-EPCIS-Version"] == answer.headers["GS1-CBV-Version"] == "2.0.0"


def test_an_answer_has_the_type_that_is_liked_best(ana: EpcisClient) -> None:
    for accept, given in {
        "": "application/json",
        "*/*": "application/json",
        "application/ld+json": "application/ld+json",
        "application/xml": "application/xml",
        "text/xml, application/json;q=0.5": "text/xml",
        "application/json;q=0.5, application/xml;q=0.4": "application/json",
    }.items():
        assert ana.get("/events", {"Accept": accept}).mimetype == given, accept


def test_a_problem_is_xml_for_who_reads_xml(ana: EpcisClient) -> None:
    answer = ana.get("/nowhere", {"Accept": "application/xml"})
    assert answer.mimetype == "application/problem+xml"
    root = ET.fromstring(answer.data)
    assert root.tag == "{urn:ietf:rfc:7807}problem"
    assert root.findtext("{urn:ietf:rfc:7807}type") == "epcisException:NoSuchNameException"


def test_a_problem_is_in_the_reader_s_language_and_its_type_is_not(ana: EpcisClient) -> None:
    body = problem(ana.get("/nowhere", {"Accept-Language": "zh"}), 404, "NoSuchNameException")
    assert "nowhere" in body["detail"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["detail"])


def test_an_address_that_is_too_long_is_told_so(ana: EpcisClient) -> None:
    problem(ana.get("/events", MATCH_epc="x" * 9_000), 414, "URITooLongException")


def test_nothing_may_be_kept_by_others(ana: EpcisClient) -> None:
    for path in ("", "/events", "/nowhere"):
        assert ana.get(path).headers["Cache-Control"] == "no-store"


URNS = {"GS1-EPC-Format": "Always_EPC_URN"}
SHORT = "urn:epc:id:sgtin:030001.0012345.11"  # a company prefix of six digits


def test_a_company_prefix_ends_where_a_urn_here_or_the_company_itself_says(
    app: Flask, world: Tenants
) -> None:
    client = EpcisClient(app, world.ana)
    place = "urn:epc:id:sgln:030001.111111.0"
    sent = event(1, epcList=[SHORT, "https://id.gs1.org/01/00300010012346/21/12"], readPoint={"id": place})
    assert client.post("/capture", document(sent)).status_code == 202
    told = client.get("/events", URNS).get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert told[0]["epcList"] == [SHORT, "urn:epc:id:sgtin:030001.0001234.12"]
    assert SHORT in client.get("/epcs", URNS).get_json()["member"]
    assert client.get("/readPoints", URNS).get_json()["member"] == [place]
    assert (
        client.post("/events", bare(2, epcList=["https://id.gs1.org/01/09521321123458/21/5"])).status_code
        == 201
    )
    with writing(app.extensions["suyuan"].engine) as session:
        session.get_one(Organisation, world.cy.organisation_id).gs1_prefix = "95213211"
    assert '"urn:epc:id:sgtin:95213211.02345.5"' in client.get("/epcs", URNS).text


def test_a_client_that_would_hold_a_connection_open_is_told_what_to_do_instead(
    app: Flask, world: Tenants
) -> None:
    ana, handshake = (
        EpcisClient(app, world.ana),
        {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade"},
    )
    ana.post("/queries", {"name": "all", "query": {}})
    body = problem(ana.get("/queries/all/events", handshake, stream="true"), 501, "ImplementationException")
    assert body["code"] == "no-websocket"
    problem(ana.get("/queries/none/events", handshake), 404, "NoSuchNameException")
    problem(EpcisClient(app, None).get("/queries/all/events", handshake), 401, "SecurityException")
