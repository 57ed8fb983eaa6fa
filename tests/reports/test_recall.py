"""A recall's documents, read back as an auditor would: pages, sheets, the data inside, ten thousand lots."""

import hashlib
import io
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import orjson
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.balance import Difference, MassBalance
from app.translating import gettext_in
from labels import fonts
from labels.embedding import EmbeddedFace
from reports import annex
from reports.asked import Asked
from reports.reader import Reader
from reports.recall import Case, document, sheets
from reports.rows import Cell, Row, Table
from reports.trade import balances as trade
from tests.reports.support import recalled

ASKED = Asked("Ana", recalled.NOW, "A1B2C3D4E5F6", "https://node.example")


def faces() -> tuple[EmbeddedFace, EmbeddedFace]:
    found = fonts.faces()
    return EmbeddedFace(found.regular), EmbeddedFace(found.bold)


def reader(language: str = "en") -> Reader:
    return Reader(language, gettext_in(language), ZoneInfo("Asia/Shanghai"))


def printed(case: Case, language: str = "en") -> bytes:
    return document.pdf(case, reader(language), ASKED, cut=fonts.cut, faces=faces)


def pages(made: bytes) -> list[str]:
    with pdfium.PdfDocument(made) as found:
        return [page.get_textpage().get_text_bounded().replace("\u00a0", " ") for page in found]


