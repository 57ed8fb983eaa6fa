"""The processes that capture.py measures: `python -m bench._capture single|batch|judge|one DATA …`. JSON on stdout.

DATABASE_URL names the database, which bench._world has furnished. Events are what a factory's line sends: commissioned,
packed, shipped, each about pieces of its own.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from app.domain.epcis import time_text
from app.domain.people import Actor
from app.services.authenticating import actor_of_operator
from app.services.capturing_events import capture_each, capture_prepared
from app.services.preparing import Prepared, prepare, prepare_single
from app.settings import Settings
from app.steadying import steady
from app.store import database
from app.store.database import engine_for, reading, writing
from app.store.tables import Operator
from app.web.group_commit import Group

BLOCK = 1_000
PLACE = "urn:epc:id:sgln:4012345.{:05d}.0"
START = datetime.now(UTC) - timedelta(days=1)


def events(line: int) -> Iterator[dict[str, Any]]:
    """Without end; each line of production has pieces and pallets of its own."""
    number = 0
    while True:
        number += 1
        piece = f"urn:epc:id:sgtin:4012345.{line % 100_000:06d}.{number}"
        pallet = f"urn:epc:id:sscc:4012345.{line % 10_000:04d}{number % 1_000_000:06d}"
        common = {"readPoint": {"id": PLACE.format(line % 90)}, "eventTimeZoneOffset": "+08:00"}
        moment = START + timedelta(milliseconds=20 * number)
        yield common | {
            "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active",
            "eventTime": time_text(moment), "epcList": [piece],
            "bizTransactionList": [{"type": "prodorder", "bizTransaction": f"urn:example:order:{number // 500}"}],
        }  # fmt: skip
        yield common | {
            "type": "AggregationEvent", "action": "ADD", "bizStep": "packing", "parentID": pallet,
            "eventTime": time_text(moment + timedelta(milliseconds=5)), "childEPCs": [piece],
        }  # fmt: skip
        yield common | {
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
            "eventTime": time_text(moment + timedelta(milliseconds=10)), "epcList": [pallet],
            "destinationList": [{"type": "possessing_party", "destination": "urn:epc:id:pgln:4098765.00000"}],
        }  # fmt: skip


def single(engine: Engine, actor: Actor, how: str, clients: int, seconds: float, line: int) -> dict[str, Any]:
    """Single events by several clients of one process, each waiting until its event is durable. Says that it is ready,
    and begins at the time that it is told."""
    group = Group(engine, lambda: datetime.now(UTC))

    def own(prepared: Prepared) -> Any:
        with writing(engine) as session:
            database.lock_log(session)
            return capture_each(session, [(actor, prepared)], datetime.now(UTC))[0]

    capture: Callable[[Prepared], Any] = own if how == "own" else lambda one: group.capture(actor, one)
    prepare([next(events(0))], datetime.now(UTC))  # loads the schema
    took: list[float] = []
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    before = time.process_time()
    threads = [
        threading.Thread(target=_client, args=(capture, line * 100 + n, start, seconds, took))
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"took": took, "cpu": time.process_time() - before}


def _client(
    capture: Callable[[Prepared], Any], line: int, start: float, seconds: float, took: list[float]
) -> None:
    sent = events(line)
    while time.time() < start:
        time.sleep(0.01)
    while time.time() < start + seconds:
        began = time.perf_counter()
        prepared = prepare_single(next(sent), datetime.now(UTC))
        outcome = capture(prepared)
        if outcome.seq is None or outcome.existed:
            raise RuntimeError(f"an event was not recorded: {outcome}")
        took.append(time.perf_counter() - began)


def batch(engine: Engine, actor: Actor, count: int, line: int) -> dict[str, Any]:
    """A thousand events a transaction; how long, and how much memory there was after each tenth."""
    began, cpu, judged = time.perf_counter(), time.process_time(), 0.0
    sent, memory = events(line), []
    for number in range(0, count, BLOCK):
        some = list(islice(sent, min(BLOCK, count - number)))
        before = time.perf_counter()
        prepared = prepare(some, datetime.now(UTC))
        judged += time.perf_counter() - before
        with writing(engine) as session:
            outcomes = capture_prepared(session, actor, prepared, datetime.now(UTC))
        if not all(outcome.seq is not None for outcome in outcomes):
            raise RuntimeError("an event was not recorded")
        if (number // BLOCK) % max(1, count // BLOCK // 10) == 0:
            memory.append(_resident())
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "judged": judged,
        "memory": memory,
    }


def judge(_: Engine, __: Actor, count: int, line: int) -> dict[str, Any]:
    """Validated and hashed, and nothing recorded."""
    some = list(islice(events(line), count))
    began, cpu = time.perf_counter(), time.process_time()
    prepared = prepare(some, datetime.now(UTC))
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    if any(each.problem for each in prepared):
        raise RuntimeError("an event was not understood")
    return took


def one(engine: Engine, actor: Actor, count: int, line: int) -> dict[str, Any]:
    """The plain way to bring in many: each its own transaction."""
    sent = events(line)
    began = time.perf_counter()
    for event in islice(sent, count):
        with writing(engine) as session:
            capture_prepared(session, actor, prepare([event], datetime.now(UTC)), datetime.now(UTC))
    return {"seconds": time.perf_counter() - began}


def _resident() -> float:
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    kind, folder, *rest = sys.argv[1:]
    settings = Settings(data_dir=Path(folder), database_url=os.environ["DATABASE_URL"])
    engine = engine_for(settings.sqlalchemy_url)
    with reading(engine) as session:
        boss = session.execute(select(col(Operator.id)).where(col(Operator.login) == "boss")).scalar_one()
        actor = actor_of_operator(session, boss or 0)
    steady()
    if kind == "single":
        how, clients, seconds, line = rest
        told = single(engine, actor, how, int(clients), float(seconds), int(line))
    else:
        told = {"batch": batch, "judge": judge, "one": one}[kind](engine, actor, int(rest[0]), int(rest[1]))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
