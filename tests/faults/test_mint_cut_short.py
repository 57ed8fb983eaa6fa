"""A mint of many whose runner dies, that is refused half-way, or that someone cancels: recorded once, or not at all.

What counts is how many entries a step takes, not how many identifiers an entry holds: here 25 instead of 1,000.
"""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from app import jobmint, jobrunner
from app.errors import Refused, Unavailable, Unknown
from app.services import bulk_minting, certifying, listing, mint_events, minting, rebuilding, verifying
from app.settings import Settings
from app.store import items, log, mints
from app.store.database import reading, writing
from app.store.tables import MintRun, Thing
from tests.support.job_desk import LONG_AGO, JobDesk
from tests.support.processes import until

ROOT = Path(__file__).parents[2]
AN_ENTRY = 25
STEP = bulk_minting.PARTS_A_STEP * AN_ENTRY
MANY = 2 * STEP + AN_ENTRY // 2


class Killed(BaseException):
    """What kill -9 is to a process: nothing after it is done."""


@pytest.fixture
def whole_desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    monkeypatch.setattr(jobmint, "paced", lambda parts, _took: parts)
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


@pytest.fixture
def desk(whole_desk: JobDesk, monkeypatch: pytest.MonkeyPatch) -> JobDesk:
    for module in (bulk_minting, mint_events, minting):
        monkeypatch.setattr(module, "PER_EVENT", AN_ENTRY)
    return whole_desk


def ask(desk: JobDesk, count: int = MANY, **more: object) -> str:
    wanted = {"level": "serial", "product_epc": desk.world.at["module"], "serial_start": "SN-00001"} | more
    return desk.ask("mint", count=count, **wanted)


def die_after(steps: int) -> Callable[[int, int], None]:
    def progress(_done: int, _total: int) -> None:
        nonlocal steps
        steps -= 1
        if not steps:
            raise Killed

    return progress


def work_of(desk: JobDesk, job_id: str, progress: Callable[[int, int], None]) -> jobrunner.Work:
    job = desk.claim(job_id)
    folder = desk.node.results_dir / "elsewhere"
    folder.mkdir(parents=True, exist_ok=True)
    return jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, progress)


def killed_amid(desk: JobDesk, job_id: str, steps: int = 1) -> None:
    work = work_of(desk, job_id, die_after(steps))
    with pytest.raises(Killed):
        jobmint.mint(work, work.job.parameters)
    desk.change(job_id, lease=LONG_AGO)


def rows(desk: JobDesk) -> int:
    with reading(desk.engine) as session:
        return session.execute(select(func.count()).where(col(Thing.level) == "serial")).scalar_one()


def seen(desk: JobDesk) -> int:
    with reading(desk.engine) as session:
        return len(listing.things(session, desk.world.ana, listing.Filter(), 100)[0])


def listed(desk: JobDesk, job_id: str) -> list[dict[str, str]]:
    with desk.result(job_id).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def is_sound(desk: JobDesk) -> bool:
    """Whether the log is whole, and the index says what it says."""
    keys = desk.node.data_dir / "keys"
    with writing(desk.engine) as session:
        certifying.checkpoint(session, keys, "node.test", datetime.now(UTC))
    with reading(desk.engine) as session:
        return verifying.verify_log(session, certifying.verifier_key(keys, "node.test")).sound


