"""Periodic work: which rounds a node has, that one which fails keeps no other from its turn, and the process that does them."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import rounds, worker
from app.domain.messages import Ask, Told
from app.errors import PeerFailed
from app.rounds import Round, Turn
from app.services import turns
from app.settings import Settings
from app.store.database import reading
from tests.support.world import World

ROOT = Path(__file__).parents[1]
done: list[str] = []


def well(turn: Turn) -> None:
    done.append(f"well at {turn.now:%H:%M} with {min(turn.capabilities)}")


def badly(_turn: Turn) -> None:
    raise PeerFailed("peer-unreachable", "Nobody answers at {url}.", url="https://up.test")


def nowhere(ask: Ask) -> Told:
    raise AssertionError(f"nothing was to be asked: {ask.url}")


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    hour = timedelta(hours=1)
    table = {
        "badly": Round(hour, f"{__name__}:badly", alone=hour),
        "well": Round(timedelta(minutes=1), f"{__name__}:well", alone=hour),
        "others": Round(timedelta(minutes=1), f"{__name__}:well", "delegate"),
        "partners": Round(timedelta(minutes=1), f"{__name__}:well"),
    }
    monkeypatch.setattr(rounds, "ROUNDS", table)


@pytest.mark.usefixtures("some")
def test_a_round_that_fails_keeps_no_other_from_its_turn(
    engine: Engine, settings: Settings, now: datetime
) -> None:
    assert rounds.run(settings, engine, now, nowhere) == {"badly": "peer-unreachable", "well": ""}
    assert done == ["well at 08:30 with answer"]
    with reading(engine) as session:
        told = {row.name: (row.error_code, row.error, row.well_time) for row in turns.newest(session)}
    assert told["badly"] == ("peer-unreachable", "Nobody answers at https://up.test.", None)
    assert told["well"] == ("", "", now)


@pytest.mark.usefixtures("some")
def test_a_round_that_went_well_before_keeps_its_last_good_time(
    engine: Engine, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.run(settings, engine, now, nowhere, ["well"])
    monkeypatch.setattr(
        rounds, "ROUNDS", {"well": Round(timedelta(hours=1), f"{__name__}:badly", alone=timedelta(hours=1))}
    )
    rounds.run(settings, engine, now + timedelta(hours=1), nowhere)
    with reading(engine) as session:
        (row,) = turns.newest(session)
    assert (row.time, row.well_time, row.error_code) == (now + timedelta(hours=1), now, "peer-unreachable")


@pytest.mark.usefixtures("some")
def test_a_nodes_capabilities_say_which_rounds_it_has(settings: Settings) -> None:
    assert rounds.groups(settings) == {timedelta(hours=1): ["badly", "well"]}
    often = ["well", "partners"]
    assert rounds.groups(replace(settings, zone="88.118.1001"))[timedelta(minutes=1)] == often
    assert "others" in rounds.of(replace(settings, node_roles=("second-level",)))


def test_the_worker_has_what_is_due_done_by_one_process_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ending = threading.Event()
    told: list[list[str]] = []

    def run(command: list[str], **_: object) -> None:
        told.append(command[3:])
        if len(told) == 4:
            ending.set()

    monkeypatch.setattr(worker.subprocess, "run", run)
    worker.keep_turning(
        {timedelta(milliseconds=1): ["often"], timedelta(hours=1): ["seldom", "late"]}, ending
    )
    assert told == [["often", "seldom", "late"], ["often"], ["often"], ["often"]]


def test_the_process_signs_the_log_and_ends(
    sqlite_engine: Engine, sqlite_url: str, settings: Settings, now: datetime
) -> None:
    World(sqlite_engine, now).piece()
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-m", "app.rounds", "checkpoint"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM checkpoint").scalar_one() == 1


def test_the_command_does_a_round_and_knows_no_other(
    sqlite_engine: Engine, sqlite_url: str, settings: Settings, now: datetime
) -> None:
    World(sqlite_engine, now).piece()
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "DATA_DIR": str(settings.data_dir)}

    def flask(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "round", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert flask("checkpoint").stdout == "checkpoint\tdone\n"
    other = flask("nonsense")
    assert other.returncode == 1
    assert "no round 'nonsense'" in other.stderr
