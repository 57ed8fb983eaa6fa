"""Scanning over HTTP: each scan once, each refusal a sentence, nobody else's things."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.services import authenticating
from app.settings import Settings
from app.store.database import writing
from app.web.api.v1.scan_models import LookOut, VerdictOut
from tests.support.floor import Floor, assert_sentence, scan_of, send
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def bo(floor: Floor, visit: Visit) -> Visitor:
    return visit("bo")


# --- a scan is recorded once ---


def test_a_scan_is_recorded_and_answered_with_the_item_and_what_can_follow(floor: Floor, bo: Visitor) -> None:
    (code,) = floor.pieces()
    before = floor.events()
    answer = send(bo, scan_of(floor, code))
    verdict = VerdictOut.model_validate(answer.json)
    assert (answer.status_code, verdict.verdict, verdict.code) == (200, "green", "recorded")
    assert floor.events() == before + 1
    assert verdict.item is not None
    assert (verdict.item.identifier, verdict.item.title, verdict.item.place) == (code, "Module", "Plant")
    assert verdict.item.state == "Passed"
    assert "ship" in verdict.next_steps
    assert not verdict.repeated
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_scan_sent_twice_is_one_event_and_the_same_answer(floor: Floor, bo: Visitor) -> None:
    body = scan_of(floor, floor.pieces()[0])
    first = send(bo, body).json
    before = floor.events()
    second = send(bo, body).json
    assert floor.events() == before
    assert second == first | {"repeated": True}


def test_a_refused_scan_sent_again_is_refused_again_although_it_could_succeed_by_now(
    floor: Floor, bo: Visitor
) -> None:
    (code,) = floor.reserved()
    body = scan_of(floor, code, "move", place="store")
    first = send(bo, body).json
    assert (first["verdict"], first["code"]) == ("red", "not-commissioned")
    assert send(bo, scan_of(floor, code, "commission")).json["verdict"] == "green"
    again = send(bo, body).json
    assert [again[name] for name in ("verdict", "code", "sentence")] == [
        "red",
        first["code"],
        first["sentence"],
    ]
    assert again["repeated"]
    assert "move" in again["next_steps"]  # the card shows the item as it is now


def test_the_number_of_one_scan_does_not_light_green_for_another(floor: Floor, bo: Visitor) -> None:
    one, other = floor.pieces(2)
    body = scan_of(floor, one)
    send(bo, body)
    answer = send(bo, body | {"code": other})
    assert (answer.status_code, answer.json["code"]) == (409, "nonce-reused")


def test_what_was_scanned_offline_is_recorded_with_the_time_of_the_scan(
    floor: Floor, bo: Visitor, clock: Clock
) -> None:
    (code,) = floor.pieces()
    clock.pass_by(hours=3)
    scanned = floor.now + timedelta(hours=1)
    event_id = send(bo, scan_of(floor, code, event_time=scanned.isoformat())).json["event_id"]
    with writing(floor.engine) as session:
        times = session.connection().exec_driver_sql(
            f"SELECT event_time, record_time FROM entry WHERE event_id = '{event_id}'"
        )
        event_time, record_time = times.one()
    assert str(event_time) < str(record_time)
    assert scanned.strftime("%H:%M") in str(event_time)


# --- undo ---


def test_an_undo_withdraws_the_scan_by_a_correction_and_a_second_one_does_nothing(
    floor: Floor, bo: Visitor
) -> None:
    body = scan_of(floor, floor.pieces()[0], result="hold", reason="dent")
    assert send(bo, body).json["item"]["held"] == "dent"
    before = floor.events()
    path = f"/api/v1/scans/{body['nonce']}/undo"
    first = send(bo, {"visit": "visit-1"}, path).json
    assert (first["verdict"], first["code"], first["item"]["held"]) == ("green", "undone", "")
    second = send(bo, {"visit": "visit-1"}, path).json
    assert second == first | {"repeated": True}
    assert floor.events() == before + 1


def test_only_the_one_who_scanned_can_undo_and_only_in_the_same_visit(
    floor: Floor, bo: Visitor, visit: Visit
) -> None:
    body = scan_of(floor, floor.pieces()[0])
    send(bo, body)
    path = f"/api/v1/scans/{body['nonce']}/undo"
    other_visit = send(bo, {"visit": "visit-2"}, path)
    other_person = send(visit("ana"), {"visit": "visit-1"}, path)
    other_company = send(visit("cy"), {"visit": "visit-1"}, path)
    for answer in (other_visit, other_person, other_company):
        assert (answer.status_code, answer.json["code"]) == (404, "unknown-scan")


# --- bad input: each a sentence in the reader's language, and the item where there is one ---

UNKNOWN = "88.118.1001/7Q2K9XW4M3ABCDEF"
BAD = {
    "a QR of something else": ("WIFI:S:guest;T:WPA;P:secret;;", {}, "not-an-identifier"),
    "an unknown identifier": (UNKNOWN, {}, "unknown-identifier"),
    "nothing": ("  ", {}, "empty-scan"),
    "a wrong site": ("PIECE", {"place": "yard"}, "not-your-site"),
    "a place that is none": ("PIECE", {"place": "the hall"}, "not-an-identifier"),
    "a future date": ("PIECE", {"event_time": "2027-05-20T08:30:00Z"}, "time-in-future"),
    "an impossible date": ("PIECE", {"event_time": "0001-01-01T00:00:00Z"}, "time-impossible"),
    "a step that is none": ("PIECE", {"step": "teleport"}, "unknown-step"),
    "no result": ("PIECE", {"result": ""}, "result-missing"),
    "a quantity of a single piece": ("PIECE", {"quantity": "3"}, "quantity-of-one"),
    "no container": ("PIECE", {"step": "pack"}, "parent-missing"),
    "no run": ("PIECE", {"step": "consume"}, "run-missing"),
    "no destination": ("PIECE", {"step": "ship"}, "destination-missing"),
    "an unknown destination": (
        "PIECE",
        {"step": "ship", "destination": "88.118.7777"},
        "unknown-destination",
    ),
    "one never shipped here": ("PIECE", {"step": "receive"}, "already-received"),
    "a quantity that is missing": ("LOT", {"step": "scrap", "quantity": "0"}, "bad-quantity"),
    "more than there is": ("LOT", {"step": "scrap", "quantity": "501"}, "not-enough"),
    "how much is consumed": (
        "LOT",
        {"step": "consume", "transformation": "urn:uuid:00000000-0000-4000-8000-000000000001"},
        "quantity-missing",
    ),
    "a place's label": ("PLACE", {}, "not-a-piece"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", BAD)
def test_each_bad_scan_is_refused_with_a_sentence_and_records_nothing(
    floor: Floor, bo: Visitor, case: str, language: str
) -> None:
    code, more, expected = BAD[case]
    real = {
        "PIECE": lambda: floor.pieces()[0],
        "LOT": lambda: floor.lot("P-1", "500"),
        "PLACE": lambda: floor.places["plant"],
    }
    text = real[code]() if code in real else code
    before = floor.events()
    body = scan_of(floor, text, **more)
    body["place"] = floor.places.get(body["place"], body["place"])
    answer = send(bo, body, f"/api/v1/scans?lang={language}")
    verdict = VerdictOut.model_validate(answer.json)
    assert (answer.status_code, verdict.verdict, verdict.code) == (200, "red", expected)
    assert floor.events() == before
    assert_sentence(verdict.sentence, language)
    assert_sentence(verdict.hint, language)
    assert (verdict.item is not None) == ((code in real and code != "PLACE") or case == "a place's label")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_held_item_cannot_be_shipped_and_the_reader_is_told_why(
    floor: Floor, bo: Visitor, language: str
) -> None:
    (code,) = floor.pieces()
    floor.hold(code, "裂纹 crack")
    body = scan_of(floor, code, "ship", destination="88.118.1002")
    answer = send(bo, body, f"/api/v1/scans?lang={language}").json
    assert (answer["verdict"], answer["code"]) == ("red", "held")
    assert "裂纹 crack" in answer["sentence"]
    assert answer["item"]["held"] == "裂纹 crack"
    assert "ship" not in answer["next_steps"]


def test_what_was_shipped_or_scrapped_or_packed_cannot_take_the_next_step(floor: Floor, bo: Visitor) -> None:
    shipped, scrapped, packed = floor.pieces(3)
    (pallet,) = floor.units()
    for body in (
        scan_of(floor, shipped, "ship", destination="88.118.1002"),
        scan_of(floor, scrapped, "scrap"),
        scan_of(floor, packed, "pack", parent=pallet),
    ):
        assert send(bo, body).json["verdict"] == "green"
    again = {
        "already-shipped": scan_of(floor, shipped, "ship", destination="88.118.1002"),
        "already-scrapped": scan_of(floor, scrapped, "move", place="store"),
        "inside-container": scan_of(floor, packed, "move", place="store"),
    }
    assert {code: send(bo, body).json["code"] for code, body in again.items()} == {
        code: code for code in again
    }


@pytest.mark.parametrize("spelling", [str.lower, lambda code: code.translate({ord(c): ord(c) + 0xFEE0 for c in map(chr, range(33, 127))}),
                                      lambda code: f"HTTPS://ANY.EXAMPLE/{code}", lambda code: f" {code}\r\n"])  # fmt: skip
def test_an_identifier_is_understood_however_it_is_written(
    floor: Floor, bo: Visitor, spelling: Callable[[str], str]
) -> None:
    (code,) = floor.pieces()
    answer = send(bo, scan_of(floor, spelling(code))).json
    assert (answer["verdict"], answer["item"]["identifier"]) == ("green", code)


def test_what_another_company_has_looks_like_what_does_not_exist(floor: Floor, visit: Visit) -> None:
    (code,) = floor.pieces()
    cy = visit("cy")
    hidden = send(cy, scan_of(floor, code, place="yard")).json
    missing = send(cy, scan_of(floor, UNKNOWN, place="yard")).json
    assert hidden["sentence"].replace(code, "") == missing["sentence"].replace(UNKNOWN, "")
    assert (hidden["code"], hidden["item"]) == (missing["code"], None)
    looked = [cy.client.get("/api/v1/look", query_string={"code": text}) for text in (code, UNKNOWN)]
    assert [answer.status_code for answer in looked] == [404, 404]


def test_a_body_that_is_no_scan_is_a_problem_and_not_a_verdict(floor: Floor, bo: Visitor) -> None:
    (code,) = floor.pieces()
    for change in (
        {"event_time": "yesterday"},
        {"event_time": "2026-05-20T08:30:00"},
        {"quantity": "NaN"},
        {"nonce": None},
        {"extra": 1},
    ):
        answer = send(bo, scan_of(floor, code) | change)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), change
    assert send(bo, scan_of(floor, code, nonce="short")).json["code"] == "bad-nonce"


def test_the_scan_of_somebody_else_is_not_taken_as_ones_own(
    floor: Floor, bo: Visitor, world: Tenants
) -> None:
    body = scan_of(floor, floor.pieces()[0])
    answer = send(bo, body | {"operator": world.ana.operator_id})
    assert (answer.status_code, answer.json["code"]) == (409, "other-operator")
    assert send(bo, body | {"operator": world.bo.operator_id}).json["verdict"] == "green"


# --- who may ---


def test_a_session_that_ended_is_told_and_nothing_is_recorded(
    floor: Floor, bo: Visitor, clock: Clock, settings: Settings
) -> None:
    body = scan_of(floor, floor.pieces()[0])
    clock.pass_by(hours=settings.session_hours + 1)
    before = floor.events()
    answer = send(bo, body)
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")
    assert "kept" in answer.json["hint"]
    assert floor.events() == before


def test_a_cookie_alone_does_not_record_a_scan(floor: Floor, bo: Visitor) -> None:
    bo.token = ""
    answer = send(bo, scan_of(floor, floor.pieces()[0]))
    assert (answer.status_code, answer.json["code"]) == (400, "stale-form")


def test_an_api_key_records_a_scan_without_a_cookie(
    floor: Floor, stranger: Visitor, clock: Clock, world: Tenants
) -> None:
    with writing(floor.engine) as session:
        key = authenticating.create_key(session, world.bo, "gate", clock())
    (code,) = floor.pieces()
    assert send(stranger, scan_of(floor, code), Authorization=f"Bearer {key}").json["verdict"] == "green"
    assert send(stranger, scan_of(floor, code), Authorization=f"Bearer {key}x").status_code == 401


def test_an_auditor_reads_and_does_not_scan(floor: Floor, visit: Visit) -> None:
    auditor = visit("auditor")
    for path in ("/api/v1/look?code=x", "/api/v1/places", "/api/v1/partners", "/scan"):
        assert auditor.get(path).status_code == 403
    assert send(auditor, scan_of(floor, floor.pieces()[0])).status_code == 403


# --- looking, places, partners, the page's profile ---


def test_a_look_shows_the_item_and_records_nothing(floor: Floor, bo: Visitor) -> None:
    (code,) = floor.pieces()
    before = floor.events()
    answer = bo.client.get("/api/v1/look", query_string={"code": f"HTTPS://X.EXAMPLE/{code}"})
    assert LookOut.model_validate(answer.json).item.identifier == code
    assert floor.events() == before
    assert bo.client.get("/api/v1/look", query_string={"code": "?"}).json["code"] == "not-an-identifier"
    assert bo.client.get("/api/v1/look").status_code == 422


def test_places_and_partners_are_ones_own_in_ones_own_language(floor: Floor, bo: Visitor) -> None:
    names = {
        place["name"] for place in bo.client.get("/api/v1/places", headers={"Accept-Language": "zh"}).json
    }
    assert names in ({"plant场地", "store场地"}, {"Plant", "Store"})
    partners = bo.client.get("/api/v1/partners").json
    assert [partner["prefix"] for partner in partners] == ["88.118.1002"]


def test_the_profile_says_who_is_signed_in_and_to_a_stranger_that_nobody_is(
    floor: Floor, bo: Visitor, stranger: Visitor, world: Tenants
) -> None:
    profile = bo.client.get("/scan/profile").json
    assert profile["operator"]["id"] == world.bo.operator_id
    assert {place["epc"] for place in profile["places"]} == {floor.places["plant"], floor.places["store"]}
    assert stranger.client.get("/scan/profile").status_code == 401


# --- what opens the page without a connection ---


def test_the_kept_page_and_its_worker_hold_nothing_of_a_person(
    floor: Floor, bo: Visitor, stranger: Visitor
) -> None:
    shell = bo.client.get("/scan/shell?lang=en")
    assert shell.status_code == 200
    assert shell.data == stranger.client.get("/scan/shell?lang=en").data
    for private in (b">Bo<", b"csrf", b"88.118.1001", b"Plant"):
        assert private not in shell.data
    assert "Set-Cookie" not in shell.headers
    worker = bo.client.get("/sw.js")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert worker.data == stranger.client.get("/sw.js").data
    assert b"/api/" not in worker.data
