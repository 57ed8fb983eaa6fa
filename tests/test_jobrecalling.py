"""The long work of recalls as jobs: traced, stopped in parts, cancelled amid it; and two managers at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from app import jobrunner, jobs
from app.domain.recalls import Recall
from app.services import recalling
from app.services.recalling import Asked, Draft, stopping
from app.settings import Settings
from app.store.database import reading, writing
from tests.support.job_desk import JobDesk

COUNT = 130  # more than a page waits for


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


def pieces(desk: JobDesk, count: int = COUNT) -> list[str]:
    return desk.world.mint("module", count, activate_at=desk.world.at["plant"])


def begun(desk: JobDesk, epcs: list[str]) -> str:
    asked = [Asked("thing", epc.removeprefix("hdl:")) for epc in epcs]
    with writing(desk.engine) as session:
        return recalling.begin(session, desk.world.ana, Draft("Loose", "bolts", asked), desk.world.tick()).id


def told(desk: JobDesk, recall: str) -> Recall:
    with reading(desk.engine) as session:
        return recalling.recall_of(session, desk.world.ana, recall)


def held(desk: JobDesk, recall: str) -> int:
    return sum(bool(item.held) for item in told(desk, recall).affected.items)


def test_a_recall_is_traced_stopped_and_released_by_jobs(desk: JobDesk) -> None:
    recall = begun(desk, pieces(desk))
    assert desk.run(desk.ask("recall-trace", recall=recall)).state == "done"
    assert len(told(desk, recall).affected.serials) == COUNT
    job = desk.run(desk.ask("recall-hold", recall=recall, reason="bolts"))
    assert (job.state, job.done) == ("done", COUNT)
    assert held(desk, recall) == COUNT
    assert desk.run(desk.ask("recall-hold", recall=recall, reason="bolts")).state == "done"
    assert desk.run(desk.ask("recall-release", recall=recall, reason="tightened")).state == "done"
    assert held(desk, recall) == 0
    assert [step.action for step in told(desk, recall).trail] == [
        "started",
        "traced",
        "held",
        "held",
        "released",
    ]


def test_what_reaches_more_than_a_page_waits_for_is_left_to_a_job(desk: JobDesk) -> None:
    powder = desk.world.mint("powder", lot="P-1", activate_at=desk.world.at["plant"], quantity=Decimal(250))
    recall = begun(desk, [*powder, *pieces(desk, 3)])
    with reading(desk.engine) as session:
        few = recalling.gather(session, desk.world.ana, recall, desk.world.now, limit=3)
        whole = recalling.gather(session, desk.world.ana, recall, desk.world.now, limit=4)
    assert (few.truncated, few.items) == (True, ())
    assert (whole.truncated, len(whole.items)) == (False, 4)


def test_a_hold_cancelled_half_way_stays_as_far_as_it_came_and_goes_on_from_there(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall = begun(desk, pieces(desk))
    desk.run(desk.ask("recall-trace", recall=recall))
    job_id = desk.ask("recall-hold", recall=recall, reason="bolts")
    done = stopping.hold_some

    def cancelled(*values: object) -> stopping.Part:
        part = done(*values)  # type: ignore[arg-type]
        monkeypatch.setattr(stopping, "hold_some", done)
        return part

    monkeypatch.setattr(stopping, "hold_some", cancelled)
    real = jobrunner.Work.still_mine
    calls = iter(range(9))

    def lost(work: jobrunner.Work, session: object) -> jobs.Job:
        if next(calls) == 2:
            raise jobrunner.Cancelled
        return real(work, session)  # type: ignore[arg-type]

    monkeypatch.setattr(jobrunner.Work, "still_mine", lost)
    desk.run(job_id)
    assert held(desk, recall) == 2 * stopping.AT_ONCE
    last = told(desk, recall).trail[-1]
    assert (last.action, last.count) == ("held", 2 * stopping.AT_ONCE)
    monkeypatch.setattr(jobrunner.Work, "still_mine", real)
    desk.run(desk.ask("recall-hold", recall=recall, reason="bolts"))
    assert held(desk, recall) == COUNT


def test_asking_partners_outside_of_any_network_asks_nobody(desk: JobDesk) -> None:
    recall = begun(desk, pieces(desk, 2))
    desk.run(desk.ask("recall-trace", recall=recall))
    assert desk.run(desk.ask("recall-ask", recall=recall)).state == "done"
    assert told(desk, recall).sources == ()


def test_two_managers_who_press_hold_at_once_stop_each_thing_once(desk: JobDesk) -> None:
    recall = begun(desk, pieces(desk, 30))
    desk.run(desk.ask("recall-trace", recall=recall))
    gate = threading.Barrier(2)

    def press() -> int:
        gate.wait()
        with writing(desk.engine) as session:
            return stopping.all_at_once(session, desk.world.ana, recall, "bolts", desk.world.now, held=True)[
                0
            ]

    with ThreadPoolExecutor(2) as pool:
        counts = [each.result() for each in [pool.submit(press) for _ in range(2)]]
    assert sorted(counts) == [0, 30]
    assert held(desk, recall) == 30


def test_two_forms_sent_at_once_are_one_recall_and_numbers_never_repeat(desk: JobDesk) -> None:
    epcs, gate = pieces(desk, 1), threading.Barrier(4)

    def send(nonce: str) -> str:
        gate.wait()
        asked = [Asked("thing", epcs[0].removeprefix("hdl:"))]
        with writing(desk.engine) as session:
            draft = Draft("Loose", "bolts", asked, nonce=nonce)
            return recalling.begin(session, desk.world.ana, draft, desk.world.now).id

    with ThreadPoolExecutor(4) as pool:
        ids = [
            each.result()
            for each in [
                pool.submit(send, nonce) for nonce in ("form-one", "form-one", "form-two", "form-three")
            ]
        ]
    assert len(set(ids)) == 3
    with reading(desk.engine) as session:
        lines = recalling.recalls_of(session, desk.world.ana)[0]
    assert len({line.number for line in lines}) == 3


def test_of_a_lot_the_recall_says_how_much_there_was(desk: JobDesk) -> None:
    (lot,) = desk.world.mint("powder", lot="P-1", activate_at=desk.world.at["plant"], quantity=Decimal(250))
    recall = begun(desk, [lot])
    desk.run(desk.ask("recall-trace", recall=recall))
    (item,) = told(desk, recall).affected.lots
    assert (item.quantity, item.unit) == (Decimal(250), "KGM")
