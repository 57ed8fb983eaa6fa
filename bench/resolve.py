"""Look-ups over HTTP: `GET /api/handles/…` of random records (uniform, so that hardly any is asked for twice) with wrk
beside the server on the same cores, while a process of its own updates fifty records a second through the service and
watches that nobody is told a value older than 100 ms.

The baseline is the plain way on the same database in the same run, with the same work beside it: Flask, one SQLModel
query, `jsonify`, under the same server. Both are started, warmed up, asked and stopped in turns, since the machine may
be faster now than in a minute, and each has it to itself; a figure is the median of its turns. The records are put in
once through the bulk service and kept in `.cache/bench`. With `--full`, or where they are there already, ten million of
them are measured as well. Each database is read through once before, so that the server is measured and not the disk.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

from bench import _records
from bench._server import ROOT, application, baseline, family, kilobytes
from bench._wrk import look_ups

SIZES = (100_000, 1_000_000)
LARGEST = 10_000_000
TARGET = 1_000_000
TURNS = 3
SECONDS = 6
WARM_UP_SECONDS = 4
READ_AT_ONCE = 16 * 1024 * 1024  # bytes


def figures() -> Iterator[dict[str, Any]]:
    if which("wrk") is None:
        raise SystemExit("The load generator wrk is missing: apt-get install wrk.")
    more = (LARGEST,) if "BENCH_FULL" in os.environ or _records.is_there(LARGEST) else ()
    answered: dict[int, float] = {}
    for count in (*SIZES, *more):
        folder = _records.furnish(count)
        _read_through(folder / "suyuan.db")
        ours: list[dict[str, Any]] = []
        plain: list[dict[str, Any]] = []
        seen: dict[str, Any] = {}
        used: list[dict[str, Any]] = []
        for _ in range(TURNS):
            with application(folder) as (port, process):
                ours.append(_turn(folder, port, count, seen))
                used = list(_memory(process.pid))
            if count == TARGET:
                with baseline("bench._plain_resolve", folder, folder / "suyuan.db") as port:
                    plain.append(_turn(folder, port, count, {}))  # the same work beside it
        middle = _middle(ours)
        answered[count] = middle["rate"]
        yield from _told(count, middle, _middle(plain) if plain else None)
        yield from _freshness(count, seen)
        yield from used
    for count, rate in list(answered.items())[1:]:
        smallest = next(iter(answered))
        yield _figure(f"{count:,} records: slower than {smallest:,}", answered[smallest] / rate, "times")


def _read_through(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(READ_AT_ONCE):
            pass


def _turn(folder: Path, port: int, count: int, seen: dict[str, Any]) -> dict[str, Any]:
    """One server alone on the machine, warmed up; what its witness saw is added to `seen`."""
    look_ups(port, count, WARM_UP_SECONDS)
    with _witness(folder, port, count) as more:
        run = look_ups(port, count, SECONDS)
    for name in ("writes", "seconds", "checks", "too_old"):
        seen[name] = seen.get(name, 0) + more[name]
    seen["oldest"] = max(seen.get("oldest", 0), more["oldest"])
    seen["wrong"] = seen.get("wrong", []) + more["wrong"]
    return run


def _middle(turns: list[dict[str, Any]]) -> dict[str, float]:
    """Of all turns of one server: requests a second, and milliseconds."""
    return {
        "rate": median(turn["requests"] / turn["microseconds"] * 1_000_000 for turn in turns),
        "p50": median(turn["p50"] / 1000 for turn in turns),
        "p99": median(turn["p99"] / 1000 for turn in turns),
    }


def _told(
    count: int, ours: dict[str, float], plain: dict[str, float] | None = None
) -> Iterator[dict[str, Any]]:
    for name, unit, of in (("answered", "requests/s", "rate"), ("p50", "ms", "p50"), ("p99", "ms", "p99")):
        yield _figure(f"{count:,} records: {name}", ours[of], unit, plain[of] if plain else None)


def _freshness(count: int, seen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if seen["wrong"]:
        raise RuntimeError(f"a record was not found: {seen['wrong'][0]}")
    yield _figure(f"{count:,} records: updated meanwhile", seen["writes"] / seen["seconds"], "records/s")
    yield _figure(f"{count:,} records: looked whether new", seen["checks"], "answers")
    yield _figure(f"{count:,} records: oldest value seen", seen["oldest"] * 1000, "ms")
    yield _figure(f"{count:,} records: values older than 100 ms", seen["too_old"], "answers")


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}


@contextmanager
def _witness(folder: Path, port: int, count: int) -> Iterator[dict[str, Any]]:
    """What it has seen is in the dict after the block."""
    command = [sys.executable, "-m", "bench._witness"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"folder": str(folder), "port": port, "count": count}) + "\n")
        process.stdin.flush()
        seen: dict[str, Any] = {}
        yield seen
        told, _ = process.communicate("enough\n")
        seen |= json.loads(told)


def _memory(root: int) -> Iterator[dict[str, Any]]:
    """Of the web processes: those that granian started, which started nothing themselves."""
    for number, pid in enumerate(_workers(root), 1):
        for field in ("Rss", "Pss"):
            yield _figure(
                f"memory of web process {number}: {field.upper()}", kilobytes(pid, field) / 1024, "MB"
            )


def _workers(root: int) -> list[int]:
    def is_worker(pid: int) -> bool:
        return b"app.worker" not in Path(f"/proc/{pid}/cmdline").read_bytes()

    return [pid for pid in family(root)[1:] if is_worker(pid)]
