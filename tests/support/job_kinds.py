"""Jobs that tests need: told when to go on, to fail, to be cancelled amid their work. Run as a module, a runner for them.

`python -m tests.support.job_kinds` is `python -m app.jobrunner` with these kinds and a lease that ends soon.
"""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from app import jobrunner, jobs
from app.jobrunner import Work
from app.store import database

HERE = "tests.support.job_kinds"
KINDS = {
    name: jobs.Kind("print", f"{HERE}:{name}")
    for name in ("file", "waiting", "cancelled_late", "cancelled_early")
}
KINDS |= {"deadly": jobs.Kind("print", f"{HERE}:deadly")}
DEADLINE = 30.0


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


def until(condition: Any, seconds: float = DEADLINE) -> Any:
    """The first true value of `condition()`; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


def _cancel(work: Work) -> None:
    with database.writing(work.engine) as session:
        jobs.cancel(session, work.actor, work.job.id, work.job.record_time)


if __name__ == "__main__":
    jobs.KINDS.update(KINDS)
    jobrunner.LEASE, jobrunner.RENEW_SECONDS = timedelta(seconds=1.5), 0.3
    jobrunner.main()
