"""Jobs on both databases: who may have them, how they are claimed, how they end, and that they end once."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app import jobqueue, jobrunner, jobs
from app.domain import evidence
from app.errors import Malformed, Refused, TraceError, Unknown
from app.services import evidencing, voiding
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job, Operator
from app.translating import gettext_in
from tests.support.job_desk import LONG_AGO, JobDesk


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


def test_a_job_that_is_done_has_its_file(desk: JobDesk) -> None:
    job_id = desk.ask("file", text="hello")
    assert desk.row(job_id).state == "queued"
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.attempts, job.lease) == ("done", 1, None)
    assert jobs.result_path(desk.node, job).read_text() == "hello"
    desk.run(job_id)  # asked again, it is not done again
    assert desk.row(job_id) == job


def test_the_file_of_a_job_is_known_by_its_bytes_to_whoever_holds_it_against_the_log(desk: JobDesk) -> None:
    desk.run(desk.ask("file", text="hello"))
    with reading(desk.engine) as session:
        for text, verdict in (("hello", "in-log"), ("Hello", "not-in-log")):
            digest = hashlib.sha256(text.encode()).hexdigest()
            found = evidencing.examine(session, evidence.read(text.encode()), digest, None, [])
            assert found.verdict == verdict


def test_only_known_jobs_can_be_asked_for_and_only_with_the_right_to_them(desk: JobDesk) -> None:
    with pytest.raises(Malformed, match="There is no job 'make-coffee'"):
        desk.ask("make-coffee")
    with pytest.raises(TraceError) as refusal:
        desk.ask("labels-pdf", by=desk.world.bo, epcs=[])  # an operator only scans
    assert refusal.value.http_status == 403


def test_one_organisation_does_not_fill_the_queue_of_all(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 2)
    first = desk.ask("file", text="1")
    desk.ask("file", text="2")
    with pytest.raises(TraceError, match="2 jobs of your organisation") as refusal:
        desk.ask("file", text="3")
    assert (refusal.value.code, refusal.value.http_status) == ("too-many-jobs", 429)
    desk.ask("file", by=desk.world.dee, text="another's")
    desk.run(first)
    desk.ask("file", text="3")


def test_a_job_and_its_file_are_for_its_own_organisation_and_those_who_may_ask_for_such(
    desk: JobDesk,
) -> None:
    job_id = desk.ask("labels-pdf", epcs=desk.world.mint("module"))
    with reading(desk.engine) as session:
        assert jobs.job_of(session, desk.world.ana, job_id).id == job_id
        for stranger in (desk.world.cy, desk.world.dee, desk.world.bo):
            assert jobs.jobs_of(session, stranger) == []
            with pytest.raises(Unknown) as hidden:
                jobs.job_of(session, stranger, job_id)
            with pytest.raises(Unknown) as absent:
                jobs.job_of(session, stranger, "0" * 32)
            assert hidden.value.message == absent.value.message
    with writing(desk.engine) as session, pytest.raises(Unknown):
        jobs.cancel(session, desk.world.cy, job_id, desk.world.now)


@pytest.mark.parametrize("text", ["", "x", "0" * 31, "\0" * 32, "../../../../etc/passwd", "０" * 32])
def test_what_is_no_id_of_a_job_is_not_looked_up(desk: JobDesk, text: str) -> None:
    with reading(desk.engine) as session, pytest.raises(Unknown):
        jobs.job_of(session, desk.world.ana, text)


def test_of_runners_that_claim_a_job_at_once_one_gets_it(desk: JobDesk) -> None:
    job_id, ready = desk.ask("file"), threading.Barrier(8)

    def claim(_: int) -> Job | None:
        ready.wait()
        return jobrunner._claim(desk.engine, job_id)

    with ThreadPoolExecutor(8) as pool:
        claimed = [job for job in pool.map(claim, range(8)) if job]
    assert len(claimed) == 1
    assert desk.row(job_id).attempts == 1


def test_a_job_whose_lease_has_ended_is_given_to_another_and_the_first_cannot_end_it_any_more(
    desk: JobDesk,
) -> None:
    job_id = desk.ask("file")
    slow = desk.claim(job_id)
    desk.run(job_id)
    assert desk.row(job_id).state == "running"  # its lease goes on
    desk.change(job_id, lease=LONG_AGO)
    desk.run(job_id)
    done = desk.row(job_id)
    assert (done.state, done.attempts, done.result) == ("done", 2, "try-2/file.txt")
    assert not jobrunner._end(desk.engine, slow, {"state": "failed", "error": "too late"})
    with jobrunner._heartbeat(desk.engine, slow) as progress, pytest.raises(jobrunner.Cancelled):
        progress(1, 2)
    assert desk.row(job_id) == done
    assert jobs.result_path(desk.node, done).read_text() == "made"


def test_a_lease_is_renewed_while_one_step_takes_long(desk: JobDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobrunner, "RENEW_SECONDS", 0.02)
    job_id = desk.ask("file")
    job = desk.claim(job_id)
    desk.change(job_id, lease=LONG_AGO)
    renewed = threading.Event()
    update_row = jobrunner._update

    def watched(*values: Any, **more: Any) -> bool:
        found = update_row(*values, **more)
        renewed.set()
        return found

    monkeypatch.setattr(jobrunner, "_update", watched)
    with jobrunner._heartbeat(desk.engine, job):
        assert renewed.wait(20)
    lease = desk.row(job_id).lease
    assert lease
    assert lease > datetime.now(UTC)


def test_after_three_dead_runners_a_job_is_given_up_in_the_language_of_who_asked(desk: JobDesk) -> None:
    job_id = desk.ask("file", language="zh")
    for number in range(1, jobrunner.MOST_TRIES + 1):
        desk.claim(job_id)
        desk.change(job_id, lease=LONG_AGO)
        (desk.node.results_dir / job_id / f"try-{number}").mkdir(parents=True)
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.error_code, job.lease) == ("failed", "worker-died", None)
    assert job.error.startswith(
        gettext_in("zh")("The worker died {tries} times over this job.").format(tries=3)
    )
    assert "worker" not in job.error
    assert desk.files() == []
    assert job.finished
    with pytest.raises(Unknown):
        jobs.result_path(desk.node, job)
    desk.run(job_id)
    assert desk.row(job_id) == job


def test_a_job_cancelled_while_it_waits_is_never_begun(desk: JobDesk) -> None:
    job_id = desk.ask("file")
    desk.cancel(job_id)
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.attempts) == ("cancelled", 0)
    assert desk.files() == []


@pytest.mark.parametrize("kind", ["cancelled_early", "cancelled_late"])
def test_a_job_cancelled_while_it_runs_leaves_no_file(desk: JobDesk, kind: str) -> None:
    job_id = desk.ask(kind)
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.result, desk.files()) == ("cancelled", "", [])
    with pytest.raises(Unknown):
        jobs.result_path(desk.node, job)


def test_what_a_dead_runner_had_written_goes_with_the_cancelled_job(desk: JobDesk) -> None:
    job_id = desk.ask("file")
    desk.claim(job_id)
    folder = desk.node.results_dir / job_id / "try-1"
    folder.mkdir(parents=True)
    (folder / "file.txt").write_text("half")
    desk.cancel(job_id)
    jobs.discard(desk.node, job_id)
    assert desk.files() == []


def test_a_job_that_has_ended_cannot_be_cancelled(desk: JobDesk) -> None:
    job_id = desk.ask("file")
    desk.run(job_id)
    with pytest.raises(Refused, match="ended already"):
        desk.cancel(job_id)
    assert desk.result(job_id).is_file()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "{name} is void; a void identifier gets no label. Mint a new one."), ("zh", "{name}")],
)
def test_a_job_that_fails_says_why_in_the_language_of_who_asked(
    desk: JobDesk, language: str, sentence: str
) -> None:
    (epc,) = desk.world.mint("module")
    name = epc.removeprefix("hdl:")
    with writing(desk.engine) as session:
        voiding.void(session, desk.world.ana, name, "spoilt", desk.world.tick())
    job_id = desk.ask("labels-pdf", epcs=[epc], language=language)
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.error_code) == ("failed", "identifier-void")
    assert sentence.format(name=name) in job.error
    assert ("void" in job.error) == (language == "en")
    assert desk.files() == []


def test_a_job_of_someone_who_has_left_fails_with_a_sentence(desk: JobDesk) -> None:
    job_id = desk.ask("file")
    with writing(desk.engine) as session:
        session.get_one(Operator, desk.world.ana.operator_id).active = False
    desk.run(job_id)
    assert desk.row(job_id).error_code == "unknown-person"


def test_where_nothing_can_be_written_a_job_says_so(desk: JobDesk) -> None:
    desk.node.results_dir.write_text("a file where the folder should be")
    job_id = desk.ask("file")
    desk.run(job_id)
    job = desk.row(job_id)
    assert (job.state, job.error_code) == ("failed", "file-failed")
    assert job.error.endswith("Free some space and start it again.")


def test_a_job_the_queue_lost_is_forgotten_until_it_is_queued_again(desk: JobDesk) -> None:
    job_id, later = desk.ask("file"), desk.world.now + 2 * jobs.FORGOTTEN
    with reading(desk.engine) as session:
        assert jobs.forgotten(session, desk.world.now) == []
        assert jobs.forgotten(session, later) == [job_id]
    jobqueue.enqueue(desk.node, job_id)
    jobqueue.enqueue(desk.node, job_id)
    assert [task.args[0] for task in desk.pending()] == [job_id]  # once, however often someone looks


def test_reviving_queues_every_unfinished_job_and_nothing_else(desk: JobDesk) -> None:
    lost, dying, dead, done = (desk.ask("file") for _ in range(4))
    desk.run(done)
    for job_id in (dying, dead):
        desk.claim(job_id)
    desk.change(dead, lease=LONG_AGO)
    with reading(desk.engine) as session:
        assert jobs.forgotten(session, datetime.now(UTC)) in ([lost, dead], [dead, lost])
        jobs.revive(desk.node, session, datetime.now(UTC))
    tasks = {task.args[0]: task.eta for task in desk.pending()}
    assert tasks.keys() == {lost, dying, dead}
    assert (tasks[lost], tasks[dead]) == (None, None)
    assert tasks[dying]  # once its lease can have ended
    wait = tasks[dying].replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta() < wait <= jobrunner.LEASE
