"""Tables brought in by jobs: every bad row told, everything or nothing, once after a death, and out again as they were."""

from dataclasses import asdict, replace
from datetime import datetime

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from app import jobintake, jobmint, jobrunner
from app.errors import Unknown
from app.services import templating, uploads
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Attributes, Product, Record, RecordVersion
from tests.support.job_desk import LONG_AGO, JobDesk
from tests.support.tables import PREFIX, brought, count, guess, is_sound, items_there, lines, run, text_of


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    monkeypatch.setattr(jobmint, "paced", lambda parts, _took: parts)
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


def test_a_check_tells_every_bad_row_with_its_column_value_and_reason(desk: JobDesk) -> None:
    first = brought(desk, text_of(["标识", "网址"], [f"{PREFIX}/TAKEN", "https://a.example"]))
    assert run(desk, first, guess(desk, first, "records"), "all").state == "done"
    upload = brought(
        desk,
        text_of(
            ["标识", "网址", "名称"],
            [f"{PREFIX}/A", "https://a.example", "好"],
            [f"{PREFIX}/a", "https://a.example", "again"],
            [f"{PREFIX}/TAKEN", "https://a.example", ""],
            [f"{PREFIX}/B", "", ""],
            ["20.500.1/X", "https://a.example", ""],
            ["no slash", "https://a.example", ""],
            ["", "https://a.example", ""],
            [f"{PREFIX}/C", "=1+1", ""],
            [f"{PREFIX}/D", "", "good as well"],
        ),
    )
    plan = guess(desk, upload, "records")
    assert plan.mapping == ("handle", "value:URL", "value:NAME")
    job = run(desk, upload, plan)
    header, *bad = lines(desk, job)
    assert header == ["Row", "Column", "Value", "Reason", "What to do"]
    assert [(row, column, value) for row, column, value, _, _ in bad] == [
        ("3", "标识", f"{PREFIX}/A"),
        ("4", "标识", f"{PREFIX}/TAKEN"),
        ("5", "", ""),
        ("6", "标识", "20.500.1/X"),
        ("7", "标识", "no slash"),
        ("8", "", ""),
        ("9", "网址", "'=1+1"),
    ]
    assert bad[0][3] == f"'{PREFIX}/A' stands in row 2 already."
    assert bad[-1][3] == "The cell says '=1+1', which cannot be taken. It is a formula."
    assert (job.parameters["summary"]["rows"], job.parameters["summary"]["good"]) == (9, 2)
    assert count(desk) == 1


def test_everything_or_nothing_brings_nothing_where_one_row_is_bad_and_good_rows_only_the_rest(
    desk: JobDesk,
) -> None:
    upload = brought(
        desk,
        text_of(["suffix", "URL", "URL"], ["A", "https://a.example", "https://b.example"], ["A", "x", ""]),
    )
    plan = guess(desk, upload, "records")
    assert plan.mapping == ("suffix", "value:URL", "value:URL")
    refused = run(desk, upload, plan, "all")
    assert (refused.state, refused.error_code) == ("failed", "bad-rows")
    assert refused.error.startswith("1 of 2 rows cannot be brought in; nothing was.")
    assert count(desk) == 0
    done = run(desk, upload, plan, "good")
    assert (done.state, done.parameters["written"]) == ("done", 1)
    assert len(lines(desk, done)) == 2
    with reading(desk.engine) as session:
        (record,) = session.execute(select(Record)).scalars()
    assert record.handle == f"{PREFIX}/A"
    assert record.public.count(b'"type":"URL"') == 2


def test_records_are_replaced_only_where_that_was_asked_for(desk: JobDesk) -> None:
    upload = brought(desk, text_of(["handle", "url"], [f"{PREFIX}/A", "https://a.example"]))
    plan = guess(desk, upload, "records")
    assert run(desk, upload, plan, "all").state == "done"
    assert run(desk, upload, plan, "all").error_code == "bad-rows"
    assert run(desk, upload, replace(plan, overwrite=True), "all").state == "done"
    assert (count(desk), count(desk, RecordVersion)) == (1, 1)


def test_an_import_of_records_that_is_killed_goes_on_where_it_stopped(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def progress(done: int, total: int) -> None:
        if total and done == 1_000:
            raise Killed

    upload = brought(
        desk, text_of(["suffix", "url"], *([f"N{number}", "https://a.example"] for number in range(2_500)))
    )
    plan = guess(desk, upload, "records")
    job_id = desk.ask("import", upload=upload.token, name="t", mode="good", **asdict(plan))
    job = desk.claim(job_id)
    folder = desk.node.results_dir / "elsewhere"
    folder.mkdir(parents=True)
    with pytest.raises(Killed):
        jobintake.bring(
            jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, progress), job.parameters
        )
    assert count(desk) == 1_000
    desk.change(job_id, lease=LONG_AGO)
    done = desk.run(job_id)
    assert (done.state, count(desk), len(lines(desk, done))) == ("done", 2_500, 1)


