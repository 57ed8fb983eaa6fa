"""Long tables of a report, drawn straight into PDF pages: ten thousand rows in a second or two, where layout by style
sheet takes half a minute and a gigabyte. They look like the short ones, which `templates/` lays out.

The typefaces are handed over by whoever asks: they collect what is written and become PDF objects at the end.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pikepdf
from pikepdf import Dictionary, Name

from reports.rows import Cell, Row, Table

MM = 72 / 25.4
_WIDTH, _HEIGHT = 210 * MM, 297 * MM
_LEFT, _TOP, _BOTTOM = 15 * MM, 22 * MM, 17 * MM
_SIZE, _LINE = 7.2, 9.8  # of the text, and from one line to the next
_PAD_X, _PAD_Y = 1.4 * MM, 1.1 * MM
_MOST_LINES = 60  # of one cell: a row must fit a page
_INK, _MUTED, _BLUE, _RED = ("0.106 0.145 0.2", "0.333 0.376 0.439", "0.114 0.31 0.569", "0.706 0.137 0.094")
_GROUND, _HAIR = "0.914 0.933 0.961", "0.835 0.855 0.882"


class Measured(Protocol):
    def width(self, text: str) -> float: ...

    def writable(self, text: str) -> str: ...


class Written(Protocol):
    """A typeface that is being written with: `hex` gives the digits of a PDF string, `font` its objects at the end."""

    @property
    def face(self) -> Measured: ...

    @property
    def used(self) -> bool: ...

    def hex(self, text: str) -> str: ...

    def font(self, pdf: pikepdf.Pdf) -> Dictionary: ...


@dataclass(frozen=True, slots=True)
class Running:
    """What stands at the top of every page."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line of text in a cell, of characters that the face can write."""

    text: str
    bold: bool = False
    ink: str = _INK


@dataclass(frozen=True, slots=True)
class _Set:
    """A row broken into lines, cell by cell."""

    kind: str
    cells: list[list[_Piece]]
    height: float


