"""Jobs that tests need: told when to go on, to fail, to be cancelled amid their work.

`python -m tests.support.job_kinds` is `python -m app.jobrunner` with these kinds and a lease that ends soon;
`python -m tests.support.job_kinds worker` is `python -m app.worker` with such runners.
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from app import jobrunner, jobs, worker
from app.jobrunner import Work
from app.store import database
from tests.support.processes import until

HERE = "tests.support.job_kinds"
KINDS = {
    name: jobs.Kind("print", f"{HERE}:{name}")
    for name in ("file", "waiting", "cancelled_late", "cancelled_early")
}
KINDS |= {"deadly": jobs.Kind("print", f"{HERE}:deadly")}


def file(work: Work, parameters: dict[str, Any]) -> Path:
    """Writes its text at once."""
    path = work.folder / "file.txt"
    path.write_text(parameters.get("text", "made"))
    return path


def waiting(work: Work, parameters: dict[str, Any]) -> Path:
    """Half a file, then waits until the file `go` is there."""
    path = work.folder / "file.txt"
    path.write_text("half")
    work.progress(1, 2)
    until(Path(parameters["go"]).exists)
    path.write_text("whole")
    return path


def cancelled_early(work: Work, parameters: dict[str, Any]) -> Path:
    """Someone presses cancel before its next progress call."""
    (work.folder / "file.txt").write_text("half")
    _cancel(work)
    work.progress(1, 2)
    raise AssertionError("a cancelled job goes on")


def cancelled_late(work: Work, parameters: dict[str, Any]) -> Path:
    """Someone presses cancel after its last progress call."""
    _cancel(work)
    return file(work, parameters)


def deadly(work: Work, parameters: dict[str, Any]) -> Path:
    """Kills its runner, as running out of memory does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _cancel(work: Work) -> None:
    with database.writing(work.engine) as session:
        jobs.cancel(session, work.actor, work.job.id, work.job.record_time)


def start_runner() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", HERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        worker._start = start_runner
        worker.main()
    else:
        jobs.KINDS.update(KINDS)
        jobrunner.LEASE, jobrunner.RENEW_SECONDS = timedelta(seconds=1), 0.1
        jobrunner.main()
