"""Sheets of labels as one PDF: 1-bit symbols at printer resolution, and real, searchable, embedded text.

The content streams are written here and put together by pikepdf: every label is the same few lines of text at places
that `layout` has already worked out, so a layout engine has nothing to add. Measured for 1,000 labels (CPU s): this
0.4, WeasyPrint with one SVG path per symbol 15, fpdf2 1.4, one WeasyPrint sheet stamped by pikepdf 1.0.

Symbols are images of one sample per printer dot, not vectors: rectangles leave hairlines between modules, and an image
of one sample per module is blurred by viewers that interpolate. Image corners lie on the printer's dot grid, counted
from the top left corner of the page.
"""

import io
import math
import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pikepdf
from pikepdf import Dictionary, Name

from labels.embedding import EmbeddedFace
from labels.errors import N_, LabelError
from labels.fonts import faces
from labels.layout import Placed, Symbol, place
from labels.spec import A4_3X8, Label, Stock, checked_start, dots_per_mm
from labels.symbols import matrices

Progress = Callable[[int, int], object]  # labels done, labels in all

_PT_PER_MM = 72 / 25.4
# Points by which pictures and pages stay inside their dots: renderers round outwards, and a page or a symbol that ends
# on a pixel to the last bit would get one more.
_INSET = 0.0015
_FACES = {"regular": "/F1", "bold": "/F2", "mono": "/F3"}


def sheet_pdf(
    labels: Sequence[Label],
    stock: Stock = A4_3X8,
    start: int = 1,
    dpi: int = 300,
    progress: Progress | None = None,
) -> bytes:
    """As many pages as the labels need; the first label goes to position `start` (1 is top left) of the first page.

    Not yet read back: hand out `proof.proven_sheet`. Raises LabelError for what `place` refuses, `no-labels`,
    `bad-start-position`, `unsupported-dpi`.
    """
    if not labels:
        raise LabelError("no-labels", N_("There is no label to print."))
    per_mm = dots_per_mm(dpi)
    pdf = pikepdf.new()
    writer = _Writer(pdf, stock, per_mm)
    done = 0
    for first, page_labels in pages(labels, stock, start):
        symbols = matrices([label.payload for label in page_labels])
        placed = [
            place(label, stock.width, stock.height, dpi, matrix)
            for label, matrix in zip(page_labels, symbols, strict=True)
        ]
        writer.page(placed, first)
        done += len(page_labels)
        if progress is not None:
            progress(done, len(labels))
    return writer.finished()


def pages(labels: Sequence[Label], stock: Stock, start: int) -> Iterator[tuple[int, Sequence[Label]]]:
    """(position of the first label counted from 0, labels) of each page."""
    first, taken = checked_start(stock, start) - 1, 0
    while taken < len(labels):
        count = stock.positions - first
        yield first, labels[taken : taken + count]
        taken, first = taken + count, 0


def corner_dots(stock: Stock, position: int, per_mm: float) -> tuple[int, int]:
    """The label's top left corner on the page, snapped to the grid: at most a quarter of a millimetre away."""
    x, y = stock.corner(position)
    return _snapped(x, per_mm), _snapped(y, per_mm)


def _snapped(length: float, per_mm: float) -> int:
    """Dots; where an inch has whole dots, a multiple of 1/50 inch.

    Then every symbol of a page meets the pixels of a scan or a rendering of 100, 150, 200, 300 … dpi in the same way.
    ZBar needs that: it tries finder patterns in the order of their size in pixels, and its search forgets points with
    every wrong try, so that it lost one symbol in twenty when sizes differed by a pixel.
    """
    fiftieth = per_mm * 25.4 / 50
    step = round(fiftieth) if math.isclose(fiftieth, round(fiftieth)) else 1
    return step * round(length * per_mm / step)


class _Writer:
    def __init__(self, pdf: pikepdf.Pdf, stock: Stock, per_mm: float) -> None:
        self.pdf = pdf
        self.stock = stock
        self.per_mm = per_mm
        self.point = _PT_PER_MM / per_mm  # points in one dot
        self.page_width = _snapped(stock.page_width, per_mm) * self.point - _INSET
        self.page_height = _snapped(stock.page_height, per_mm) * self.point - _INSET
        fonts = faces()
        self.faces = {name: EmbeddedFace(fonts.named(name)) for name in _FACES}
        self.font_resources = pdf.make_indirect(Dictionary())

    def page(self, placed: Sequence[Placed], first: int) -> None:
        images = Dictionary()
        content: list[str] = []
        for position, label in enumerate(placed, first):
            left, top = corner_dots(self.stock, position, self.per_mm)
            images[f"/Q{position}"] = self._image(label.symbol)
            self._draw_symbol(label.symbol, left, top, f"/Q{position}", content)
            self._draw_text(label, left * self.point, self.page_height - top * self.point, content)
        self.pdf.add_blank_page(page_size=(self.page_width, self.page_height))
        page = self.pdf.pages[-1]
        page.obj.Resources = Dictionary(XObject=images, Font=self.font_resources)
        page.obj.Contents = self.pdf.make_stream("\n".join(content).encode("ascii"))

    def _image(self, symbol: Symbol) -> pikepdf.Object:
        stream = self.pdf.make_stream(packed_dots(symbol))
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width = stream.Height = symbol.dots
        stream.ColorSpace, stream.BitsPerComponent = Name.DeviceGray, 1
        stream.Filter = Name.FlateDecode
        return stream

    def _draw_symbol(self, symbol: Symbol, left: int, top: int, name: str, content: list[str]) -> None:
        side = symbol.dots * self.point
        x = (left + symbol.left) * self.point + _INSET
        y = self.page_height - (top + symbol.top) * self.point - side + _INSET
        side -= 2 * _INSET
        content.append(f"q {side:.4f} 0 0 {side:.4f} {x:.4f} {y:.4f} cm {name} Do Q")

    def _draw_text(self, label: Placed, left: float, top: float, content: list[str]) -> None:
        for rule in label.rules:
            x, y = left + rule.x * _PT_PER_MM, top - (rule.y + rule.height) * _PT_PER_MM
            content.append(
                f"{x:.3f} {y:.3f} {rule.width * _PT_PER_MM:.3f} {rule.height * _PT_PER_MM:.3f} re f"
            )
        content.append("BT")
        for run in label.runs:
            x, y = left + run.x * _PT_PER_MM, top - run.baseline * _PT_PER_MM
            digits = self.faces[run.face].hex(run.text)
            content.append(
                f"{_FACES[run.face]} {run.size * _PT_PER_MM:.3f} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm <{digits}> Tj"
            )
        content.append("ET")

    def finished(self) -> bytes:
        for name, face in self.faces.items():
            if face.used:
                self.font_resources[_FACES[name]] = self.pdf.make_indirect(face.font(self.pdf))
        # Viewers shrink pages to the printable area unless told not to; labels must come out at their true size.
        self.pdf.Root.ViewerPreferences = Dictionary(PrintScaling=Name("/None"))
        self.pdf.Root.Lang = pikepdf.String("zh-CN")
        out = io.BytesIO()
        self.pdf.save(
            out,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
        return out.getvalue()


def packed_dots(symbol: Symbol) -> bytes:
    """The symbol one bit per printer dot, dark 0, rows padded to bytes, deflated."""
    module = np.ones((symbol.module, symbol.module), np.uint8)
    dots = np.kron(~symbol.matrix, module)
    return zlib.compress(np.packbits(dots, axis=1).tobytes(), 6)
