"""Tables that people bring: CSV in any encoding that offices use, and XLSX. Says what they are, and reads their rows.

A cell comes as text, or as `Bad` with the reason why its text cannot be known. Nothing is computed: a formula is Bad.
"""

import codecs
import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from app.domain.intake import MOST_COLUMNS
from app.domain.spreadsheets import meant
from app.errors import N_, Malformed

LOOKED_AT = 65_536  # bytes from which a delimiter is told
LONGEST_CELL = 32_767  # what a spreadsheet keeps
MOST_ROWS = 1_000_000
DELIMITERS = ",;\t|"
MOST_UNPACKED = 2**30  # of all that an XLSX holds
MOST_STRINGS = 96 * 2**20  # of its list of texts, which has to be held in memory
MOST_TIMES = 250  # larger than it is packed; a real table is 5 to 20 times
EXACT = 10**15  # whole numbers a spreadsheet keeps; beyond it has changed the digits already


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that cannot be taken. `reason` is a msgid."""

    text: str
    reason: str

    def refused(self) -> Malformed:
        return Malformed(
            "bad-cell",
            N_("The cell says '{value}', which cannot be taken. {reason}"),
            N_("Type the text or number itself."),
            value=self.text[:80],
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file was found to be; `delimiter` and `encoding` only of CSV."""

    form: str  # 'csv' or 'xlsx'
    encoding: str = ""
    delimiter: str = ""


Cell = str | Bad
Row = tuple[int, list[Cell]]  # as a spreadsheet numbers it, the header being 1


def kind_of(path: Path) -> Kind:
    """Reads all of a CSV once, to be sure of its encoding. Raises Malformed for what is no table."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if not head.strip():
        raise _empty()
    if head.startswith(b"PK\x03\x04"):
        _check_workbook(path)
        return Kind("xlsx")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _wrong(N_("It is an old Excel file (.xls)."))
    encoding = _encoding_of(path, head)
    with path.open(encoding=encoding, newline="") as text:
        return Kind("csv", encoding, _delimiter_of(text.read(LOOKED_AT // 2)))


def header_of(path: Path, kind: Kind) -> list[str]:
    """The names of the columns. Raises Malformed where there are none, too many, or nothing follows them."""
    rows = _rows(path, kind)
    _, first = next(rows, (1, []))
    names = [cell.text if isinstance(cell, Bad) else cell.strip() for cell in first]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise _empty()
    if len(names) > MOST_COLUMNS:
        raise Malformed(
            "too-many-columns",
            N_("The table has {count} columns."),
            N_("Bring at most {most}."),
            count=len(names),
            most=MOST_COLUMNS,
        )
    if next(rows, None) is None:
        raise Malformed(
            "header-only",
            N_("The table has names of columns, but no row below them."),
            N_("Check that the right sheet comes first in the file."),
        )
    return names


def rows_of(path: Path, kind: Kind, width: int) -> Iterator[Row]:
    """The rows below the header that have any text, each with exactly `width` cells."""
    rows = _rows(path, kind)
    next(rows, None)
    for count, (number, cells) in enumerate(rows):
        if count >= MOST_ROWS:
            raise Malformed(
                "too-many-rows",
                N_("The table has more than {most} rows."),
                N_("Bring it in several files."),
                most=MOST_ROWS,
            )
        yield number, (cells + [""] * (width - len(cells)))[:width]


def _rows(path: Path, kind: Kind) -> Iterator[Row]:
    rows = _xlsx_rows(path) if kind.form == "xlsx" else _csv_rows(path, kind)
    return ((number, cells) for number, cells in rows if any(cells))


# --- CSV ---


def _encoding_of(path: Path, head: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            tried: tuple[str, ...] = (name,)
            break
    else:
        if b"\0" in head:
            tried = _of_two_bytes(head)
        else:
            tried = ("utf-8", "gb18030")
    for encoding in tried:
        if _is_text(path, encoding):
            return encoding
    raise _wrong(N_("It is neither a table nor text in an encoding that is known here."))


def _of_two_bytes(head: bytes) -> tuple[str, ...]:
    """Text of two bytes a letter without a mark: digits, commas and line ends have a zero, always on the same side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 20 < len(head) or min(even, odd) * 10 > max(even, odd):
        return ()
    return ("utf-16-le",) if odd > even else ("utf-16-be",)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(2**20):
                text = decoder.decode(block)
                if any(letter in text for letter in "\0\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x1b"):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(text: str) -> str:
    """The one that parts most lines alike; a comma where none does."""
    lines = text.splitlines()[:20]
    best, found = 0, ","
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        alike = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
        if alike and (score := alike * 100 + widths[0]) > best:
            best, found = score, delimiter
    return found


