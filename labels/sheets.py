"""Sheets and rolls of labels as one PDF: 1-bit symbols at printer resolution, and real, searchable, embedded text.

The file is written by `pdf`, from front to back: what a label has in common with others is written as the same bytes
again, symbols are packed a batch at a time, and memory stays flat however many labels there are.

Symbols are images of one sample per printer dot, not vectors: rectangles leave hairlines between modules, and an image
of one sample per module is blurred by viewers that interpolate. Image corners lie on the printer's dot grid, counted
from the top left corner of the page.
"""

import io
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO, NamedTuple

import numpy as np

from labels.drawing import IMAGE, INSET, PT_PER_MM, Fragments, placing
from labels.errors import N_, LabelError
from labels.packing import deflated
from labels.pdf import STREAM_TAIL, PdfFile, stream_head
from labels.placed import Placed, Symbol
from labels.places import Grid, Layout, Page, stock_for
from labels.stock import A4_3X8, Stock, roll

_BATCH = 512  # labels whose symbols are packed together; more cost memory and gain nothing
_ARM = 2.0  # mm, of a cut mark's cross
_HAIR = 0.1  # mm


_Place = tuple[int, int, int, int, tuple[int, ...]]


class Written(NamedTuple):
    labels: int
    pages: int


def sheet_pdf(
    placed: Iterable[Placed],
    stock: Stock = A4_3X8,
    start: int = 1,
    offset: tuple[float, float] = (0.0, 0.0),
    cut_marks: bool = False,
    skip: Collection[int] = (),
) -> bytes:
    """`write_sheets` in memory."""
    out = io.BytesIO()
    write_sheets(out, placed, Layout(stock, start, skip, offset), cut_marks)
    return out.getvalue()


def roll_pdf(
    placed: Iterable[Placed], stock: Stock | None = None, offset: tuple[float, float] = (0.0, 0.0)
) -> bytes:
    """A label a page, or a row of them where `stock` has several across; without a stock, of the first label's size."""
    source = iter(placed)
    first = next(source, None)
    if first is None:
        raise _nothing()
    on = stock or roll("", first.width, first.height)
    return sheet_pdf(chain([first], source), on, offset=offset)


def write_sheets(out: BinaryIO, placed: Iterable[Placed], layout: Layout, cut_marks: bool = False) -> Written:
    """As many pages as the labels need, written as they come: some 20 µs a label, and a few megabytes of memory.

    All labels have one size and resolution. Several such files are made into one by `pdf.joined`. Not yet read back:
    `proof` does. Raises LabelError `no-labels`, `bad-start-position`, `no-free-position`, `layout-does-not-fit`, and
    whatever comes out of `placed`.
    """
    pages = layout.pages(placed)
    batch = _batch(pages)
    if not batch:
        raise _nothing()
    file = PdfFile(out)
    writer = _Writer(file, layout, batch[0].labels[0], cut_marks)
    count = 0
    while batch:
        writer.write(batch)
        count += sum(len(page.labels) for page in batch)
        batch = _batch(pages)
    writer.finish()
    return Written(count, file.pages)


def _batch(pages: Iterator[Page]) -> list[Page]:
    found: list[Page] = []
    room = _BATCH
    while room > 0 and (page := next(pages, None)) is not None:
        found.append(page)
        room -= len(page.labels)
    return found


def _nothing() -> LabelError:
    return LabelError("no-labels", N_("There is no label to print."))


