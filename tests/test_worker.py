"""The worker and its runners as the processes they are: small while they wait, gone when they should be, replaced when they die."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import jobqueue, jobs, worker
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job
from tests.support import job_kinds
from tests.support.processes import alive, children, command, descendants, end_all, until
from tests.support.world import World

ROOT = Path(__file__).parents[1]
Start = Callable[..., "subprocess.Popen[bytes]"]
Ask = Callable[..., str]


@pytest.fixture
def node(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Its processes read the same settings from the environment."""
    monkeypatch.setattr(jobs, "KINDS", jobs.KINDS | job_kinds.KINDS)
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return settings


@pytest.fixture
def world(sqlite_engine: Engine, now: datetime) -> World:
    return World(sqlite_engine, now)


@pytest.fixture
def ask(world: World, node: Settings) -> Ask:
    """ask("kind", **parameters) -> the id of a new job, not yet in the queue."""

    def ask(kind: str, **parameters: Any) -> str:
        with writing(world.engine) as session:
            return jobs.request(session, world.ana, kind, parameters, "en", world.now)

    return ask


@pytest.fixture
def start_worker(node: Settings) -> Iterator[Start]:
    """start_worker("app.worker") -> the process; all are gone at the end, with whatever they had started."""
    with ExitStack() as ends:

        def start(module: str = job_kinds.HERE, *words: str) -> "subprocess.Popen[bytes]":
            process = subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT)
            ends.callback(process.wait)
            ends.callback(lambda: end_all([*descendants(process.pid), process.pid], signal.SIGKILL))
            return process

        yield start


def row(world: World, job_id: str) -> Job:
    with reading(world.engine) as session:
        return session.get_one(Job, job_id)


def has(world: World, job_id: str, **values: object) -> Callable[[], bool]:
    return lambda: all(getattr(row(world, job_id), name) == value for name, value in values.items())


def runners(process: "subprocess.Popen[bytes]") -> list[int]:
    return [
        pid
        for pid in children(process.pid)
        if command(pid).strip().endswith(("app.jobrunner", job_kinds.HERE))
    ]


def test_a_worker_that_waits_has_loaded_nothing_that_works() -> None:
    script = (
        "import sys; from app import worker; from app.settings import Settings; from pathlib import Path; "
        "queue = worker.queue_of(Settings(data_dir=Path(sys.argv[1]))); worker.task_of(queue, print); "
        "queue.create_consumer(workers=2); print(*{name.partition('.')[0] for name in sys.modules})"
    )
    heavy = {
        "sqlalchemy",
        "sqlmodel",
        "pydantic",
        "flask",
        "PIL",
        "numpy",
        "weasyprint",
        "pikepdf",
        "labels",
        "reports",
    }
    run = subprocess.run(
        [sys.executable, "-c", script, "/tmp"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not heavy & set(run.stdout.split())


def test_the_worker_does_at_its_start_what_the_queue_has_lost_and_then_what_is_asked(
    world: World, node: Settings, ask: Ask, start_worker: Start
) -> None:
    lost = ask("labels-pdf", epcs=world.mint("module", 3))
    start_worker("app.worker")
    until(has(world, lost, state="done"))
    assert jobs.result_path(node, row(world, lost)).read_bytes().startswith(b"%PDF-")
    asked = ask("mint", level="serial", count=5, product_epc=world.at["module"])
    jobqueue.enqueue(node, asked)
    until(has(world, asked, state="done"))


def test_two_jobs_run_beside_each_other_and_a_third_waits(
    world: World, node: Settings, ask: Ask, start_worker: Start, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    first, second, third = (ask("waiting", go=str(go)) for _ in range(3))
    for job_id in (first, second, third):
        jobqueue.enqueue(node, job_id)
    start_worker(job_kinds.HERE, "worker")
    until(lambda: [row(world, job_id).done for job_id in (first, second)] == [1, 1])
    assert row(world, third).state == "queued"
    go.touch()
    for job_id in (first, second, third):
        until(has(world, job_id, state="done", attempts=1))


def test_a_job_whose_runner_is_killed_is_done_by_the_next(
    world: World, node: Settings, ask: Ask, start_worker: Start, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job_id = ask("waiting", go=str(go))
    jobqueue.enqueue(node, job_id)
    process = start_worker(job_kinds.HERE, "worker")
    until(has(world, job_id, done=1))
    (runner,) = runners(process)
    os.kill(runner, signal.SIGKILL)
    until(has(world, job_id, state="running", attempts=2))
    go.touch()
    until(has(world, job_id, state="done"))
    done = row(world, job_id)
    assert done.attempts == 2
    assert jobs.result_path(node, done).read_text() == "whole"
    assert [path.name for path in (node.results_dir / job_id).iterdir()] == ["try-2"]


def test_a_job_that_kills_every_runner_is_given_up_and_others_go_on(
    world: World, node: Settings, ask: Ask, start_worker: Start
) -> None:
    deadly, harmless = ask("deadly"), ask("file")
    jobqueue.enqueue(node, deadly)
    start_worker(job_kinds.HERE, "worker")
    until(has(world, deadly, state="failed"))
    assert row(world, deadly).error_code == "worker-died"
    jobqueue.enqueue(node, harmless)
    until(has(world, harmless, state="done"))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_runner_ends_with_its_worker_even_amid_a_job_and_the_next_worker_does_it(
    world: World, node: Settings, ask: Ask, start_worker: Start, tmp_path: Path, sign: signal.Signals
) -> None:
    go = tmp_path / "go"
    job_id = ask("waiting", go=str(go))
    process = start_worker(job_kinds.HERE, "worker")
    until(has(world, job_id, done=1))
    (runner,) = runners(process)
    process.send_signal(sign)
    assert process.wait(10) == (-sign if sign == signal.SIGKILL else 0)
    until(lambda: not alive(runner), 10)
    assert row(world, job_id).state == "running"
    go.touch()
    start_worker(job_kinds.HERE, "worker")
    until(has(world, job_id, state="done", attempts=2))


def test_a_runner_without_work_ends_and_a_new_one_is_started_for_the_next_job(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_start", job_kinds.start_runner)
    runner = worker.Runner(idle_seconds=0.2)
    first, second = ask("file"), ask("file")
    runner.run(first)
    assert row(world, first).state == "done"
    until(lambda: runner.process is None)
    runner.run(second)
    assert row(world, second).state == "done"
    runner.stop()
    assert runner.process is None


def test_a_queue_out_of_reach_loses_no_job(
    node: Settings, world: World, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a Redis that does not answer, and a file that is none."""
    job_id = ask("file")
    jobqueue.enqueue(replace(node, redis_url="redis://127.0.0.1:1/0"), job_id)
    node.queue_path.mkdir(parents=True)
    jobqueue.enqueue(node, job_id)
    assert caplog.text.count(f"the queue cannot be reached, job {job_id} waits") == 2
    with reading(world.engine) as session:
        assert jobs.forgotten(session, world.now + 2 * jobs.FORGOTTEN) == [job_id]
