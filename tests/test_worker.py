"""The worker and its runners as the processes they are: small while they wait, gone when they should be, replaced when they die."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import jobqueue, jobs, worker
from app.settings import Settings
from app.store.database import reading
from tests.support import job_kinds
from tests.support.job_desk import JobDesk
from tests.support.processes import alive, children, command, descendants, end_all, until

ROOT = Path(__file__).parents[1]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def desk(
    sqlite_engine: Engine, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    """Its processes read the same settings from the environment."""
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return JobDesk.opened(sqlite_engine, now, settings, monkeypatch)


@pytest.fixture
def start_worker(desk: JobDesk) -> Iterator[Start]:
    """start_worker("app.worker") -> the process; all are gone at the end, with whatever they had started."""
    with ExitStack() as ends:

        def start(module: str = job_kinds.HERE, *words: str) -> "subprocess.Popen[bytes]":
            process = subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT)
            ends.callback(process.wait)
            ends.callback(lambda: end_all([*descendants(process.pid), process.pid], signal.SIGKILL))
            return process

        yield start


def runners(process: "subprocess.Popen[bytes]") -> list[int]:
    return [
        pid
        for pid in children(process.pid)
        if command(pid).strip().endswith(("app.jobrunner", job_kinds.HERE))
    ]


def test_a_worker_that_waits_has_loaded_nothing_that_works() -> None:
    script = (
        "import sys; from app import worker; from app.settings import Settings; from pathlib import Path; "
        "queue = worker.sound_queue_of(Settings(data_dir=Path(sys.argv[1]))); worker.task_of(queue, print); "
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
    desk: JobDesk, start_worker: Start
) -> None:
    lost = desk.ask("labels-pdf", epcs=desk.world.mint("module", 3))
    start_worker("app.worker")
    until(lambda: desk.has(lost, state="done"))
    assert desk.result(lost).read_bytes().startswith(b"%PDF-")
    asked = desk.ask("mint", level="serial", count=5, product_epc=desk.world.at["module"])
    jobqueue.enqueue(desk.node, asked)
    until(lambda: desk.has(asked, state="done"))


def test_a_queue_that_is_damaged_is_put_aside_and_no_job_is_lost(desk: JobDesk, start_worker: Start) -> None:
    desk.node.queue_path.write_bytes(os.urandom(20_000))
    job_id = desk.ask("labels-pdf", epcs=desk.world.mint("module"))
    jobqueue.enqueue(desk.node, job_id)
    start_worker("app.worker")
    until(lambda: desk.has(job_id, state="done"))
    assert desk.node.queue_path.with_suffix(".damaged").stat().st_size == 20_000


def test_two_jobs_run_beside_each_other_and_a_third_waits(
    desk: JobDesk, start_worker: Start, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    first, second, third = (desk.ask("waiting", go=str(go)) for _ in range(3))
    for job_id in (first, second, third):
        jobqueue.enqueue(desk.node, job_id)
    start_worker(job_kinds.HERE, "worker")
    until(lambda: [desk.row(job_id).done for job_id in (first, second)] == [1, 1])
    assert desk.row(third).state == "queued"
    go.touch()
    until(lambda: all(desk.has(job_id, state="done", attempts=1) for job_id in (first, second, third)))


def test_a_job_whose_runner_is_killed_is_done_by_the_next(
    desk: JobDesk, start_worker: Start, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job_id = desk.ask("waiting", go=str(go))
    jobqueue.enqueue(desk.node, job_id)
    process = start_worker(job_kinds.HERE, "worker")
    until(lambda: desk.has(job_id, done=1))
    for runner in runners(process):  # the other one, if it was started at all, found that the job is taken
        os.kill(runner, signal.SIGKILL)
    until(lambda: desk.has(job_id, state="running", attempts=2))
    go.touch()
    until(lambda: desk.has(job_id, state="done"))
    done = desk.row(job_id)
    assert done.attempts == 2
    assert jobs.result_path(desk.node, done).read_text() == "whole"
    assert [path.name for path in (desk.node.results_dir / job_id).iterdir()] == ["try-2"]


def test_a_job_that_kills_every_runner_is_given_up_and_others_go_on(
    desk: JobDesk, start_worker: Start
) -> None:
    deadly, harmless = desk.ask("deadly"), desk.ask("file")
    jobqueue.enqueue(desk.node, deadly)
    start_worker(job_kinds.HERE, "worker")
    until(lambda: desk.has(deadly, state="failed"))
    assert desk.row(deadly).error_code == "worker-died"
    jobqueue.enqueue(desk.node, harmless)
    until(lambda: desk.has(harmless, state="done"))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_runner_ends_with_its_worker_even_amid_a_job_and_the_next_worker_does_it(
    desk: JobDesk, start_worker: Start, tmp_path: Path, sign: signal.Signals
) -> None:
    go = tmp_path / "go"
    job_id = desk.ask("waiting", go=str(go))
    process = start_worker(job_kinds.HERE, "worker")
    until(lambda: desk.has(job_id, done=1))
    (runner,) = runners(process)
    process.send_signal(sign)
    assert process.wait(10) == (-sign if sign == signal.SIGKILL else 0)
    until(lambda: not alive(runner), 10)
    assert desk.row(job_id).state == "running"
    go.touch()
    start_worker(job_kinds.HERE, "worker")
    until(lambda: desk.has(job_id, state="done", attempts=2))


def test_a_runner_without_work_ends_and_a_new_one_is_started_for_the_next_job(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_start", job_kinds.start_runner)
    runner = worker.Runner(idle_seconds=0.2)
    first, second = desk.ask("file"), desk.ask("file")
    runner.run(first)
    assert desk.row(first).state == "done"
    until(lambda: runner.process is None)
    runner.run(second)
    assert desk.row(second).state == "done"
    runner.stop()
    assert runner.process is None


def test_a_queue_out_of_reach_loses_no_job(desk: JobDesk, caplog: pytest.LogCaptureFixture) -> None:
    job_id = desk.ask("file")
    desk.node.queue_path.mkdir(parents=True)  # a folder where the queue's file should be
    jobqueue.enqueue(desk.node, job_id)
    assert f"the queue cannot be reached, job {job_id} waits" in caplog.text
    with reading(desk.engine) as session:
        assert jobs.forgotten(session, desk.world.now + 2 * jobs.FORGOTTEN) == [job_id]


def test_nor_does_a_redis_that_does_not_answer() -> None:
    """In a process of its own: one that has a queue in a file never loads what Redis needs."""
    script = (
        "from app import jobqueue; from app.settings import Settings; "
        "jobqueue.enqueue(Settings(redis_url='redis://127.0.0.1:1/0'), 'some-job')"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr.startswith("the queue cannot be reached, job some-job waits: ")
