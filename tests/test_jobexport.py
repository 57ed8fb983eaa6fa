"""Records and items as tables, which say the same when they are brought in again."""

from dataclasses import replace
from datetime import datetime

import orjson
import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from app import jobmint
from app.domain.handles import Value
from app.services import registering
from app.services.handle_rights import Who
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Record, Thing
from tests.support.job_desk import JobDesk
from tests.support.tables import PREFIX, brought, guess, run, text_of


@pytest.fixture
def desk(
    engine: Engine, now: datetime, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> JobDesk:
    monkeypatch.setattr(jobmint, "paced", lambda parts, _took: parts)
    return JobDesk.opened(engine, now, replace(settings, database_url=database_url), monkeypatch)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_records_exported_and_brought_in_again_are_the_same(desk: JobDesk, form: str) -> None:
    upload = brought(
        desk,
        text_of(
            ["handle", "网址", "URL", "备注"],
            [f"{PREFIX}/A", "https://a.example", "https://b.example", "'=cmd|x"],
            [f"{PREFIX}/b", "https://c.example", "", "+86 21 5555"],
            [f"{PREFIX}/中文", "", "", 'two\nlines, and "quotes"'],
        ),
    )
    assert run(desk, upload, guess(desk, upload, "records"), "all").state == "done"
    before = public(desk)
    assert b'"value":"=cmd|x"' in before[f"{PREFIX}/A"]
    exported = desk.run(desk.ask("export", what="records", form=form, product=""))
    assert exported.state == "done", exported.error
    if form == "csv":
        assert "'=cmd|x" in desk.result(exported.id).read_text("utf-8-sig")
    with writing(desk.engine) as session:
        for name in before:
            registering.delete(session, Who(actor=desk.world.ana), name, now=desk.world.now)
    back = brought(desk, desk.result(exported.id).read_bytes())
    plan = guess(desk, back, "records")
    assert set(plan.mapping) == {"handle", "value:URL", "value:备注"}
    assert run(desk, back, plan, "all").state == "done"
    assert public(desk).keys() == before.keys()
    for name, values in public(desk).items():
        assert texts(values) == texts(before[name])


def test_what_nobody_may_read_is_not_exported(desk: JobDesk) -> None:
    values = [
        Value(index, type_, {"format": "string", "value": type_.lower()}, permissions=permissions)
        for index, (type_, permissions) in enumerate(
            {"OPEN": "1110", "OWN": "1100", "DARK": "0100"}.items(), 1
        )
    ]
    with writing(desk.engine) as session:
        registering.put(session, Who(actor=desk.world.ana), f"{PREFIX}/A", values, now=desk.world.now)
    exported = desk.run(desk.ask("export", what="records", form="csv", product=""))
    table = desk.result(exported.id).read_text("utf-8-sig")
    assert "open" in table
    assert "own" in table
    assert "dark" not in table.lower()


def public(desk: JobDesk) -> dict[str, bytes]:
    with reading(desk.engine) as session:
        return {row.handle: row.public for row in session.execute(select(Record)).scalars()}


def texts(values: bytes) -> list[tuple[str, str]]:
    return sorted((value["type"], value["data"]["value"]) for value in orjson.loads(values))


def test_items_exported_and_brought_in_elsewhere_are_the_same(desk: JobDesk) -> None:
    desk.world.mint("module", 3, serial_start="SN-1", lot="=L")
    exported = desk.run(desk.ask("export", what="items", form="csv", product=desk.world.at["module"]))
    content = desk.result(exported.id).read_bytes()
    with reading(desk.engine) as session:
        before = {
            (t.epc, t.lot, t.serial)
            for t in session.execute(select(Thing).where(col(Thing.level) == "serial")).scalars()
        }
    upload = brought(desk, content)
    plan = guess(desk, upload, "items", desk.world.at["module"])
    assert [meaning for meaning in plan.mapping if meaning] == [
        "handle",
        "lot",
        "serial",
        "produced_on",
        "expires_on",
    ]
    with writing(desk.engine) as session:
        for row in session.execute(select(Thing).where(col(Thing.level) == "serial")).scalars():
            session.delete(row)
    assert run(desk, upload, plan, "all").state == "done"
    with reading(desk.engine) as session:
        after = {
            (t.epc, t.lot, t.serial)
            for t in session.execute(select(Thing).where(col(Thing.level) == "serial")).scalars()
        }
    assert after == before
