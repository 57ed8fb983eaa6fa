"""Processes of a test: who started whom, and whether one is still there."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
DEADLINE = 60.0  # for machines that are busy with other things; nothing here takes more than a few seconds


def until(condition: Callable[[], Found], seconds: float = DEADLINE) -> Found:
    """The first true value of `condition()`; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


def alive(pid: int) -> bool:
    """False for one that has ended, though nobody may have asked for its exit code yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def children(pid: int) -> list[int]:
    """Living processes that any thread of this one has started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return [child for child in found if alive(child)]


def descendants(pid: int) -> list[int]:
    below = children(pid)
    return below + [each for child in below for each in descendants(child)]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def end_all(pids: list[int], sign: int) -> None:
    """Whatever a failed test has left behind."""
    for pid in pids:
        if alive(pid):
            os.kill(pid, sign)
