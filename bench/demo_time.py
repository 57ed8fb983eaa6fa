"""How long the worked chain takes from nothing to its two PDFs: `./dev demo --no-serve` without the set-up."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def figures() -> Iterator[dict[str, Any]]:
    yield {"figure": "demo, without serving", "value": tell(), "unit": "s", "baseline": None}


def tell() -> float:
    """One whole journey in a process and a folder of its own."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATA_DIR", "DATABASE_URL"}
    }
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "app.demo", "--no-serve", "--out", folder]
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        return time.perf_counter() - began
