"""Runs on pages: followed, downloaded, stopped, resumed with an answer; what became of each label is said, once and by reason."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import jobrunner
from app.services.printing import files
from app.store.database import reading, writing
from app.store.tables import PrintChunk, PrintRun
from tests.support.floor import Floor
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
FIGURE = re.compile(r'run-figure[^>]*"><dt>([^<]+)</dt><dd>([^<]+)</dd>')
FORM = {"output": "pdf", "language": "en"}


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(visit: Visit, floor: Floor) -> Visitor:
    return visit("ana")


def printed(app: Flask, visitor: Visitor, names: list[str], *, work: bool = True) -> str:
    """The path of a run, which has ended unless it was not to be worked on."""
    visitor.get("/labels")
    path = str(visitor.post("/labels", FORM | {"id": names}).headers["Location"])
    if work:
        done(app, path)
    return path


def done(app: Flask, path: str) -> None:
    node = app.extensions["suyuan"]
    jobrunner.run(node.settings, node.engine, run_of(app, path).job_id)


def run_of(app: Flask, path: str) -> PrintRun:
    with reading(app.extensions["suyuan"].engine) as session:
        run: PrintRun = session.get_one(PrintRun, int(path.rpartition("/")[2]))
        return run


def figures(page: str) -> dict[str, str]:
    """What became of the labels, as the page sums it up."""
    return dict(FIGURE.findall(page))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_says_how_far_it_is_and_then_what_it_has_proven(
    app: Flask, ana: Visitor, floor: Floor, language: str
) -> None:
    path = printed(app, ana, floor.pieces(3), work=False)
    waiting = ana.get(f"{path}?lang={language}")
    assert "data-job=" in waiting.text
    assert ana.get(f"{path}/state").get_json() == {"state": "running", "done": 0, "total": 3}
    assert ana.get(f"{path}/file").status_code == 404
    done(app, path)
    assert ana.get(f"{path}/state").get_json() == {"state": "printed", "done": 3, "total": 3}
    page = ana.get(f"{path}?lang={language}").text
    assert Document.of(page).faults == []
    assert "zxing-cpp" in page
    assert run_of(app, path).digest in page
    assert path in ana.get("/labels/runs").text
    assert path in ana.get("/labels").text


def test_a_file_that_was_cleared_away_is_said_to_be_and_made_anew(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    path = printed(app, ana, floor.pieces(2))
    button = f'action="{path}/file"'
    assert button not in ana.get(path).text
    assert ana.post(f"{path}/file").headers["Location"] == path
    files.forget(app.extensions["suyuan"].settings.prints_dir, int(path.rpartition("/")[2]))
    assert button in ana.get(path).text
    assert "/jobs/" in ana.post(f"{path}/file").headers["Location"]
    done(app, path)
    assert button not in ana.get(path).text
    assert ana.get(f"{path}/file").data.startswith(b"%PDF")


def test_what_became_of_labels_is_said_and_adds_up(app: Flask, ana: Visitor, floor: Floor) -> None:
    path = printed(app, ana, floor.pieces(6))
    said = f"{path}/labels"
    assert ana.post(said, {"action": "spoiled", "position": "1"}).status_code == 400  # without a reason
    assert (
        ana.post(said, {"action": "spoiled", "position": "1", "typed": "3", "reason": "torn"}).status_code
        == 303
    )
    assert ana.post(said, {"action": "lost", "typed": "4", "reason": "fell"}).status_code == 303
    assert ana.post(said, {"action": "applied", "typed": "5-6"}).status_code == 303
    assert ana.post(said, {"action": "applied", "typed": "5-6"}).status_code == 303  # a double click
    assert ana.post(said, {"action": "lost", "typed": "5", "reason": "?"}).status_code == 409
    page = ana.get(path).text
    assert figures(page) == {
        "Printed": "1",
        "On its thing": "2",
        "Spoiled": "2",
        "Lost": "1",
        "Ordered labels": "6",
    }
    assert "torn" in page
    assert ana.get(f"{path}?state=lost").text.count('name="position"') == 1


def test_a_reprint_is_another_copy_once_and_of_the_same_identifier(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    (piece,) = floor.pieces()
    path = printed(app, ana, [piece])
    form = {"action": "reprint", "position": "1", "reason": "smudged", "nonce": "abc123"}
    again = str(ana.post(f"{path}/labels", form).headers["Location"])
    assert ana.post(f"{path}/labels", form).headers["Location"] == again
    done(app, again)
    page = ana.get(again).text
    assert "Copy 2" in page
    assert "smudged" in page
    assert piece in page
    assert figures(ana.get(path).text)["Printed again"] == "1"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400), ({"action": "burn", "position": "1"}, 400), ({"action": "applied"}, 400),
        ({"action": "applied", "typed": "2"}, 400), ({"action": "applied", "position": "2"}, 404),
        ({"action": "applied", "position": "9" * 18}, 404), ({"action": "applied", "typed": "x"}, 400),
        ({"action": "lost", "position": "1", "reason": "x" * 501}, 400),
        ({"action": "reprint", "position": "1", "reason": " "}, 400),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_said_of_a_label_is_refused_on_its_page(
    app: Flask, ana: Visitor, floor: Floor, form: dict[str, str], status: int
) -> None:
    path = printed(app, ana, floor.pieces())
    answer = ana.post(f"{path}/labels", form)
    assert answer.status_code == status
    assert "alert-danger" in answer.text


def test_a_run_that_waits_can_be_stopped_and_its_labels_printed_by_another(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    pieces = floor.pieces(2)
    path = printed(app, ana, pieces, work=False)
    assert ana.post(f"{path}/cancel", {}).status_code == 303
    assert run_of(app, path).state == "stopped"
    assert ana.post(f"{path}/cancel", {}).status_code == 409
    assert "Never printed" in ana.get(path).text
    assert run_of(app, printed(app, ana, pieces)).state == "printed"


def test_after_a_printer_broke_off_only_the_operator_knows_the_last_label(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    path = printed(app, ana, floor.pieces(5), work=False)
    with writing(floor.engine) as session:
        run = session.get_one(PrintRun, run_of(app, path).id)
        run.state, run.error_code, run.error = "failed", "last-label-unknown", "The printer fell silent."
        chunk = PrintChunk(
            run_id=run.id or 0, first=1, count=5, state="unsure", file="", digest="", size=0, proof={}
        )
        session.add_all([run, chunk])
    page = ana.get(path).text
    assert "Which label came out last?" in page
    assert "The printer fell silent." in page
    for wrong in ({}, {"last": "6"}, {"last": "-1"}, {"last": "x"}):
        assert ana.post(f"{path}/resume", wrong).status_code == 400
    assert ana.post(f"{path}/resume", {"last": "3"}).status_code == 303
    assert run_of(app, path).sent == 3
    assert ana.post(f"{path}/resume", {"last": "3"}).status_code == 409  # it goes on already


def test_another_companys_run_looks_like_none(app: Flask, ana: Visitor, visit: Visit, floor: Floor) -> None:
    path = printed(app, ana, floor.pieces())
    cy = visit("cy")
    assert path not in cy.get("/labels/runs").text
    for asked in (path, f"{path}/state", f"{path}/file"):
        assert cy.get(asked).status_code == 404
    for asked in ("cancel", "resume", "labels"):
        assert cy.post(f"{path}/{asked}", {"action": "applied", "position": "1"}).status_code == 404
    assert figures(ana.get(path).text)["Printed"] == "1"


def test_blank_labels_are_asked_for_by_number_and_listed(app: Flask, ana: Visitor, floor: Floor) -> None:
    assert 'name="blanks"' in ana.get("/labels/blank").text
    assert "3 labels" in ana.get("/labels?blanks=3").text
    path = str(ana.post("/labels", FORM | {"blanks": "3"}).headers["Location"])
    done(app, path)
    assert run_of(app, path).state == "printed"
    assert path in ana.get("/labels/blank").text
    for wrong in ("0", "x", "-1"):
        assert ana.get(f"/labels?blanks={wrong}").status_code == 400
    assert ana.post("/labels", FORM | {"blanks": "100001"}).status_code == 422


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("auditor", 403), ("supplier", 200)])
def test_runs_are_for_those_who_print(visit: Visit, role: str, status: int) -> None:
    visitor = visit(role)
    assert visitor.get("/labels/runs").status_code == status
    assert visitor.get("/labels/blank").status_code == status
