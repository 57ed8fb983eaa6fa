"""What ./dev adds in front of every command when everything is set up already."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RUNS = 9


def figures() -> Iterator[dict[str, Any]]:
    set_up()
    times = [set_up() for _ in range(RUNS)]
    yield {"figure": "set-up, warm (median of 9)", "value": statistics.median(times), "unit": "ms"}


def set_up() -> float:
    began = time.perf_counter()
    subprocess.run([ROOT / "dev", "setup"], check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000
