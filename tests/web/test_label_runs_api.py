"""Print runs and blank labels over the API: asked for once, followed, marked, printed again."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import jobprint, jobrunner
from app.services.printing import files
from tests.support.api import Api, problem
from tests.support.floor import Floor
from tests.support.pressing import LinePress
from tests.support.tenants import Tenants
from tests.web.conftest import Clock

PRINT = {"template": "ready:product-70x37", "form": "zpl"}


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


@pytest.fixture
def worked(
    app: Flask, ana: Api, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Does the job of a run, and tells the run as it is then."""
    monkeypatch.setattr(jobprint, "Press", LinePress)
    node = app.extensions["suyuan"]

    def work(run: dict[str, Any]) -> dict[str, Any]:
        jobrunner.run(node.settings, node.engine, run["job_url"].rpartition("/")[2])
        return ana.get(f"/labels/runs/{run['id']}").get_json()

    return work


def test_a_run_is_asked_for_once_followed_and_its_file_fetched(ana: Api, floor: Floor, worked: Any) -> None:
    wanted = PRINT | {"identifiers": floor.pieces(3)}
    first, again = (ana.post("/labels/runs", wanted, key="one").get_json() for _ in range(2))
    assert first == again
    assert (first["state"], first["quantity"], first["file_url"]) == ("asked", 3, None)
    problem(ana.get(f"/labels/runs/{first['id']}/file"), 404, "no-result")
    done = worked(first)
    assert (done["state"], done["counts"]["printed"], done["question"]) == ("printed", 3, None)
    text = ana.get(f"/labels/runs/{first['id']}/file").text
    assert [line.split()[0] for line in text.splitlines()] == wanted["identifiers"]
    assert [run["id"] for run in ana.items("/labels/runs", kind="things")] == [first["id"]]
    refused = problem(ana.post("/labels/runs", wanted), 409, "already-printed")
    assert floor.people.ana.name in refused["detail"]


def test_a_file_that_was_cleared_away_is_made_anew(app: Flask, ana: Api, floor: Floor, worked: Any) -> None:
    run = worked(ana.post("/labels/runs", PRINT | {"identifiers": floor.pieces(2)}).get_json())
    path = f"/labels/runs/{run['id']}"
    text = ana.get(f"{path}/file").text
    assert ana.post(f"{path}/file").get_json()["job_url"] == run["job_url"]  # it is there: nothing to do
    files.forget(app.extensions["suyuan"].settings.prints_dir, run["id"])
    problem(ana.get(f"{path}/file"), 404, "no-result")
    again = ana.post(f"{path}/file")
    assert (again.status_code, again.get_json()["counts"]["printed"]) == (202, 2)
    worked(again.get_json())
    assert ana.get(f"{path}/file").text == text


def test_labels_are_spoiled_printed_again_applied_and_lost(ana: Api, floor: Floor, worked: Any) -> None:
    run = worked(ana.post("/labels/runs", PRINT | {"identifiers": floor.pieces(4)}).get_json())
    path = f"/labels/runs/{run['id']}"
    assert ana.post(f"{path}/spoil", {"labels": [1], "reason": "Torn"}).get_json()["counts"]["spoiled"] == 1
    again = ana.post(f"{path}/reprint", {"labels": [1], "reason": "Torn"})
    assert again.status_code == 202
    assert worked(again.get_json())["of_run"] == run["id"]
    ana.post(f"{path}/apply", {"labels": [2, 3]})
    told = ana.post(f"{path}/lose", {"labels": [4], "reason": "Gone"}).get_json()["counts"]
    assert {name: count for name, count in told.items() if count} == {
        "asked": 4, "reprinted": 1, "applied": 2, "lost": 1
    }  # fmt: skip
    assert [label["position"] for label in ana.items(f"{path}/labels", state="lost")] == [4]
    problem(ana.post(f"{path}/lose", {"labels": [9], "reason": "Gone"}), 404, "unknown-label")
    problem(ana.post(f"{path}/cancel"), 409, "run-over")
    problem(ana.post(f"{path}/resume", {}), 409, "run-not-stuck")


def test_blank_labels_are_printed_ahead_and_claimed(ana: Api, floor: Floor, worked: Any) -> None:
    run = worked(ana.post("/labels/runs", PRINT | {"blanks": 2}).get_json())
    assert (run["state"], run["kind"], run["counts"]["printed"]) == ("printed", "blanks", 2)
    name = run["first_name"]
    wanted = {"identifier": name, "product": floor.products["MOD-1"], "serial": "SN-1"}
    item = ana.post("/labels/claims", wanted, key="claim").get_json()
    assert (item["identifier"], item["serial"], item["lifecycle"]) == (name, "SN-1", "reserved")
    assert ana.get(f"/labels/runs/{run['id']}").get_json()["counts"]["applied"] == 1
    problem(ana.post("/labels/claims", wanted), 422, "already-claimed")


def test_what_is_asked_must_be_one_thing_and_not_too_much(ana: Api, floor: Floor) -> None:
    problem(ana.post("/labels/runs", PRINT), 400, "nothing-chosen")
    problem(ana.post("/labels/runs", PRINT | {"blanks": 1, "batch": "1-2"}), 400, "nothing-chosen")
    told = problem(ana.post("/labels/runs", PRINT | {"blanks": 10_000_000}), 422, "run-too-long")
    assert "100000" in told["detail"].replace(",", "")
    problem(
        ana.post("/labels/runs", PRINT | {"blanks": 1, "template": "ready:none"}),
        404,
        "unknown-label-template",
    )
    problem(
        ana.post("/labels/runs", PRINT | {"blanks": 1, "form": "pdf", "stock": "none"}), 404, "unknown-stock"
    )


def test_a_table_is_brought_its_columns_guessed_and_its_labels_printed(
    ana: Api, floor: Floor, worked: Any
) -> None:
    (code,) = floor.pieces()
    table = (io.BytesIO(f"Identifier,Order\n{code},PO-1\n".encode()), "erp.csv")
    brought = ana.client.post("/api/v1/labels/tables", data={"table": table}, headers=ana.headers)
    assert brought.status_code == 200
    told = brought.get_json()
    assert [column["meaning"] for column in told["columns"]] == ["identifier", "note1"]
    run = worked(ana.post("/labels/runs", PRINT | {"table": told["id"]}).get_json())
    assert (run["state"], run["kind"], run["counts"]["printed"]) == ("printed", "table", 1)
    problem(ana.post("/labels/runs", PRINT | {"table": told["id"], "columns": ["lot"]}), 400, "bad-mapping")
    problem(ana.post("/labels/runs", PRINT | {"table": "0" * 32}), 404, "unknown-upload")
