"""Files of print runs go after a time, and come back when somebody wants them."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import jobprint, jobs, printruns, rounds_of_prints
from app.errors import Conflict
from app.rounds import Turn
from app.services.printing import files
from app.settings import Settings
from app.store.database import reading
from app.store.tables import Job, PrintRun
from tests.support.pressing import LinePress
from tests.support.print_shop import Shop, names, shop_of


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobprint, "Press", LinePress)


@pytest.fixture
def shop(sqlite_engine: Engine, now: datetime, settings: Settings, sqlite_url: str) -> Shop:
    return shop_of(sqlite_engine, now, settings, sqlite_url)


def folder(shop: Shop, run: PrintRun) -> Path:
    return files.folder_of(shop.settings.prints_dir, run.id or 0)


def written(shop: Shop, run: PrintRun, days: float, now: datetime) -> None:
    """As if so many days before now."""
    moment = (now - timedelta(days=days)).timestamp()
    for path in folder(shop, run).iterdir():
        os.utime(path, (moment, moment))


def clear(shop: Shop, now: datetime, **bounds: int) -> None:
    settings = replace(shop.settings, **bounds)
    rounds_of_prints.clear(Turn(settings, shop.world.engine, now, lambda _: pytest.fail("asks nobody")))


def test_an_old_file_goes_with_its_copy_and_the_record_stays(shop: Shop, now: datetime) -> None:
    old, young = (shop.work(shop.ask(shop.modules(2))) for _ in range(2))
    written(shop, old, 31, now)
    written(shop, young, 29, now)
    clear(shop, now)
    assert [folder(shop, run).exists() for run in (old, young)] == [False, True]
    assert not (shop.settings.results_dir / old.job_id).exists()
    assert shop.seen(old) == old
    clear(shop, now + timedelta(days=900), print_files_days=0)
    assert folder(shop, young).exists()


def test_the_oldest_go_while_all_take_too_much(shop: Shop, now: datetime) -> None:
    runs = [shop.work(shop.ask(shop.modules(1))) for _ in range(3)]
    for age, run in zip((4, 2, 3), runs, strict=True):
        (folder(shop, run) / "labels.zpl").write_bytes(bytes(600_000))
        written(shop, run, age, now)
    clear(shop, now, print_files_mb=1)
    assert [folder(shop, run).exists() for run in runs] == [False, True, False]
    (folder(shop, runs[1]) / "more.zpl").write_bytes(bytes(2_000_000))
    written(shop, runs[1], 0.9, now)
    clear(shop, now, print_files_mb=1)
    assert folder(shop, runs[1]).exists()  # whoever asked for it may not have fetched it yet


def test_files_of_a_run_at_work_are_left_alone(shop: Shop, now: datetime) -> None:
    waiting = shop.ask(shop.modules(1))
    files.write(folder(shop, waiting), "000001.zpl", [b"x"])
    written(shop, waiting, 900, now)
    clear(shop, now)
    assert folder(shop, waiting).exists()


def test_a_file_that_was_cleared_away_is_made_anew_and_counts_nothing(shop: Shop, now: datetime) -> None:
    what = shop.modules(3)
    run = shop.work(shop.ask(what, copies=2))
    before, sums = shop.lines(run), shop.sums(run)
    written(shop, run, 31, now)
    clear(shop, now)
    again, is_new = shop.do(lambda *asked: printruns.make_file(*asked[:3], "en", asked[3]), run.id)
    assert is_new
    assert shop.do(lambda *asked: printruns.make_file(*asked[:3], "en", asked[3]), run.id)[1] is False
    again = shop.work(again)
    assert shop.lines(again) == before == [name for name in names(what) for _ in range(2)]
    assert (again.state, again.digest, shop.sums(again)) == ("printed", run.digest, sums)
    with reading(shop.world.engine) as session:
        assert jobs.result_path(shop.settings, session.get_one(Job, again.job_id)).is_file()


def test_only_a_printed_run_has_a_file_to_be_made_anew(shop: Shop) -> None:
    run = shop.ask(shop.modules(1))
    with pytest.raises(Conflict) as refused:
        shop.do(lambda *asked: printruns.make_file(*asked[:3], "en", asked[3]), run.id)
    assert refused.value.code == "run-not-printed"
