"""The worker process: takes job ids from the queue and hands each to a runner process of its own.

The worker itself stays small. A runner is started for the first job, kept while there is work, and ended after a
few quiet seconds, so that what a PDF needs in memory is held only while PDFs are made; a runner that dies takes
nothing with it but its one job, which its lease gives back.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue

from app import rounds
from app.jobqueue import sound_queue_of, task_of
from app.services import streams
from app.settings import Settings

PARALLEL = 2  # so that a report never waits behind a long label run
IDLE_SECONDS = 20.0
STREAM_SECONDS, STREAM_PAUSE = 1.0, 10.0  # between two looks for streams; after one that did not end well

log = logging.getLogger(__name__)


class Runner:
    """One `python -m app.jobrunner` process that works off the ids given to it, started when needed."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.idle_seconds = idle_seconds
        self.process: subprocess.Popen[str] | None = None
        self.stopped = False
        self.ids: Queue[tuple[str, threading.Event]] = Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def run(self, job_id: str) -> None:
        """Returns when the job has ended or its process has died."""
        done = threading.Event()
        self.ids.put((job_id, done))
        done.wait()

    def stop(self) -> None:
        """For good; a job amid which this happens is given to another by its lease."""
        self.stopped = True
        self._end()

    def _serve(self) -> None:
        while not self.stopped:
            try:
                job_id, done = self.ids.get(timeout=self.idle_seconds if self.process else None)
            except Empty:
                self._end()
                continue
            if self.process is None or self.process.poll() is not None:
                self._end()
                self.process = _start()
            process = self.process
            if not _hand_over(process, job_id) and not self.stopped:
                log.error("a runner died amid job %s (exit code %s)", job_id, process.wait())
                self._end()
                revive()
            done.set()

    def _end(self) -> None:
        process, self.process = self.process, None
        if process and process.stdin and process.stdout:
            process.stdin.close()
            process.wait()
            process.stdout.close()


def _start() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "app.jobrunner"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _hand_over(process: "subprocess.Popen[str]", job_id: str) -> bool:
    """Waits until the runner says it is finished with the job; False when it died."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(f"{job_id}\n")
        process.stdin.flush()
        return process.stdout.readline().strip() == job_id
    except BrokenPipeError:
        return False


def revive() -> None:
    """Queues what nobody works on, in a process of its own, since that takes the database."""
    subprocess.run([sys.executable, "-m", "app.jobs"], check=False)


def keep_turning(groups: Mapping[timedelta, list[str]], waiting: threading.Event) -> None:
    """Has the node's rounds done every so often until `waiting` is set, in a process that ends in between, since they
    would keep its memory for a few seconds' work; in one at a time, for the same reason."""
    due = dict.fromkeys(groups, time.monotonic())
    while due:
        began = time.monotonic()
        now = [every for every, moment in due.items() if moment <= began]
        names = [name for every in now for name in groups[every]]
        if names:
            command = [sys.executable, "-m", "app.rounds", *names]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
        due |= {every: began + every.total_seconds() for every in now}
        if waiting.wait(max(min(due.values()) - time.monotonic(), 0.0)):
            return


def keep_streaming(folder: Path, ending: threading.Event) -> None:
    """Has a process tell subscribers of events as they come while there are such subscribers; see `app.streaming`."""
    while not ending.wait(STREAM_SECONDS):
        if not streams.asked(folder):
            continue
        with subprocess.Popen([sys.executable, "-m", "app.streaming", str(os.getpid())]) as process:  # noqa: S603  (ours alone)
            while process.poll() is None:
                if ending.wait(STREAM_SECONDS):
                    process.terminate()
                    break
        ending.wait(STREAM_PAUSE if process.returncode else 0.0)


def main(*, turning: bool = True) -> None:
    """Runs until it is told to stop, and then leaves unfinished jobs to their leases. Not `turning`, it leaves the
    node's rounds to others."""
    settings = Settings.from_env()
    logging.basicConfig(level=logging.WARNING)
    queue = sound_queue_of(settings)
    local = threading.local()
    runners: list[Runner] = []

    def run(job_id: str) -> None:
        if not hasattr(local, "runner"):
            local.runner = Runner()
            runners.append(local.runner)
        local.runner.run(job_id)

    task_of(queue, run)
    threading.Thread(target=revive, daemon=True).start()
    ending = threading.Event()
    if turning:
        groups = rounds.groups(settings)
        threading.Thread(target=keep_turning, args=(groups, ending), daemon=True).start()
        threading.Thread(target=keep_streaming, args=(settings.data_dir, ending), daemon=True).start()
    consumer = queue.create_consumer(
        workers=PARALLEL, periodic=False, initial_delay=0.05, backoff=1.2, max_delay=0.2, shutdown_timeout=0
    )
    consumer.run()
    ending.set()
    for runner in runners:
        runner.stop()


if __name__ == "__main__":
    main()
