"""Time of labels: ten and a hundred thousand as one PDF, as commands for a thermal printer, and the proof of them,
against the script that people write: `qrcode` into an HTML page into WeasyPrint.

Each way runs in a process of its own; CPU is that of the work, libraries loaded, and the figure with "in all" includes
starting Python and loading. The plain ways make fewer labels, because they take minutes; all is per label.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent
_PLAIN = {"plain_svg": 240, "plain_png": 480}  # labels


def figures() -> Iterator[dict[str, Any]]:
    """Seconds and milliseconds of CPU unless wall time is said; baselines in the same unit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        yield from _pdf(path)
        yield from _proof(path)
        yield from _zpl(path)
        yield from _small(path)


def _pdf(path: Path) -> Iterator[dict[str, Any]]:
    ten, hundred = (run("pdf", count, path) for count in (10_000, 100_000))
    yield _figure("10,000 labels to one PDF", ten["cpu"], "s CPU")
    yield _figure("the same in all, Python started and loaded", ten["all"], "s CPU")
    yield _figure("memory for 10,000", ten["megabytes"], "MB at most")
    yield _figure("100,000 labels to one PDF", hundred["cpu"], "s CPU")
    yield _figure("memory for 100,000", hundred["megabytes"], "MB at most")
    yield _figure("size of 10,000", ten["bytes"] / 1e6, "MB")
    for way, words in (("plain_svg", "an SVG path"), ("plain_png", "a PNG")):
        plain = run(way, _PLAIN[way], path)
        ours, theirs = ten["cpu"] / 10_000 * 1000, plain["cpu"] / _PLAIN[way] * 1000
        yield _figure(f"a label, WeasyPrint with {words} a symbol", ours, "ms CPU", theirs)


def _proof(path: Path) -> Iterator[dict[str, Any]]:
    count = 10_000
    run("pdf", count, path)
    found = run("proof", count, path)
    told = found["told"]
    if not count == told["labels"] == told["by_zxing"] == told["by_zbar"]:
        raise RuntimeError(f"of {count} labels {told['by_zxing']} and {told['by_zbar']} were read")
    yield _figure("proof by both decoders, a label", told["cpu"] / count * 1000, "ms CPU")
    yield _figure("proof by both decoders of 10,000, all cores", told["seconds"], "s")


def _zpl(path: Path) -> Iterator[dict[str, Any]]:
    found = run("zpl", 10_000, path)
    yield _figure("10,000 labels to ZPL, composed and written", found["cpu"], "s CPU")


def _small(path: Path) -> Iterator[dict[str, Any]]:
    """What one waits for: ours is read back as well, the plain way is not."""
    for count in (24, 240):
        ours, plain = run("proven", count, path), run("plain_svg", count, path)
        yield _figure(f"sheet of {count} labels, read back", ours["seconds"], "s", plain["seconds"])


def run(way: str, count: int, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench._labels", way, str(count), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=_ROOT)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}
