"""All of many records, or none: written in steps, and taken back when they cannot all be."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import col

from app import jobintake, jobrunner, jobtakeback
from app.domain import handles
from app.services import registering
from app.settings import Settings
from app.store import records, records_taken_back
from app.store.database import reading, writing
from app.store.tables import Allotment, Record
from tests.support.job_desk import LONG_AGO, JobDesk
from tests.support.tables import PREFIX, brought, count, guess, run, text_of

OLD, NEW, ELSE = ("https://old.example", "https://new.example", "https://else.example")
NAMES = [f"N{number}" for number in range(7)]


class Hindered(BaseException):
    """What stops a try in the middle, as a kill does."""


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    monkeypatch.setattr(jobintake, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(jobintake, "BLOCK", 2)
    monkeypatch.setattr(records_taken_back, "PAGE", 2)
    opened = JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)
    with writing(engine) as session:
        session.execute(update(Allotment).where(col(Allotment.prefix) == PREFIX).values(quota=100))
    return opened


def put(desk: JobDesk, name: str, url: str) -> None:
    with writing(desk.engine) as session:
        items = [(f"{PREFIX}/{name}", [handles.text_value(1, "URL", url)])]
        registering.put_many(
            session, desk.world.ana.organisation_id, items, datetime.now(UTC), overwrite=True
        )


def told(desk: JobDesk, url: str) -> list[str]:
    """The names that resolve to this."""
    with reading(desk.engine) as session:
        rows = session.execute(select(Record).order_by(col(Record.key))).scalars()
        return [row.handle.partition("/")[2] for row in rows if url.encode() in row.public]


def names_used(desk: JobDesk) -> int:
    with reading(desk.engine) as session:
        return session.execute(
            select(col(Allotment.used)).where(col(Allotment.prefix) == PREFIX)
        ).scalar_one()


def asked(desk: JobDesk, *, overwrite: bool = True) -> str:
    upload = brought(desk, text_of(["suffix", "url"], *([name, NEW] for name in NAMES)))
    plan = guess(desk, upload, "records", overwrite=overwrite)
    return desk.ask("import", upload=upload.token, name="t", mode="all", **asdict(plan))


def stopped_after_four(desk: JobDesk) -> str:
    """The id of an import that a kill ended after two of its steps; N1 was there before."""
    put(desk, "N1", OLD)
    job_id = asked(desk)
    job = desk.claim(job_id)
    folder = desk.node.results_dir / "elsewhere"
    folder.mkdir(parents=True)

    def progress(done: int, total: int) -> None:
        if total and done == 4:
            raise Hindered

    work = jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, progress)
    with pytest.raises(Hindered):
        jobintake.bring(work, job.parameters)
    assert told(desk, NEW) == NAMES[:4]
    return job_id


def test_it_goes_on_after_a_death_and_all_are_of_one_moment(desk: JobDesk) -> None:
    job_id = stopped_after_four(desk)
    desk.change(job_id, lease=LONG_AGO)
    assert desk.run(job_id).state == "done"
    with reading(desk.engine) as session:
        assert len(set(session.execute(select(col(Record.modified))).scalars())) == 1
    jobtakeback.tidy(desk.engine)
    assert told(desk, NEW) == NAMES


def test_cancelled_in_the_middle_nothing_of_it_stays_but_what_was_changed_since(desk: JobDesk) -> None:
    before = names_used(desk)
    job_id = stopped_after_four(desk)
    put(desk, "N3", ELSE)
    desk.cancel(job_id)
    for _ in range(2):  # a second time there is nothing to do
        jobtakeback.tidy(desk.engine)
        assert (told(desk, NEW), told(desk, OLD), told(desk, ELSE)) == ([], ["N1"], ["N3"])
        assert names_used(desk) - before == 2
    with reading(desk.engine) as session:
        kept = records.history(session, f"{PREFIX}/N1")
    assert [NEW.encode() in version.values for version in kept] == [True, False]


@pytest.mark.parametrize(
    ("overwrite", "code"), [(True, "record-changed-meanwhile"), (False, "handle-exists")]
)
def test_what_somebody_else_wrote_meanwhile_ends_it_and_nothing_of_it_stays(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch, overwrite: bool, code: str
) -> None:
    if overwrite:
        put(desk, "N5", OLD)
    good = jobintake._good

    def raced(*arguments: Any) -> Iterator[Any]:
        for place, draft in enumerate(good(*arguments)):
            if place == 4:  # the step with N5 is the next
                put(desk, "N5", ELSE)
            yield draft

    monkeypatch.setattr(jobintake, "_good", raced)
    job = desk.run(asked(desk, overwrite=overwrite))
    assert (job.state, job.error_code) == ("failed", code)
    assert (told(desk, NEW), told(desk, ELSE)) == ([], ["N5"])
    assert count(desk) == 1


def test_a_new_import_first_takes_back_what_one_left_that_nobody_cleared_up(desk: JobDesk) -> None:
    desk.cancel(stopped_after_four(desk))
    upload = brought(desk, text_of(["suffix", "url"], ["N0", ELSE]))
    assert run(desk, upload, guess(desk, upload, "records"), "all").state == "done"
    assert (told(desk, NEW), told(desk, ELSE)) == ([], ["N0"])