def _csv_rows(path: Path, kind: Kind) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL * 4)
    with path.open(encoding=kind.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=kind.delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise Malformed(
                    "unreadable-row",
                    N_("Row {row} cannot be read; perhaps a quotation mark is not closed."),
                    N_("Correct it and bring the file again."),
                    row=number,
                ) from None
            yield number, [_csv_cell(cell) for cell in cells]


def _csv_cell(text: str) -> Cell:
    if text.startswith("="):
        return Bad(text[:LONGEST_CELL], N_("It is a formula."))
    return _bounded(meant(text))


def _bounded(text: str) -> Cell:
    return Bad(text[:80], N_("It is too long.")) if len(text) > LONGEST_CELL else text


# --- XLSX ---


def _check_workbook(path: Path) -> None:
    """Refuses what is no workbook, and what would be far larger unpacked than it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                raise _wrong(N_("It is a ZIP file, but no Excel workbook."))
            if any(part.flag_bits & 1 for part in parts):
                raise _wrong(N_("It is protected by a password."))
            for part in parts:
                _check_part(archive, part)
            if sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _bomb()
    # besides its own error zipfile raises these for tables of contents that lead nowhere, and for odd compression
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError):
        raise _wrong(N_("It is damaged.")) from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    swollen = part.file_size > MOST_TIMES * max(part.compress_size, 4_096)
    if swollen or (part.filename == "xl/sharedStrings.xml" and part.file_size > MOST_STRINGS):
        raise _bomb()
    if part.filename.endswith((".xml", ".rels")):
        with archive.open(part) as text:
            if b"<!DOCTYPE" in text.read(4_096).upper():
                raise _wrong(N_("It holds declarations that no spreadsheet writes."))


def _xlsx_rows(path: Path) -> Iterator[Row]:
    import openpyxl  # 20 MB that no web process needs before somebody brings a workbook

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
            sheets = book.worksheets
            if not sheets:
                raise _empty()
            sheets[0].reset_dimensions()  # what some programs write there is wrong
            for number, cells in enumerate(sheets[0].iter_rows(max_col=MOST_COLUMNS + 1), 1):
                yield number, [_xlsx_cell(cell) for cell in cells]
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        zipfile.BadZipFile,
        OSError,
    ):
        raise _wrong(N_("It is damaged.")) from None  # SyntaxError: broken XML is one


def _xlsx_cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Bad(str(value)[:80], N_("It is a formula."))
    if cell.data_type == "e":
        return Bad(str(value)[:80], N_("It is an error of the spreadsheet."))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            return Bad(
                f"{value:.0f}",
                N_("The spreadsheet has changed its last digits; make the column text and type it again."),
            )
        return str(int(value)) if value == int(value) else repr(value)
    return _bounded(str(value))


def _empty() -> Malformed:
    return Malformed("empty-table", N_("The file is empty."), N_("Choose a file with a table in it."))


def _wrong(reason: str) -> Malformed:
    return Malformed(
        "no-table",
        N_("This file cannot be read as a table. {reason}"),
        N_("Save it as .xlsx or as CSV and bring that."),
        reason=reason,
    )


def _bomb() -> Malformed:
    return Malformed(
        "table-too-large",
        N_("Unpacked, this workbook would be far larger than a table is."),
        N_("Save it as CSV and bring that."),
    )
