"""The queue between the web processes and the worker: Huey on a SQLite file, or on Redis by REDIS_URL.

Light on purpose: the waiting worker imports this and nothing else of ours.
"""

from typing import TYPE_CHECKING

from app.settings import Settings

if TYPE_CHECKING:
    from huey.api import Huey

TASK = "job"


def queue_of(settings: Settings) -> "Huey":
    """The queue these settings name. Holds job ids only; what a job is stands in the database."""
    from huey import RedisHuey, SqliteHuey

    if settings.redis_url:
        return RedisHuey("suyuan", url=settings.redis_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("suyuan", filename=str(settings.queue_path), results=False, fsync=True)


def enqueue(settings: Settings, job_id: str) -> None:
    """Tells the worker. Call it after the job's row is committed; a lost call is made good by `jobs.revive`."""
    queue = queue_of(settings)
    queue.enqueue(task_of(queue).s(job_id))


def task_of(queue: "Huey", run: object = None) -> object:
    """The one kind of task; `run` is what the worker does with a job id, nothing in the processes that only enqueue."""

    def job(job_id: str) -> None:
        if callable(run):
            run(job_id)

    return queue.task(name=TASK)(job)
