"""Events asked for: pages that lead on, names in every spelling, values in paths, what cannot be asked."""

import pytest
from flask import Flask

from tests.support.epcis_client import ITEM, ITEM_URN, PLACE, EpcisClient, document, encoded, event, problem
from tests.support.tenants import Tenants

EX = {"GS1-Extensions": "ex=https://ns.example.com/"}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    client = EpcisClient(app, world.ana)
    steps = ("receiving", "storing", "shipping")
    sent = [event(number, bizStep=steps[number % 3], **{"ex:dock": str(number)}) for number in range(9)]
    assert client.post("/capture", document(*sent)).status_code == 202
    return client


def things(events: list[dict[str, object]]) -> list[object]:
    return [each["epcList"][0] for each in events]  # type: ignore[index]


@pytest.mark.parametrize("whole_link", [True, False])
def test_pages_lead_on_until_all_is_told_with_the_link_or_the_token_alone(
    ana: EpcisClient, whole_link: bool
) -> None:
    query = {"EQ_bizStep": "receiving|storing", "orderBy": "eventTime", "orderDirection": "ASC"}
    seen, answer = [], ana.get("/events", EX, perPage="2", **query)
    while True:
        seen += things(answer.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])
        link = answer.headers.get("Link", "")
        if not link:
            break
        assert link.endswith('; rel="next"')
        address = link.partition(">")[0].lstrip("<")
        if whole_link:
            answer = ana.call("GET", address, headers=EX)
        else:
            token = address.partition("nextPageToken=")[2].partition("&")[0].replace("%7E", "~")
            answer = ana.get("/events", perPage="2", nextPageToken=token)
        assert answer.status_code == 200, answer.text
    assert seen == [ITEM.format(number) for number in (0, 1, 3, 4, 6, 7)]


@pytest.mark.parametrize(
    "token", ["x", "~", "W10~x", "e30~x", "W3sifV0~x", "W3siYSI6MX0sIHt9XQ~x", "\u00e9~y"]
)
def test_a_token_that_was_never_given_is_refused(ana: EpcisClient, token: str) -> None:
    problem(ana.get("/events", nextPageToken=token), 400, "QueryParameterException")


def test_a_name_is_found_in_every_spelling_and_told_as_the_client_wants_it(ana: EpcisClient) -> None:
    for name in (ITEM.format(3), ITEM_URN.format(3), "https://example.com/01/09521321123458/21/3"):
        assert things(ana.events(MATCH_epc=name)) == [ITEM.format(3)]
        assert things(ana.events(f"/epcs/{encoded(name)}/events")) == [ITEM.format(3)]
    answer = ana.get("/events", {"GS1-EPC-Format": "Always_EPC_URN"}, MATCH_epc=ITEM.format(3))
    assert answer.headers["GS1-EPC-Format"] == "Always_EPC_URN"
    assert ITEM_URN.format(3) in answer.text
    assert ITEM.format(3) not in answer.text


def test_places_sent_as_urns_come_as_digital_links_unless_they_shall_not(ana: EpcisClient) -> None:
    assert ana.events()[0]["readPoint"]["id"] == "https://id.gs1.org/414/9521321000018"
    for keep in ("Never_Translates",):
        answer = ana.get("/events", {"GS1-EPC-Format": keep})
        assert (
            answer.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]["readPoint"]["id"]
            == PLACE
        )


def test_collections_name_what_events_mention_and_lead_to_it(ana: EpcisClient) -> None:
    expected = {
        "eventTypes": {"ObjectEvent"},
        "bizSteps": {"receiving", "storing", "shipping"},
        "readPoints": {"https://id.gs1.org/414/9521321000018"},
        "epcs": {ITEM.format(number) for number in range(9)},
    }
    for kind, members in expected.items():
        told = ana.get(f"/{kind}").get_json()
        assert (told["type"], set(told["member"])) == ("Collection", members)
        one = encoded(min(members))
        assert ana.get(f"/{kind}/{one}").get_json()["member"] == ["events"]
        assert ana.events(f"/{kind}/{one}/events")
    assert ana.get("/dispositions").get_json()["member"] == []
    assert len(ana.get("/epcs", perPage="4").get_json()["member"]) == 4


