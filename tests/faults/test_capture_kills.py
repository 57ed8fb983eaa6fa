"""Processes are killed while they capture: what they were told is recorded is there, once, and all fits together."""

import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from app.services.verifying import verify_log
from app.store import log
from app.store.database import reading
from app.store.tables import Entry
from tests.support.world import World

ROOT = Path(__file__).parents[2]
SEED = 20261122


@pytest.mark.parametrize(
    "kills", [5, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])]
)
def test_what_a_killed_process_was_told_is_recorded_is_there_once(
    engine: Engine, database_url: str, now: datetime, tmp_path: Path, kills: int
) -> None:
    World(engine, now)
    told = tmp_path / "told"
    command = [sys.executable, "-m", "tests.support.killed", database_url, str(told), str(kills), str(SEED)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60 + kills * 4)
    lines = [line.split() for line in told.read_text().splitlines()]
    acknowledged = {event_id for line in lines for event_id in line}
    assert acknowledged  # some of them got far enough to record something
    with reading(engine) as session:
        bodies = session.execute(
            select(col(Entry.event_id), col(Entry.body)).where(col(Entry.version) == 2)
        ).all()
        report = verify_log(session, [])
        assert log.size(session) == report.size
    hashes = Counter(_identity(body) for _, body in bodies)
    recorded = {orjson.loads(body)["hash"] for _, body in bodies}
    assert acknowledged <= recorded
    assert not [what for what, times in hashes.items() if times > 1]
    whole = [line for line in lines if len(line) > 1]
    assert all(set(line) <= recorded for line in whole)
    assert not report.faults, report.faults[:3]


def _identity(body: str) -> tuple[str, bool]:
    """An event, or its declaration, which has the same hash."""
    envelope = orjson.loads(body)
    return envelope["hash"], "errorDeclaration" in envelope["event"]
