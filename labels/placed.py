"""One label with everything in its place, ready to be drawn: the only thing that writers of PDF, PNG and printer
languages know. They decide nothing.

Symbols, fills and pictures lie on the printer's dots, counted from the label's top left corner; text is in
millimetres. Order of drawing: fills, pictures and runs of each part, part by part, and then the symbols.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from labels.elements import Rotation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Dots = NDArray[np.bool_]


class Glyph(NamedTuple):
    """A glyph of a shaped run; `x` along the line from the run's start and `y` upwards, in em."""

    number: int
    x: float
    y: float
    advance: float  # em, as in the face
    text: str  # what it stands for, empty where the glyph before says it


class Run(NamedTuple):
    """One piece of text: start and baseline, `size` of the em, advance `width`, all in mm; `face` is a name in `Faces`.

    The line runs from (`x`, `baseline`) to the right, or turned clockwise about that point by `angle` degrees.
    Where `glyphs` is None, characters are glyphs with the advances of the face; otherwise the glyphs are to be drawn,
    and `text`, in the order it is read, is for those who search and copy.
    """

    x: float
    baseline: float
    size: float
    text: str
    face: str
    width: float
    angle: Rotation = 0
    white: bool = False
    glyphs: tuple[Glyph, ...] | None = None


class Fill(NamedTuple):
    """A black rectangle in dots."""

    left: int
    top: int
    across: int
    down: int


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`dots` (rows, columns) is True where black, already turned."""

    left: int
    top: int
    dots: Dots


@dataclass(
    slots=True, eq=False, weakref_slot=True
)  # not frozen only because that costs more than all else here
class Part:
    """What an element, or one line of it, draws for one text; never changed. For the same text the same object comes
    again: remember by identity.
    """

    runs: tuple[Run, ...] = ()
    fills: tuple[Fill, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Symbol(NamedTuple):
    """A code on whole dots: top left corner without its quiet zone, and the size of a module.

    `matrix` (rows, columns) is True where dark and already turned by `rotation`; linear codes have one row (or one
    column) whose module is as high as the bars. `kind` is zxing-cpp's name of the format, `text` what a decoder must
    yield: for `gs1` codes the element string with FNC1 as U+001D between its parts and none in front.
    """

    left: int
    top: int
    across: int
    down: int
    matrix: Dots
    kind: str
    text: str
    rotation: Rotation = 0
    gs1: bool = False
    level: str = ""  # of error correction, QR codes only

    @property
    def width(self) -> int:
        return self.across * int(self.matrix.shape[1])

    @property
    def height(self) -> int:
        return self.down * int(self.matrix.shape[0])


class Placed(NamedTuple):
    """`width` × `height` mm at `dpi`; `left_off` names the fields of which something had to be left out."""

    width: float
    height: float
    dpi: int
    symbols: tuple[Symbol, ...]
    parts: tuple[Part, ...]
    left_off: tuple[str, ...] = ()

    @property
    def runs(self) -> Iterator[Run]:
        return (run for part in self.parts for run in part.runs)
