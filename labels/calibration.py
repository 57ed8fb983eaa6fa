"""A page that shows how far a printer is off: printed on plain paper and held against a sheet of labels.

Outlines of all labels where they are meant to be, two rulers that show whether the page was scaled, and scales at the
edges of the first and the last label. What a label's edge is beside on its scale is to be added to the offset.
"""

import io
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from labels.drawing import PT_PER_MM
from labels.embedding import EmbeddedFace
from labels.fonts import faces
from labels.pdf import STREAM_TAIL, PdfFile, stream_head
from labels.stock import Stock

_RULERS = (250, 200, 150, 100, 50, 20, 10, 5)  # mm
_SCALE, _STEPS = 3, 2  # mm to both sides, and lines to a millimetre
_ACROSS, _DOWN = 0.3, 0.2  # where on the page the rulers lie
_KAPPA = 0.5523  # of a quarter of a circle as a Bézier curve
_TYPE, _SMALL = 3.2, 1.8  # mm
_LEAST = 60.0  # mm, of what is shown of endless paper


def page(stock: Stock, offset: tuple[float, float] = (0.0, 0.0), texts: Sequence[str] = ()) -> bytes:
    """A PDF of one page (of a roll: one row of it). `offset` (mm) is what labels are moved by already.

    `texts` are lines for the reader, in his language. Raises LabelError `no-chinese-font`.
    """
    sheet = _Sheet(stock.cut_to(max(stock.width, _LEAST)), offset)
    sheet.outlines()
    sheet.rulers()
    sheet.scales()
    sheet.words([stock.name, *texts])
    return sheet.pdf()


class _Sheet:
    def __init__(self, stock: Stock, offset: tuple[float, float]) -> None:
        self.stock = stock
        self.offset = offset
        self.face = EmbeddedFace(faces().regular)
        self.content: list[str] = []

    def outlines(self) -> None:
        self._pen(0.1)
        for position in range(self.stock.positions):
            x, y = self._corner(position)
            if self.stock.round:
                self._ellipse(x, y, self.stock.width, self.stock.height)
            else:
                left, bottom, width, height = self._points(
                    x, y + self.stock.height, self.stock.width, self.stock.height
                )
                self.content.append(f"{left} {bottom} {width} {height} re S")

    def rulers(self) -> None:
        """Across and down the page, as long as there is room for."""
        self._pen(0.15)
        width, height = self.stock.page_width, self.stock.page_height
        for down, room, beside in ((False, width, _ACROSS * height), (True, height, _DOWN * width)):
            length = next((length for length in _RULERS if length <= room - 10), 0)
            start = (room - length) / 2
            for tick in range(length + 1 if length else 0):
                size = 4.0 if tick % 10 == 0 else 2.5 if tick % 5 == 0 else 1.5
                self._tick(start + tick, beside, size, down=down)
                if tick % 10 == 0:
                    self._number(start + tick, beside + size, str(tick), down=down)

    def scales(self) -> None:
        """Half millimetres about the left and the upper edge of the first label and of the last."""
        self._pen(0.1)
        for position in sorted({0, self.stock.positions - 1}):
            x, y = self._corner(position)
            inside = (self.stock.width / 2, self.stock.height / 2)
            if not self.stock.round:
                inside = (min(inside[0], 12), min(inside[1], 12))
            for down, edge, beside in ((False, x, y + inside[1]), (True, y, x + inside[0])):
                for step in range(-_SCALE * _STEPS, _SCALE * _STEPS + 1):
                    self._tick(edge + step / _STEPS, beside, 1.2 if step % _STEPS else 2.0, down=down)
                    if step % (2 * _STEPS) == 0:
                        text = f"{step // _STEPS:+d}" if step else "0"
                        self._number(edge + step / _STEPS, beside + 2, text, down=down, size=1.2)

    def words(self, lines: Sequence[str]) -> None:
        """Right of the one ruler and below the other, where there is room."""
        left, top = _DOWN * self.stock.page_width + 12, _ACROSS * self.stock.page_height + 12
        room, size = self.stock.page_width - left - 4, _TYPE
        for line in lines:
            text = self.face.face.writable(line)
            wide = self.face.face.width(text)
            used = min(size, room / wide if wide else size)
            if used >= _SMALL and top < self.stock.page_height - 3:
                self._text(left, top, used, text)
            top += 1.5 * size

    def pdf(self) -> bytes:
        out = io.BytesIO()
        file = PdfFile(out)
        data = zlib.compress("\n".join(self.content).encode("ascii"))
        contents = file.batch([stream_head(b"", len(data)) + data + STREAM_TAIL])
        font = file.add(self.face.description())
        width, height = self.stock.page_width * PT_PER_MM, self.stock.page_height * PT_PER_MM
        file.page(
            b"/MediaBox[0 0 %.3f %.3f]/Resources<</Font<</F %d 0 R>>>>/Contents %d 0 R"
            % (width, height, font, contents)
        )
        file.finish({"ViewerPreferences": {"PrintScaling": "/None"}})
        return out.getvalue()

    def _corner(self, position: int) -> tuple[float, float]:
        x, y = self.stock.corner(position)
        return x + self.offset[0], y + self.offset[1]

    def _points(self, x: float, y: float, *lengths: float) -> Iterator[str]:
        """Of a place in mm from the top left corner, and of lengths."""
        yield f"{x * PT_PER_MM:.3f}"
        yield f"{(self.stock.page_height - y) * PT_PER_MM:.3f}"
        for length in lengths:
            yield f"{length * PT_PER_MM:.3f}"

    def _pen(self, width: float) -> None:
        self.content.append(f"{width * PT_PER_MM:.3f} w")

    def _line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.content.append(f"{' '.join(self._points(x, y))} m {' '.join(self._points(to_x, to_y))} l S")

    def _tick(self, along: float, beside: float, size: float, *, down: bool) -> None:
        if down:
            self._line(beside, along, beside + size, along)
        else:
            self._line(along, beside, along, beside + size)

    def _number(self, along: float, beside: float, text: str, *, down: bool, size: float = _SMALL) -> None:
        wide = self.face.face.width(text) * size
        if down:
            self._text(beside + 0.4, along + 0.36 * size, size, text)
        else:
            self._text(along - wide / 2, beside + size, size, text)

    def _text(self, x: float, y: float, size: float, text: str) -> None:
        place = " ".join(self._points(x, y))
        self.content.append(
            f"BT /F {size * PT_PER_MM:.3f} Tf 1 0 0 1 {place} Tm <{self.face.hex(text)}> Tj ET"
        )

    def _ellipse(self, x: float, y: float, width: float, height: float) -> None:
        half_x, half_y = width / 2, height / 2
        middle_x, middle_y = x + half_x, y + half_y
        quarters = ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 0))
        parts = [" ".join(self._points(middle_x + half_x, middle_y)) + " m"]
        for (from_x, from_y), (to_x, to_y) in pairwise(quarters):
            handles = (
                (from_x + _KAPPA * to_x, from_y + _KAPPA * to_y),
                (to_x + _KAPPA * from_x, to_y + _KAPPA * from_y),
            )
            points = [*handles, (to_x, to_y)]
            parts.append(
                " ".join(
                    " ".join(self._points(middle_x + px * half_x, middle_y + py * half_y))
                    for px, py in points
                )
                + " c"
            )
        self.content.append(" ".join([*parts, "S"]))