def test_items_are_brought_in_with_their_own_names_numbers_and_dates(desk: JobDesk) -> None:
    upload = brought(
        desk,
        text_of(
            ["标识", "序列号", "批次", "生产日期", "有效期至"],
            [f"{PREFIX}/OLD-1", "SN-1", "L1", "2026-05-01", "2027/5/1"],
            [f"{PREFIX}/OLD-2", "SN-2", "L1", "2026年5月1日", "20270501"],
            ["", "SN-3", "L2", "", ""],
            [f"{PREFIX}/OLD-4", "", "", "", ""],
        ),
    )
    plan = guess(desk, upload, "items", desk.world.at["module"])
    assert plan.mapping == ("handle", "serial", "lot", "produced_on", "expires_on")
    job = run(desk, upload, plan, "all")
    assert job.state == "done", job.error
    header, *listed = lines(desk, job)
    assert header == ["identifier", "url", "lot", "serial"]
    assert [(line[2], line[3]) for line in listed] == [
        ("L1", "SN-1"),
        ("L1", "SN-2"),
        ("L2", "SN-3"),
        ("", ""),
    ]
    thing = desk.world.thing(f"hdl:{PREFIX}/OLD-2")
    assert (thing.lot, thing.serial, str(thing.produced_on), str(thing.expires_on)) == (
        *("L1", "SN-2", "2026-05-01", "2027-05-01"),
    )
    assert items_there(desk) == 4
    assert is_sound(desk)
    again = run(desk, upload, plan)
    reasons = [(row, column, value) for row, column, value, *_ in lines(desk, again)[1:]]
    assert reasons == [
        ("2", "标识", f"{PREFIX}/OLD-1"), ("2", "序列号", "SN-1"), ("3", "标识", f"{PREFIX}/OLD-2"), ("3", "序列号", "SN-2"),
        ("4", "序列号", "SN-3"), ("5", "标识", f"{PREFIX}/OLD-4"),
    ]  # fmt: skip


def test_lots_are_brought_in_each_with_its_number(desk: JobDesk) -> None:
    upload = brought(desk, text_of(["批号", "标识后缀"], ["L1", "LOT1"], ["L2", ""], ["L1", ""], ["", "X"]))
    plan = guess(desk, upload, "items", desk.world.at["powder"])
    job = run(desk, upload, plan, "good")
    assert job.state == "done", job.error
    assert (job.parameters["summary"]["rows"], job.parameters["summary"]["good"]) == (4, 2)
    assert [fault["reason"] for fault in job.parameters["summary"]["first"]] == [
        "'L1' stands in row 2 already.",
        "A lot needs a lot number.",
    ]
    assert desk.world.thing(f"hdl:{PREFIX}/LOT1").lot == "L1"


def test_values_of_the_product_s_template_come_with_the_items_and_are_checked(desk: JobDesk) -> None:
    fields = [
        {"name": "capacity", "type": "integer", "title_zh": "容量", "title_en": "Capacity", "required": True},
        {"name": "colour", "type": "text", "title_zh": "颜色", "title_en": "Colour"},
    ]
    with writing(desk.engine) as session:
        version = templating.create(
            session,
            desk.world.ana,
            key="CELLS",
            name_zh="电芯",
            name_en="Cells",
            fields=fields,
            now=desk.world.now,
        )
        product = session.execute(
            select(Product).where(col(Product.epc) == desk.world.at["module"])
        ).scalar_one()
        templating.assign(session, desk.world.ana, product, version.template_id, desk.world.now)
    upload = brought(
        desk,
        text_of(
            ["SN", "容量", "Colour"],
            ["S1", "50", "red"],
            ["S2", "50", "red"],
            ["S3", "many", ""],
            ["S4", "", ""],
        ),
    )
    plan = guess(desk, upload, "items", desk.world.at["module"])
    assert plan.mapping == ("serial", "value:capacity", "value:colour")
    job = run(desk, upload, plan, "good")
    assert job.state == "done", job.error
    assert [(each["row"], each["column"]) for each in job.parameters["summary"]["first"]] == [
        (4, "容量"),
        (5, ""),
    ]
    with reading(desk.engine) as session:
        (attributes,) = session.execute(select(Attributes)).scalars()
    assert attributes.values == {"capacity": 50, "colour": "red"}
    assert is_sound(desk)
    exported = desk.run(desk.ask("export", what="items", form="xlsx", product=desk.world.at["module"]))
    sheet = openpyxl.load_workbook(desk.result(exported.id)).active
    header, *rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert header[-2:] == ["capacity", "colour"]
    assert [row[-2:] for row in rows] == [["50", "red"], ["50", "red"]]


