"""Jobs on pages: how far one is, its file again and again, cancelled, failed, forgotten; without a script too."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import col

from app import jobqueue, jobrunner, jobs
from app.store.database import reading, writing
from app.store.tables import Job
from tests.support.floor import Floor, assert_sentence
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(visit: Visit, floor: Floor) -> Visitor:
    return visit("ana")


@pytest.fixture
def ask(app: Flask, floor: Floor, clock: Callable[[], Any]) -> Callable[..., str]:
    """ask() -> the path of a new job of Ana's: the label of a piece."""
    node = app.extensions["suyuan"]

    def ask(piece: str = "", language: str = "en") -> str:
        parameters = {"epcs": [f"hdl:{piece or floor.pieces()[0]}"]}
        with writing(node.engine) as session:
            job_id = jobs.request(session, floor.people.ana, "labels-pdf", parameters, language, clock())
        jobqueue.enqueue(node.settings, job_id)
        return f"/jobs/{job_id}"

    return ask


def run(app: Flask, path: str) -> None:
    node = app.extensions["suyuan"]
    jobrunner.run(node.settings, node.engine, id_of(path))


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def change(floor: Floor, path: str, **values: Any) -> None:
    with writing(floor.engine) as session:
        session.connection().execute(update(Job).where(col(Job.id) == id_of(path)).values(**values))


def queued(app: Flask) -> list[str]:
    queue = jobqueue.queue_of(app.extensions["suyuan"].settings)
    jobqueue.task_of(queue)
    try:
        return [task.args[0] for task in queue.pending()]
    finally:
        queue.storage.close()


def test_a_job_is_followed_from_waiting_to_its_file(
    app: Flask, ana: Visitor, ask: Callable[..., str]
) -> None:
    path = ask()
    assert queued(app) == [id_of(path)]
    page = ana.get(path).text
    assert "Waiting" in page
    assert Document.of(page).all("progress")
    assert ana.get(f"{path}/state").json == {"state": "queued", "done": 0, "total": 0}
    assert ana.get(f"{path}/result").status_code == 404
    run(app, path)
    assert ana.get(f"{path}/state").json == {"state": "done", "done": 2, "total": 2}
    assert f"{path}/result" in Document.of(ana.get(path).text).links(path)
    assert f"{path}/result" in Document.of(ana.get("/jobs").text).links("/jobs")
    first, again = (ana.get(f"{path}/result") for _ in range(2))
    assert first.data == again.data
    assert first.data.startswith(b"%PDF-")
    assert first.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("state", ["queued", "running"])
def test_the_page_follows_the_job_without_a_script(
    ana: Visitor, floor: Floor, ask: Callable[..., str], state: str
) -> None:
    path = ask()
    change(floor, path, state=state, done=30, total=120)
    document = Document.of(ana.get(path).text)
    assert any(
        "noscript" in element.inside and element.attributes.get("http-equiv") == "refresh"
        for element in document.all("meta")
    )
    (bar,) = document.all("progress")
    assert (bar.attributes["value"], bar.attributes["max"]) == ("30", "120")


def test_cancel_keeps_nothing(app: Flask, ana: Visitor, ask: Callable[..., str]) -> None:
    path = ask()
    results = app.extensions["suyuan"].settings.results_dir
    half = results / id_of(path) / "try-1" / "labels.pdf"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"%PDF-half")
    page = ana.follow(ana.post(f"{path}/cancel")).text
    assert "The job was cancelled." in page
    assert "nothing was kept" in page
    assert not half.exists()
    run(app, path)
    assert ana.get(f"{path}/result").status_code == 404
    again = ana.post(f"{path}/cancel")
    assert again.status_code == 422
    assert "This job has ended already." in again.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_failed_job_says_why_in_the_language_it_was_asked_in(
    app: Flask, ana: Visitor, floor: Floor, ask: Callable[..., str], language: str
) -> None:
    (piece,) = floor.reserved()
    path = ask(piece, language)
    assert ana.post("/items/void", {"epc": piece, "reason": "spoilt"}).status_code == 303
    run(app, path)
    (alert,) = [
        element
        for element in Document.of(ana.get(f"{path}?lang={language}").text).all("div")
        if "alert-danger" in element.attributes.get("class", "").split()
    ]
    assert_sentence(alert.text.strip(), language)
    assert ana.get(f"{path}/state").json["state"] == "failed"
    assert ana.get(f"{path}/result").status_code == 404


def test_a_job_that_the_queue_lost_is_queued_again_by_whoever_looks(
    app: Flask, ana: Visitor, ask: Callable[..., str], clock: Any
) -> None:
    path = ask()
    queue = jobqueue.queue_of(app.extensions["suyuan"].settings)
    queue.flush()
    queue.storage.close()
    ana.get(path)
    assert queued(app) == []  # it is young yet
    clock.pass_by(seconds=30)
    for _ in range(3):
        ana.get(f"{path}/state")
    assert queued(app) == [id_of(path)]


def test_a_file_that_is_gone_is_told_in_words(app: Flask, ana: Visitor, ask: Callable[..., str]) -> None:
    path = ask()
    run(app, path)
    jobs.discard(app.extensions["suyuan"].settings, id_of(path))
    answer = ana.get(f"{path}/result")
    assert answer.status_code == 404
    assert "This job has no file to download." in answer.text


def test_jobs_are_for_colleagues_who_may_do_the_same(
    visit: Visit, floor: Floor, ask: Callable[..., str]
) -> None:
    path = ask()
    for login, sees in (
        ("supplier", True),
        ("bo", True),
        ("operator", False),
        ("auditor", False),
        ("cy", False),
    ):
        visitor = visit(login)
        assert (path in visitor.get("/jobs").text) == sees, login
        for more in ("", "/state", "/result"):
            status = visitor.get(f"{path}{more}").status_code
            assert status == (404 if not sees or more == "/result" else 200), (login, more)
        if not sees:
            assert visitor.post(f"{path}/cancel").status_code == 404
    with reading(floor.engine) as session:
        assert session.get_one(Job, id_of(path)).state == "queued"


def test_without_jobs_the_page_says_what_to_do(ana: Visitor) -> None:
    assert "Print labels or ask for a report" in ana.get("/jobs").text
