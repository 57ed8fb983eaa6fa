"""The processes that mint.py measures: `python -m bench._mint plain|job|scan DATA COUNT`. One JSON object on stdout.

DATABASE_URL names the database, which bench._world has furnished.
"""

import json
import os
import resource
import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from app import jobrunner, jobs
from app.domain.people import Actor
from app.services import scanning
from app.services.authenticating import actor_of_operator
from app.services.scanning import ScanRequest
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from app.store.tables import Job, Operator, Product, Site, Thing

PLAIN_BATCH = 10_000
PAUSE_SECONDS = 0.01  # between two scans of one person, who is quicker than any person


def plain(engine: Engine, actor: Actor, count: int) -> dict[str, Any]:
    """The same rows of `thing` through the ORM and nothing else: add_all and a commit, batch by batch, since all rows
    in one session would take gigabytes."""
    with reading(engine) as session:
        product = session.execute(select(col(Product.id)).limit(1)).scalar_one()
    common: dict[str, Any] = {
        "level": "serial",
        "organisation_id": actor.organisation_id,
        "product_id": product,
        "unit": "H87",
    }
    state: dict[str, Any] = {
        "lifecycle": "reserved",
        "disposition": "reserved",
        "holder": actor.prefix,
        "minted_seq": 0,
    }
    before = time.perf_counter(), time.process_time()
    now = datetime.now(UTC)
    for made in range(0, count, PLAIN_BATCH):
        names = [
            f"hdl:{actor.prefix}/{secrets.token_hex(8).upper()}"
            for _ in range(min(PLAIN_BATCH, count - made))
        ]
        with writing(engine) as session:
            session.add_all([Thing(epc=name, last_time=now, last_seq=0, **common, **state) for name in names])
    return _took(*before)


def job(engine: Engine, actor: Actor, count: int, settings: Settings) -> dict[str, Any]:
    """A mint as people ask for it, by the runner of jobs, with its list written as a file."""
    with reading(engine) as session:
        product = session.execute(select(col(Product.epc)).limit(1)).scalar_one()
    wanted = {"level": "serial", "count": count, "product_epc": product}
    with writing(engine) as session:
        job_id = jobs.request(session, actor, "mint", wanted, "en", datetime.now(UTC))
    recorded: list[tuple[float, float]] = []
    progress = jobrunner.Work.still_mine

    def watched(work: jobrunner.Work, session: Any) -> Job:
        recorded[:] = [(time.perf_counter(), time.process_time())]
        return progress(work, session)

    jobrunner.Work.still_mine = watched  # type: ignore[method-assign, assignment]  # the last step ends when the list begins
    before = time.perf_counter(), time.process_time()
    jobrunner.run(settings, engine, job_id)
    told = _took(*before)
    with reading(engine) as session:
        done = session.get_one(Job, job_id)
        if done.state != "done":
            raise RuntimeError(f"the mint ended as {done.state}: {done.error}")
        lines = sum(1 for _ in jobs.result_path(settings, done).open("rb")) - 1
    if lines != count:
        raise RuntimeError(f"{lines} identifiers are listed, not {count}")
    return told | {"minted": recorded[0][0] - before[0], "minted_cpu": recorded[0][1] - before[1]}


def scan(engine: Engine, actor: Actor, stop: Path) -> dict[str, Any]:
    """One person inspects the same pieces on and on, until there is a file `stop`."""
    with reading(engine) as session:
        sites = select(col(Site.epc)).limit(1)
        place = session.execute(sites).scalar_one()
        active = (col(Thing.level) == "serial", col(Thing.lifecycle) == "active")
        codes = list(session.execute(select(col(Thing.epc)).where(*active).limit(40)).scalars())
    took: list[float] = []
    while not stop.exists():
        for code in codes:
            now = datetime.now(UTC)
            request = ScanRequest(
                nonce=secrets.token_hex(12), visit="bench", step="inspect", code=code, place=place,
                event_time=now - timedelta(milliseconds=1), result="pass",
            )  # fmt: skip
            began = time.perf_counter()
            with writing(engine) as session:
                verdict = scanning.scan(session, actor, request, now)
            took.append(time.perf_counter() - began)
            if verdict.colour == "red":
                raise RuntimeError(f"a scan was refused: {verdict.message}")
            time.sleep(PAUSE_SECONDS)
    return {"took": took}


def _took(wall: float, cpu: float) -> dict[str, Any]:
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def main(kind: str, data: str, last: str) -> None:
    settings = Settings(data_dir=Path(data), database_url=os.environ["DATABASE_URL"])
    engine = engine_for(settings.sqlalchemy_url)
    with reading(engine) as session:
        boss = session.execute(select(col(Operator.id)).where(col(Operator.login) == "boss")).scalar_one()
        actor = actor_of_operator(session, boss or 0)
    if kind == "scan":
        told = scan(engine, actor, Path(last))
    else:
        told = plain(engine, actor, int(last)) if kind == "plain" else job(engine, actor, int(last), settings)
    told["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
