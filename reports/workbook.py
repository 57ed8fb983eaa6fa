"""Workbooks whose sheets can be sorted and filtered: one row of headings, then data, each value of its own type.

Rows go to the file as they come, so memory stays the same however many there are. Every text is a text: nothing that a
partner wrote becomes a formula, also not when somebody edits the cell or its sheet is copied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import xlsxwriter
from xlsxwriter.format import Format

from app.domain.spreadsheets import FORMULA
from reports.asked import Asked
from reports.reader import N_, Reader, clean

Value = str | int | float | Decimal | datetime | date | None
ROWS = 1_048_576  # of a sheet, the headings included
_LONGEST = 32_000  # characters of a cell
_NAME = 31  # characters of a sheet's name


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters. A column of a sheet holds values of one type."""

    heading: str
    width: float


class Book:
    """One workbook; times are told by the reader's clock, which the first sheet names."""

    def __init__(self, path: Path, reader: Reader, asked: Asked, title: str) -> None:
        self.reader = reader
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        }
        self._book = xlsxwriter.Workbook(path, options)
        made = {"author": clean(asked.by), "company": asked.software, "created": _naive(reader, asked.at)}
        self._book.set_properties({"title": clean(title), **made})
        self._names: set[str] = set()
        text = {"valign": "top", "text_wrap": True}
        self._text = self._book.add_format(text)
        self._quoted = self._book.add_format(text | {"quote_prefix": True})
        self._number = self._book.add_format({"valign": "top", "num_format": "#,##0.######"})
        self._time = self._book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm"})
        self._day = self._book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"})
        line = {"bg_color": "#E9EEF5", "bottom": 2, "bottom_color": "#1D4F91"}
        self._head = self._book.add_format(text | line | {"bold": True})
        self._label = self._book.add_format({"font_color": "#556070", "valign": "top"})
        self._title = self._book.add_format({"bold": True, "font_size": 16})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def facts(self, name: str, title: str, rows: Iterable[tuple[str, Value]]) -> None:
        """A sheet of labels and values, with a title."""
        sheet = self._book.add_worksheet(self._named(name))
        sheet.set_column(0, 0, 42)
        sheet.set_column(1, 1, 90)
        sheet.set_portrait()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, _cut(title), self._title)
        for row, (label, value) in enumerate(rows, 2):
            sheet.write_string(row, 0, _cut(label), self._label)
            self._write(sheet, row, 1, value)

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
        """A sheet of data; more rows than a sheet takes go on in another. Returns how many rows there were."""
        count, left = 0, 0
        sheet = None
        for values in rows:
            if sheet is None or left == 0:
                self._close(sheet, columns, ROWS - 1)
                sheet, left = self._sheet(name, columns), ROWS - 1
            row = ROWS - left
            for place, value in enumerate(values):
                self._write(sheet, row, place, value)
            count, left = count + 1, left - 1
        if sheet is None:
            sheet, left = self._sheet(name, columns), ROWS - 1
        self._close(sheet, columns, ROWS - 1 - left)
        return count

    def _sheet(self, name: str, columns: Sequence[Column]) -> xlsxwriter.worksheet.Worksheet:
        sheet = self._book.add_worksheet(self._named(name))
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.heading, self._head)
        return sheet

    def _close(
        self, sheet: xlsxwriter.worksheet.Worksheet | None, columns: Sequence[Column], rows: int
    ) -> None:
        if sheet is not None and columns:
            sheet.autofilter(0, 0, max(rows, 1), len(columns) - 1)

    def _write(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, place: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, place, _cut(value), self._form(value))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, place, _naive(self.reader, value), self._time)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self._day)
        else:
            sheet.write_number(row, place, float(value), self._number)

    def _form(self, text: str) -> Format:
        return self._quoted if text.startswith(FORMULA) else self._text

    def _named(self, name: str) -> str:
        """A name that a spreadsheet takes: short, without its signs, used once."""
        plain = (
            "".join(" " if sign in "[]:*?/\\'" else sign for sign in clean(name))[:_NAME].strip() or "Sheet"
        )
        found, number = plain, 1
        while found.lower() in self._names:
            number += 1
            tail = f" ({number})"
            found = plain[: _NAME - len(tail)] + tail
        self._names.add(found.lower())
        return found


def head(reader: Reader, asked: Asked) -> list[tuple[str, Value]]:
    """What every first sheet says of its making."""
    _ = reader.gettext
    return [
        (_(N_("Report")), asked.id),
        (_(N_("Asked by")), clean(asked.by)),
        (_(N_("Asked at")), asked.at),
        (_(N_("Times in")), reader.zone_name()),
        (_(N_("Software")), asked.software),
        (_(N_("Version of the rules")), asked.rules),
    ]


def _naive(reader: Reader, moment: datetime) -> datetime:
    """A spreadsheet knows no time zones."""
    return moment.astimezone(reader.zone).replace(tzinfo=None)


def _cut(text: str) -> str:
    """What a cell can hold: lines are kept, other control characters are not."""
    return "\n".join(clean(line) for line in text.split("\n"))[:_LONGEST]
