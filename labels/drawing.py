"""Parts of labels as the operators of a PDF page, from the label's top left corner. Decides nothing about places.

A part that comes again is the same object again, so what was written for it is kept; not for ever, because most labels
also have parts of their own.
"""

import math
from collections.abc import Iterator

from labels.embedding import EmbeddedFace
from labels.fonts import faces
from labels.packing import packed
from labels.pdf import STREAM_TAIL, PdfFile, Reference, stream_head
from labels.placed import Fill, Part, Picture, Run

PT_PER_MM = 72 / 25.4
# Points by which whatever lies on the dot grid stays inside its dots: renderers round outwards, and a page or a symbol
# that ends on a pixel to the last bit would get one more.
INSET = 0.0015
IMAGE = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 1/Width %d/Height %d"

_KEPT = 2048  # parts of a generation; those of the last two are remembered


class Fragments(dict[Part, bytes]):
    """What parts look like, asked for as from a dictionary; collects the faces used and the pictures shown."""

    def __init__(self, file: PdfFile, per_mm: float) -> None:
        self._file = file
        self._point = PT_PER_MM / per_mm
        self._fonts: dict[str, tuple[str, EmbeddedFace]] = {}
        self._starts: dict[tuple[str, float], str] = {}
        self._old: dict[Part, bytes] = {}
        self._pictures: dict[Picture, int] = {}

    def __missing__(self, part: Part) -> bytes:
        if len(self) >= _KEPT:
            self._old = dict(self)
            self.clear()
        found = self[part] = self._old.get(part) or self._drawn(part)
        return found

    def pictures(self) -> bytes:
        """Resources: the pictures shown so far."""
        return b"".join([b"/Q%d %d 0 R" % (number, number) for number in self._pictures.values()])

    def fonts(self) -> dict[str, Reference]:
        """Resources, once everything is written: the faces used, which go into the file now."""
        return {
            name[1:]: Reference(self._file.add(face.description()))
            for name, face in self._fonts.values()
            if face.used
        }

    def _drawn(self, part: Part) -> bytes:
        if len(part.runs) == 1 and not part.fills and not part.pictures:  # most of them
            return ("BT\n" + self._run(part.runs[0]) + "\nET").encode("ascii")
        lines = [self._fill(fill) for fill in part.fills]
        lines += [self._picture(picture) for picture in part.pictures]
        if part.runs:
            lines += ["BT", *map(self._run, part.runs), "ET"]
        return "\n".join(lines).encode("ascii")

    def _fill(self, fill: Fill) -> str:
        point = self._point
        x, y = fill.left * point + INSET, -(fill.top + fill.down) * point + INSET
        return (
            f"{x:.4f} {y:.4f} {fill.across * point - 2 * INSET:.4f} {fill.down * point - 2 * INSET:.4f} re f"
        )

    def _picture(self, picture: Picture) -> str:
        rows, columns = picture.dots.shape
        number = self._pictures.get(picture)
        if number is None:
            data = packed(picture.dots)
            head = stream_head(IMAGE % (columns, rows), len(data))
            number = self._pictures[picture] = self._file.batch([head + data + STREAM_TAIL])
        return placing(picture.left, picture.top, columns, rows, self._point) + f"/Q{number} Do Q"

    def _run(self, run: Run) -> str:
        start = self._starts.get((run.face, run.size))
        if start is None:
            known = self._fonts.get(run.face)
            if known is None:
                known = self._fonts[run.face] = (
                    f"/F{len(self._fonts) + 1}",
                    EmbeddedFace(faces().named(run.face)),
                )
            start = self._starts[run.face, run.size] = f"{known[0]} {run.size * PT_PER_MM:.3f} Tf"
        face = self._fonts[run.face][1]
        x, y = run.x * PT_PER_MM, -run.baseline * PT_PER_MM
        if run.glyphs is None and not run.angle:
            drawn = f"{start} 1 0 0 1 {x:.3f} {y:.3f} Tm <{face.hex(run.text)}> Tj"
        else:
            drawn = "\n".join([start, *_turned(run, face, x, y)])
        return f"1 g\n{drawn}\n0 g" if run.white else drawn


def _turned(run: Run, face: EmbeddedFace, x: float, y: float) -> Iterator[str]:
    """A run that is not simply one string from left to right."""
    cosine, sine = round(math.cos(math.radians(run.angle))), round(math.sin(math.radians(run.angle)))
    turn = f"{cosine} {-sine} {sine} {cosine}"
    if run.glyphs is None:
        yield f"{turn} {x:.3f} {y:.3f} Tm <{face.hex(run.text)}> Tj"
        return
    # What is read is told as a whole: glyphs stand in the order they are seen.
    yield f"/Span<</ActualText<FEFF{run.text.encode('utf-16-be').hex().upper()}>>>BDC"
    size = run.size * PT_PER_MM
    for glyph in run.glyphs:
        along, above = glyph.x * size, glyph.y * size
        place = f"{x + along * cosine + above * sine:.3f} {y - along * sine + above * cosine:.3f}"
        yield f"{turn} {place} Tm <{face.glyph_hex(glyph.number, glyph.text, glyph.advance)}> Tj"
    yield "EMC"


def placing(left: int, top: int, across: int, down: int, point: float) -> str:
    """Operators up to the name of an image that is `across` × `down` dots; `Do Q` comes behind it."""
    width, height = across * point - 2 * INSET, down * point - 2 * INSET
    x, y = left * point + INSET, -(top + down) * point + INSET
    return f"q {width:.4f} 0 0 {height:.4f} {x:.4f} {y:.4f} cm"
