"""Anybody holds something against the log: what is in it is found, what was changed is not, and nobody learns more."""

import io
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.domain import checkpoints, evidence, merkle
from app.services import certifying, evidencing, masterdata
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
CHECK = "/api/v1/log/verifications"


@pytest.fixture
def signed(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Flask:
    """Three entries, the first two of Ana's company, and a checkpoint of all."""
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        masterdata.create_site(session, world.ana, "一厂", "Plant", "", clock())
        masterdata.create_site(session, world.ana, "二厂", "Plant 2", "", clock())
        masterdata.create_site(session, world.cy, "三厂", "Other plant", "", clock())
        certifying.checkpoint(session, node.keys, certifying.origin_of(node.settings.base_url), clock())
    return app


def checked(app: Flask, content: bytes | str, **headers: str) -> dict[str, Any]:
    answer = sent(app, content, **headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def sent(app: Flask, content: bytes | str, **headers: str) -> TestResponse:
    app.extensions.pop("suyuan-checks", None)  # nobody is in a hurry here
    raw = content.encode() if isinstance(content, str) else content
    return app.test_client().post(
        CHECK, data={"file": (io.BytesIO(raw), "x")}, headers=headers, buffered=True
    )


def codes(told: dict[str, Any]) -> list[str]:
    return [check["state"] for check in told["checks"]]


def entry(app: Flask, seq: int) -> str:
    with app.extensions["suyuan"].engine.connect() as connection:
        return str(connection.execute(text(f"SELECT body FROM entry WHERE seq = {seq}")).scalar_one())


def test_a_checkpoint_is_found_and_a_changed_one_is_not(signed: Flask) -> None:
    note = signed.test_client().get("/api/v1/log/checkpoint").text
    told = checked(signed, note)
    assert (told["verdict"], told["kind"], codes(told)) == ("in-log", "checkpoint", ["ok", "ok"])
    forged = note.replace("\n3\n", "\n2\n")
    assert checked(signed, forged)["verdict"] == "does-not-fit"
    body = checkpoints.body("elsewhere.example/log", 3, b"\0" * 32)
    assert (
        checked(signed, checkpoints.sign(body, "elsewhere.example/log", b"x" * 32))["verdict"] == "not-in-log"
    )


def test_what_this_node_signed_and_its_log_no_longer_continues_is_told(signed: Flask) -> None:
    node = signed.extensions["suyuan"]
    origin = certifying.origin_of(node.settings.base_url)
    for size in (3, 4):
        body = checkpoints.body(origin, size, b"\1" * 32)
        told = checked(signed, checkpoints.sign(body, origin, certifying.signing_key(node.keys)))
        assert (told["verdict"], codes(told)) == ("does-not-fit", ["ok", "wrong"])


def test_an_event_is_found_however_it_is_spaced_and_a_letter_changed_is_not(
    signed: Flask, world: Tenants
) -> None:
    body = entry(signed, 0)
    for spelled in (body, json.dumps(json.loads(body), indent=3), f"[{body},{entry(signed, 2)}]"):
        assert checked(signed, spelled)["verdict"] == "in-log"
    changed = body.replace("reserving", "receiving")
    assert (codes(checked(signed, changed))) == ["missing"]
    assert codes(checked(signed, f"[{body},{changed}]")) == ["ok", "ok", "missing"]


def test_only_the_company_that_recorded_an_event_is_told_that_its_text_differs(
    signed: Flask, visit: Visit
) -> None:
    changed = entry(signed, 0).replace("reserving", "receiving")
    verdicts = {}
    for login in ("ana", "cy"):
        page = visit(login).post("/verify", {"text": changed})
        assert page.status_code == 200
        verdicts[login] = "does not fit the log" in page.text
    assert verdicts == {"ana": True, "cy": False}


def test_a_row_changed_in_the_database_is_seen_by_its_proof(signed: Flask) -> None:
    changed = entry(signed, 0).replace("reserving", "receiving")
    with signed.extensions["suyuan"].engine.begin() as connection:
        connection.execute(text("DROP TRIGGER entry_no_update"))
        connection.execute(text("UPDATE entry SET body = :body WHERE seq = 0"), {"body": changed})
    told = checked(signed, changed)
    assert told["verdict"] == "does-not-fit"


def test_evidence_of_an_entry_holds_and_is_given_to_its_company_only(signed: Flask, visit: Visit) -> None:
    told = visit("ana").get("/api/v1/log/entries/1/evidence")
    assert told.headers["Content-Disposition"].startswith("attachment")
    assert checked(signed, told.data)["verdict"] == "in-log"
    bundle = told.get_json()
    bundle["entry"]["body"] = bundle["entry"]["body"].replace("reserving", "receiving")
    assert checked(signed, orjson.dumps(bundle))["verdict"] == "does-not-fit"
    invented = {"seq": 0, "body": "x", "leaf": merkle.leaf_hash(b"x").hex()}
    forged = bundle | {"entry": invented, "inclusion": {"size": 1, "path": [], "root": invented["leaf"]}}
    assert forged["checkpoint"]  # a genuine one, which has nothing to do with that tree
    assert checked(signed, orjson.dumps(forged))["verdict"] == "does-not-fit"
    bundle["inclusion"]["path"] = ["zz"]
    assert sent(signed, orjson.dumps(bundle)).get_json()["code"] == "bad-evidence"
    assert visit("cy").get("/api/v1/log/entries/1/evidence").status_code == 404
    assert visit("operator").get("/api/v1/log/entries/1/evidence").status_code == 403


def test_a_consistency_proof_leads_into_the_log(signed: Flask) -> None:
    proof = signed.test_client().get("/api/v1/log/consistency?from=1&to=3").get_json()
    assert checked(signed, orjson.dumps(proof))["verdict"] == "in-log"
    proof["path"][0] = "00" * 32
    assert checked(signed, orjson.dumps(proof))["verdict"] == "does-not-fit"
    assert signed.test_client().get("/api/v1/log/checkpoints?size=3").text.splitlines()[1] == "3"
    assert signed.test_client().get("/api/v1/log/checkpoints?size=2").status_code == 404


def test_a_report_is_compared_line_by_line(signed: Flask, visit: Visit, world: Tenants, clock: Any) -> None:
    with writing(signed.extensions["suyuan"].engine) as session:
        product = masterdata.create_product(
            session,
            world.ana,
            part_number="P",
            name_zh="件",
            name_en="Part",
            now=clock(),
            tracing="serial",
            unit="H87",
        )
        epc = product.epc.removeprefix("hdl:")
    report = visit("ana").get(f"/api/v1/trace/{epc}").get_json()
    assert report["events"]
    told = checked(signed, orjson.dumps(report))
    assert (told["kind"], told["verdict"]) == ("report", "in-log")
    report["events"][0]["event_time"] = "2020-01-01T00:00:00.000Z"
    assert checked(signed, orjson.dumps(report))["verdict"] == "does-not-fit"
    report["log"]["root"] = "00" * 32
    assert codes(checked(signed, orjson.dumps(report)))[0] == "wrong"


def test_a_file_that_a_job_made_is_known_to_the_byte(signed: Flask, clock: Any) -> None:
    made = b"%PDF-1.7 a report \xff\xfe"
    import hashlib

    with writing(signed.extensions["suyuan"].engine) as session:
        evidencing.note_issued(session, 1, "trace-pdf", hashlib.sha256(made).hexdigest(), clock())
    told = checked(signed, made)
    assert (told["kind"], told["verdict"]) == ("file", "in-log")
    assert checked(signed, made + b" ")["verdict"] == "not-in-log"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"log":{"root":1}}',
        b'{"log":{"root":"' + b"0" * 64 + b'","size":-1}}',
        b'{"kind":"suyuan-evidence"}',
        b'{"from_root":[],"to_root":{}}',
        b"[1,2]",
        b"[" + b"{}," * 3_000 + b"{}]",
        b'{"eventID":"\\u0000","type":"ObjectEvent","eventTime":"x"}',
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a>" * 10_000,
        b"\xff\xfe\x00",
        "\ud800".encode("utf-8", "surrogatepass"),
        b"a/log\n99999999999999999999\nAAAA\n\n\xe2\x80\x94 a AAAAAAAA\n",
    ],
    ids=range(13),
)
def test_hostile_files_are_told_off_in_a_sentence(signed: Flask, content: bytes) -> None:
    answer = sent(signed, content)
    assert answer.status_code in {200, 400, 413, 422}, answer.text
    told = answer.get_json()
    assert told.get("verdict") in {None, "not-in-log"}


