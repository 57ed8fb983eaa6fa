"""Jobs on both databases: who may have them, how they are claimed, how they end, and that they end once."""

import csv
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlmodel import col

from app import jobqueue, jobrunner, jobs
from app.domain.people import Actor
from app.errors import Malformed, Refused, TraceError, Unknown
from app.services import voiding
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job, Operator, Thing
from app.translating import gettext_in
from tests.support.job_kinds import KINDS
from tests.support.world import World

Ask = Callable[..., str]


@pytest.fixture
def world(engine: Engine, now: datetime) -> World:
    return World(engine, now)


@pytest.fixture
def node(settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a node whose jobs include those of the tests."""
    monkeypatch.setattr(jobs, "KINDS", jobs.KINDS | KINDS)
    monkeypatch.setattr(jobrunner, "KINDS", jobs.KINDS)
    return replace(settings, database_url=database_url)


@pytest.fixture
def ask(world: World, node: Settings) -> Ask:
    """ask("kind", **parameters) -> the id of a new job."""

    def ask(kind: str, *, by: Actor | None = None, language: str = "en", **parameters: Any) -> str:
        with writing(world.engine) as session:
            return jobs.request(session, by or world.ana, kind, parameters, language, world.now)

    return ask


def row(world: World, job_id: str) -> Job:
    with reading(world.engine) as session:
        return session.get_one(Job, job_id)


def change(world: World, job_id: str, **values: Any) -> None:
    with writing(world.engine) as session:
        session.connection().execute(update(Job).where(col(Job.id) == job_id).values(**values))


def files(node: Settings) -> list[str]:
    return sorted(path.name for path in node.results_dir.rglob("*"))


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_job_that_is_done_has_its_file(world: World, node: Settings, ask: Ask) -> None:
    job_id = ask("file", text="hello")
    assert row(world, job_id).state == "queued"
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.attempts, job.lease) == ("done", 1, None)
    assert jobs.result_path(node, job).read_text() == "hello"
    jobrunner.run(node, world.engine, job_id)  # asked again, it is not done again
    assert row(world, job_id) == job


def test_only_known_jobs_can_be_asked_for_and_only_with_the_right_to_them(world: World, ask: Ask) -> None:
    with pytest.raises(Malformed, match="There is no job 'make-coffee'"):
        ask("make-coffee")
    with pytest.raises(TraceError) as refusal:
        ask("labels-pdf", by=world.bo, epcs=[])  # an operator only scans
    assert refusal.value.http_status == 403


def test_a_job_and_its_file_are_for_its_own_organisation_and_those_who_may_ask_for_such(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id = ask("labels-pdf", epcs=world.mint("module"))
    with reading(world.engine) as session:
        assert jobs.job_of(session, world.ana, job_id).id == job_id
        for stranger in (world.cy, world.dee, world.bo):
            assert jobs.jobs_of(session, stranger) == []
            with pytest.raises(Unknown) as hidden:
                jobs.job_of(session, stranger, job_id)
            with pytest.raises(Unknown) as absent:
                jobs.job_of(session, stranger, "0" * 32)
            assert hidden.value.message == absent.value.message
    with writing(world.engine) as session, pytest.raises(Unknown):
        jobs.cancel(session, world.cy, job_id, world.now)


@pytest.mark.parametrize("text", ["", "x", "0" * 31, "\0" * 32, "../../../../etc/passwd", "０" * 32])
def test_what_is_no_id_of_a_job_is_not_looked_up(world: World, text: str) -> None:
    with reading(world.engine) as session, pytest.raises(Unknown):
        jobs.job_of(session, world.ana, text)


def test_of_runners_that_claim_a_job_at_once_one_gets_it(world: World, ask: Ask) -> None:
    job_id, ready = ask("file"), threading.Barrier(8)

    def claim(_: int) -> Job | None:
        ready.wait()
        return jobrunner._claim(world.engine, job_id)

    with ThreadPoolExecutor(8) as pool:
        claimed = [job for job in pool.map(claim, range(8)) if job]
    assert len(claimed) == 1
    assert row(world, job_id).attempts == 1


def test_a_job_whose_lease_has_ended_is_given_to_another_and_the_first_cannot_end_it_any_more(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id = ask("file")
    slow = jobrunner._claim(world.engine, job_id)
    assert slow
    jobrunner.run(node, world.engine, job_id)
    assert row(world, job_id).state == "running"  # its lease goes on
    change(world, job_id, lease=LONG_AGO)
    jobrunner.run(node, world.engine, job_id)
    done = row(world, job_id)
    assert (done.state, done.attempts, done.result) == ("done", 2, "try-2/file.txt")
    assert not jobrunner._end(world.engine, slow, {"state": "failed", "error": "too late"})
    with jobrunner._heartbeat(world.engine, slow) as progress, pytest.raises(jobrunner.Cancelled):
        progress(1, 2)
    assert row(world, job_id) == done
    assert jobs.result_path(node, done).read_text() == "made"


def test_a_lease_is_renewed_while_one_step_takes_long(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobrunner, "RENEW_SECONDS", 0.02)
    job_id = ask("file")
    job = jobrunner._claim(world.engine, job_id)
    assert job
    change(world, job_id, lease=LONG_AGO)
    renewed = threading.Event()
    update_row = jobrunner._update

    def watched(*values: Any, **more: Any) -> bool:
        found = update_row(*values, **more)
        renewed.set()
        return found

    monkeypatch.setattr(jobrunner, "_update", watched)
    with jobrunner._heartbeat(world.engine, job):
        assert renewed.wait(20)
    lease = row(world, job_id).lease
    assert lease
    assert lease > datetime.now(UTC)


def test_after_three_dead_runners_a_job_is_given_up_in_the_language_of_who_asked(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id = ask("file", language="zh")
    for _ in range(jobrunner.MOST_TRIES):
        assert jobrunner._claim(world.engine, job_id)
        change(world, job_id, lease=LONG_AGO)
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.error_code, job.lease) == ("failed", "worker-died", None)
    assert job.error.startswith(
        gettext_in("zh")("The worker died {tries} times over this job.").format(tries=3)
    )
    assert "worker" not in job.error
    assert job.finished
    with pytest.raises(Unknown):
        jobs.result_path(node, job)
    jobrunner.run(node, world.engine, job_id)
    assert row(world, job_id) == job


def test_a_job_cancelled_while_it_waits_is_never_begun(world: World, node: Settings, ask: Ask) -> None:
    job_id = ask("file")
    with writing(world.engine) as session:
        jobs.cancel(session, world.ana, job_id, world.now)
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.attempts) == ("cancelled", 0)
    assert files(node) == []


@pytest.mark.parametrize("kind", ["cancelled_early", "cancelled_late"])
def test_a_job_cancelled_while_it_runs_leaves_no_file(
    world: World, node: Settings, ask: Ask, kind: str
) -> None:
    job_id = ask(kind)
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.result, files(node)) == ("cancelled", "", [])
    with pytest.raises(Unknown):
        jobs.result_path(node, job)


def test_what_a_dead_runner_had_written_goes_with_the_cancelled_job(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id = ask("file")
    assert jobrunner._claim(world.engine, job_id)
    folder = node.results_dir / job_id / "try-1"
    folder.mkdir(parents=True)
    (folder / "file.txt").write_text("half")
    with writing(world.engine) as session:
        jobs.cancel(session, world.ana, job_id, world.now)
    jobs.discard(node, job_id)
    assert files(node) == []


def test_a_job_that_has_ended_cannot_be_cancelled(world: World, node: Settings, ask: Ask) -> None:
    job_id = ask("file")
    jobrunner.run(node, world.engine, job_id)
    with writing(world.engine) as session, pytest.raises(Refused, match="ended already"):
        jobs.cancel(session, world.ana, job_id, world.now)
    assert jobs.result_path(node, row(world, job_id)).is_file()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "{name} is void; a void identifier gets no label. Mint a new one."), ("zh", "{name}")],
)
def test_a_job_that_fails_says_why_in_the_language_of_who_asked(
    world: World, node: Settings, ask: Ask, language: str, sentence: str
) -> None:
    (epc,) = world.mint("module")
    name = epc.removeprefix("hdl:")
    with writing(world.engine) as session:
        voiding.void(session, world.ana, name, "spoilt", world.tick())
    job_id = ask("labels-pdf", epcs=[epc], language=language)
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.error_code) == ("failed", "identifier-void")
    assert sentence.format(name=name) in job.error
    assert ("void" in job.error) == (language == "en")
    assert files(node) == []


def test_a_job_of_someone_who_has_left_fails_with_a_sentence(world: World, node: Settings, ask: Ask) -> None:
    job_id = ask("file")
    with writing(world.engine) as session:
        session.get_one(Operator, world.ana.operator_id).active = False
    jobrunner.run(node, world.engine, job_id)
    assert row(world, job_id).error_code == "unknown-person"


def test_where_nothing_can_be_written_a_job_says_so(world: World, node: Settings, ask: Ask) -> None:
    node.results_dir.write_text("a file where the folder should be")
    job_id = ask("file")
    jobrunner.run(node, world.engine, job_id)
    job = row(world, job_id)
    assert (job.state, job.error_code) == ("failed", "file-failed")
    assert job.error.endswith("Free some space and start it again.")


def test_a_mint_whose_runner_died_before_the_list_was_written_is_not_minted_twice(
    world: World, node: Settings, ask: Ask
) -> None:
    class Killed(BaseException):
        pass

    def die(_done: int, _total: int) -> None:
        raise Killed

    job_id = ask("mint", level="serial", count=2500, product_epc=world.at["module"], serial_start="SN-0001")
    job = jobrunner._claim(world.engine, job_id)
    assert job
    folder = node.results_dir / "elsewhere"
    folder.mkdir(parents=True)
    work = jobrunner.Work(node, world.engine, world.ana, job, folder, die)
    with pytest.raises(Killed):
        jobrunner._function_of("mint")(work, job.parameters)
    with writing(world.engine) as session, pytest.raises(Refused, match="recorded already"):
        jobs.cancel(session, world.ana, job_id, world.now)
    change(world, job_id, lease=LONG_AGO)
    jobrunner.run(node, world.engine, job_id)
    with reading(world.engine) as session:
        minted = session.execute(select(func.count()).where(col(Thing.level) == "serial")).scalar_one()
    with jobs.result_path(node, row(world, job_id)).open(newline="", encoding="utf-8-sig") as file:
        listed = list(csv.DictReader(file))
    assert minted == len(listed) == 2500
    assert [line["serial"] for line in listed] == [f"SN-{number:04d}" for number in range(1, 2501)]
    assert len({line["identifier"] for line in listed}) == 2500
    assert {line["url"] for line in listed} == {
        f"HTTP://127.0.0.1:8000/{line['identifier']}" for line in listed
    }


def test_a_mint_cancelled_before_it_begins_to_record_mints_nothing(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id = ask("mint", level="serial", count=3, product_epc=world.at["module"])
    job = jobrunner._claim(world.engine, job_id)
    assert job
    with writing(world.engine) as session:
        jobs.cancel(session, world.ana, job_id, world.now)
    work = jobrunner.Work(node, world.engine, world.ana, job, node.data_dir, lambda _done, _total: None)
    with pytest.raises(jobrunner.Cancelled):
        jobrunner._function_of("mint")(work, job.parameters)
    with reading(world.engine) as session:
        assert session.execute(select(func.count()).where(col(Thing.level) == "serial")).scalar_one() == 0


def test_a_job_the_queue_lost_is_forgotten_until_it_is_queued_again(
    world: World, node: Settings, ask: Ask
) -> None:
    job_id, later = ask("file"), world.now + 2 * jobs.FORGOTTEN
    with reading(world.engine) as session:
        assert jobs.forgotten(session, world.now) == []
        assert jobs.forgotten(session, later) == [job_id]
    jobqueue.enqueue(node, job_id)
    jobqueue.enqueue(node, job_id)
    assert waiting(node) == [job_id]  # once, however often someone looks


def test_reviving_queues_every_unfinished_job_and_nothing_else(
    world: World, node: Settings, ask: Ask
) -> None:
    lost, dying, dead, done = (ask("file") for _ in range(4))
    jobrunner.run(node, world.engine, done)
    for job_id in (dying, dead):
        assert jobrunner._claim(world.engine, job_id)
    change(world, dead, lease=LONG_AGO)
    with reading(world.engine) as session:
        assert jobs.forgotten(session, datetime.now(UTC)) in ([lost, dead], [dead, lost])
        jobs.revive(node, session, datetime.now(UTC))
    tasks = {task.args[0]: task.eta for task in pending(node)}
    assert tasks.keys() == {lost, dying, dead}
    assert (tasks[lost], tasks[dead]) == (None, None)
    assert tasks[dying]  # once its lease can have ended
    wait = tasks[dying].replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta() < wait <= jobrunner.LEASE


def pending(node: Settings) -> list[Any]:
    queue = jobqueue.queue_of(node)
    jobqueue.task_of(queue)
    try:
        return list(queue.pending())
    finally:
        queue.storage.close()


def waiting(node: Settings) -> list[str]:
    return [task.args[0] for task in pending(node)]
