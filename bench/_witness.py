"""Writes records through the real service, and watches over HTTP that nobody is told a value that is too old.

Run as a process of its own (`python -m bench._witness`): a job as JSON on stdin, what was seen on stdout. Writer and
readers share one clock, so that an age can be told: an answer is stale by the time that has passed, when it was asked
for, since the next newer value had been committed.
"""

import http.client
import json
import secrets
import sys
import threading
import time
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.services.registering import put_many
from app.settings import Settings
from app.store.database import engine_for, writing
from bench import _records

RATE = 50  # updates a second
READERS = 4
PAUSE = 0.004  # of a reader between two questions: it must not be the load
MOST_AGE = 0.1


class History:
    """When each value of each record was committed; value n is the n-th."""

    def __init__(self) -> None:
        self.committed: dict[int, list[float]] = defaultdict(list)

    def age(self, number: int, seen: int, asked: float) -> float:
        """How old value `seen` (0: none of ours) was at the moment `asked`; 0 for one that was the newest."""
        times = self.committed[number]
        newest = bisect_right(times, asked)
        return 0.0 if seen >= newest else asked - times[seen]


def write(engine: Engine, numbers: list[int], history: History, run: str, ending: threading.Event) -> None:
    """`run` tells the values of this run from those that an earlier one left behind."""
    began = time.perf_counter()
    for turn, number in enumerate(cycle(numbers)):
        if ending.wait(max(0.0, began + turn / RATE - time.perf_counter())):
            return
        value = len(history.committed[number]) + 1
        items = [(_records.handle(number), _records.values(number, f"{run} {value}"))]
        with writing(engine) as session:
            put_many(session, 1, items, datetime.now(UTC), overwrite=True, by="bench")
        history.committed[number].append(time.perf_counter())


class Reader:
    def __init__(self, port: int, numbers: list[int], history: History, run: str) -> None:
        self.port, self.numbers, self.history, self.of_this_run = port, numbers, history, f"{run} "
        self.ages: list[float] = []
        self.wrong: list[str] = []

    def run(self, ending: threading.Event) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        for number in cycle(self.numbers):
            if ending.wait(PAUSE):
                break
            asked = time.perf_counter()
            connection.request("GET", f"/api/handles/{_records.handle(number)}")
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != http.HTTPStatus.OK:
                self.wrong.append(text[:300])
                continue
            (status,) = (
                each["data"]["value"] for each in json.loads(text)["values"] if each["type"] == "STATUS"
            )
            seen = int(status.removeprefix(self.of_this_run)) if status.startswith(self.of_this_run) else 0
            self.ages.append(self.history.age(number, seen, asked))
        connection.close()


def watch(job: dict[str, Any]) -> dict[str, Any]:
    """Until a line comes on stdin. The watched records are few, so that each is written several times."""
    engine = engine_for(Settings(data_dir=Path(job["folder"])).sqlalchemy_url)
    numbers = list(_records.sample(job["count"], 25))
    history, ending, run = History(), threading.Event(), secrets.token_hex(4)
    readers = [
        Reader(job["port"], numbers[start:] + numbers[:start], history, run) for start in range(READERS)
    ]
    threads = [threading.Thread(target=reader.run, args=(ending,)) for reader in readers]
    threads.append(threading.Thread(target=write, args=(engine, numbers, history, run, ending)))
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    ending.set()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    engine.dispose()
    ages = [age for reader in readers for age in reader.ages]
    return {
        "seconds": seconds,
        "writes": sum(map(len, history.committed.values())),
        "checks": len(ages),
        "oldest": max(ages, default=0.0),
        "too_old": sum(age > MOST_AGE for age in ages),
        "wrong": [text for reader in readers for text in reader.wrong][:3],
    }


if __name__ == "__main__":
    print(json.dumps(watch(json.loads(sys.stdin.readline()))))
