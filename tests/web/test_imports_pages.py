"""The pages of import and export: a table is brought, explained, checked and brought in, in both languages."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import col
from werkzeug.test import TestResponse

from app import jobrunner
from app.settings import Settings
from app.store.database import reading
from app.store.tables import ColumnMeaning, Job, Record
from tests.support.tenants import Visitor

Visit = Callable[[str], Visitor]
TABLE = "标识,网址,备用\n88.118.1001/A1,https://a.example,x\n88.118.1001/A2,,\n".encode("gb18030")


def send(visitor: Visitor, content: bytes = TABLE, name: str = "表格.csv") -> TestResponse:
    visitor.get("/imports")
    return visitor.post("/imports", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def chosen(page: str) -> dict[str, str]:
    """What the form says as it is shown."""
    found = {
        name: (re.search(r'<option value="([^"]*)" selected', options) or [None, ""])[1]
        for name, options in re.findall(
            r'<select[^>]*name="(column\d+)"[^>]*>(.*?)</select>', page, re.DOTALL
        )
    }
    hidden = dict(re.findall(r'<input type="hidden" name="(target|product)" value="([^"]*)"', page))
    return found | hidden | {"prefix": "88.118.1001"}


def run_last(app: Flask) -> Job:
    node = app.extensions["suyuan"]
    with reading(node.engine) as session:
        job_id = session.execute(select(col(Job.id)).where(col(Job.state) == "queued")).scalar_one()
    jobrunner.run(node.settings, node.engine, job_id)
    with reading(node.engine) as session:
        return session.get_one(Job, job_id)


def kept(app: Flask) -> list[str]:
    with reading(app.extensions["suyuan"].engine) as session:
        return list(session.execute(select(col(Record.handle))).scalars())


def test_a_table_is_explained_checked_and_its_good_rows_are_brought_in(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    answer = send(ana)
    assert answer.status_code == 303, answer.text
    page = ana.follow(answer)
    where = answer.headers["Location"]
    assert chosen(page.text) | {"column2": ""} == {
        "column0": "handle", "column1": "value:URL", "column2": "", "target": "records", "product": "",
        "prefix": "88.118.1001",
    }  # fmt: skip
    assert "Bring in" not in page.text
    check = ana.post(where, chosen(page.text) | {"column2": "", "mode": "check"})
    assert check.status_code == 303, check.text
    assert run_last(app).state == "done"
    job_page = ana.follow(check).text
    assert where in job_page
    page = ana.get(where)
    assert "1 of 2 rows are good." in page.text
    assert "The row has no value to register." in page.text
    assert "Import the good rows" in page.text
    assert "Import all, or nothing" not in page.text
    result = re.search(r'href="(/jobs/[0-9a-f]+/result)"', page.text)
    assert result
    assert "3,,,The row has no value to register." in ana.get(result[1]).get_data().decode("utf-8-sig")
    done = ana.post(where, chosen(page.text) | {"mode": "good"})
    assert done.status_code == 303
    assert run_last(app).state == "done"
    assert kept(app) == ["88.118.1001/A1"]
    page = ana.get(where)
    assert "1 were brought in." in page.text
    assert "表格.csv" in ana.get("/imports").text


def test_what_a_company_said_of_its_columns_is_remembered_for_it_alone(app: Flask, visit: Visit) -> None:
    ana, cy = visit("ana"), visit("cy")
    first = send(ana)
    fields = chosen(ana.follow(first).text) | {"column1": "value:SHOP", "column2": "", "mode": "check"}
    assert ana.post(first.headers["Location"], fields).status_code == 303
    again = chosen(ana.follow(send(ana)).text)
    assert (again["column1"], again["column2"]) == ("value:SHOP", "")
    assert chosen(cy.follow(send(cy)).text)["column1"] == "value:URL"
    with reading(app.extensions["suyuan"].engine) as session:
        assert len({row.organisation_id for row in session.execute(select(ColumnMeaning)).scalars()}) == 1


def test_items_are_offered_the_products_and_their_columns(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    where = send(ana, b"SN,lot\nS1,L1\n", "items.csv").headers["Location"]
    page = ana.get(f"{where}?target=items")
    assert chosen(page.text)["column0"] == "serial"
    assert chosen(page.text)["column1"] == "lot"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "The file is empty."),
        (b"a,b\n", "header.csv", "no row below them"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "photo.png", "cannot be read as a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.xls", "It is an old Excel file (.xls)."),
        (b"PK\x03\x04 and nothing", "cut.xlsx", "It is damaged."),
    ],
)
def test_what_is_no_table_is_told_on_the_page(
    app: Flask, visit: Visit, content: bytes, name: str, words: str
) -> None:
    answer = send(visit("ana"), content, name)
    assert answer.status_code == 400
    assert words in answer.text
    assert list(app.extensions["suyuan"].settings.uploads_dir.iterdir()) == []


def test_no_file_and_a_file_too_large_are_told(
    make_app: Callable[[Settings], Flask], settings: Settings, visit: Visit, world: object
) -> None:
    ana = visit("ana")
    ana.get("/imports")
    assert "No file was chosen." in ana.post("/imports").text
    small = Visitor(make_app(replace(settings, max_import_mb=1)))
    small.sign_in("ana")
    small.get("/imports")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
    body = head + b"x,y\n" * 400_000 + b"\r\n--x--\r\n"
    answer = small.client.post("/imports", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "1 MB" in answer.text


def test_tables_of_others_are_not_there(app: Flask, visit: Visit) -> None:
    where = send(visit("ana")).headers["Location"]
    cy = visit("cy")
    assert cy.get(where).status_code == 404
    cy.get("/imports")
    assert cy.post(where, {"mode": "good"}).status_code == 404
    assert "表格.csv" not in cy.get("/imports").text


def test_a_mapping_that_brings_nothing_is_told_and_what_was_chosen_stays(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    where = send(ana).headers["Location"]
    fields = chosen(ana.get(where).text)
    wrong = ana.post(where, fields | {"column0": "", "mode": "check"})
    assert wrong.status_code == 400
    assert "No column has the identifiers." in wrong.text
    assert chosen(wrong.text)["column0"] == ""
    twice = ana.post(where, fields | {"column1": "handle", "mode": "check"})
    assert "Two columns were given the same meaning." in twice.text
    strange = ana.post(where, fields | {"prefix": "88.118.3003", "mode": "check"})
    assert strange.status_code == 422
    assert "88.118.3003 is not allotted" in strange.text


def test_an_export_is_a_job_whose_file_is_downloaded(app: Flask, visit: Visit, tmp_path: Path) -> None:
    ana = visit("ana")
    ana.get("/imports")
    answer = ana.post("/imports/export", {"what": "items", "form": "csv", "product": ""})
    job = run_last(app)
    assert (job.state, job.kind) == ("done", "export")
    assert ana.get(f"{answer.headers['Location']}/result").status_code == 200
    assert ana.post("/imports/export", {"what": "people", "form": "csv"}).status_code == 400


def test_the_pages_speak_chinese(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    where = send(ana).headers["Location"]
    for path, words in (("/imports", "导入与导出"), (where, "仅检查，不做更改")):
        page = ana.get(f"{path}?lang=zh").text
        assert words in page, path
