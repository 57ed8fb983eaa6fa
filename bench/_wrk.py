"""The load generator wrk, beside the server on the same cores. No figures."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from bench import _records

CONNECTIONS = 32


def look_ups(port: int, count: int, seconds: int) -> dict[str, Any]:
    """Of random names among the first `count`: requests, microseconds, p50 and p99 in microseconds."""
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    command += ["--timeout", "10s", "--script", str(Path(__file__).with_name("_handles.lua"))]
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=os.environ | {"COUNT": str(count), "PREFIX": _records.PREFIX},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    if result["wrong"]:
        raise RuntimeError(f"{result['wrong']} answers were errors:\n{run.stdout}")
    return result
