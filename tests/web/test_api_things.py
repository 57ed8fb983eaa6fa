"""What a program can do with things: mint, label, hold, trace, and follow the jobs that do it."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from app import jobqueue, jobrunner
from labels.reading import read
from tests.support.api import Api, problem
from tests.support.floor import Floor
from tests.support.tenants import Tenants
from tests.web.conftest import Clock


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


def worked_off(app: Flask, api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it is after its runner did it."""
    node = app.extensions["suyuan"]
    jobrunner.run(node.settings, node.engine, job["id"])
    told: dict[str, Any] = api.get(f"/jobs/{job['id']}").get_json()
    return told


def waiting(app: Flask) -> list[str]:
    """The ids of the jobs that the worker is told of."""
    queue = jobqueue.queue_of(app.extensions["suyuan"].settings)
    jobqueue.task_of(queue)
    return [task.args[0] for task in queue.pending()]


def test_a_lot_is_minted_active_with_its_quantity_and_found_under_its_identifier(
    ana: Api, floor: Floor
) -> None:
    wanted = {
        "level": "lot",
        "product": floor.products["POW-1"].removeprefix("hdl:"),
        "lot": "L-1",
        "produced_on": "2026-05-01",
        "activate_at": floor.places["plant"],
        "quantity": "12.50",
    }
    minted = ana.post("/items", wanted).get_json()
    (made,) = minted["items"]
    assert (minted["count"], made["lot"]) == (1, "L-1")
    assert made["url"] == f"HTTP://127.0.0.1:8000/{made['identifier']}"
    item = ana.get(f"/items/{made['identifier']}").get_json()
    assert (item["quantity"], item["unit"], item["lifecycle"], item["site_en"]) == (
        "12.5",
        "KGM",
        "active",
        "Plant",
    )
    assert (item["produced_on"], item["part_number"]) == ("2026-05-01", "POW-1")
    assert item == ana.get(f"/items/{made['identifier'].lower()}").get_json()
    problem(ana.post("/items", wanted), 409, "identifier-taken")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"product": ""}, 400, "unknown-product"),
        ({"product": "88.118.1001/NOTHING"}, 400, "unknown-product"),
        ({"product": "?"}, 400, None),
        ({"level": "lot", "lot": "L-1"}, 422, "wrong-tracing"),
        ({"activate_at": "88.118.1002/ELSEWHERE"}, 422, "not-your-site"),
        ({"count": 2, "suffix": "ONE"}, 400, "one-at-a-time"),
        ({"expires_on": "2020-01-01", "produced_on": "2026-01-01"}, 400, "expires-before-made"),
        ({"serial_start": "SN"}, 400, "bad-serial-start"),
    ],
)
def test_a_mint_that_cannot_be_is_refused_and_mints_nothing(
    ana: Api, floor: Floor, change: dict[str, Any], status: int, code: str | None
) -> None:
    wanted = {"level": "serial", "product": floor.products["MOD-1"]} | change
    problem(ana.post("/items", wanted), status, code or "")
    assert ana.items("/items") == []


def test_a_large_mint_is_a_job_with_a_table_of_what_was_minted(app: Flask, ana: Api, floor: Floor) -> None:
    answer = ana.post(
        "/items", {"level": "serial", "count": 2_001, "product": floor.products["MOD-1"]}, key="many"
    )
    assert answer.status_code == 202
    assert ana.items("/items") == []
    job = worked_off(app, ana, answer.get_json())
    assert (job["state"], job["kind"]) == ("done", "mint")
    table = ana.client.get(job["result_url"], headers=ana.headers, buffered=True)
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert (table.mimetype, len({row["identifier"] for row in rows})) == ("text/csv", 2_001)
    assert table.headers["Cache-Control"] == "no-store"
    assert ana.get(f"/items/{rows[0]['identifier']}").status_code == 200


