"""Jobs as a test asks for them, does them and looks at them, on the small world of companies."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col

from app import jobqueue, jobrunner, jobs
from app.domain.people import Actor
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job
from tests.support import job_kinds
from tests.support.world import World

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # when a lease has ended


@dataclass
class JobDesk:
    world: World
    node: Settings

    @classmethod
    def opened(
        cls, engine: Engine, now: datetime, node: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> "JobDesk":
        """With the kinds of `job_kinds` beside the real ones."""
        monkeypatch.setattr(jobs, "KINDS", jobs.KINDS | job_kinds.KINDS)
        monkeypatch.setattr(jobrunner, "KINDS", jobs.KINDS)
        return cls(World(engine, now), node)

    @property
    def engine(self) -> Engine:
        return self.world.engine

    def ask(self, kind: str, *, by: Actor | None = None, language: str = "en", **parameters: Any) -> str:
        """The id of a new job, not yet in the queue."""
        with writing(self.engine) as session:
            return jobs.request(session, by or self.world.ana, kind, parameters, language, self.world.now)

    def run(self, job_id: str) -> Job:
        """Does it here, as a runner would; how it stands afterwards."""
        jobrunner.run(self.node, self.engine, job_id)
        return self.row(job_id)

    def claim(self, job_id: str) -> Job:
        """As a runner that dies then, or takes long."""
        job = jobrunner._claim(self.engine, job_id)
        assert job
        return job

    def row(self, job_id: str) -> Job:
        with reading(self.engine) as session:
            return session.get_one(Job, job_id)

    def has(self, job_id: str, **values: object) -> bool:
        row = self.row(job_id)
        return all(getattr(row, name) == value for name, value in values.items())

    def change(self, job_id: str, **values: Any) -> None:
        with writing(self.engine) as session:
            session.connection().execute(update(Job).where(col(Job.id) == job_id).values(**values))

    def cancel(self, job_id: str, by: Actor | None = None) -> None:
        with writing(self.engine) as session:
            jobs.cancel(session, by or self.world.ana, job_id, self.world.now)

    def result(self, job_id: str) -> Path:
        return jobs.result_path(self.node, self.row(job_id))

    def files(self) -> list[str]:
        """What lies in the folder of results."""
        return sorted(path.name for path in self.node.results_dir.rglob("*"))

    def pending(self) -> list[Any]:
        """Tasks in the queue."""
        queue = jobqueue.queue_of(self.node)
        jobqueue.task_of(queue)
        try:
            return list(queue.pending())
        finally:
            queue.storage.close()
