"""Pictures of what is handed out on paper or as a workbook: a recall's report, its sheets, an exercise's sign-off, lists."""

import io
from html import escape

import openpyxl
import pypdfium2 as pdfium
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.scenes import PAPER, Scene, Stage, opened, recall

GAP = 16  # pixels between two pages
ROWS, COLUMNS = 16, 13  # of a sheet that are shown
STYLE = """
body { margin: 0; font: 12px "Noto Sans CJK SC", sans-serif; background: #fff }
main { overflow: hidden }
table { border-collapse: collapse; white-space: nowrap }
td, th { border: 1px solid #d5dae1; padding: 3px 7px; max-width: 190px; overflow: hidden; text-overflow: ellipsis }
th { background: #e9eef5; border-bottom: 2px solid #1d4f91; text-align: left }
th.edge { background: #f3f4f6; color: #556070; font-weight: 400; border-bottom: 1px solid #d5dae1; text-align: center }
.n { text-align: right }
p { margin: 0; padding: 6px 8px; background: #f3f4f6 }
b { background: #fff; border: 1px solid #c9d0d9; border-bottom: 2px solid #0b6b61; padding: 3px 10px; margin-right: 4px }
span { color: #556070; padding: 3px 10px }
"""


def _report(page: Page, stage: Stage) -> Image.Image:
    """Four of its pages, two by two."""
    recall(page, stage)
    data = _made(page, stage, "recall-pdf")
    with pdfium.PdfDocument(io.BytesIO(data)) as document:
        width = PAPER[stage.width] * 2 // 3  # narrower, and nobody could read it
        pages = [sheet.render(scale=width / sheet.get_width()).to_pil() for sheet in list(document)[:4]]
    return _side_by_side(pages)


def _side_by_side(pages: list[Image.Image]) -> Image.Image:
    width, height = pages[0].size
    lines = (len(pages) + 1) // 2
    whole = Image.new("RGB", (2 * width + GAP, lines * height + (lines - 1) * GAP), "#8b98a9")
    for number, picture in enumerate(pages):
        whole.paste(picture, ((number % 2) * (width + GAP), number // 2 * (height + GAP)))
    return whole


def _sign_off(page: Page, stage: Stage) -> Image.Image:
    recall(page, stage, "M-")
    with pdfium.PdfDocument(io.BytesIO(_made(page, stage, "recall-exercise"))) as document:
        sheet = document[0]
        return sheet.render(scale=PAPER[stage.width] / sheet.get_width()).to_pil()


def _workbook(page: Page, stage: Stage) -> Image.Image:
    """One of its sheets, as a spreadsheet shows it."""
    recall(page, stage)
    book = openpyxl.load_workbook(io.BytesIO(_made(page, stage, "recall-xlsx")))
    chosen = book.worksheets[4]
    tabs = "".join(
        f"<b>{escape(sheet.title)}</b>" if sheet is chosen else f"<span>{escape(sheet.title)}</span>"
        for sheet in book
    )
    page.goto("about:blank")
    page.set_content(f"<style>{STYLE}</style><main>{_grid(chosen)}<p>{tabs}</p></main>")
    return Image.open(io.BytesIO(page.locator("main").screenshot()))


def _grid(sheet: Worksheet) -> str:
    letters = "".join(
        f"<th class=edge>{openpyxl.utils.get_column_letter(n + 1)}</th>" for n in range(COLUMNS)
    )
    lines = [f"<tr><th class=edge></th>{letters}</tr>"]
    for number, row in enumerate(sheet.iter_rows(max_row=ROWS, max_col=COLUMNS), 1):
        cells = "".join(_cell(cell.value, head=number == 1) for cell in row)
        lines.append(f"<tr><th class=edge>{number}</th>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _cell(value: object, *, head: bool) -> str:
    text = "" if value is None else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)
    number = isinstance(value, int | float) and not head
    tag = "th" if head else "td"
    return f"<{tag}{' class=n' if number else ''}>{escape(text)}</{tag}>"


def _made(page: Page, stage: Stage, kind: str) -> bytes:
    """The file of a document asked for on the recall's page."""
    page.locator(f"form:has(input[value='{kind}']) button").first.click()
    link = page.locator("a[href*='/jobs/'][href$='/result'], .card-footer a.btn-primary")
    expect(link).to_be_visible(timeout=60_000)
    return page.request.get(f"{stage.address}{link.get_attribute('href')}").body()


PAPERS = {
    scene.name: scene
    for scene in (
        Scene("recall-report", "pack-manager", _report),
        Scene("recall-workbook", "pack-manager", _workbook),
        Scene("recall-sign-off", "pack-manager", _sign_off),
        Scene("quality", "cell-manager", opened("/quality?days=365")),
        Scene("sheets", "pack-manager", opened("/sheets")),
    )
}
