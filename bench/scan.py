"""Scans recorded over HTTP: the real application (two web processes and the job worker, SQLite, every commit synced)
against signed-in clients on kept connections, each moving and inspecting items of its own.

The baseline is the bare minimum on the same machine in the same run: a plain Flask app under the same server that puts
one durable row into SQLite, with no sign-in, no checks, no log, no answer to speak of. So the ratio is what our checks
cost, and is below 1 by nature.
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from bench._server import ROOT, application, baseline, memory
from bench._world import PASSWORD, Desk, furnish

SECONDS = 8
WARM_UP_SECONDS = 1.5
CLIENTS = (1, 8)


def figures() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
        folder = Path(name)
        plain = dict(_plain(folder))
        desks = furnish(folder / "data", max(CLIENTS), datetime.now(UTC) - timedelta(days=1))
        with application(folder / "data") as (port, process):
            clients = [_client(port, desk) for desk in desks]
            _load(port, "/api/v1/scans", clients, WARM_UP_SECONDS)
            for count in CLIENTS:
                took = _load(port, "/api/v1/scans", clients[:count], SECONDS)
                yield from _told(count, took, plain[count])
            yield from memory(process.pid)


def _told(count: int, took: list[float], plain: list[float]) -> Iterator[dict[str, Any]]:
    who = "1 client" if count == 1 else f"{count} clients"
    ours, theirs = _summary(took), _summary(plain)
    for name, unit, index in (("recorded", "scans/s", 0), ("p50", "ms", 1), ("p99", "ms", 2)):
        yield {
            "figure": f"scan, {who}: {name}",
            "value": ours[index],
            "unit": unit,
            "baseline": theirs[index],
        }


def _summary(took: list[float]) -> tuple[float, float, float]:
    """Answers a second, median and 99th percentile in milliseconds."""
    cuts = quantiles(took, n=100, method="inclusive")
    return len(took) / SECONDS, cuts[49] * 1000, cuts[98] * 1000


def _load(port: int, path: str, clients: list[dict[str, Any]], seconds: float) -> list[float]:
    job = json.dumps({"port": port, "path": path, "clients": clients, "seconds": seconds})
    run = subprocess.run(
        [sys.executable, "-m", "bench._load"], input=job, capture_output=True, text=True, check=True, cwd=ROOT
    )
    result = json.loads(run.stdout)
    if result["wrong"]:
        raise RuntimeError(f"a scan was not recorded: {result['wrong'][0]}")
    took: list[float] = result["took"]
    return took


def _client(port: int, desk: Desk) -> dict[str, Any]:
    """Signs in as a person does; the headers and bodies of all scans of this client."""
    cookie, form = _get(port, "/sign-in", "")
    token = _token(form)
    fields = urlencode({"login": desk.login, "password": PASSWORD, "csrf_token": token})
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", fields, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.HTTPStatus.SEE_OTHER:
        raise RuntimeError(f"signing in failed: {answer.status}")
    cookie = _cookie(answer)
    connection.close()
    newer, text = _get(port, "/scan/profile", cookie)  # the token it hands out is in the cookie, too
    profile, cookie = json.loads(text), newer or cookie
    lines = {"Cookie": cookie, "X-CSRFToken": profile["csrf"], "Content-Type": "application/json"}
    headers_text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return {"headers": headers_text, "bodies": _bodies(desk, profile)}


def _bodies(desk: Desk, profile: dict[str, Any]) -> list[str]:
    """There and back and an inspection, for each item; NONCE and TIME are filled in when a scan is sent."""
    here, there = (place["epc"] for place in profile["places"][:2])
    steps = [("move", there, {}), ("inspect", there, {"result": "pass"}), ("move", here, {})]
    common = {"nonce": "NONCE", "visit": "bench", "event_time": "TIME", "operator": profile["operator"]["id"]}
    return [
        json.dumps(common | {"step": step, "place": place, "code": code} | more)
        for code in desk.codes
        for step, place, more in steps
    ]


def _get(port: int, path: str, cookie: str) -> tuple[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return _cookie(answer), text


def _cookie(answer: http.client.HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _token(form: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    if found is None:
        raise RuntimeError("the sign-in form has no token")
    return found[1]


# --- the baseline ---


def _plain(folder: Path) -> Iterator[tuple[int, list[float]]]:
    body = json.dumps(
        {"nonce": "NONCE", "event_time": "TIME", "code": "https://example.com/88.118.1001/7Q2K9XW4M3ABCDEF"}
    )
    client = {"headers": "Content-Type: application/json\r\n", "bodies": [body]}
    with baseline("bench._plain_insert", folder, folder / "plain.db") as port:
        _load(port, "/scan", [client], WARM_UP_SECONDS)
        for count in CLIENTS:
            yield count, _load(port, "/scan", [client] * count, SECONDS)
