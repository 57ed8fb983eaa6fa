"""The monthly report: what it counts as available, and a PDF that says so in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import jobrunner, jobs
from app.domain import monthly
from app.domain.monthly import Spell
from app.errors import Malformed, Unknown
from app.services import counting, incidents, measuring, reporting
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job, Organisation
from tests.support.world import World

ANA = "88.118.1001"
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def month(world: World) -> World:
    """May: look-ups on two days, a fault of 36 hours, planned work of two."""
    with writing(world.engine) as session:
        session.get_one(Organisation, world.ana.organisation_id).runs_node = True
        for day, found, missing in ((3, 40, 2), (4, 7, 0)):
            tally, measures, at = counting.Tally(), measuring.Measures(), BEGIN + timedelta(days=day)
            for outcome, count in ((counting.FOUND, found), (counting.MISSING, missing)):
                for number in range(count):
                    tally.note(ANA, outcome)
                    measures.note(ANA, measuring.RESOLVE, "10.0.0.1", 1_000 + number, int(at.timestamp()))
            counting.keep(session, tally.take(), at)
            measuring.keep(session, measures.take(), at)
            measuring.settle(session, at + timedelta(minutes=1))
        for begin, hours, planned in ((100, 36, False), (300, 2, True)):
            moment = BEGIN + timedelta(hours=begin)
            fault = incidents.begin(session, ANA, f"cause {begin}", 2, moment, planned=planned)
            incidents.end(session, fault, moment + timedelta(hours=hours))
    return world


def test_a_month_tells_what_was_asked_and_how_long_the_node_was_away(month: World) -> None:
    now = BEGIN + timedelta(days=45)
    with reading(month.engine) as session:
        report = reporting.report(session, month.ana, ANA, "https://cells.test", "2026-05", now)
    may = report.month
    assert [each.name for each in report.months] == [
        "2025-12",
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-04",
        "2026-05",
    ]
    assert (may.requests, may.successes, may.peak) == (49, 47, 42)
    assert (may.resolve.count, may.resolve.least, may.resolve.most) == (49, 1.0, 1.039)
    assert (may.down, may.maintenance) == (timedelta(hours=36), timedelta(hours=2))
    assert may.available == pytest.approx(100 * (1 - 36 / (31 * 24)))
    assert may.at_work == 2
    assert len(report.days) == 31
    assert report.months[0].available == 100


def test_a_month_that_is_none_and_a_company_that_does_not_run_the_node_are_refused(month: World) -> None:
    with reading(month.engine) as session:
        for text in ("2026-13", "26-05", "", "２０２６-05"):
            with pytest.raises(Malformed):
                reporting.report(session, month.ana, ANA, "", text, BEGIN)
        with pytest.raises(Unknown):
            reporting.report(session, month.cy, ANA, "", "2026-05", BEGIN)


@pytest.mark.parametrize(("language", "words"), [("en", "Monthly report of a node"), ("zh", "节点月报")])
def test_the_job_makes_a_pdf_that_can_be_read(
    month: World, settings: Settings, language: str, words: str
) -> None:
    node = replace(
        settings, database_url=str(month.engine.url.render_as_string(hide_password=False)), zone=ANA
    )
    with writing(month.engine) as session:
        asked = {"month": "2026-05", "zone": "Asia/Shanghai"}
        job_id = jobs.request(session, month.ana, "monthly-report", asked, language, month.now)
    jobrunner.run(node, month.engine, job_id)
    with reading(month.engine) as session:
        job = session.get_one(Job, job_id)
    assert job.error == ""
    content = jobs.result_path(node, job).read_bytes()
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    assert words in text
    assert "95.161" in text
    assert "cause 100" in text
    with pikepdf.open(BytesIO(content)) as document:
        assert "/StructTreeRoot" in document.Root


spells = st.lists(
    st.builds(
        lambda begin, length, planned: Spell(
            "", 1, planned, BEGIN + timedelta(hours=begin), BEGIN + timedelta(hours=begin + length)
        ),
        st.integers(-50, 900), st.integers(0, 100), st.booleans(),
    )
)  # fmt: skip


@given(spells, st.booleans())
def test_overlapping_faults_count_once(found: list[Spell], planned: bool) -> None:
    end = monthly.after(BEGIN)
    hours = {
        hour
        for spell in found
        if spell.planned == planned and spell.end
        for hour in range(744)
        if spell.begin <= BEGIN + timedelta(hours=hour) < spell.end
    }
    assert monthly.covered(found, BEGIN, end, planned=planned) == timedelta(hours=len(hours))
