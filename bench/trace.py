"""The walk over a genealogy of a thousand nodes and 20 levels in a store of one million edges (with --full, also of
ten), its growth with the store, and its page.

The baseline of the walk is the plain way: the same rows asked for one thing at a time.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from app import create_app
from app.domain import genealogy
from app.services import authenticating
from app.settings import Settings
from app.steadying import steady
from app.store import walks
from app.store.database import reading, writing
from app.store.tables import Edge, Thing
from bench._graphs import Store, store

SMALL, LARGE, LARGEST = 20_000, 1_000_000, 10_000_000
TIMES = 5


def figures() -> Iterator[dict[str, Any]]:
    sizes = (SMALL, LARGE, LARGEST) if os.environ.get("BENCH_FULL") else (SMALL, LARGE)
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
        made = [store(_folder(Path(name), size), size) for size in sizes]
        steady()
        walked = _walks(made)
        for each, times in zip(made, walked, strict=True):
            yield _figure(each, times)
        medians = [statistics.median(times) for times in walked]
        growth = f"growth of the walk from {sizes[-2]:,} to {sizes[-1]:,} edges"
        yield {"figure": growth, "value": medians[-1] / medians[-2], "unit": "times"}
        for each, size in zip(made, sizes, strict=True):
            yield _page(each, Path(name) / str(size))
            each.engine.dispose()


def _folder(parent: Path, size: int) -> Path:
    folder = parent / str(size)
    folder.mkdir()
    return folder


def _walks(made: list[Store]) -> list[list[float]]:
    """In turns, so that whatever else the machine does falls on all sizes alike."""
    times: list[list[float]] = [[] for _ in made]
    for turn in range(TIMES + 1):
        for each, own in zip(made, times, strict=True):
            with reading(each.engine) as session:
                found = [_ms(partial(_walk, session, subject)) for subject in each.subjects]
            own.extend(found if turn else [])  # the first turn warms up
    return times


def _figure(made: Store, times: list[float]) -> dict[str, Any]:
    with reading(made.engine) as session:
        nodes = len(walks.closure(session, made.subjects[0], "up").ids)
        plain = statistics.median(
            _ms(partial(_one_by_one, session, subject)) for subject in made.subjects[:3]
        )
    figure = f"walk over {nodes:,} nodes, {made.edges:,} edges stored"
    return {"figure": figure, "value": statistics.median(times), "unit": "ms", "baseline": plain}


def _walk(session: Session, subject: int) -> genealogy.Reach:
    return genealogy.reach(walks.closure(session, subject, "up").edges, subject, "up")


def _one_by_one(session: Session, subject: int) -> None:
    waiting, seen = [subject], set()
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            edges = session.execute(select(Edge).where(col(Edge.target_id) == key)).scalars()
            waiting += [edge.source_id for edge in edges]


def _page(made: Store, folder: Path) -> dict[str, Any]:
    client = _client(made, folder)
    with reading(made.engine) as session:
        epcs = [session.get_one(Thing, subject).epc for subject in made.subjects]
    _open(client, epcs[0])
    steady()
    times = [_ms(partial(_open, client, epc)) for _ in range(2) for epc in epcs]
    return {
        "figure": f"its page, {made.edges:,} edges stored (p50 of {len(times)})",
        "value": statistics.median(times),
        "unit": "ms",
    }


def _client(made: Store, folder: Path) -> FlaskClient:
    app = create_app(Settings(data_dir=folder, secret_key="bench", fast_hash=True))
    with writing(made.engine) as session:
        token = authenticating.sign_in_as(session, made.actor.operator_id, datetime.now(UTC), 12)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def _open(client: FlaskClient, epc: str) -> None:
    answer = client.get(f"/trace/{epc.removeprefix('hdl:')}")
    if answer.status_code != 200:
        raise RuntimeError(f"{epc}: {answer.status_code}")


def _ms(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
