"""The real application, or another server, in processes of their own, and how much memory they take. No figures."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.serving import THREADS, WEB_PROCESSES
from tests.support.server import free_port

ROOT = Path(__file__).parents[1]
START_SECONDS = 60


@contextmanager
def application(data: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "app.serving", "--port", str(port), "--data", str(data)]
    with running(command, port, data / "server.log", {}) as process:
        yield port, process


@contextmanager
def baseline(module: str, folder: Path, database: Path) -> Iterator[int]:
    """A baseline under the same server with as many processes and threads as the real application; yields its port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", str(WEB_PROCESSES), "--blocking-threads", str(THREADS), "--log-level", "warning"]
    environment = {"PLAIN_DATABASE": f"{database}"}
    with running([*command, f"{module}:app"], port, folder / "plain.log", environment):
        yield port


@contextmanager
def running(
    command: list[str], port: int, log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        _wait(process, port, log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")


def memory(root: int) -> Iterator[dict[str, Any]]:
    """Of all processes of the application together. RSS counts shared pages once a process, PSS once."""
    processes = family(root)
    for name, field in (("RSS", "Rss"), ("PSS, shared pages counted once", "Pss")):
        total = sum(kilobytes(pid, field) for pid in processes) / 1024
        yield {
            "figure": f"memory, {len(processes)} processes: {name}",
            "value": total,
            "unit": "MB",
            "baseline": None,
        }


def family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it has ended meanwhile
        children.setdefault(parent, []).append(int(entry.parent.name))
    family = [root]
    for pid in family:
        family += children.get(pid, [])
    return family


def kilobytes(pid: int, field: str) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0
