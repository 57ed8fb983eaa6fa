"""A disk that takes no more: the job says so, and nothing half-written is left to be taken for a result."""

import os
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from app import jobs
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from app.store.tables import Job
from tests.support.world import World

ROOT = Path(__file__).parents[2]
MOST = 8_000  # bytes in one file; a sheet of labels has more


@pytest.mark.postgresql
def test_a_full_disk_fails_the_job_in_words_and_leaves_nothing(
    settings: Settings, postgres_url: str, now: datetime
) -> None:
    """The database is elsewhere, so that only the job's own file meets the limit."""
    engine = engine_for(postgres_url)
    world = World(engine, now)
    epcs = world.mint("module", 48)
    with writing(engine) as session:
        job_id = jobs.request(session, world.ana, "labels-pdf", {"epcs": epcs}, "en", now)
    runner = subprocess.Popen(
        [sys.executable, "-m", "app.jobrunner"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": postgres_url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with runner:
        assert runner.stdin
        assert runner.stdout
        resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (MOST, MOST))
        runner.stdin.write(f"{job_id}\n")
        runner.stdin.flush()
        assert runner.stdout.readline() == f"{job_id}\n"
    with reading(engine) as session:
        job = session.get_one(Job, job_id)
    engine.dispose()
    assert (job.state, job.error_code) == ("failed", "file-failed")
    assert job.error == "The file could not be written: File too large. Free some space and start it again."
    assert list(settings.results_dir.rglob("*")) == []