class Annex:
    """Pages are numbered A1, A2, …, so that they can be drawn, and referred to, before what they are appended to."""

    def __init__(self, regular: Written, bold: Written, running: Running) -> None:
        self._faces = {False: regular, True: bold}
        self._running = running
        self._pages: list[bytes] = []  # deflated content
        self._fitting: dict[tuple[str, bool, int], tuple[str, ...]] = {}
        self.outline: list[tuple[str, int]] = []

    @property
    def size(self) -> int:
        return len(self._pages)

    def add(self, title: str, table: Table) -> int:
        """Draws a table from a new page on, and gives that page's number."""
        first = self.size + 1
        self.outline.append((title, first))
        head = self._head_height(table)
        for number, rows in enumerate(self._paged(table, head)):
            content = [*self._frame(first + number), *self._head(title, table, head, again=number > 0)]
            y = self._table_top() - head
            for row in rows:
                content += self._row(row, table, y)
                y -= row.height
            self._pages.append(zlib.compress("\n".join(content).encode("ascii"), 6))
            self._fitting.clear()  # memory stays that of one page
        return first

    def append_to(self, pdf: pikepdf.Pdf) -> None:
        """The pages behind those of `pdf`, with bookmarks."""
        fonts = pdf.make_indirect(Dictionary())
        before = len(pdf.pages)
        for content in self._pages:
            pdf.add_blank_page(page_size=(_WIDTH, _HEIGHT))
            stream = pdf.make_stream(content)
            stream.Filter = Name.FlateDecode
            page = pdf.pages[-1]
            page.obj.Resources = Dictionary(Font=fonts)
            page.obj.Contents = stream
        for key, written in self._faces.items():
            if written.used:
                fonts["/B" if key else "/R"] = pdf.make_indirect(written.font(pdf))
        with pdf.open_outline() as outline:
            for title, page_number in self.outline:
                outline.root.append(pikepdf.OutlineItem(title, before + page_number - 1))

    # --- rows to pages ---

    def _paged(self, table: Table, head: float) -> Iterator[list[_Set]]:
        rows: list[_Set] = []
        room = self._table_top() - _BOTTOM - head
        used = 0.0
        for row in table.rows:
            made = self._set(row, table)
            if rows and used + made.height > room:
                yield rows
                rows, used = [], 0.0
            rows.append(made)
            used += made.height
        if rows:
            yield rows

    def _set(self, row: Row, table: Table) -> _Set:
        cells = [self._pieces(cell, width) for cell, (_, width) in zip(row.cells, table.columns, strict=True)]
        return _Set(row.kind, cells, max(map(len, cells), default=1) * _LINE + 2 * _PAD_Y)

    def _pieces(self, cell: Cell, width: int) -> list[_Piece]:
        found = [_Piece(line, bold=True) for line in self._lines(cell.strong, width, bold=True)]
        found += [_Piece(line) for line in self._lines(cell.text, width, bold=False)]
        found += [_Piece(line, bold=True, ink=_RED) for line in self._lines(cell.alarm, width, bold=True)]
        return found[:_MOST_LINES]

    def _lines(self, text: str, width: int, *, bold: bool) -> tuple[str, ...]:
        if not text:
            return ()
        key = (text, bold, width)
        if key not in self._fitting:
            room = (width * MM - 2 * _PAD_X) / _SIZE
            face = self._faces[bold].face
            lines = (line for part in text.split("\n") for line in broken(face, face.writable(part), room))
            self._fitting[key] = tuple(lines)
        return self._fitting[key]

    # --- drawing ---

    def _table_top(self) -> float:
        return _HEIGHT - _TOP - 20

    def _head_height(self, table: Table) -> float:
        return _LINE * self._head_lines(table) + 2.4 * MM

    def _head_lines(self, table: Table) -> int:
        return max(len(self._lines(heading, width, bold=True)) for heading, width in table.columns)

    def _frame(self, number: int) -> list[str]:
        """Running head and page number, the same as on the pages before."""
        width = 180 * MM
        y = _HEIGHT - 14 * MM
        writable = self._faces[False].face.writable
        left, right = writable(self._running.left), writable(self._running.right)
        page = f"A{number}"
        return [
            f"{_HAIR} RG 0.4 w {_LEFT:.2f} {y - 4.5:.2f} m {_LEFT + width:.2f} {y - 4.5:.2f} l S",
            self._text(_Piece(left, ink=_MUTED), _LEFT, y, 7),
            self._text(_Piece(right, ink=_MUTED), _LEFT + width - self._width(right, 7), y, 7),
            self._text(_Piece(page), _LEFT + width - self._width(page, 8), 9 * MM, 8),
        ]

    def _head(self, title: str, table: Table, tall: float, *, again: bool) -> list[str]:
        """The table's title and the names of its columns."""
        top, y = _HEIGHT - _TOP, self._table_top()
        shown = _Piece(self._faces[True].face.writable(title), bold=True, ink=_MUTED if again else _INK)
        content = [
            self._text(shown, _LEFT, top - 6, 9.5 if again else 12),
            f"{_GROUND} rg {_LEFT:.2f} {y - tall:.2f} {180 * MM:.2f} {tall:.2f} re f",
            f"{_BLUE} RG 0.8 w {_LEFT:.2f} {y - tall:.2f} m {_LEFT + 180 * MM:.2f} {y - tall:.2f} l S",
        ]
        for place, (x, width) in enumerate(_columns(table)):
            lines = self._lines(table.columns[place][0], width, bold=True)
            for number, line in enumerate(lines):
                base = y - tall + 1.2 * MM + (len(lines) - number - 1) * _LINE + 2
                content.append(
                    self._cell_text(_Piece(line, bold=True), x, base, width, _figure(table, place))
                )
        return content

    def _row(self, row: _Set, table: Table, y: float) -> list[str]:
        bottom = y - row.height
        content = []
        if row.kind == "total":
            content.append(
                f"0.961 0.969 0.98 rg {_LEFT:.2f} {bottom:.2f} {180 * MM:.2f} {row.height:.2f} re f"
            )
        content.append(
            f"{_HAIR} RG 0.35 w {_LEFT:.2f} {bottom:.2f} m {_LEFT + 180 * MM:.2f} {bottom:.2f} l S"
        )
        if row.kind == "held":
            content.append(f"{_RED} RG 2 w {_LEFT + 1:.2f} {bottom:.2f} m {_LEFT + 1:.2f} {y:.2f} l S")
        first_figure = len(table.columns) - table.figures
        for place, ((x, width), pieces) in enumerate(zip(_columns(table), row.cells, strict=True)):
            base = y - _PAD_Y - _SIZE * 0.95
            for piece in pieces:
                content.append(self._cell_text(piece, x, base, width, figure=place >= first_figure))
                base -= _LINE
        return content

    def _cell_text(self, piece: _Piece, x: float, base: float, width: int, figure: bool) -> str:
        start = x + _PAD_X
        if figure:
            start = x + width * MM - _PAD_X - self._width(piece.text, _SIZE, bold=piece.bold)
        return self._text(piece, start, base, _SIZE)

    def _text(self, piece: _Piece, x: float, y: float, size: float) -> str:
        digits = self._faces[piece.bold].hex(piece.text)
        font = "/B" if piece.bold else "/R"
        return f"BT {piece.ink} rg {font} {size:g} Tf {x:.2f} {y:.2f} Td <{digits}> Tj ET"

    def _width(self, text: str, size: float, *, bold: bool = False) -> float:
        return self._faces[bold].face.width(text) * size


def _columns(table: Table) -> Iterator[tuple[float, int]]:
    """(left edge in points, width in mm) of each."""
    x = _LEFT
    for _, width in table.columns:
        yield x, width
        x += width * MM


def _figure(table: Table, place: int) -> bool:
    return place >= len(table.columns) - table.figures


def broken(face: Measured, text: str, room: float) -> Sequence[str]:
    """`text` in lines of at most `room` em: at spaces and behind Chinese characters, else wherever it must be."""
    if face.width(text) <= room:
        return (text,)
    found: list[str] = []
    line, width, stop = "", 0.0, 0
    for character in text:
        advance = face.width(character)
        if width + advance > room and line:
            end = stop or len(line)
            found.append(line[:end].rstrip())
            line = line[end:].lstrip()
            width, stop = face.width(line), 0
        line += character
        width += advance
        if character in " -/,;" or character >= "\u2e80":
            stop = len(line)
    return (*found, line) if line else tuple(found)