def test_what_is_too_long_to_be_read_is_only_a_file(signed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    note = signed.test_client().get("/api/v1/log/checkpoint").text
    monkeypatch.setattr(evidence, "MOST_TEXT", len(note) - 1)
    assert (checked(signed, note)["kind"], checked(signed, note)["verdict"]) == ("file", "not-in-log")


def test_who_asks_too_often_has_to_wait(signed: Flask, stranger: Visitor) -> None:
    stranger.get("/verify")
    pages = [stranger.post("/verify", {"text": "x"}) for _ in range(20)]
    assert {page.status_code for page in pages} == {200, 429}
    assert "Wait a minute" in pages[-1].text


def test_a_stranger_finds_page_and_verifier_in_both_languages(signed: Flask, stranger: Visitor) -> None:
    assert "Is it in this node" in stranger.get("/verify?lang=en").text
    note = signed.test_client().get("/api/v1/log/checkpoint").text.rstrip("\n").replace("\n", "\r\n")
    page = stranger.post("/verify?lang=zh", {"text": note})
    assert "verdict-success" in page.text
    assert 'href="/verify"' in page.text
    script = stranger.get("/verify/suyuan_verify.py")
    assert (script.mimetype, script.data.count(b"import app")) == ("text/x-python", 0)
    assert stranger.post("/verify", {"text": "  "}).status_code == 400
    assert len(evidence.KINDS) == 6


CAPTURED = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent",
    "eventTime": "2026-05-20T08:00:00.000Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["urn:epc:id:sgtin:9521141.012345.S1"],
    "readPoint": {"id": "urn:epc:id:sgln:9521141.12345.0"},
}


