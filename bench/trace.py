"""The walk over a genealogy of a thousand nodes and 20 levels in a store of one million edges (with --full, also of
ten), its growth with the store, and its page.

The baseline of the walk is the plain way: the same rows asked for one thing at a time.
"""

import gc
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
from app.store import walks
from app.store.database import reading, writing
from app.store.tables import Edge, Thing
from bench._graphs import Store, store

SMALL, LARGE, LARGEST = 20_000, 1_000_000, 10_000_000
TIMES = 5


def figures() -> Iterator[dict[str, Any]]:
    sizes = (SMALL, LARGE, LARGEST) if os.environ.get("BENCH_FULL") else (SMALL, LARGE)
    walked: list[float] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
            made = store(Path(name), size)
            figure = _walks(made)
            walked.append(figure["value"])
            yield figure
            yield _page(made, Path(name))
            made.engine.dispose()
    growth = f"growth of the walk from {sizes[-2]:,} to {sizes[-1]:,} edges"
    yield {"figure": growth, "value": walked[-1] / walked[-2], "unit": "times"}


def _walks(made: Store) -> dict[str, Any]:
    with reading(made.engine) as session:
        nodes = len(walks.closure(session, made.subjects[0], "up").ids)
        for subject in made.subjects:
            _walk(session, subject)
        ours = statistics.median(
            _ms(partial(_walk, session, subject)) for _ in range(TIMES) for subject in made.subjects
        )
        plain = statistics.median(
            _ms(partial(_one_by_one, session, subject)) for subject in made.subjects[:3]
        )
    figure = f"walk over {nodes:,} nodes, {made.edges:,} edges stored"
    return {"figure": figure, "value": ours, "unit": "ms", "baseline": plain}


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
    gc.freeze()  # as wsgi.py does
    gc.set_threshold(5_000, 20, 100)
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