def test_the_path_and_the_query_both_count_and_cannot_say_the_same(ana: EpcisClient) -> None:
    assert things(ana.events("/bizSteps/receiving/events", MATCH_epc=ITEM.format(3))) == [ITEM.format(3)]
    assert ana.events("/bizSteps/receiving/events", MATCH_epc=ITEM.format(4)) == []
    answer = ana.get("/bizSteps/receiving/events", EQ_bizStep="storing")
    problem(answer, 400, "QueryParameterException")


def test_an_extension_field_is_found_by_the_prefix_that_the_client_explains(ana: EpcisClient) -> None:
    mine = {"GS1-Extensions": "mine=https://ns.example.com/"}
    found = ana.get("/events", mine, **{"EQ_mine:dock": "4"}).get_json()
    (told,) = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert told["ex:dock"] == "4"
    assert "ex=https://ns.example.com/" in ana.get("/events", mine).headers["GS1-Extensions"]


@pytest.mark.parametrize(
    "query",
    [
        {"nonsense": "1"},
        {"EQ_action": "MAYBE"},
        {"GE_eventTime": "yesterday"},
        {"eventCountLimit": "1"},
        {"eventCountLimit": "1", "maxEventCount": "1", "orderBy": "eventTime"},
        {"orderBy": "colour of the sky"},
        {"perPage": "0"},
        {"perPage": "many"},
    ],
)
def test_what_cannot_be_asked_is_an_error(ana: EpcisClient, query: dict[str, str]) -> None:
    problem(ana.get("/events", **query), 400, "QueryParameterException")
    problem(ana.get("/readPoints/" + encoded(PLACE) + "/events", **query), 400, "QueryParameterException")


def test_more_than_the_client_can_take_is_told_so(ana: EpcisClient) -> None:
    problem(ana.get("/events", maxEventCount="3"), 413, "QueryTooLargeException")
    assert len(ana.events(eventCountLimit="3", orderBy="eventTime")) == 3


def test_what_nobody_mentioned_is_not_there_but_the_standard_s_words_are(ana: EpcisClient) -> None:
    for path in ("/epcs/urn:example:none", "/bizSteps/https:%2F%2Fexample.com%2Fstep", "/eventTypes/NoEvent"):
        problem(ana.get(path), 404, "NoSuchNameException")
        problem(ana.get(f"{path}/events"), 404, "NoSuchNameException")
        problem(ana.call("OPTIONS", path), 404, "NoSuchNameException")
    for path in ("/eventTypes/TransformationEvent", "/bizSteps/killing", "/dispositions/recalled"):
        assert ana.events(f"{path}/events") == []


DOCK = "https://id.gs1.org/414/9521321000018/254/7"
PLANT = {
    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
    "vocabularyElementList": [
        {
            "id": "urn:epc:id:sgln:9521321.00009.0",
            "attributes": [{"id": "urn:epcglobal:cbv:mda#city", "attribute": "Ulm"}],
            "children": [PLACE],
        },
        {"id": PLACE, "attributes": [{"id": "ex:docks", "attribute": 12}], "children": [DOCK]},
    ],
}


def test_places_are_found_by_what_the_header_of_a_document_says_of_them(app: Flask, world: Tenants) -> None:
    client = EpcisClient(app, world.ana)
    upper = "urn:epc:id:sgln:9521321.00009.0"
    places = {1: PLACE, 2: DOCK, 3: upper}
    sent = [event(number, readPoint=None, bizLocation={"id": place}) for number, place in places.items()]
    header = {"epcisHeader": {"epcisMasterData": {"vocabularyList": [PLANT]}}}
    assert client.post("/capture", document(*sent, **header)).status_code == 202
    for parameter, value, found in (
        ("WD_bizLocation", upper, {1, 2, 3}),
        ("WD_bizLocation", PLACE, {1, 2}),
        ("WD_bizLocation", "urn:epc:id:sgln:9521321.00001.7", {2}),
        ("WD_readPoint", upper, set()),
        ("HASATTR_bizLocation", "ex:docks", {1}),
        ("HASATTR_bizLocation", "https://ns.example.com/docks", {1}),
        ("EQATTR_bizLocation_ex:docks", "12", {1}),
        ("EQ_ATTR_bizLocation_https://ns.example.com/docks", "12", {1}),
        ("EQATTR_bizLocation_cbvmda:city", "Ulm", {3}),
        ("HASATTR_bizLocation", "urn:epcglobal:cbv:mda:city", {3}),
    ):
        told = client.events("/events", **{parameter: value})
        assert set(things(told)) == {ITEM.format(number) for number in found}, parameter