class _Writer:
    """Holds what all pages have in common, as bytes."""

    def __init__(self, file: PdfFile, layout: Layout, first: Placed, cut_marks: bool) -> None:
        self.file = file
        self.stock = stock_for(layout.stock, first)
        self.kind = (first.width, first.height, first.dpi)
        grid = Grid(self.stock, first, layout.offset)
        self.point = point = PT_PER_MM / grid.per_mm
        self.offset = layout.offset
        width, self.height = grid.page_width * point - INSET, grid.page_height * point - INSET
        self.fonts = file.number()
        self.page = b"/MediaBox[0 0 %.4f %.4f]/Resources<</Font %d 0 R/XObject<<" % (
            width,
            self.height,
            self.fonts,
        )
        self.corners = [
            b"q 1 0 0 1 %.4f %.4f cm" % (x * point, self.height - y * point) for x, y in grid.corners
        ]
        self.fragments = Fragments(file, grid.per_mm)
        self.cut_marks = cut_marks
        self._placings: dict[_Place, bytes] = {}
        self._marks: tuple[tuple[int, ...], bytes] = ((), b"")

    def write(self, batch: Sequence[Page]) -> None:
        images = iter(
            self._images([symbol for page in batch for label in page.labels for symbol in label.symbols])
        )
        for page in batch:
            self._page(page, images)

    def finish(self) -> None:
        self.file.put(self.fonts, self.fragments.fonts())
        # Viewers shrink pages to the printable area unless told not to; labels must come out at their true size.
        self.file.finish({"ViewerPreferences": {"PrintScaling": "/None"}, "Lang": b"zh-CN"})

    def _page(self, page: Page, images: Iterator[int]) -> None:
        fragment, corners, placings = self.fragments.__getitem__, self.corners, self._placings
        shown: list[int] = []
        content = [self._cut_marks(page.positions)] if self.cut_marks else []
        for position, label in zip(page.positions, page.labels, strict=True):
            if (label.width, label.height, label.dpi) != self.kind:
                raise ValueError("Labels of one file have one size and resolution.")
            content.append(corners[position])
            content += map(fragment, label.parts)
            for symbol in label.symbols:
                key = (symbol.left, symbol.top, symbol.across, symbol.down, symbol.matrix.shape)
                number = next(images)
                shown.append(number)
                content.append((placings.get(key) or self._placing(key, symbol)) + b"%d Do Q" % number)
            content.append(b"Q")
        data = zlib.compress(b"\n".join(content), 1)
        contents = self.file.batch([stream_head(b"", len(data)) + data + STREAM_TAIL])
        resources = b"".join([b"/Q%d %d 0 R" % (number, number) for number in dict.fromkeys(shown)])
        self.file.page(
            b"%b%b%b>>>>/Contents %d 0 R" % (self.page, resources, self.fragments.pictures(), contents)
        )

    def _placing(self, key: _Place, symbol: Symbol) -> bytes:
        found = placing(symbol.left, symbol.top, symbol.width, symbol.height, self.point)
        self._placings[key] = made = f"{found}/Q".encode("ascii")
        return made

    def _images(self, symbols: Sequence[Symbol]) -> list[int]:
        """The number of each symbol's image, all of which go into the file now; copies of a label share theirs."""
        groups: dict[tuple[int, int, int, int], dict[int, Symbol]] = {}
        for symbol in symbols:
            matrix = symbol.matrix
            key = (*matrix.shape, symbol.across, symbol.down)
            groups.setdefault(key, {})[id(matrix)] = symbol
        numbers: dict[tuple[int, int, int], int] = {}
        for (rows, columns, across, down), group in groups.items():
            matrices = np.concatenate([symbol.matrix for symbol in group.values()])
            streams = deflated(matrices.reshape(len(group), rows, columns), across, down)
            entries = IMAGE % (columns * across, rows * down)
            first = self.file.batch(
                [stream_head(entries, len(data)) + data + STREAM_TAIL for data in streams]
            )
            numbers |= {(one, across, down): first + place for place, one in enumerate(group)}
        return [numbers[id(symbol.matrix), symbol.across, symbol.down] for symbol in symbols]

    def _cut_marks(self, positions: tuple[int, ...]) -> bytes:
        """Crosses on the corners of labels, hairlines of grey: knives follow them, scanners do not see them."""
        known, drawn = self._marks
        if known != positions:
            corners = set()
            for x, y in map(self.stock.corner, positions):
                for dx in (0, self.stock.width):
                    corners |= {(round(x + dx, 2), round(y + dy, 2)) for dy in (0, self.stock.height)}
            arm = _ARM * PT_PER_MM
            lines = [b"q %.3f w .6 G" % (_HAIR * PT_PER_MM)]
            for corner in sorted(corners):
                x, y = ((place + off) * PT_PER_MM for place, off in zip(corner, self.offset, strict=True))
                y = self.height - y
                lines.append(b"%.3f %.3f m %.3f %.3f l" % (x - arm, y, x + arm, y))
                lines.append(b"%.3f %.3f m %.3f %.3f l" % (x, y - arm, x, y + arm))
            drawn = b"\n".join([*lines, b"S Q"])
            self._marks = positions, drawn
        return drawn
