"""A million unguessable identifiers in one job, on both databases: durable, unique by constraint, indexed, in the log.

The baseline is `add_all` and a commit, 10,000 at a time, of the same rows of `thing` through the ORM, without the log,
in the same run on the same database; it is measured on fewer and taken by the row, which flatters it: its indexes are
small then.
BENCH_MINT says how many instead of a million.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench._databases import on_both
from bench._world import furnish

ROOT = Path(__file__).parents[1]
COUNT = int(os.environ.get("BENCH_MINT", "1000000"))
PLAIN_COUNT = min(COUNT, 100_000)
QUIET_SECONDS = 3


def figures() -> Iterator[dict[str, Any]]:
    yield from on_both(_measured)


def _measured(database: str, data: Path, url: str) -> Iterator[dict[str, Any]]:
    furnish(data, 1, datetime.now(UTC) - timedelta(days=1), url)
    url = url or f"sqlite:///{data / 'suyuan.db'}"
    plain = _run("plain", data, url, str(PLAIN_COUNT))
    quiet, _ = _scanned(data, url, lambda: time.sleep(QUIET_SECONDS))
    minted = _run("job", data, url, str(COUNT))
    busy, beside = _scanned(data, url, lambda: _run("job", data, url, str(COUNT)))
    of = f"mint {COUNT:,}, {database}"
    yield _figure(f"{of}: recorded", COUNT / minted["minted"], "ids/s", PLAIN_COUNT / plain["seconds"])
    if not url.startswith("postgresql"):  # whose work is done in other processes
        cpu = minted["minted_cpu"] / COUNT * 1e6
        yield _figure(f"{of}: CPU an identifier", cpu, "µs", plain["cpu"] / PLAIN_COUNT * 1e6)
    yield _figure(f"{of}: with its list as a file", COUNT / minted["seconds"], "ids/s")
    yield _figure(f"{of}: memory of the process, peak", minted["rss"], "MB")
    yield _figure(f"{of}: beside someone who scans", COUNT / beside["minted"], "ids/s")
    for name, index in (("p50", 49), ("p99", 98)):
        yield _figure(f"scans beside it, {database}: {name}", busy[index], "ms", quiet[index])


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}


def _run(kind: str, data: Path, url: str, last: str) -> dict[str, Any]:
    with _started(kind, data, url, last) as process:
        told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"bench._mint {kind} failed")
    found: dict[str, Any] = json.loads(told)
    return found


def _scanned(data: Path, url: str, meanwhile: Any) -> tuple[list[float], Any]:
    """The hundredths of what a scan takes in milliseconds, while something else is done; and what that gave."""
    stop = data / "stop"
    with _started("scan", data, url, str(stop)) as scanner:
        try:
            result = meanwhile()
        finally:
            stop.touch()
        told, _ = scanner.communicate()
    stop.unlink()
    took = json.loads(told)["took"]
    return [cut * 1000 for cut in quantiles(took, n=100, method="inclusive")], result


@contextmanager
def _started(kind: str, data: Path, url: str, last: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._mint", kind, str(data), last],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                if process.poll() is None:
                    process.kill()