def test_a_mint_of_many_that_is_killed_goes_on_where_it_stopped(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    assert (rows(desk), seen(desk)) == (STEP, 0)
    assert desk.run(job_id).state == "done"
    lines = listed(desk, job_id)
    assert rows(desk) == len(lines) == MANY
    assert [line["serial"] for line in lines] == [f"SN-{number:05d}" for number in range(1, MANY + 1)]
    assert len({line["identifier"] for line in lines}) == MANY
    assert {line["url"] for line in lines} == {
        f"HTTP://127.0.0.1:8000/{line['identifier']}" for line in lines
    }
    assert is_sound(desk)


def test_a_mint_that_is_killed_before_its_list_is_written_is_not_minted_twice(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id, steps=3)
    with pytest.raises(Refused, match="recorded already"):
        desk.cancel(job_id)
    assert desk.run(job_id).state == "done"
    assert rows(desk) == len(listed(desk, job_id)) == MANY


def test_nothing_of_a_mint_of_many_exists_before_all_of_it_does(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    with reading(desk.engine) as session:
        (seq, *_) = mints.parts_of(session, job_id)
        epc = next(bulk_minting.listed_of(session, seq)).epc
        assert items.of_epcs(session, [epc]) == {}
        assert listing.batches(session, desk.world.ana) == []
    assert desk.world.scan("commission", epc, by="ana").colour == "red"
    assert desk.run(job_id).state == "done"
    with reading(desk.engine) as session:
        assert items.of_epcs(session, [epc])[epc].serial == "SN-00001"
        (batch,) = listing.batches(session, desk.world.ana)
    assert (batch.count, batch.level) == (MANY, "serial")
    desk.world.do("commission", epc, by="ana")


def test_a_mint_of_many_that_is_cancelled_leaves_nothing_but_its_traces_in_the_log(desk: JobDesk) -> None:
    job_id = ask(desk)

    def cancel_once(done: int, _total: int) -> None:
        if done == STEP:
            desk.cancel(job_id)

    work = work_of(desk, job_id, cancel_once)
    with pytest.raises(jobrunner.Cancelled):
        jobmint.mint(work, work.job.parameters)
    assert (rows(desk), seen(desk)) == (STEP, 0)
    assert is_sound(desk)
    jobmint.tidy(desk.engine)
    assert rows(desk) == 0
    assert is_sound(desk)
    with reading(desk.engine) as session:
        last = log.entry_of(session, log.size(session) - 1)
        assert session.execute(select(func.count()).select_from(MintRun)).scalar_one() == 0
    assert last
    assert '"reason":"cancelled"' in last.body
    again = ask(desk)  # the same serial numbers
    assert desk.run(again).state == "done"
    assert is_sound(desk)


def test_a_mint_of_many_cancelled_when_its_runner_is_dead_is_withdrawn_all_the_same(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    desk.cancel(job_id)
    desk.run(job_id)
    again = ask(desk)
    assert desk.run(again).state == "done"
    assert rows(desk) == MANY


def test_a_mint_cancelled_before_it_begins_to_record_mints_nothing(desk: JobDesk) -> None:
    work = work_of(desk, job_id := ask(desk, 3), lambda _done, _total: None)
    desk.cancel(job_id)
    with pytest.raises(jobrunner.Cancelled):
        jobmint.mint(work, work.job.parameters)
    assert rows(desk) == 0


def test_a_serial_number_that_is_taken_half_way_refuses_the_whole_mint(desk: JobDesk) -> None:
    desk.world.mint("module", serial_start=f"SN-{STEP + 1:05d}")
    size = desk.world.size()
    job = desk.run(ask(desk))
    assert (job.state, job.error_code) == ("failed", "identifier-taken")
    assert rows(desk) == 1
    assert desk.world.size() == size + bulk_minting.PARTS_A_STEP + 1
    assert is_sound(desk)


def test_a_mint_whose_runners_die_again_and_again_is_withdrawn(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    desk.change(job_id, attempts=jobrunner.MOST_TRIES)
    job = desk.run(job_id)
    assert (job.state, job.error_code) == ("failed", "worker-died")
    assert rows(desk) == 0


def test_what_others_mint_in_between_is_in_no_batch_but_its_own(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    (epc,) = desk.world.mint("module")
    desk.run(job_id)
    with reading(desk.engine) as session:
        small, many = sorted(listing.batches(session, desk.world.ana), key=lambda batch: batch.count)
        assert (small.count, many.count) == (1, MANY)
        assert many.first < small.first < many.last
        cards, _ = listing.things(
            session, desk.world.ana, listing.Filter(batch=(many.first, many.last)), MANY + 10
        )
        assert len(cards) == MANY
        assert epc not in {card.epc for card in cards}
        (card,), _ = listing.things(session, desk.world.ana, listing.Filter(batch=(small.first, small.last)))
    assert card.epc == epc


def test_a_rebuild_makes_of_finished_and_withdrawn_mints_what_they_were(desk: JobDesk) -> None:
    killed_amid(desk, withdrawn := ask(desk))
    desk.cancel(withdrawn)
    desk.run(withdrawn)
    jobmint.tidy(desk.engine)
    desk.run(ask(desk))
    killed_amid(desk, unfinished := ask(desk, serial_start="X-00001"))
    with writing(desk.engine) as session:
        rebuilding.rebuild(session)
    assert (rows(desk), seen(desk)) == (MANY + STEP, 100)
    assert is_sound(desk)
    assert desk.run(unfinished).state == "done"
    assert rows(desk) == 2 * MANY


def test_many_are_activated_step_by_step_once_they_all_exist(desk: JobDesk) -> None:
    count = 5 * AN_ENTRY // 2
    job_id = ask(desk, count, activate_at=desk.world.at["plant"])
    killed_amid(desk, job_id, steps=3)
    assert desk.run(job_id).state == "done"
    with reading(desk.engine) as session:
        active = select(func.count()).where(col(Thing.level) == "serial", col(Thing.lifecycle) == "active")
        assert session.execute(active).scalar_one() == count
    assert is_sound(desk)


@pytest.mark.slow
def test_a_runner_that_is_killed_mid_mint_leaves_the_job_to_the_next(whole_desk: JobDesk) -> None:
    """As a real process, with entries as long as they are; what a death leaves is tested by the others above."""
    desk, step = whole_desk, bulk_minting.PARTS_A_STEP * bulk_minting.PER_EVENT
    count = 6 * step
    job_id = ask(desk, count)
    environment = os.environ | {
        "DATA_DIR": str(desk.node.data_dir),
        "DATABASE_URL": desk.engine.url.render_as_string(hide_password=False),
    }
    runner = subprocess.Popen(
        [sys.executable, "-m", "app.jobrunner"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with runner:
        assert runner.stdin
        runner.stdin.write(f"{job_id}\n")
        runner.stdin.flush()
        until(lambda: rows(desk) > 0)
        runner.send_signal(signal.SIGKILL)
    killed_at = rows(desk)
    assert killed_at % step == 0
    desk.change(job_id, lease=LONG_AGO)
    assert desk.run(job_id).state == "done"
    lines = listed(desk, job_id)
    assert rows(desk) == len({line["identifier"] for line in lines}) == count
    assert is_sound(desk)


def test_a_disk_that_fills_up_mid_mint_withdraws_it_once_there_is_room_again(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, steps = bulk_minting.step, 0

    def full(*arguments: Any, **values: Any) -> bulk_minting.State:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise Unavailable("disk-full", "The node's disk is full; nothing was recorded.")
        return step(*arguments, **values)

    monkeypatch.setattr(bulk_minting, "step", full)
    job = desk.run(ask(desk))
    assert (job.state, job.error_code) == ("failed", "disk-full")
    assert (rows(desk), seen(desk)) == (0, 0)
    assert is_sound(desk)


def test_nobody_cancels_the_mint_of_another_company(desk: JobDesk) -> None:
    job_id = ask(desk)
    killed_amid(desk, job_id)
    with pytest.raises(Unknown):
        desk.cancel(job_id, by=desk.world.cy)
    assert desk.run(job_id).state == "done"


def test_a_step_takes_as_many_entries_as_there_is_time_for() -> None:
    assert jobmint.paced(4, 0.001) == 8
    assert jobmint.paced(16, 0.001) == 16
    assert jobmint.paced(4, 0.04) == 4
    assert jobmint.paced(4, 0.5) == 2
    assert jobmint.paced(2, 5.0) == 2
