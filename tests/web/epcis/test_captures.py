"""Documents captured: what the job says, what one bad event does, what is refused before there is a job."""

import pytest
from flask import Flask

from tests.support.epcis_client import CONTEXT, ITEM, EpcisClient, bare, document, encoded, event, problem
from tests.support.tenants import Tenants

PROCEED = {"GS1-Capture-Error-Behaviour": "proceed"}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


def job_of(client: EpcisClient, answer: object) -> dict[str, object]:
    location = answer.headers["Location"]  # type: ignore[attr-defined]
    told: dict[str, object] = client.call("GET", location).get_json()
    return told


def test_a_document_becomes_a_job_that_says_that_all_is_stored(ana: EpcisClient) -> None:
    answer = ana.post("/capture", document(event(1), event(2)))
    assert (answer.status_code, answer.data) == (202, b"")
    job = job_of(ana, answer)
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert job["captureErrorBehaviour"] == "rollback"
    assert len(ana.events()) == 2
    assert [each["captureID"] for each in ana.get("/capture").get_json()] == [job["captureID"]]


def test_one_bad_event_undoes_the_document_or_stays_out_alone(ana: EpcisClient) -> None:
    mixed = document(event(1), event(2, action="PERHAPS"), event(3))
    job = job_of(ana, ana.post("/capture", mixed))
    assert (job["running"], job["success"]) == (False, False)
    assert [each["instance"] for each in job["errors"]] == ["#/epcisBody/eventList/1"]  # type: ignore[attr-defined]
    assert ana.events() == []
    job = job_of(ana, ana.post("/capture", mixed, PROCEED))
    assert (job["success"], job["captureErrorBehaviour"]) == (False, "proceed")
    assert {each["epcList"][0] for each in ana.events()} == {ITEM.format(1), ITEM.format(3)}


def test_the_same_document_sent_twice_is_stored_once(ana: EpcisClient) -> None:
    for _ in range(2):
        assert job_of(ana, ana.post("/capture", document(event(1), event(2))))["success"] is True
    assert len(ana.events()) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        bare(1),
        document(event(1)) | {"type": "SomethingElse"},
        {name: value for name, value in document(event(1)).items() if name != "@context"},
        document(event(1), schemaVersion=2.0),
        document(event(1), creationDate="yesterday"),
        document(event(1, action=None)),
        document(event(1, eventTime="2026-05-19 08:00")),
        document(event(1, nonsense=1)),
    ],
)
def test_what_is_no_document_or_has_not_one_event_is_refused_before_there_is_a_job(
    ana: EpcisClient, body: object
) -> None:
    problem(ana.post("/capture", body), 400, "ValidationException")
    assert ana.get("/capture").get_json() == []


def test_a_refusal_says_where_each_fault_is(ana: EpcisClient) -> None:
    answer = ana.post("/capture", document(event(1, action="PERHAPS", eventTimeZoneOffset="+15:00")))
    errors = problem(answer, 400, "ValidationException")["errors"]
    assert {each["field"] for each in errors} == {
        "/epcisBody/eventList/0/action",
        "/epcisBody/eventList/0/eventTimeZoneOffset",
    }


def test_a_query_document_can_be_captured_as_it_came(ana: EpcisClient) -> None:
    sent = {
        "@context": CONTEXT,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-05-20T08:00:00Z",
        "epcisBody": {"queryResults": {"queryName": "theirs", "resultsBody": {"eventList": [event(1)]}}},
    }
    assert job_of(ana, ana.post("/capture", sent))["success"] is True
    assert len(ana.events()) == 1


def test_the_limits_are_announced_and_held(ana: EpcisClient) -> None:
    answer = ana.call("OPTIONS", "/capture")
    assert answer.headers["GS1-Capture-Error-Behaviour"] == "all"
    most = int(answer.headers["GS1-EPCIS-Capture-Limit"])
    small = {"type": "ObjectEvent"}
    answer = ana.post("/capture", document(*[small] * (most + 1)))
    problem(answer, 413, "CaptureLimitExceededException")
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == str(most)


def test_an_unknown_error_behaviour_is_refused(ana: EpcisClient) -> None:
    answer = ana.post("/capture", document(event(1)), {"GS1-Capture-Error-Behaviour": "shrug"})
    problem(answer, 400, "ValidationException")


def test_captures_come_newest_first_in_pages_that_lead_on(ana: EpcisClient) -> None:
    made = [ana.post("/capture", document(event(number))).headers["Location"] for number in range(5)]
    seen: list[str] = []
    answer = ana.get("/capture", perPage="2")
    while True:
        seen += [each["captureID"] for each in answer.get_json()]
        if "Link" not in answer.headers:
            break
        assert answer.headers["GS1-Next-Page-Token-Expires"]
        answer = ana.call("GET", answer.headers["Link"].partition(">")[0].lstrip("<"))
    assert seen == [each.rpartition("/")[2] for each in reversed(made)]
    problem(ana.get("/capture", nextPageToken="n99x"), 400, "QueryParameterException")


# --- one event ---


def test_an_event_is_there_at_once_under_the_address_that_is_told(ana: EpcisClient) -> None:
    answer = ana.post(
        "/events", bare(1, **{"ex:dock": "7", "@context": [CONTEXT, {"ex": "https://ns.example.com/"}]})
    )
    assert answer.status_code == 201
    assert answer.get_json()["ex:dock"] == "7"
    found = ana.call("GET", answer.headers["Location"])
    (told,) = found.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert told["eventID"].startswith("ni:///sha-256;")
    assert told["eventID"] == answer.get_json()["eventID"]
    as_it_is = ana.get(f"/events/{told['eventID'].replace('?', '%3F')}")
    unencoded = ana.get(f"/events/{told['eventID']}")
    assert as_it_is.status_code == unencoded.status_code == 200


def test_the_same_event_again_is_told_where_the_first_one_is(ana: EpcisClient) -> None:
    first = ana.post("/events", bare(1)).headers["Location"]
    again = ana.post("/events", bare(1))
    problem(again, 409, "ResourceAlreadyExistsException")
    assert again.headers["Location"] == first
    named = bare(2, eventID="urn:uuid:5e2ba8d1-4ba3-4ab3-9d1e-9ad9ba9bcb01")
    assert ana.post("/events", named).status_code == 201
    other = ana.post("/events", named | {"bizStep": "shipping"})
    problem(other, 409, "ResourceAlreadyExistsException")
    assert other.headers["Location"].endswith(encoded(named["eventID"]))
    assert len(ana.events()) == 2


def test_an_event_alone_needs_its_context_and_to_be_valid(ana: EpcisClient) -> None:
    problem(ana.post("/events", event(1)), 400, "ValidationException")
    problem(ana.post("/events", document(event(1))), 400, "ValidationException")
    answer = ana.post("/events", bare(1, action="PERHAPS"))
    assert problem(answer, 400, "ValidationException")["errors"][0]["field"] == "/action"
    problem(ana.post("/events", b'{"type":'), 400, "ValidationException")


def test_two_megabytes_are_more_than_one_event(ana: EpcisClient) -> None:
    answer = ana.post("/events", bare(1, **{"ex:note": "x" * 2_000_000}))
    problem(answer, 413, "CaptureLimitExceededException")
    assert answer.headers["GS1-EPCIS-Capture-File-Size-Limit"] == "1000000"


def test_an_identifier_of_this_node_that_was_never_minted_is_refused(ana: EpcisClient) -> None:
    answer = ana.post("/events", bare(1, epcList=["hdl:88.118.1001/NEVERMINTED"]))
    assert problem(answer, 400, "ValidationException")["code"] == "unknown-identifier"
