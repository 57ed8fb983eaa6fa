"""Text set into a room: cleaned, wrapped, shrunk until it fits, and told where it does not. Lengths in mm.

The room is upright here; `composing` turns what comes out. Lines break as Chinese and Latin text does, and inside a
word only when no size of type keeps the words whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from labels.breaking import TIGHT, Measure, balanced, is_plain_in, measure_of, wrapped
from labels.cleaning import cleaned
from labels.errors import N_, LabelError
from labels.fonts import ASCENT, DEPTH, faces
from labels.placed import Glyph
from labels.shaping import shaped

PT = 25.4 / 72
_STEPS = 10  # sizes tried between the largest and the least
_LITTLE = 0.8  # of the size: so far type shrinks before it takes one more line,
GOOD = 0.7  # and so far before words are broken
CAPTION = 0.82  # of the size of the value
_ELLIPSIS = "…"
MOST_TEXT = 2000  # characters; no label has room for more, and nothing is measured for longer


@dataclass(frozen=True)
class Style:
    """Of a text element; sizes in mm. `what` names its fields, for the message when it does not fit."""

    face: str
    size: float
    least: float
    lines: int
    leading: float
    align: str
    valign: str
    shorten: bool
    what: str

    @property
    def sizes(self) -> list[float]:
        if self.least >= self.size:
            return [self.size]
        step = (self.size - self.least) / _STEPS
        return [self.size - step * number for number in range(_STEPS + 1)]


class Stretch(NamedTuple):
    """Text from `x` on the `baseline`, both from the top left of the room."""

    x: float
    baseline: float
    size: float
    text: str
    face: str
    width: float
    glyphs: tuple[Glyph, ...] | None


class _Piece(NamedTuple):
    """Of a line: where it begins, in mm from the left of the room or of the line when that is aligned."""

    x: float
    size: float
    text: str
    width: float


_Line = tuple[_Piece, ...]


def set_text(text: str, style: Style, width: float, height: float) -> tuple[list[Stretch], bool]:
    """What to draw, and whether something was lost. Raises LabelError `text-too-long` and `text-not-writable`."""
    cut = len(text) > MOST_TEXT
    text, lost = cleaned(text[:MOST_TEXT], style.face, style.what, style.shorten)
    for size, lines, whole in [] if cut else _tries(text, style, width):
        if _fits(lines, size, style, width, height):
            even = _lines(text, style, size, width, whole, even=True)
            return _placed(even, size, style, width, height), lost
    if not style.shorten:
        raise LabelError(
            "text-too-long",
            N_("“{value}” ({field}) does not fit into {width} × {height} mm, even at {size} pt."),
            N_("Shorten it, or give it a larger room or a smaller type in the template."),
            value=text.replace("\t", " ").replace("\n", " / ")[:80],
            field=style.what,
            width=f"{width:g}",
            height=f"{height:g}",
            size=f"{style.least / PT:.3g}",
        )
    lines = _cut(_lines(text, style, style.least, width, whole=False), style, width, height)
    return _placed(lines, style.least, style, width, height), True


def _tries(text: str, style: Style, width: float) -> Iterator[tuple[float, list[_Line], bool]]:
    """(size, lines, words whole), the best first: rather a little smaller than one more line, or than broken words."""
    sizes = style.sizes
    good = sizes if style.lines == 1 else [size for size in sizes if size >= GOOD * style.size]
    tried = [(size, _lines(text, style, size, width, whole=True), True) for size in good]
    if "\n" not in text and "\t" not in text:
        for most in range(1, len(tried[0][1])):
            yield from (each for each in tried if len(each[1]) <= most and each[0] >= _LITTLE * style.size)
    yield from tried
    if style.lines != 1:
        yield from ((size, _lines(text, style, size, width, whole=False), False) for size in sizes)


def _lines(
    text: str, style: Style, size: float, width: float, whole: bool, even: bool = False
) -> list[_Line]:
    measure = measure_of(style.face)
    rows = [row.split("\t", 1) for row in text.split("\n")]
    captions = [row[0] for row in rows if len(row) == 2]
    small = size * CAPTION
    indent = _indent(max((measure(caption) * small for caption in captions), default=0.0), size, width)
    found: list[_Line] = []
    for row in rows:
        if len(row) == 1:
            parts = _wrapped(row[0], style, width / size, whole, even) or ("",)
            found += [(_piece(0, size, part, measure),) for part in parts]
            continue
        first, *more = _wrapped(row[1], style, (width - indent) / size, whole, even) or ("",)
        caption = _piece(0, small, row[0], measure)
        found.append((caption, _piece(indent, size, first, measure)))
        found += [(_piece(indent, size, part, measure),) for part in more]
    return found


def caption_indent(captions: list[str], face: str, size: float, width: float) -> tuple[float, float]:
    """(where the values begin, how wide the widest caption is) beside values of this size."""
    widest = max((measure_of(face)(caption) * size * CAPTION for caption in captions), default=0.0)
    return _indent(widest, size, width), widest


def _indent(widest: float, size: float, width: float) -> float:
    return min(widest + 0.7 * size, 0.5 * width) if widest else 0.0


def _piece(x: float, size: float, text: str, measure: Measure) -> _Piece:
    return _Piece(x, size, text, measure(text) * size)


def _wrapped(text: str, style: Style, ems: float, whole: bool, even: bool) -> tuple[str, ...]:
    if style.lines == 1:
        return (text,)
    return (balanced if even else wrapped)(text, style.face, ems, whole)


def _fits(lines: list[_Line], size: float, style: Style, width: float, height: float) -> bool:
    if style.lines and len(lines) > style.lines:
        return False
    for line in lines:
        last = line[-1]
        if last.x + last.width > width + TIGHT or (len(line) == 2 and line[0].width > last.x + TIGHT):
            return False
    return _height(lines, size, style)[0] <= height + TIGHT


def _height(lines: list[_Line], size: float, style: Style) -> tuple[float, float]:
    """(of all lines, of the first above its baseline)."""
    face = faces().named(style.face)
    above = max(face.reach(piece.text)[0] for piece in lines[0]) if lines else ASCENT
    below = max(face.reach(piece.text)[1] for piece in lines[-1]) if lines else DEPTH
    return (above + (len(lines) - 1) * style.leading + below) * size, above * size


def _placed(lines: list[_Line], size: float, style: Style, width: float, height: float) -> list[Stretch]:
    used, above = _height(lines, size, style)
    baseline = top_baseline(used, above, style, height)
    found: list[Stretch] = []
    for line in lines:
        last = line[-1]
        shift = (width - last.x - last.width) * {"left": 0.0, "center": 0.5, "right": 1.0}[style.align]
        tabbed = len(line) == 2 or last.x > 0
        for piece in line:
            found += _stretches(piece, 0 if tabbed else shift, baseline, style.face)
        baseline += style.leading * size
    return found


def top_baseline(used: float, above: float, style: Style, height: float) -> float:
    """Of the first line, where lines `used` high in all reach `above` it."""
    spare = max(height - used, 0)
    return above + {"top": 0.0, "middle": spare / 2, "bottom": spare}[style.valign]


def _stretches(piece: _Piece, shift: float, baseline: float, face: str) -> Iterator[Stretch]:
    x, y, size, text, wide = piece.x + shift, baseline, piece.size, piece.text, piece.width
    if is_plain_in(text, face):
        yield Stretch(x, y, size, text, face, wide, None)
        return
    for part in shaped(text, face):
        yield Stretch(x, y, size, part.text, part.face, part.width * size, part.glyphs)
        x += part.width * size


def _cut(lines: list[_Line], style: Style, width: float, height: float) -> list[_Line]:
    """As many of the lines as there is room for, the last with an ellipsis; too wide ones are cut."""
    size = style.least
    most = max(1, int((height / size - ASCENT - DEPTH) / style.leading + 1 + TIGHT))
    most = min(most, style.lines or most)
    kept = lines[:most]
    short: list[_Line] = []
    for number, line in enumerate(kept):
        over = number == most - 1 and len(lines) > most
        limits = [each.x for each in line[1:]] + [width]
        pieces = (
            _shortened(piece, style.face, limit - piece.x, over and piece is line[-1])
            for piece, limit in zip(line, limits, strict=True)
        )
        short.append(tuple(pieces))
    return short


def _shortened(piece: _Piece, face: str, width: float, more: bool) -> _Piece:
    measure = measure_of(face)
    if piece.width <= width + TIGHT and not more:
        return piece
    text = piece.text
    while text and measure(text + _ELLIPSIS) * piece.size > width + TIGHT:
        text = text[:-1].rstrip()
    return _piece(piece.x, piece.size, text + _ELLIPSIS, measure)
