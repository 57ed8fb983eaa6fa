"""Where everything goes on one label, in millimetres from its top left corner; the symbol sits on the dot grid.

Wide labels have the symbol on the left and a column of text on the right, the others the text below the symbol.
Nothing ever enters the symbol's quiet zone, and the identifier is always complete. A label too small for everything
loses the subtitle first, then details from the last, then the title; too small even then, it is refused.
The writers (PDF, PNG, SVG) draw what stands here and decide nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from labels.fonts import ASCENT, DESCENT, Face, Faces, faces
from labels.errors import LabelError, N_
from labels.spec import Label, dots_per_mm
from labels.symbols import QUIET, Matrix
from labels.text import fitted, shortened, unbroken

_PT = 25.4 / 72
_SMALLEST_MODULE = 0.25  # mm; below this a phone camera gives up
_GOOD_MODULE = 0.33  # mm (13 mil); the symbol yields room to the text down to this, and no further


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
class Symbol:
    """Top left corner and module size in printer dots."""

    left: int
    top: int
    module: int
    matrix: Matrix

    @property
    def dots(self) -> int:
        return self.module * len(self.matrix)


@dataclass(frozen=True)
class Placed:
    width: float
    height: float
    dpi: int
    symbol: Symbol
    runs: tuple[Run, ...]
    rules: tuple[Rule, ...]
    left_off: tuple[str, ...]  # what the label was too small for


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    height: float
    best_height: float  # what the text fills when it needs no more, to line up with the symbol


def place(label: Label, width: float, height: float, dpi: int, matrix: Matrix) -> Placed:
    """Lays `label` out on width × height mm for a printer of `dpi`.

    Raises LabelError: `label-does-not-fit`, `unsupported-dpi`, `no-chinese-font`, `identifier-not-writable`.
    """
    per_mm = dots_per_mm(dpi)
    fonts = faces()
    cleaned, left_off = _cleaned(label, fonts), ()
    modules = len(matrix) + 2 * QUIET
    largest = _largest_module(width, height, modules, per_mm)
    good, least = (max(2, _up(limit * per_mm)) for limit in (_GOOD_MODULE, _SMALLEST_MODULE))
    for wanted in (range(largest, min(good, largest) - 1, -1), range(min(good, largest) - 1, least - 1, -1)):
        for content, left_off in _ever_less(cleaned):
            for module in wanted:
                symbol, box = _symbol_and_box(width, height, per_mm, matrix, module)
                column = _column(content, box, fonts, _scale(width, height)) if module >= least else None
                if column is not None:
                    return Placed(width, height, dpi, symbol, *column, left_off)
    raise LabelError(
        "label-does-not-fit",
        N_("The label for {identifier} does not fit on {width} × {height} mm at {dpi} dpi."),
        N_("Choose a larger label, a finer printer or a shorter address."),
        identifier=label.identifier,
        width=f"{width:g}",
        height=f"{height:g}",
        dpi=dpi,
    )


def _cleaned(label: Label, fonts: Faces) -> Label:
    identifier = label.identifier.strip()
    if not (identifier and fonts.mono.writes(identifier) and identifier.isprintable()):
        raise LabelError(
            "identifier-not-writable",
            N_("The identifier “{identifier}” has characters that cannot be printed."),
            identifier=label.identifier,
        )
    return replace(
        label,
        identifier=identifier,
        title=fonts.bold.writable(label.title),
        subtitle=fonts.regular.writable(label.subtitle),
        details=tuple((fonts.regular.writable(caption), fonts.regular.writable(value)) for caption, value in label.details),
    )


def _ever_less(label: Label) -> Iterator[tuple[Label, tuple[str, ...]]]:
    """The label whole, then with ever less on it, each with the list of what is missing."""
    yield label, ()
    missing: tuple[str, ...] = ()
    if label.subtitle:
        missing = (label.subtitle,)
        label = replace(label, subtitle="")
        yield label, missing
    while label.details:
        missing = (label.details[-1][0], *missing)
        label = replace(label, details=label.details[:-1])
        yield label, missing
    if label.title:
        yield replace(label, title=""), (label.title, *missing)


def _wide(width: float, height: float) -> bool:
    return width >= 1.3 * height


def _edge(width: float, height: float) -> float:
    """Keeps text off the cut; sheets are fed a millimetre or two askew."""
    return max(1.0, min(4.0, 0.065 * min(width, height)))


def _scale(width: float, height: float) -> float:
    """Type grows with the label, from that of 70 × 37 mm."""
    return max(0.75, min(2.4, ((width * height) / (70 * 37)) ** 0.5))


def _up(value: float) -> int:
    return int(-(-(value - 1e-9) // 1))


def _largest_module(width: float, height: float, modules: int, per_mm: float) -> int:
    if _wide(width, height):
        across, down = 0.44 * width, height
    else:
        across, down = width, (0.56 if height >= 1.2 * width else 0.64) * height
    return int(min(across, down) * per_mm / modules)


def _symbol_and_box(
    width: float, height: float, per_mm: float, matrix: Matrix, module: int
) -> tuple[Symbol, _Box]:
    """The symbol on whole dots, and the room that its quiet zone leaves to the text."""
    edge, quiet = _edge(width, height), QUIET * module
    dots = module * len(matrix)
    if _wide(width, height):
        left, top = max(quiet, _up(edge * per_mm)), round((height * per_mm - dots) / 2)
        x = (left + dots + quiet) / per_mm
        return Symbol(left, top, module, matrix), _Box(
            x, edge, width - edge - x, height - 2 * edge, best_height=dots / per_mm
        )
    left, top = round((width * per_mm - dots) / 2), max(quiet, _up(edge * per_mm))
    y = (top + dots + quiet) / per_mm
    room = height - edge - y
    return Symbol(left, top, module, matrix), _Box(edge, y, width - 2 * edge, room, best_height=room)


@dataclass(frozen=True)
class _Line:
    """Text at one height of the column: (offset in x, size, text, face) pieces on one baseline."""

    pieces: tuple[tuple[float, float, str, str], ...]
    size: float
    pitch: float  # baseline to baseline, in size


def _column(
    label: Label, box: _Box, fonts: Faces, scale: float
) -> tuple[tuple[Run, ...], tuple[Rule, ...]] | None:
    """Runs and rules inside `box`, the largest of four densities that fits; None when none does."""
    if box.width < 6 or box.height < 2:
        return None
    for density in (1.0, 0.92, 0.84, 0.76):
        top, middle, bottom = _lines(label, box.width, fonts, scale * density)
        if any(_width(fonts, piece) > box.width + 1e-6 for line in bottom for piece in line.pieces):
            continue
        gap = 1.6 * scale * density
        gaps = gap * (bool(top) and bool(middle or bottom)) * 2 + gap * (bool(middle) and bool(bottom))
        needed = sum(line.size * line.pitch for line in top + middle + bottom) + gaps
        if needed <= box.height:
            height = max(needed, min(box.best_height, box.height))
            y = box.y + (box.height - height) / 2
            return _stacked(top, middle, bottom, replace(box, y=y, height=height), gap, fonts)
    return None


def _lines(
    label: Label, width: float, fonts: Faces, scale: float
) -> tuple[list[_Line], list[_Line], list[_Line]]:
    """Title and subtitle; details; identifier."""
    unit = _PT * scale
    size, lines = fitted(fonts.bold, label.title, width, 11 * unit, 8 * unit, 2)
    top = [_Line(((0.0, size, line, "bold"),), size, 1.2) for line in lines]
    size, lines = fitted(fonts.regular, label.subtitle, width, 7.5 * unit, 6 * unit, 2)
    top += [_Line(((0.0, size, line, "regular"),), size, 1.25) for line in lines]
    middle = _detail_lines(label.details, width, fonts.regular, unit)
    size, lines = unbroken(fonts.mono, label.identifier, width, 8.2 * unit, 4.8 * _PT)
    return top, middle, [_Line(((0.0, size, line, "mono"),), size, 1.15) for line in lines]


def _detail_lines(
    details: tuple[tuple[str, str], ...], width: float, face: Face, unit: float
) -> list[_Line]:
    """Captions in a column of their own, as wide as the longest needs."""
    caption_size, value_size = 6.2 * unit, 7.8 * unit
    captions = [shortened(face, caption, 0.5 * width / caption_size) for caption, _ in details]
    indent = max((face.width(caption) * caption_size for caption in captions), default=0.0) + 1.6 * value_size * 0.5
    lines = []
    for caption, (_, value) in zip(captions, details, strict=True):
        size, parts = fitted(face, value, width - indent, value_size, 0.7 * value_size, 2)
        first, *more = parts or ("",)
        lines.append(_Line(((0.0, caption_size, caption, "regular"), (indent, size, first, "regular")), value_size, 1.3))
        lines += [_Line(((indent, size, part, "regular"),), size, 1.2) for part in more]
    return lines


def _width(fonts: Faces, piece: tuple[float, float, str, str]) -> float:
    x, size, text, face = piece
    return x + fonts.named(face).width(text) * size


def _stacked(
    top: list[_Line], middle: list[_Line], bottom: list[_Line], box: _Box, gap: float, fonts: Faces
) -> tuple[tuple[Run, ...], tuple[Rule, ...]]:
    """Title at the top of the box, a hairline, details, and the identifier standing on the bottom of the box."""
    runs: list[Run] = []
    rules: list[Rule] = []
    y = box.y
    y = _set(top, box.x, y, fonts, runs)
    if top and (middle or bottom):
        rules.append(Rule(box.x, y + gap * 0.9, box.width, 0.2))
        y += 2 * gap
    _set(middle, box.x, y, fonts, runs)
    _set(bottom, box.x, box.y + box.height - sum(line.size * line.pitch for line in bottom), fonts, runs)
    return tuple(runs), tuple(rules)


def _set(lines: list[_Line], left: float, y: float, fonts: Faces, runs: list[Run]) -> float:
    for line in lines:
        leading = (line.pitch - ASCENT - DESCENT) / 2 * line.size
        baseline = y + leading + ASCENT * line.size
        for piece in line.pieces:
            x, size, text, face = piece
            runs.append(Run(left + x, baseline, size, text, face, _width(fonts, piece) - x))
        y += line.size * line.pitch
    return y
