"""A large mint whose runner dies, or that someone cancels: what was recorded is recorded once, or not at all."""

import csv
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from app import jobrunner
from app.errors import Refused
from app.settings import Settings
from app.store.database import reading
from app.store.tables import Thing
from tests.support.job_desk import LONG_AGO, JobDesk


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


def test_a_mint_whose_runner_died_before_the_list_was_written_is_not_minted_twice(desk: JobDesk) -> None:
    class Killed(BaseException):
        pass

    def die(_done: int, _total: int) -> None:
        raise Killed

    job_id = desk.ask(
        "mint", level="serial", count=2500, product_epc=desk.world.at["module"], serial_start="SN-0001"
    )
    job = desk.claim(job_id)
    folder = desk.node.results_dir / "elsewhere"
    folder.mkdir(parents=True)
    work = jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, die)
    with pytest.raises(Killed):
        jobrunner._function_of("mint")(work, job.parameters)
    with pytest.raises(Refused, match="recorded already"):
        desk.cancel(job_id)
    desk.change(job_id, lease=LONG_AGO)
    desk.run(job_id)
    with reading(desk.engine) as session:
        minted = session.execute(select(func.count()).where(col(Thing.level) == "serial")).scalar_one()
    with desk.result(job_id).open(newline="", encoding="utf-8-sig") as file:
        listed = list(csv.DictReader(file))
    assert minted == len(listed) == 2500
    assert [line["serial"] for line in listed] == [f"SN-{number:04d}" for number in range(1, 2501)]
    assert len({line["identifier"] for line in listed}) == 2500
    assert {line["url"] for line in listed} == {
        f"HTTP://127.0.0.1:8000/{line['identifier']}" for line in listed
    }


def test_a_mint_cancelled_before_it_begins_to_record_mints_nothing(desk: JobDesk) -> None:
    job_id = desk.ask("mint", level="serial", count=3, product_epc=desk.world.at["module"])
    job = desk.claim(job_id)
    desk.cancel(job_id)
    work = jobrunner.Work(
        desk.node, desk.engine, desk.world.ana, job, desk.node.data_dir, lambda _done, _total: None
    )
    with pytest.raises(jobrunner.Cancelled):
        jobrunner._function_of("mint")(work, job.parameters)
    with reading(desk.engine) as session:
        assert session.execute(select(func.count()).where(col(Thing.level) == "serial")).scalar_one() == 0
