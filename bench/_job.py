"""Does one job in a process of its own, as the worker does it, and says how much memory it took. No figures."""

import json
import resource
import sys
import time
from pathlib import Path

from app import jobrunner, jobs
from app.settings import Settings
from app.store.database import engine_for, reading
from app.store.tables import Job


def main(folder: Path, job_id: str) -> None:
    settings = Settings(data_dir=folder)
    engine = engine_for(settings.sqlalchemy_url)
    began, worked = time.perf_counter(), time.process_time()
    jobrunner.run(settings, engine, job_id)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    with reading(engine) as session:
        job = session.get_one(Job, job_id)
        if job.state != "done":
            raise RuntimeError(f"{job.kind}: {job.error}")
        size = jobs.result_path(settings, job).stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak, "bytes": size}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