def test_an_identifier_is_taken_out_of_use_once(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    body = {"identifier": code, "reason": "Label spoiled"}
    item = ana.post("/items/void", body, key="void").get_json()
    assert (item["lifecycle"], item["identifier"]) == ("void", code)
    assert ana.post("/items/void", body, key="void").get_json() == item
    assert ana.post("/items/void", body).status_code == 422


def test_a_thing_is_held_and_released(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    held = ana.post("/holds", {"identifier": code, "reason": "Swollen"}).get_json()
    assert (held["item"]["held"], held["item"]["disposition"]) == ("Swollen", "unavailable")
    (hold,) = ana.items("/holds")
    assert (hold["reason"], hold["operator"], hold["item"]["identifier"]) == ("Swollen", "Ana", code)
    released = ana.post("/holds/release", {"identifier": code, "reason": "Measured"}).get_json()
    assert (released["item"]["held"], released["seq"]) == ("", held["seq"] + 1)
    assert ana.items("/holds") == []
    problem(ana.post("/holds/release", {"identifier": code, "reason": "Again"}), 422, "not-held")


# --- labels, traces, jobs ---


def test_a_single_label_is_a_picture_whose_code_can_be_read(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    picture = ana.get(f"/labels/{code}.png", dpi=203)
    assert picture.mimetype == "image/png"
    assert f"HTTP://127.0.0.1:8000/{code}" in {found.text for found in read(picture.data)}
    assert ana.get(f"/labels/{code}.svg").data.lstrip().startswith((b"<svg", b"<?xml"))
    problem(ana.get(f"/labels/{code}.png", dpi=72), 422)


def test_label_sheets_of_a_batch_are_a_job_with_a_pdf(app: Flask, ana: Api, floor: Floor) -> None:
    minted = ana.post(
        "/items", {"level": "serial", "count": 3, "product": floor.products["MOD-1"]}
    ).get_json()
    answer = ana.post("/labels", {"batch": minted["batch"], "start": 23})
    queued = answer.get_json()
    assert (answer.status_code, queued["state"], queued["result_url"]) == (202, "queued", None)
    assert waiting(app) == [queued["id"]]
    problem(ana.get(f"/jobs/{queued['id']}/result"), 404, "no-result")
    job = worked_off(app, ana, queued)
    assert (job["state"], job["done"], job["total"]) == ("done", job["total"], job["total"])
    sheet = ana.get(f"/jobs/{job['id']}/result")
    assert (sheet.mimetype, sheet.data[:5]) == ("application/pdf", b"%PDF-")
    assert sheet.headers["Content-Disposition"] == "attachment; filename=suyuan-labels.pdf"
    problem(ana.post(f"/jobs/{job['id']}/cancel"), 422, "job-ended")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "nothing-chosen"),
        ({"batch": "1-2", "identifiers": ["88.118.1001/A"]}, 400, "nothing-chosen"),
        ({"batch": "9000-9001"}, 404, "unknown-batch"),
        ({"batch": "5-2"}, 404, "unknown-batch"),
        ({"batch": "0-999999999"}, 404, "unknown-batch"),
        ({"identifiers": ["88.118.1001/NOTHING"]}, 404, "unknown-identifier"),
    ],
)
def test_labels_that_cannot_be_are_refused_before_there_is_a_job(
    ana: Api, floor: Floor, body: dict[str, Any], status: int, code: str
) -> None:
    problem(ana.post("/labels", body), status, code)
    assert ana.items("/jobs") == []


def test_a_job_can_be_cancelled(ana: Api, floor: Floor) -> None:
    queued = ana.post("/labels", {"identifiers": floor.pieces()}).get_json()
    cancelled = ana.post(f"/jobs/{queued['id']}/cancel").get_json()
    assert (cancelled["state"], cancelled["finished"] is not None) == ("cancelled", True)


def test_a_trace_tells_the_chain_and_its_report_is_a_job(app: Flask, ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    floor.hold(code, "Scratched")
    trace = ana.get(f"/trace/{code}").get_json()
    subject = next(thing for thing in trace["things"] if thing["id"] == trace["subject"])
    assert (subject["identifier"], subject["held"]) == (code, "Scratched")
    assert {"commission", "hold"} <= {event["step"] for event in trace["events"]}
    problem(ana.post("/reports", {"identifier": "88.118.1001/NOTHING"}), 404, "unknown-identifier")
    answer = ana.post("/reports", {"identifier": f"HTTP://127.0.0.1:8000/{code}"})
    assert answer.status_code == 202
    assert answer.get_json()["kind"] == "trace-pdf"


def test_search_finds_by_identifier_lot_and_part_number(ana: Api, floor: Floor) -> None:
    lot = floor.lot("L-2026-05", "5")
    found = ana.get("/search", q=lot).get_json()
    assert ([each["identifier"] for each in found["items"]], found["exact"]) == ([lot], True)
    assert [each["lot"] for each in ana.items("/search", q="l-2026-05")] == ["L-2026-05"]
    assert {each["part_number"] for each in ana.items("/search", q="POW-1") if each["level"] == "lot"} == {
        "POW-1"
    }
    row = found["items"][0]
    assert (row["owner"]["prefix"], row["unit"]) == ("88.118.1001", "KGM")


def test_a_job_whose_runner_was_lost_is_queued_again_by_who_asks_for_it(
    app: Flask, ana: Api, floor: Floor, clock: Clock
) -> None:
    queued = ana.post("/labels", {"identifiers": floor.pieces()}).get_json()
    jobqueue.queue_of(app.extensions["suyuan"].settings).flush()
    clock.pass_by(minutes=1)
    assert ana.get(f"/jobs/{queued['id']}").get_json()["state"] == "queued"
    assert waiting(app) == [queued["id"]]
