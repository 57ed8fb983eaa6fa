"""A country by rule: 5 national nodes, 400 second-level, 480,000 companies' prefixes with a signed statement each.

What a prefix takes on the disk and in memory, and what one web process of a node answers at each level: the root with
one zone below, a national node with 400, a second-level node with 1,200, and one register that holds all 480,000.
Identifiers are made by rule, so that any of them may be asked for. The recursive node is measured without a wire: the
other nodes are functions of a name here, and what is left is its own work.
"""

import gc
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.handles import key_of
from app.rounds import Turn
from app.rounds_of_mesh import pull
from app.services import meshing
from app.services.recursing import Hints, Recursor
from app.settings import Settings
from app.store.database import engine_for, reading
from bench import _country_rules as rules
from bench import _levels
from bench._levels import Level
from bench._server import family, kilobytes, running
from tests.support.server import free_port

SECONDS = 4
CONNECTIONS = 16
WALKS = 3_000  # of different companies' names
WARM = 200_000


def figures() -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="suyuan-bench-"))
    try:
        yield from _registers(folder)
        yield from _mesh(folder)
        yield from _recursion()
    finally:
        shutil.rmtree(folder)


# --- what nodes hold, and what they answer ---


def _registers(folder: Path) -> Iterator[dict[str, Any]]:
    """Each on one web process, one after the other; asked for names below all its zones at random."""
    for name, zone, role, industries, below in (
        ("root, 1 zone", "", "root", rules.INDUSTRIES, ["88"]),
        ("national, 400 zones", "88", "national", rules.INDUSTRIES, rules.second_level()),
        ("second-level, 1,200 zones", "88.100", "second-level", 1, rules.companies("88.100")),
        ("one register of 480,000", "88", "national", rules.INDUSTRIES, rules.every_company()),
    ):
        level = Level(zone, role, folder / name.partition(",")[0], free_port())
        empty = rules.found(level)
        count = rules.fill(level, below)
        command = _levels.command(level.port, "wsgi", 1)
        with running(command, level.port, level.folder / "log", level.environment) as process:
            before = _memory(process.pid)
            rate = _load(level.port, industries)
            after = _memory(process.pid)
        yield _figure(f"country: {name}: answered", rate, "requests/s")
        if count == rules.COMPANIES:
            yield _figure("country: a prefix on the disk", (_size(level.folder) - empty) / count, "bytes")
            yield _figure("country: web process with 480,000 prefixes", after / 1e6, "MB")
            yield _figure("country: memory a prefix", max(after - before, 0) / count, "bytes")


def _load(port: int, industries: int) -> float:
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{SECONDS}s"]
    command += ["--timeout", "10s", "--script", str(Path(__file__).with_name("_referrals.lua"))]
    told = {"INDUSTRIES": industries, "COMPANIES": rules.EACH, "NAMES": 1_000_000}
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=os.environ | {name: str(value) for name, value in told.items()},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    if result["wrong"]:
        raise RuntimeError(f"{result['wrong']} answers were errors:\n{run.stdout}")
    return float(result["requests"] / result["microseconds"] * 1e6)


# --- the mesh ---


def _mesh(folder: Path) -> Iterator[dict[str, Any]]:
    """A sixth national node that catches up from nothing with the 400 changes of the five."""
    old = Level("88", "national", folder / "national", 1)
    new = Level("88", "national", folder / "new", 2)
    rules.found(new)
    rules.joined([old, new])
    settings = [
        Settings(data_dir=each.folder, base_url=each.url, zone="88", node_roles=("national",))
        for each in (old, new)
    ]
    engines = [engine_for(each.sqlalchemy_url) for each in settings]
    turn = Turn(settings[1], engines[1], datetime.now(UTC), rules.sister(settings[0], engines[0]))
    began = time.perf_counter()
    pull(turn)
    took = time.perf_counter() - began
    with reading(engines[1]) as session:
        seen = meshing.view(session, "88", settings[1].base_url, turn.now)
    if seen.total != rules.INDUSTRIES:
        raise RuntimeError(f"{seen.total} of {rules.INDUSTRIES} changes arrived")
    for engine in engines:
        engine.dispose()
    yield _figure("country: a new national node catches up", seen.total / took, "changes/s")


# --- the recursive node ---


def _recursion() -> Iterator[dict[str, Any]]:
    country = rules.Country()
    hints = Hints(("https://root.example",), (country.root_key,))
    recursor = Recursor(country, hints, lambda: datetime.now(UTC), most_bytes=512 << 20)
    names = [f"{zone}/R{number:09}" for number, zone in enumerate(rules.sample(WALKS))]
    others = Recursor(country, hints, lambda: datetime.now(UTC), most_bytes=512 << 20)
    _resolve(
        others, names
    )  # so that the other nodes' part is made, and nothing of it is free to be used again
    gc.collect()
    before, spent, began = _memory(os.getpid()), country.seconds, time.perf_counter()
    _resolve(recursor, names)
    took = time.perf_counter() - began - (country.seconds - spent)
    grown = _memory(os.getpid()) - before
    yield _figure("country: recursive: walked and verified, a process", WALKS / took, "names/s")
    yield _figure("country: recursive: memory a company and a name", max(grown, 0) / WALKS, "bytes")
    keys = [key_of(name) for name in names]
    began = time.perf_counter()
    for number in range(WARM):
        recursor.remembered(keys[number % WALKS])
    yield _figure(
        "country: recursive: remembered, a process", WARM / (time.perf_counter() - began), "names/s"
    )
    for each in (recursor, others):
        each.close()


def _resolve(recursor: Recursor, names: list[str]) -> None:
    for name in names:
        found = recursor.explain(name)
        if found.outcome != "record" or found.state != "verified":
            raise RuntimeError(f"{name}: {found.outcome} {found.state} {found.reason}")


# --- small things ---


def _memory(pid: int) -> int:
    """Bytes of a process and its children, shared pages counted once."""
    return sum(kilobytes(each, "Pss") for each in family(pid)) * 1024


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("suyuan.db*"))


def _figure(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": None}
