"""Where everything goes on one label, in millimetres from its top left corner; the symbol sits on the dot grid.

Wide labels have the symbol on the left and a column of text on the right, the others the text below it. Nothing
ever enters the symbol's quiet zone, and the identifier is always complete. A label too small for everything loses
the subtitle first, then details from the last, then the title; too small even then, it is refused.
The writers (PDF, PNG, SVG) draw what stands here and decide nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from labels.column import Box, Rule, Run, column
from labels.errors import N_, LabelError
from labels.fonts import Faces, faces
from labels.spec import Label, dots_per_mm
from labels.symbols import QUIET, Matrix

_SMALLEST_MODULE = 0.25  # mm; below this a phone camera gives up
_GOOD_MODULE = 0.33  # mm (13 mil); the symbol yields room to the text down to this, and no further


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


def place(label: Label, width: float, height: float, dpi: int, matrix: Matrix) -> Placed:
    """Lays `label` out on width × height mm for a printer of `dpi`; some 80 µs when the first try fits.

    Raises LabelError: `label-does-not-fit`, `unsupported-dpi`, `no-chinese-font`, `identifier-not-writable`.
    """
    per_mm = dots_per_mm(dpi)
    fonts = faces()
    cleaned = _cleaned(label, fonts)
    scale = _scale(width, height)
    for modules in _module_sizes(width, height, len(matrix) + 2 * QUIET, per_mm):
        for content, left_off in _ever_less(cleaned):
            for module in modules:
                symbol, box = _symbol_and_box(width, height, per_mm, matrix, module)
                text = column(content, box, fonts, scale)
                if text is not None:
                    return Placed(width, height, dpi, symbol, *text, left_off)
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
    writable = fonts.regular.writable
    return replace(
        label,
        identifier=identifier,
        title=fonts.bold.writable(label.title),
        subtitle=writable(label.subtitle),
        details=tuple((writable(caption), writable(value)) for caption, value in label.details),
    )


def _ever_less(label: Label) -> Iterator[tuple[Label, tuple[str, ...]]]:
    """The label whole, then with ever less on it, each with the list of what is missing."""
    missing: tuple[str, ...] = ()
    yield label, missing
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


def _module_sizes(width: float, height: float, modules: int, per_mm: float) -> tuple[range, range]:
    """Dots per module to try: the largest down to a good one, and only then down to what can just be read."""
    if _wide(width, height):
        across, down = 0.44 * width, height
    else:
        across, down = width, (0.56 if height >= 1.2 * width else 0.64) * height
    largest = math.floor(min(across, down) * per_mm / modules)
    good, least = (max(2, math.ceil(limit * per_mm - 1e-9)) for limit in (_GOOD_MODULE, _SMALLEST_MODULE))
    last_good = max(least, min(good, largest))
    return range(largest, last_good - 1, -1), range(min(last_good - 1, largest), least - 1, -1)


def _wide(width: float, height: float) -> bool:
    return width >= 1.3 * height


def _edge(width: float, height: float) -> float:
    """Keeps text off the cut; sheets are fed a millimetre or two askew."""
    return max(1.0, min(4.0, 0.065 * min(width, height)))


def _scale(width: float, height: float) -> float:
    """Type grows with the label, from that of 70 × 37 mm."""
    return max(0.75, min(2.4, ((width * height) / (70 * 37)) ** 0.5))


def _symbol_and_box(
    width: float, height: float, per_mm: float, matrix: Matrix, module: int
) -> tuple[Symbol, Box]:
    """The symbol on whole dots, and the room that its quiet zone leaves to the text."""
    edge, quiet = _edge(width, height), QUIET * module
    dots = module * len(matrix)
    near = max(quiet, math.ceil(edge * per_mm))
    far = (near + dots + quiet) / per_mm
    if _wide(width, height):
        symbol = Symbol(near, round((height * per_mm - dots) / 2), module, matrix)
        return symbol, Box(far, edge, width - edge - far, height - 2 * edge, best_height=dots / per_mm)
    symbol = Symbol(round((width * per_mm - dots) / 2), near, module, matrix)
    room = height - edge - far
    return symbol, Box(edge, far, width - 2 * edge, room, best_height=room)
