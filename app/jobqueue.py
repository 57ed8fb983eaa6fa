"""The queue between the web processes and the worker: Huey on a SQLite file, or on Redis by REDIS_URL.

Light on purpose: the waiting worker imports this and nothing else of ours.
"""

import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.settings import Settings

if TYPE_CHECKING:
    from huey.api import Huey

TASK = "job"
log = logging.getLogger(__name__)
AT_ONCE = timedelta()


def queue_of(settings: Settings) -> "Huey":
    """The queue these settings name. Holds job ids only; what a job is stands in the database."""
    with _left_out("psycopg", *([] if settings.redis_url else ["redis"])):
        from huey import RedisHuey, SqliteHuey

    if settings.redis_url:
        return RedisHuey("suyuan", url=settings.redis_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("suyuan", filename=str(settings.queue_path), results=False, fsync=True)


@contextmanager
def _left_out(*packages: str) -> Iterator[None]:
    """Huey loads what any of its storages could want, wherever it is installed: 15 MB in each of our processes."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is how an import is refused
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def sound_queue_of(settings: Settings) -> "Huey":
    """The same for the worker, which cannot do without: a file that is no database any more is put aside. Nothing is
    lost, since the jobs stand in the database, and the worker queues them again when it starts."""
    try:
        return queue_of(settings)
    except sqlite3.OperationalError:
        raise  # busy, or a full disk: the file may be sound
    except sqlite3.DatabaseError as error:
        damaged = settings.queue_path.with_suffix(".damaged")
        log.warning("the queue cannot be read (%s); it is now %s, and a new one begins", error, damaged)
        settings.queue_path.replace(damaged)
        for suffix in ("-wal", "-shm"):
            settings.queue_path.with_name(settings.queue_path.name + suffix).unlink(missing_ok=True)
        return queue_of(settings)


def enqueue(settings: Settings, job_id: str, wait: timedelta = AT_ONCE) -> None:
    """Tells the worker, unless the queue holds the job already. Call it after the job's row is committed.

    Never raises for a queue that is out of reach: the job stands in the database and waits until someone looks at it,
    or the worker is started again.
    """
    try:
        _enqueue(queue_of(settings), job_id, wait)
    except _errors_of(settings) as error:
        log.warning("the queue cannot be reached, job %s waits: %s", job_id, error)


def _enqueue(queue: "Huey", job_id: str, wait: timedelta) -> None:
    try:
        task = task_of(queue)
        if all(job_id not in waiting.args for waiting in (*queue.pending(), *queue.scheduled())):
            queue.enqueue(task.s(job_id, delay=wait or None))
    finally:
        queue.storage.close()


def _errors_of(settings: Settings) -> tuple[type[Exception], ...]:
    if settings.redis_url:
        from redis.exceptions import RedisError

        return (RedisError,)
    return (sqlite3.Error, OSError)


def task_of(queue: "Huey", run: Callable[[str], None] | None = None) -> Any:
    """The one kind of task; `run` is what the worker does with a job id, nothing in the processes that only enqueue."""

    def job(job_id: str) -> None:
        if run:
            run(job_id)

    return queue.task(name=TASK)(job)