def lines(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def report() -> bytes:
    return printed(recalled.case(exercise=True))


def test_the_report_has_all_that_auditors_look_for(report: bytes) -> None:
    text = lines("".join(pages(report)))
    for wanted in (
        "R-2026-0007", "88.118.1001/7Q2K9XW4M3LO00004", "Data as of", "A1B2C3D4E5F6",  # what, when, which report
        "NMC811 cathode powder", "Xiangjiang Cathode Materials",  # backward, to the supplier
        "HY82-00003", "Order PO-2026-0102", "Despatch advice DN-90021",  # forward, with its papers
        "On its way to Hengyue Battery Systems", "Liyang cell line 3",  # where it is
        "4 Notified", "3 (75 %)", "1,700 pcs / 1,800 pcs (94.44 %)", "Overdue",  # notices and how they worked
        "No. 1402", "-60 pcs", "98.75 %",  # holds, balance
        "Did not answer", "Reference document and its number: 2",  # who was asked, what the data lack
        recalled.ROOT, "Reviewed by",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_the_data_inside_are_those_whose_hash_is_printed(report: bytes) -> None:
    with pikepdf.open(io.BytesIO(report)) as pdf:
        data = pdf.attachments["recall.json"].get_file().read_bytes()
        related = [spec.UF for spec in pdf.Root.AF]
    assert [str(name) for name in related] == ["recall.json"]
    assert hashlib.sha256(data).hexdigest() in lines("".join(pages(report))).replace(" ", "")
    assert orjson.loads(data)["affected"]["log"]["checkpoint"] == recalled.CHECKPOINT


def test_the_same_recall_is_the_same_bytes(report: bytes) -> None:
    assert printed(recalled.case(exercise=True)) == report


def test_a_report_is_wholly_in_the_readers_language() -> None:
    text = "".join(pages(printed(recalled.case(exercise=True), "zh")))
    for english in (
        "Suspect",
        "Customer",
        "Shipped",
        "Notified",
        "Difference",
        "Signature",
        "Mass balance",
        "tier",
    ):
        assert english not in text
    assert "动力电池包 82 kWh" in text


def test_an_exercise_is_signed_off_on_its_first_page() -> None:
    made = document.exercise_pdf(recalled.case(exercise=True), reader(), ASKED, cut=fonts.cut, faces=faces)
    first = lines(pages(made)[0])
    for wanted in ("Time started 2026-03-20 14:30:00", "Time finished 2026-03-20 15:42:05", "1 h 12 min", "4,800 pcs 4,740 pcs -60 pcs 98.75 %",
                   "51 min 40 s", "Finished within four hours", "Quality manager", "Approved by"):  # fmt: skip
        assert wanted in first, wanted


def test_an_exercise_that_took_longer_says_so() -> None:
    case = recalled.case(exercise=True)
    mock = case.recall.mock
    assert mock is not None
    late = replace(
        case, recall=replace(case.recall, mock=replace(mock, finished=mock.started + timedelta(hours=5)))
    )
    made = document.exercise_pdf(late, reader(), ASKED, cut=fonts.cut, faces=faces)
    assert "It took more than four hours" in pages(made)[0]


def test_a_recall_in_earnest_has_no_sign_off_of_an_exercise() -> None:
    with pytest.raises(ValueError, match="is no exercise"):
        document.exercise_pdf(recalled.case(), reader(), ASKED, cut=None, faces=None)


@pytest.fixture
def book(tmp_path: Path) -> Callable[[Case], Any]:
    def written(case: Case) -> Any:
        sheets.write(case, reader(), ASKED, tmp_path / "recall.xlsx", lambda _done, _total: None)
        return openpyxl.load_workbook(tmp_path / "recall.xlsx")

    return written


def table(found: Any) -> list[dict[str, Any]]:
    head, *rows = ([cell.value for cell in row] for row in found.iter_rows())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_sheet_can_be_sorted_and_holds_values_of_their_own_type(book: Callable[[Case], Any]) -> None:
    found = book(recalled.case(exercise=True))
    assert all(sheet.auto_filter.ref and sheet.freeze_panes == "A2" for sheet in found.worksheets[1:])
    shipped = table(found["Shipments"])
    assert [row["Quantity"] for row in shipped] == [1700, 100, 1, 1]
    assert all(row["Shipped on"].tzinfo is None and row["Shipped on"].hour == 17 for row in shipped)
    assert table(found["Balance"])[0]["Difference"] == -60
    assert table(found["Notices"])[0]["Destroyed"] == 96


def test_an_amount_that_was_not_told_is_no_zero(book: Callable[[Case], Any]) -> None:
    case = recalled.case()
    affected = case.recall.affected
    hidden = (*affected.consignments[:2], replace(affected.consignments[2], quantity=Decimal(0)))
    notices = [
        replace(n, amounts=(replace(n.amounts[0], sent=Decimal(0)),)) for n in case.recall.notices[2:3]
    ]
    recall = replace(
        case.recall,
        affected=replace(affected, consignments=hidden),
        notices=(*case.recall.notices[:2], *notices),
    )
    case = replace(case, recall=recall)
    found = book(case)
    assert [row["Quantity"] for row in table(found["Shipments"])] == [1700, 100, "not told how much"]
    assert [row["Quantity"] for row in table(found["Customers"])] == [1700, 100, "not told how much"]
    text = lines(" ".join(pages(printed(case))))
    assert text.count("not told how much") == 3  # the customer, the shipment, the notice


def test_a_difference_of_a_run_is_in_the_unit_of_the_run(book: Callable[[Case], Any], tmp_path: Path) -> None:
    case = recalled.case()
    short = Difference(
        "run-short", Decimal(3), {"quantity": Decimal(3), "unit": "KGM", "run": "r", "step": "repack"}
    )
    cells = replace(case.balances[0], differences=(short,))
    (row,) = table(book(replace(case, balances=(cells,)))["Differences"])
    assert (row["Missing"], row["Unit"]) == (3, "kg")
    trade.write(
        tmp_path / "balances.xlsx",
        reader(),
        ASKED,
        recalled.CELL,
        [(trade.Lot(cells.epc, "L1", "P", "", "cell"), cells)],
    )
    (row,) = table(openpyxl.load_workbook(tmp_path / "balances.xlsx")["Differences"])
    assert (row["Missing"], row["Unit"]) == (3, "kg")


def test_no_cell_is_a_formula_whatever_a_partner_wrote(book: Callable[[Case], Any]) -> None:
    found = book(recalled.case(exercise=True))
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any("=HYPERLINK" in str(cell.value) for cell in cells)


@pytest.mark.parametrize("start", ["=1+1", "+86 10", "-5", "@SUM(A1)"])
def test_a_text_that_looks_like_a_formula_is_kept_and_marked_as_text(
    book: Callable[[Case], Any], start: str
) -> None:
    case = recalled.case()
    odd = replace(case.recall.affected, lots=(replace(case.recall.affected.lots[0], lot=start),))
    cell = book(replace(case, recall=replace(case.recall, affected=odd)))["Affected"]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (start, "s", True)


def test_the_list_of_customers_has_amounts_dates_and_documents(tmp_path: Path) -> None:
    path = tmp_path / "customers.xlsx"
    sheets.write_customers(recalled.case(), reader(), ASKED, path)
    found = openpyxl.load_workbook(path)
    assert found.sheetnames == ["Recall", "Customers", "Shipments", "Notices"]
    customers = {row["Customer"]: row["Quantity"] for row in table(found["Customers"])}
    assert customers["Hengyue Battery Systems"] == 1700
    assert table(found["Shipments"])[0]["Documents"] == "Order PO-2026-0102; Despatch advice DN-90021"
    made = document.customers_pdf(recalled.case(), reader(), ASKED, cut=fonts.cut, faces=faces)
    assert "Nordhelm Electronics" in pages(made)[0]


def test_long_lists_are_an_annex_of_which_every_row_can_be_found(tmp_path: Path) -> None:
    made = printed(recalled.large(300))
    found = pages(made)
    front = next(text for text in found if "300 rows: see the annex from page A1 on." in text)
    whole = "".join(found[found.index(front) :])
    assert all(f"C2603-{number:05d}" in whole for number in range(300))
    with pikepdf.open(io.BytesIO(made)) as pdf, pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
    assert titles[-4:] == [
        "What was made with it and what holds it",
        "Where everything is",
        "Shipments to customers",
        "Mass balance",
    ]


def test_what_a_face_cannot_write_and_what_is_too_wide_breaks_no_page() -> None:
    drawn = annex.Annex(*faces(), annex.Running("a", "b"))
    words = ("x" * 400, "电" * 200, "\ue000 private", "a\x00b\u202ec", "")
    rows = tuple(Row((Cell(word), Cell(strong=word, alarm=word))) for word in words)
    assert drawn.add("Odd", Table((("One", 90), ("Two", 90)), rows, "")) == 1
    with pikepdf.new() as pdf:
        drawn.append_to(pdf)
        out = io.BytesIO()
        pdf.save(out)
    text = "".join(pages(out.getvalue()))
    assert text.count("x") >= 800
    assert text.count("电") >= 400


@given(st.text(max_size=200), st.integers(3, 40))
def test_no_line_of_the_annex_is_wider_than_its_column(text: str, room: int) -> None:
    face = fonts.faces().regular
    shown = face.writable(text)
    broken = annex.broken(face, shown, room)
    assert all(face.width(line) <= room or len(line) == 1 for line in broken)
    assert "".join("".join(broken).split()) == "".join(shown.split())


def test_a_surplus_is_marked_like_a_loss() -> None:
    case = recalled.case()
    more = MassBalance(case.balances[0].epc, "88.118.1001", "H87", {"received": Decimal(10)}, Decimal(12))
    text = lines("".join(pages(printed(replace(case, balances=(more,))))))
    assert "10 pcs 0 pcs 0 pcs 0 pcs 12 pcs 2 pcs 120 %" in text


@pytest.mark.slow
def test_ten_thousand_lots_take_half_a_minute(tmp_path: Path) -> None:
    case = recalled.large(10_000)
    begun = time.process_time()  # of this process: others may be at work on the machine
    printed(case)
    sheets.write(case, reader(), ASKED, tmp_path / "recall.xlsx", lambda _done, _total: None)
    assert time.process_time() - begun < 30


def test_a_workbook_needs_no_more_memory_for_more_rows(tmp_path: Path) -> None:
    def peak(lots: int) -> int:
        case = recalled.large(lots)
        tracemalloc.start()
        sheets.write(case, reader(), ASKED, tmp_path / f"{lots}.xlsx", lambda _done, _total: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most - len(case.attached.content) * 2

    assert peak(600) < peak(60) + 4_000_000
