"""Documents of many events are taken in by the worker: all or nothing, or what can be, and once, whatever dies meanwhile."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from app import jobcapture, jobrunner
from app.domain.epcis import time_text
from app.services import capture_files, capture_jobs
from app.services.capture_jobs import PROCEED, ROLLBACK, Capture
from app.settings import Settings
from app.store.database import reading, writing
from tests.support.events import observed
from tests.support.job_desk import LONG_AGO, JobDesk


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    monkeypatch.setattr(jobcapture, "BLOCK", 20)
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


def document(desk: JobDesk, count: int, *, bad: int | None = None) -> bytes:
    """So many observations, of which one has a time that never was."""
    events = [
        observed(f"urn:epc:id:sgtin:4012345.011111.{n}", desk.world.now, bizStep="inspecting")
        for n in range(count)
    ]
    if bad is not None:
        events[bad]["eventTime"] = "2026-02-31T00:00:00Z"
    return orjson.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": time_text(desk.world.now),
            "epcisBody": {"eventList": events},
        }
    )


def asked(desk: JobDesk, raw: bytes, count: int, behaviour: str) -> tuple[str, str]:
    """The ids of a capture and of its slow work."""
    capture_id = capture_jobs.new_id()
    capture_files.keep(desk.node.uploads_dir, capture_id, raw, desk.world.now)
    parameters: dict[str, Any] = {"capture": capture_id, "media": "application/json", "behaviour": behaviour}
    job_id = desk.ask("capture", **parameters)
    with writing(desk.engine) as session:
        capture_jobs.begin_later(
            session, desk.world.ana, capture_id, count, behaviour, job_id, desk.world.now
        )
    return capture_id, job_id


def told(desk: JobDesk, capture_id: str) -> Capture:
    with reading(desk.engine) as session:
        return capture_jobs.job_of(session, desk.world.ana, capture_id)


def test_of_a_document_with_one_bad_event_nothing_is_recorded_or_all_the_others(desk: JobDesk) -> None:
    size, raw = desk.world.size(), document(desk, 50, bad=33)
    capture_id, job_id = asked(desk, raw, 50, ROLLBACK)
    assert told(desk, capture_id).running
    assert desk.run(job_id).state == "done"
    whole = told(desk, capture_id)
    assert (whole.running, whole.success, whole.captured, whole.failed) == (False, False, 0, 1)
    assert [(error["index"], error["code"]) for error in whole.errors] == [(33, "bad-time")]
    assert desk.world.size() == size
    capture_id, job_id = asked(desk, raw, 50, PROCEED)
    assert desk.run(job_id).state == "done"
    rest = told(desk, capture_id)
    assert (rest.running, rest.success, rest.captured, rest.failed) == (False, False, 49, 1)
    assert desk.world.size() == size + 49
    assert orjson.loads(desk.result(job_id).read_bytes())["captured"] == 49
    assert not [*desk.node.uploads_dir.glob("capture-*")]


def test_what_is_on_record_already_is_told_apart(desk: JobDesk) -> None:
    capture_id, job_id = asked(desk, document(desk, 30), 30, ROLLBACK)
    desk.run(job_id)
    again, job_id = asked(desk, document(desk, 45), 45, ROLLBACK)
    desk.run(job_id)
    assert (told(desk, capture_id).captured, told(desk, capture_id).success) == (30, True)
    assert (told(desk, again).captured, told(desk, again).known, told(desk, again).success) == (15, 30, True)


@pytest.mark.parametrize("behaviour", [PROCEED, ROLLBACK])
def test_a_worker_that_dies_amid_a_document_is_taken_over_from(
    desk: JobDesk, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = desk.world.size()
    capture_id, job_id = asked(desk, document(desk, 50), 50, behaviour)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(
            jobcapture,
            "_listed" if behaviour == ROLLBACK else "prepare",
            die if behaviour == ROLLBACK else dying(die),
        )
        with pytest.raises(KeyboardInterrupt):
            jobrunner.run(desk.node, desk.engine, job_id)
    desk.change(job_id, lease=LONG_AGO)
    assert desk.run(job_id).state == "done"
    ended = told(desk, capture_id)
    assert (ended.running, ended.success, ended.captured, ended.known) == (False, True, 50, 0)
    assert desk.world.size() == size + 50


def dying(die: Any) -> Any:
    """`prepare` as it is, for the first block; then the process is gone."""
    first: list[int] = []

    def prepare(*given: Any, **more: Any) -> Any:
        if first:
            die()
        first.append(1)
        return jobcapture_prepare(*given, **more)

    return prepare


jobcapture_prepare = jobcapture.prepare


def test_a_capture_that_is_cancelled_has_ended_without_success(desk: JobDesk) -> None:
    capture_id, job_id = asked(desk, document(desk, 50), 50, PROCEED)
    desk.cancel(job_id)
    assert (told(desk, capture_id).running, told(desk, capture_id).success) == (False, False)


def test_captures_are_listed_newest_first_to_their_own_company_only(desk: JobDesk) -> None:
    ids = [asked(desk, document(desk, 1), 1, PROCEED)[0] for _ in range(5)]
    with reading(desk.engine) as session:
        first, place = capture_jobs.jobs_of(session, desk.world.bo, limit=3)
        rest, end = capture_jobs.jobs_of(session, desk.world.bo, place, limit=3)
        assert [each.capture_id for each in (*first, *rest)] == ids[::-1]
        assert end is None
        assert capture_jobs.jobs_of(session, desk.world.cy) == ([], None)
