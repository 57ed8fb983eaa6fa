"""Runs a print job again and again in processes that are killed at random, until it is done. Started by a test.

python -m tests.support.killing DATABASE_URL DATA_DIR RUN KILLS SEED
"""

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

from app import jobprint, jobrunner, printruns
from app.services.authenticating import actor_of_operator
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.tables import Job, PrintRun
from tests.support.pressing import LinePress

LONGEST = 0.25  # seconds that a process lives at most


class SlowPress(LinePress):
    """Takes some time over each chunk, so that kills come in the middle of everything."""

    def make(self, *values, **named):  # noqa: ANN002, ANN003, ANN201
        time.sleep(0.01)
        return super().make(*values, **named)


def main(url: str, folder: str, run_id: int, kills: int, seed: int) -> None:
    jobprint.Press = SlowPress  # type: ignore[assignment,misc]
    jobprint.spans.LABELS = 40
    settings = Settings(data_dir=Path(folder), database_url=url, secret_key="for tests only")
    chance = random.Random(seed)
    killed = 0
    while killed < kills:
        job_id = _job_of(url, run_id)
        if not job_id:
            break
        child = os.fork()
        if not child:
            jobrunner.run(settings, engine_for(url), job_id)
            os._exit(0)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed += 1
    while job_id := _job_of(url, run_id):
        jobrunner.run(settings, engine_for(url), job_id)
    print(killed)  # noqa: T201


def _job_of(url: str, run_id: int) -> str:
    """The run's job, whose lease is over since its process is dead; a new one where it died too often. '' when done."""
    engine = engine_for(url)
    with writing(engine) as session:
        run = session.get_one(PrintRun, run_id)
        session.execute(
            update(Job).where(col(Job.id) == run.job_id).values(lease=datetime.now(UTC) - timedelta(1))
        )
        job = session.get_one(Job, run.job_id)
        if run.state == "printed" and job.state == "done":
            return ""
        if run.state == "failed":
            actor = actor_of_operator(session, run.operator_id)
            run = printruns.resume(session, actor, run_id, "en", datetime.now(UTC))
        job_id = run.job_id
    engine.dispose()
    return job_id


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
