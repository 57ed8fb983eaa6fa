"""The documents of a real recall, from the log to the file that somebody downloads."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2 as pdfium
import pytest
from sqlalchemy import Engine

from app import jobrunner, jobs
from app.domain.people import Actor
from app.services import recalling
from app.services.recalling import Asked, Draft
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import Job
from tests.services.chain import Battery, Chain, battery

Run = Callable[..., Path]


@pytest.fixture
def made(sqlite_engine: Engine, now: datetime) -> Battery:
    with writing(sqlite_engine) as session:
        return battery(Chain(session, now))


@pytest.fixture
def run(sqlite_engine: Engine, now: datetime, settings: Settings, sqlite_url: str) -> Run:
    """run(actor, kind, language, **parameters) -> the file; a job that fails fails the test with its sentence."""
    node = replace(settings, database_url=sqlite_url)

    def ask(actor: Actor, kind: str, language: str = "en", **parameters: Any) -> Path:
        with writing(sqlite_engine) as session:
            job_id = jobs.request(session, actor, kind, {"zone": "Asia/Shanghai"} | parameters, language, now)
        jobrunner.run(node, sqlite_engine, job_id)
        with reading(sqlite_engine) as session:
            job = session.get_one(Job, job_id)
            assert job.state == "done", job.error
            return jobs.result_path(node, job)

    return ask


@pytest.fixture
def recall(sqlite_engine: Engine, now: datetime, made: Battery, run: Run) -> str:
    """Bea recalls her cells."""
    with writing(sqlite_engine) as session:
        draft = Draft("Swollen cells", "NCR-7", [Asked("thing", made.cells)], "both")
        recall_id = recalling.begin(session, made.bea, draft, now).id
    run(made.bea, "recall-trace", recall=recall_id)
    return recall_id


def text_of(path: Path) -> str:
    with pdfium.PdfDocument(path.read_bytes()) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join("".join(pages).replace("\u00a0", " ").split())


def rows(book: Any, name: str) -> list[dict[str, Any]]:
    head, *found = ([cell.value for cell in row] for row in book[name].iter_rows())
    return [dict(zip(head, row, strict=True)) for row in found]


def test_the_report_tells_of_lots_customers_amounts_and_the_log(recall: str, made: Battery, run: Run) -> None:
    text = text_of(run(made.bea, "recall-pdf", recall=recall))
    for wanted in ("Swollen cells", "NCR-7", "C1", "500 pcs", "Dee", "200 pcs", "Fay", "100 pcs", "P1", "Ana", "Signed checkpoint"):  # fmt: skip
        assert wanted in text, wanted
    assert "C1 Cell 500 pcs 300 pcs 0 pcs 0 pcs 200 pcs 0 pcs 100 %" in text  # its balance
    assert "Reference document and its number" in text  # what its events lack


def test_the_workbook_and_the_list_of_customers_agree_with_it(recall: str, made: Battery, run: Run) -> None:
    book = openpyxl.load_workbook(io.BytesIO(run(made.bea, "recall-xlsx", recall=recall).read_bytes()))
    shipped = {row["Consignee"]: (row["Lot or serial"], row["Quantity"]) for row in rows(book, "Shipments")}
    assert shipped == {"Dee": ("C1", 200), "Fay": ("C1", 100)}
    assert [
        (row["Lot"], row["Produced"], row["Difference"])
        for row in rows(book, "Balance")
        if row["Lot"] == "C1"
    ] == [("C1", 500, 0)]
    listed = openpyxl.load_workbook(
        io.BytesIO(run(made.bea, "recall-customers", recall=recall, form="xlsx").read_bytes())
    )
    assert {row["Customer"] for row in rows(listed, "Customers")} == {"Dee", "Fay"}
    assert "Fay" in text_of(run(made.bea, "recall-customers", recall=recall, form="pdf"))


def test_in_chinese_it_is_in_chinese(recall: str, made: Battery, run: Run) -> None:
    text = text_of(run(made.bea, "recall-pdf", "zh", recall=recall))
    assert "召回报告" in text
    assert "Dee公司" in text
    assert "Customer" not in text


def test_another_company_gets_no_document_of_it(recall: str, made: Battery, run: Run) -> None:
    for kind in ("recall-pdf", "recall-xlsx", "recall-customers"):
        with pytest.raises(AssertionError, match="There is no recall"):
            run(made.dee, kind, recall=recall)


def test_only_an_exercise_is_signed_off(recall: str, made: Battery, run: Run) -> None:
    with pytest.raises(AssertionError, match="is no exercise"):
        run(made.bea, "recall-exercise", recall=recall)


def test_every_lot_of_the_company_has_its_balance_in_the_sheet(made: Battery, run: Run) -> None:
    book = openpyxl.load_workbook(io.BytesIO(run(made.bea, "balance-sheet").read_bytes()))
    found = {
        row["Lot"]: (row["Received"], row["Produced"], row["Shipped"], row["On hand"])
        for row in rows(book, "Mass balance")
    }
    assert found == {"C1": (0, 500, 300, 200), "P1": (600, 0, 0, 300)}
