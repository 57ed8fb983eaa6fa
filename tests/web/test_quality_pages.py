"""Completeness and lists for authorities, as pages: asked for, made by a job, read back as whoever opens them sees them."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pypdfium2 as pdfium
import pytest
from flask import Flask

from app import jobrunner
from app.domain.epcis import Event, Quantity
from app.domain.steps import STEPS
from app.services import capturing
from app.store.database import writing
from tests.support.floor import Floor
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    """Ana shipped 40 kg of a powder to Cy, without any document."""
    floor = Floor(app.extensions["suyuan"].engine, world, clock())
    lot = f"hdl:{floor.lot('=LOT-1', '100')}"
    step, pair = STEPS["ship"], "possessing_party"
    event = Event(
        step.event_type, clock(), action=step.action, biz_step=step.biz_step, disposition=step.disposition,
        read_point=floor.places["plant"], biz_location=floor.places["plant"],
        quantity_list=(Quantity(lot, Decimal(40), "KGM"),),
        source_list=((pair, f"hdl:{world.ana.prefix}"),), destination_list=((pair, f"hdl:{world.cy.prefix}"),),
        extensions={"suyuan:step": "ship"},
    )  # fmt: skip
    with writing(floor.engine) as session:
        capturing.capture(session, event, world.ana, clock())
    return floor


def made(app: Flask, visitor: Visitor, answer: Any) -> bytes:
    node, path = app.extensions["suyuan"], str(answer.headers["Location"])
    jobrunner.run(node.settings, node.engine, path.rpartition("/")[2])
    found = visitor.get(f"{path}/result")
    assert found.status_code == 200, visitor.get(path).text
    return bytes(found.data)


@pytest.mark.parametrize(
    ("language", "missing"), [("en", "Reference document and its number"), ("zh", "单据")]
)
def test_the_page_names_every_missing_element(
    visit: Visit, floor: Floor, language: str, missing: str
) -> None:
    page = visit("ana").get(f"/quality?lang={language}").text
    assert missing in page
    assert ("Ship" if language == "en" else "发货") in page


def test_who_recorded_nothing_has_no_score_and_sees_nobody_elses(visit: Visit, floor: Floor) -> None:
    page = visit("cy").get("/quality?lang=en").text
    assert "No events in this time" in page
    assert "Reference document" not in page


def test_the_fsma_spreadsheet_has_a_line_for_each_lot_that_left(
    app: Flask, visit: Visit, floor: Floor
) -> None:
    ana = visit("ana")
    answer = ana.post("/sheets", {"list": "fsma", "since": "2026-05-01", "until": "2026-05-31"})
    book = openpyxl.load_workbook(io.BytesIO(made(app, ana, answer)))
    sheet = book["Shipping"]
    assert sheet.auto_filter.ref == "A1:P2"
    head, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    line = dict(zip(head, row, strict=True))
    assert (line["Traceability lot code"], line["Quantity"], line["Unit"]) == ("=LOT-1", 40, "kg")
    assert line["Product description"] == "Powder"
    assert "Reference document and its number" in line["Missing elements"]
    cell = sheet["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)  # text, and it stays text when somebody edits it
    assert book["Receiving"].max_row == 1
    assert [row[0].value for row in book["Transformation"].iter_rows(min_row=2)] == ["Output"]


def test_the_other_side_gets_its_supplier_and_nothing_else(app: Flask, visit: Visit, floor: Floor) -> None:
    cy = visit("cy")
    answer = cy.post("/sheets", {"list": "neighbours", "since": "2026-05-01", "until": "2026-05-31"})
    book = openpyxl.load_workbook(io.BytesIO(made(app, cy, answer)))
    assert {name: book[name].max_row for name in ("Suppliers", "Customers")} == {
        "Suppliers": 1,
        "Customers": 1,
    }


def test_suppliers_and_customers_come_as_a_document(app: Flask, visit: Visit, floor: Floor) -> None:
    ana = visit("ana")
    period = {"since": "2026-05-01", "until": "2026-05-31"}
    answer = ana.post("/sheets", {"list": "neighbours-pdf"} | period)
    with pdfium.PdfDocument(made(app, ana, answer)) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "=LOT-1" in text
    assert "40 kg" in text.replace("\u00a0", " ")


def test_every_incomplete_event_is_in_the_spreadsheet(app: Flask, visit: Visit, floor: Floor) -> None:
    ana = visit("ana")
    book = openpyxl.load_workbook(io.BytesIO(made(app, ana, ana.post("/quality/sheet", {"days": "30"}))))
    rows = [[cell.value for cell in row] for row in book["Incomplete events"].iter_rows(min_row=2)]
    assert [row[1:3] for row in rows] == [["Ship", "Reference document and its number"]]
    assert {row[0].value for row in book["Scores"].iter_rows(min_row=2)} == {"Commission", "Ship"}


@pytest.mark.parametrize(
    "form",
    [
        {"list": "fsma", "since": "2026-05-31", "until": "2026-05-01"},
        {"list": "fsma", "since": "yesterday", "until": ""},
        {"list": "gossip", "since": "2026-05-01", "until": "2026-05-31"},
        {},
    ],
)
def test_a_list_that_makes_no_sense_is_refused_before_anything_is_made(
    visit: Visit, floor: Floor, form: dict[str, str]
) -> None:
    ana = visit("ana")
    answer = ana.post("/sheets", form)
    assert answer.status_code == 400
    assert "No jobs yet" in ana.get("/jobs?lang=en").text


def test_a_program_asks_for_the_same(app: Flask, visit: Visit, floor: Floor) -> None:
    ana = visit("ana")
    told = ana.get("/api/v1/quality").get_json()
    assert [(kind["kind"], kind["percent"]) for kind in told["kinds"]] == [
        ("commission", 100.0),
        ("ship", 87.5),
    ]
    assert told["kinds"][1]["incomplete"][0]["missing"] == ["document"]
    wanted = {"what": "fsma", "since": "2026-05-01", "until": "2026-05-31"}
    job = ana.client.post("/api/v1/lists", json=wanted, headers={"X-CSRFToken": ana.token})
    assert (job.status_code, job.get_json()["kind"]) == (202, "trade-sheet")
    refused = ana.client.post(
        "/api/v1/lists", json=wanted | {"form": "pdf"}, headers={"X-CSRFToken": ana.token}
    )
    assert (refused.status_code, refused.get_json()["code"]) == (400, "unknown-list")
    late = ana.client.post("/api/v1/lists", json={"what": "completeness"}, headers={"X-CSRFToken": ana.token})
    assert (late.status_code, late.get_json()["code"]) == (400, "bad-day")
    for what, kind in (("balances", "balance-sheet"), ("completeness", "quality-sheet")):
        asked = ana.client.post(
            "/api/v1/lists", json=wanted | {"what": what}, headers={"X-CSRFToken": ana.token}
        )
        assert (asked.status_code, asked.get_json()["kind"]) == (202, kind)


@pytest.mark.parametrize(
    ("login", "scores", "lists"), [("operator", 403, 403), ("supplier", 200, 403), ("auditor", 200, 200)]
)
def test_lists_are_for_who_answers_for_the_company(
    visit: Visit, floor: Floor, login: str, scores: int, lists: int
) -> None:
    person = visit(login)
    assert (person.get("/quality").status_code, person.get("/sheets").status_code) == (scores, lists)
    assert person.post("/sheets", {"list": "balances"}).status_code == (403 if lists == 403 else 303)
