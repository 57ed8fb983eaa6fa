"""The text of a label as one column: title, subtitle, a hairline, details, and the identifier at the foot.

Lengths are in millimetres; `layout` says where the column is and what to leave out when it comes back empty-handed.
"""

from dataclasses import dataclass, replace

from labels.fonts import ASCENT, DESCENT, Face, Faces
from labels.spec import Label
from labels.text import fitted, shortened, unbroken

_PT = 25.4 / 72
_DENSITIES = (1.0, 0.92, 0.84, 0.76)
_SMALLEST_IDENTIFIER = 4.8 * _PT


@dataclass(frozen=True)
class Run:
    """One line of text: left end and baseline, `size` of the em, advance `width`; `face` is a name in `Faces`."""

    x: float
    baseline: float
    size: float
    text: str
    face: str
    width: float


@dataclass(frozen=True)
class Rule:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    best_height: float  # what the text fills when it needs no more, to line up with the symbol


@dataclass(frozen=True)
class _Piece:
    """Text on a baseline, `x` from the column's left edge."""

    x: float
    size: float
    text: str
    face: str


@dataclass(frozen=True)
class _Line:
    """Pieces on one baseline; the next one is `pitch` times `size` below."""

    pieces: tuple[_Piece, ...]
    size: float
    pitch: float

    @property
    def height(self) -> float:
        return self.size * self.pitch


def column(
    label: Label, box: Box, fonts: Faces, scale: float
) -> tuple[tuple[Run, ...], tuple[Rule, ...]] | None:
    """Runs and rules inside `box`, in the largest type that fits; None when none does."""
    if box.width < 6 or box.height < 2:
        return None
    for density in _DENSITIES:
        top, middle, bottom = _lines(label, box.width, fonts, scale * density)
        if any(_right_end(fonts, piece) > box.width + 1e-6 for line in bottom for piece in line.pieces):
            continue
        gap = 1.6 * scale * density
        gaps = 2 * gap * bool(top and (middle or bottom)) + gap * bool(middle and bottom)
        needed = sum(line.height for line in top + middle + bottom) + gaps
        if needed <= box.height:
            height = max(needed, min(box.best_height, box.height))
            used = replace(box, y=box.y + (box.height - height) / 2, height=height)
            return _stacked(top, middle, bottom, used, gap, fonts)
    return None


def _lines(
    label: Label, width: float, fonts: Faces, scale: float
) -> tuple[list[_Line], list[_Line], list[_Line]]:
    """Title and subtitle; details; identifier."""
    unit = _PT * scale
    size, lines = fitted(fonts.bold, label.title, width, 11 * unit, 8 * unit, 2)
    top = [_Line((_Piece(0, size, line, "bold"),), size, 1.2) for line in lines]
    size, lines = fitted(fonts.regular, label.subtitle, width, 7.5 * unit, 6 * unit, 2)
    top += [_Line((_Piece(0, size, line, "regular"),), size, 1.25) for line in lines]
    middle = _detail_lines(label.details, width, fonts.regular, unit)
    size, lines = unbroken(fonts.mono, label.identifier, width, 8.2 * unit, _SMALLEST_IDENTIFIER)
    return top, middle, [_Line((_Piece(0, size, line, "mono"),), size, 1.15) for line in lines]


def _detail_lines(details: tuple[tuple[str, str], ...], width: float, face: Face, unit: float) -> list[_Line]:
    """Captions in a column of their own, as wide as the longest needs; a value may take a second line."""
    caption_size, value_size = 6.2 * unit, 7.8 * unit
    captions = [shortened(face, caption, 0.5 * width / caption_size) for caption, _ in details]
    widest = max((face.width(caption) for caption in captions), default=0.0)
    indent = widest * caption_size + 0.8 * value_size
    lines = []
    for caption, (_, value) in zip(captions, details, strict=True):
        size, parts = fitted(face, value, width - indent, value_size, 0.7 * value_size, 2)
        first, *more = (_Piece(indent, size, part, "regular") for part in parts or ("",))
        lines.append(_Line((_Piece(0, caption_size, caption, "regular"), first), value_size, 1.3))
        lines += [_Line((piece,), size, 1.2) for piece in more]
    return lines


def _right_end(fonts: Faces, piece: _Piece) -> float:
    return piece.x + fonts.named(piece.face).width(piece.text) * piece.size


def _stacked(
    top: list[_Line], middle: list[_Line], bottom: list[_Line], box: Box, gap: float, fonts: Faces
) -> tuple[tuple[Run, ...], tuple[Rule, ...]]:
    """From the top of the box downwards, but the identifier stands on the bottom of the box."""
    runs: list[Run] = []
    rules: list[Rule] = []
    y = _set(top, box.x, box.y, fonts, runs)
    if top and (middle or bottom):
        rules.append(Rule(box.x, y + gap * 0.9, box.width, 0.2))
        y += 2 * gap
    _set(middle, box.x, y, fonts, runs)
    _set(bottom, box.x, box.y + box.height - sum(line.height for line in bottom), fonts, runs)
    return tuple(runs), tuple(rules)


def _set(lines: list[_Line], left: float, y: float, fonts: Faces, runs: list[Run]) -> float:
    """Appends the lines as runs from `y` down, and tells where they end."""
    for line in lines:
        baseline = y + ((line.pitch - ASCENT - DESCENT) / 2 + ASCENT) * line.size
        for piece in line.pieces:
            width = fonts.named(piece.face).width(piece.text) * piece.size
            runs.append(Run(left + piece.x, baseline, piece.size, piece.text, piece.face, width))
        y += line.height
    return y