def test_an_import_of_items_that_is_cancelled_or_killed_is_whole_or_nothing(desk: JobDesk) -> None:
    rows = [[f"SN-{number:05d}"] for number in range(6_000)]
    upload = brought(desk, text_of(["serial number"], *rows))
    plan = guess(desk, upload, "items", desk.world.at["module"])

    def cancelling(done: int, total: int) -> None:
        if total and done < total:
            desk.cancel(job.id)

    job = desk.claim(desk.ask("import", upload=upload.token, name="t", mode="all", **asdict(plan)))
    folder = desk.node.results_dir / "elsewhere"
    folder.mkdir(parents=True)
    with pytest.raises(jobrunner.Cancelled):
        jobintake.bring(
            jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, cancelling), job.parameters
        )
    jobmint.tidy(desk.engine)
    assert items_there(desk) == 0

    class Killed(BaseException):
        pass

    def dying(_done: int, total: int) -> None:
        if total:
            raise Killed

    job = desk.claim(desk.ask("import", upload=upload.token, name="t", mode="all", **asdict(plan)))
    with pytest.raises(Killed):
        jobintake.bring(
            jobrunner.Work(desk.node, desk.engine, desk.world.ana, job, folder, dying), job.parameters
        )
    assert 0 < items_there(desk) < 6_000
    desk.change(job.id, lease=LONG_AGO)
    assert desk.run(job.id).state == "done"
    assert items_there(desk) == 6_000
    assert is_sound(desk)


def test_what_is_taken_between_look_and_write_takes_the_whole_import_back(
    desk: JobDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = brought(desk, text_of(["sn"], ["SN-1"], ["SN-2"]))
    plan = guess(desk, upload, "items", desk.world.at["module"])
    look = jobintake._look

    def slowly(*arguments: object) -> jobintake.Looked:
        looked = look(*arguments)  # type: ignore[arg-type]
        desk.world.mint("module", serial_start="SN-2")
        return looked

    monkeypatch.setattr(jobintake, "_look", slowly)
    job = run(desk, upload, plan, "all")
    assert (job.state, job.error_code) == ("failed", "taken-meanwhile")
    assert items_there(desk) == 1


def test_nobody_reads_the_tables_of_others_or_names_under_their_prefix(desk: JobDesk) -> None:
    upload = brought(desk, text_of(["suffix", "url"], ["A", "https://a.example"]))
    with pytest.raises(Unknown):
        uploads.of_token(desk.node.uploads_dir, desk.world.cy.organisation_id, upload.token)
    plan = guess(desk, upload, "records")
    assert run(desk, upload, plan, "all", by=desk.world.cy).error_code == "unknown-upload"
    own = brought(desk, text_of(["handle", "url"], [f"{PREFIX}/A", "https://a.example"]), by=desk.world.cy)
    assert run(desk, own, plan, "all", by=desk.world.cy).error_code == "prefix-not-yours"
    theirs = replace(plan, prefix="88.118.2002", mapping=("handle", "value:URL"))
    assert run(desk, own, theirs, "all", by=desk.world.cy).error_code == "bad-rows"
    (epc,) = desk.world.mint("module")
    minted = brought(
        desk, text_of(["handle", "url"], [epc.removeprefix("hdl:"), "https://a"]), by=desk.world.cy
    )
    over = replace(theirs, overwrite=True)
    told = run(desk, minted, over, by=desk.world.cy).parameters["summary"]
    assert (told["rows"], told["good"]) == (1, 0)
    assert run(desk, minted, over, "all", by=desk.world.cy).error_code == "bad-rows"
    keys = replace(theirs, mapping=("handle", "value:hs_seckey"))
    assert run(desk, own, keys, "all", by=desk.world.cy).error_code == "unknown-column"
    for token in ("../suyuan.db", "0" * 32, "x"):
        with pytest.raises(Unknown):
            uploads.of_token(desk.node.uploads_dir, desk.world.ana.organisation_id, token)
    assert count(desk) == 0
