"""Look-ups through the network. Warm: names that the recursive node remembers, with wrk beside it on the same cores, in
turns with a plain Flask proxy that has a dictionary. The proxy is served as Flask serves it by itself, and once more
under our server, where the server's own work is most of what is measured; how much that is, an application shows that
always says the same. Cold: `auth=true`, so that every level is asked anew and every signature on the way verified, one
name after the other over one connection.
"""

import http.client
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import _levels, _records
from bench._wrk import look_ups

NAMES = 1_000  # asked for again and again
SECONDS = 5
WARM_UP_SECONDS = 8  # both processes walk for each name
TURNS = 3  # of each, in turns, so that a busy machine is busy for both
COLD = 300


def figures() -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="suyuan-bench-"))
    try:
        yield from _measured(folder)
    finally:
        shutil.rmtree(folder)


def _measured(folder: Path) -> Iterator[dict[str, Any]]:
    levels = _levels.levels(folder)
    hints = _levels.hints(folder, levels[0])
    with (
        _levels.served(levels),
        _levels.recursive(folder, hints) as ours,
        _levels.plain_proxy(folder, levels[-1], alone=True) as plain,
        _levels.plain_proxy(folder, levels[-1], alone=False) as served,
        _levels.bare(folder) as bare,
    ):
        yield from _cold(ours)
        ports = (ours, plain, served, bare)
        for port in ports:
            look_ups(port, NAMES, WARM_UP_SECONDS)
        turns = [[look_ups(port, NAMES, SECONDS) for port in ports] for _ in range(TURNS)]
    mine, theirs, under_ours, empty = zip(*turns, strict=True)
    yield _figure("warm: answered", _rate(mine), "requests/s", _rate(theirs))
    for name in ("p50", "p99"):
        yield _figure(f"warm: {name}", _median(mine, name), "ms", _median(theirs, name))
    yield _figure("warm: answered, the proxy under our server", _rate(mine), "requests/s", _rate(under_ours))
    yield _figure("the server alone, the proxy under it", _rate(empty), "requests/s", _rate(under_ours))


def _cold(port: int) -> Iterator[dict[str, Any]]:
    took = sorted(_walks(port))
    yield _figure("cold through 4 levels: median", statistics.median(took) * 1000, "ms")
    yield _figure("cold through 4 levels: p95", took[int(len(took) * 0.95)] * 1000, "ms")


def _walks(port: int) -> Iterator[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for number in _records.sample(_levels.RECORDS, COLD):
        began = time.perf_counter()
        connection.request("GET", f"/api/handles/{_records.handle(number)}?auth=true")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        yield time.perf_counter() - began
        if body["responseCode"] != 1:
            raise RuntimeError(f"not resolved: {body}")
    connection.close()


def _rate(runs: tuple[dict[str, Any], ...]) -> float:
    return statistics.median(run["requests"] / run["microseconds"] * 1e6 for run in runs)


def _median(runs: tuple[dict[str, Any], ...], name: str) -> float:
    return statistics.median(run[name] / 1000 for run in runs)


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}