def test_a_captured_event_is_found_in_another_spelling_and_not_with_another_time(
    signed: Flask, world: Tenants, clock: Any
) -> None:
    from app.services import capturing_events

    with writing(signed.extensions["suyuan"].engine) as session:
        outcomes = capturing_events.capture_events(session, world.ana, [CAPTURED], clock())
        assert [outcome.problem for outcome in outcomes] == [None]
    told = checked(signed, json.dumps(CAPTURED, indent=1))
    assert (told["verdict"], told["kind"]) == ("in-log", "events")
    spelled = CAPTURED | {
        "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping",
        "epcList": ["https://id.gs1.org/01/09521141123454/21/S1"],
        "eventTime": "2026-05-20T16:00:00+08:00",
    }
    whole = {
        "@context": CAPTURED["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-05-20T08:00:00Z",
        "epcisBody": {"eventList": [{key: value for key, value in spelled.items() if key != "@context"}]},
    }
    assert checked(signed, json.dumps(whole))["verdict"] == "in-log"
    assert (
        checked(signed, json.dumps(CAPTURED | {"eventTime": "2026-05-20T08:00:01Z"}))["verdict"]
        == "not-in-log"
    )


def test_one_of_our_own_steps_is_found_as_readers_get_it(signed: Flask, visit: Visit) -> None:
    event_id = json.loads(entry(signed, 0))["eventID"]
    told = visit("ana").get(f"/epcis/events/{event_id}", headers={"Accept": "application/json"})
    assert told.status_code == 200, told.text
    assert "suyuan:operator" not in told.text
    assert checked(signed, told.data)["verdict"] == "in-log"
    changed = told.text.replace("reserving", "receiving")
    assert checked(signed, changed)["verdict"] == "not-in-log"
