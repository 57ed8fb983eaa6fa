"""EPCIS events captured: single durable ones by 8 clients in two processes, and batches, on both databases.

The baseline of single events is each in a transaction of its own, of batches one event after the other; both in the
same run on the same database. BENCH_CAPTURE says how many events the batches bring in (a million with --full), over
which the memory of the process is told.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import IO, Any

from bench._databases import on_both
from bench._world import furnish

ROOT = Path(__file__).parents[1]
COUNT = int(os.environ.get("BENCH_CAPTURE") or (1_000_000 if os.environ.get("BENCH_FULL") else 40_000))
JUDGED = 10_000
PLAIN_COUNT = 500
PROCESSES, CLIENTS = 2, 4  # web processes, and clients of each
SECONDS = 6.0
TURNS = 2  # of each way, one after the other
READY = "ready"  # said by a process whose clients wait to be told the time to begin


def figures() -> Iterator[dict[str, Any]]:
    yield from on_both(_measured)


def _measured(name: str, data: Path, url: str) -> Iterator[dict[str, Any]]:
    furnish(data, 1, datetime.now(UTC) - timedelta(days=1), url)
    url = url or f"sqlite:///{data / 'suyuan.db'}"
    took: dict[str, list[float]] = {"own": [], "grouped": []}
    cpu = dict.fromkeys(took, 0.0)
    for turn in range(TURNS * 2):
        way = "own" if turn % 2 == 0 else "grouped"
        for told in _single(data, url, way, turn):
            took[way] += told["took"]
            cpu[way] += told["cpu"]
    clients = f"single events, {PROCESSES * CLIENTS} clients, {name}"
    for what, unit, index in (("recorded", "events/s", 0), ("p50", "ms", 1), ("p99", "ms", 2)):
        yield _figure(
            f"{clients}: {what}", _summary(took["grouped"])[index], unit, _summary(took["own"])[index]
        )
    each = {way: cpu[way] / len(took[way]) * 1e6 for way in took}
    yield _figure(f"{clients}: CPU of these processes an event", each["grouped"], "µs", each["own"])
    judged = _run("judge", data, url, str(JUDGED), "900")
    yield _figure(f"batches, {name}: validated and hashed alone", JUDGED / judged["seconds"], "events/s")
    plain = _run("one", data, url, str(PLAIN_COUNT), "901")
    batch = _run("batch", data, url, str(COUNT), "902")
    rate = PLAIN_COUNT / plain["seconds"]
    yield _figure(f"batches, {name}: recorded, {COUNT:,} events", COUNT / batch["seconds"], "events/s", rate)
    yield _figure(f"batches, {name}: CPU of this process an event", batch["cpu"] / COUNT * 1e6, "µs")
    share = (batch["seconds"] - batch["judged"]) / COUNT * 1e6
    yield _figure(f"batches, {name}: of that in the transaction", share, "µs")
    memory = batch["memory"]
    yield _figure(f"batches, {name}: memory at the end, beside a tenth in", memory[-1], "MB", memory[1])


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}


def _summary(took: list[float]) -> tuple[float, float, float]:
    """Events a second, median and 99th percentile in milliseconds."""
    cuts = quantiles(took, n=100, method="inclusive")
    return len(took) / (SECONDS * TURNS), cuts[49] * 1000, cuts[98] * 1000


def _single(data: Path, url: str, way: str, turn: int) -> list[dict[str, Any]]:
    running = [
        _started("single", data, url, way, str(CLIENTS), str(SECONDS), str(turn * 10 + number))
        for number in range(PROCESSES)
    ]
    for process in running:
        if _of(process.stdout).readline() != f"{READY}\n":
            raise RuntimeError("bench._capture failed")
    start = time.time() + 0.5
    for process in running:
        _of(process.stdin).write(f"{start}\n")
        _of(process.stdin).flush()
    return [_ended(process) for process in running]


def _run(kind: str, data: Path, url: str, *more: str) -> dict[str, Any]:
    return _ended(_started(kind, data, url, *more))


def _started(kind: str, data: Path, url: str, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench._capture", kind, str(data), *more]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _of(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("a process was started without its pipes")
    return pipe


def _ended(process: "subprocess.Popen[str]") -> dict[str, Any]:
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("bench._capture failed")
    found: dict[str, Any] = json.loads(told)
    return found
