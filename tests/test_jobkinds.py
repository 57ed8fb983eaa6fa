"""The files that jobs write, as whoever opens them sees them."""

import csv
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine

from app import jobrunner, jobs
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job
from tests.support.world import World


@pytest.mark.parametrize("start", ["=HYPERLINK(1)-1", "+86-1", "-1", "@SUM(A1)1", "SN=1"])
def test_a_spreadsheet_never_takes_a_serial_number_for_a_formula(
    sqlite_engine: Engine, now: datetime, settings: Settings, sqlite_url: str, start: str
) -> None:
    world, node = World(sqlite_engine, now), replace(settings, database_url=sqlite_url)
    wanted = {"level": "serial", "count": 2, "product_epc": world.at["module"], "serial_start": start}
    with writing(sqlite_engine) as session:
        job_id = jobs.request(session, world.ana, "mint", wanted, "en", now)
    jobrunner.run(node, sqlite_engine, job_id)
    with reading(sqlite_engine) as session:
        table = jobs.result_path(node, session.get_one(Job, job_id)).read_text(encoding="utf-8-sig")
    cells = [row["serial"] for row in csv.DictReader(table.splitlines())]
    head = start[:-1] if start == "SN=1" else f"'{start[:-1]}"
    assert cells == [f"{head}1", f"{head}2"]
