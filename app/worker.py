"""The worker process: takes job ids from the queue and hands each to a runner process of its own.

The worker itself stays small. A runner is started for the first job, kept while there is work, and ended after a
quiet minute, so that what a PDF needs in memory is held only while PDFs are made; a runner that dies takes
nothing with it but its one job, which its lease gives back.
"""

import logging
import subprocess
import sys
import threading
from queue import Empty, Queue

from app.jobqueue import queue_of, task_of
from app.settings import Settings

PARALLEL = 2  # so that a report never waits behind a long label run
IDLE_SECONDS = 60.0

log = logging.getLogger(__name__)


class Runner:
    """One `python -m app.jobs` process that works off the ids written to it, started when needed."""

    def __init__(self) -> None:
        self.ids: Queue[tuple[str, threading.Event]] = Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def run(self, job_id: str) -> None:
        done = threading.Event()
        self.ids.put((job_id, done))
        done.wait()

    def _serve(self) -> None:
        process: subprocess.Popen[str] | None = None
        while True:
            try:
                job_id, done = self.ids.get(timeout=IDLE_SECONDS if process else None)
            except Empty:
                _stop(process)
                process = None
                continue
            if process is None or process.poll() is not None:
                process = _start()
            if not _hand_over(process, job_id):
                log.error("the runner died during job %s (exit code %s)", job_id, process.poll())
                _stop(process)
                process = None
            done.set()


def _start() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "app.jobs"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _hand_over(process: "subprocess.Popen[str]", job_id: str) -> bool:
    """Waits until the runner says it is finished with the job; False when it died."""
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{job_id}\n")
        process.stdin.flush()
        return process.stdout.readline().strip() == job_id
    except BrokenPipeError:
        return False


def _stop(process: "subprocess.Popen[str] | None") -> None:
    if process is None:
        return
    if process.stdin:
        process.stdin.close()
    process.wait()
    if process.stdout:
        process.stdout.close()


def main() -> None:
    """Runs until it is told to stop."""
    settings = Settings.from_env()
    logging.basicConfig(level=logging.WARNING)
    queue = queue_of(settings)
    local = threading.local()

    def run(job_id: str) -> None:
        if not hasattr(local, "runner"):
            local.runner = Runner()
        local.runner.run(job_id)

    task_of(queue, run)
    consumer = queue.create_consumer(
        workers=PARALLEL, periodic=False, initial_delay=0.05, backoff=1.2, max_delay=0.4
    )
    consumer.run()


if __name__ == "__main__":
    main()
