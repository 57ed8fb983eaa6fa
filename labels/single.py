"""One label as a picture: 1-bit PNG for a label printer, SVG for a web page or a graphics program.

PNG pixels are printer dots and every module is the same whole number of them. The SVG is in millimetres, with the
symbol as one outline (no seams between modules, whatever the renderer) and the text as text.
"""

import io
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from labels.column import Run
from labels.fonts import Face, faces
from labels.layout import Placed, Symbol, place
from labels.spec import Label, dots_per_mm
from labels.symbols import Matrix, matrices

_FALLBACKS = {
    "regular": (
        "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
        400,
    ),
    "bold": ("'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", 700),
    "mono": ("'Noto Sans Mono CJK SC', 'Source Code Pro', Menlo, Consolas, monospace", 700),
}


def placed(label: Label, width_mm: float, height_mm: float, dpi: int) -> Placed:
    return place(label, width_mm, height_mm, dpi, matrices([label.payload])[0])


def png(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    """1-bit, resolution in pHYs. Not yet read back: hand out `proof.proven_png`. Raises LabelError as `place` does."""
    spot = placed(label, width_mm, height_mm, dpi)
    per_mm = dots_per_mm(dpi)
    image = Image.new("1", (round(width_mm * per_mm), round(height_mm * per_mm)), 1)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    for rule in spot.rules:
        left, top = round(rule.x * per_mm), round(rule.y * per_mm)
        thick = max(1, round(rule.height * per_mm))
        draw.rectangle((left, top, round((rule.x + rule.width) * per_mm) - 1, top + thick - 1), fill=0)
    for run in spot.runs:
        _draw_run(draw, run, per_mm)
    dots = np.kron(~spot.symbol.matrix, np.ones((spot.symbol.module,) * 2, np.bool_))
    image.paste(Image.fromarray(dots), (spot.symbol.left, spot.symbol.top))
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(per_mm * 25.4, per_mm * 25.4), optimize=True)
    return out.getvalue()


def _draw_run(draw: ImageDraw.ImageDraw, run: Run, per_mm: float) -> None:
    """Character by character at the measured places: hinted advances would add up to another width."""
    face = faces().named(run.face)
    font = _raster_font(face, run.size * per_mm)
    x, y = run.x * per_mm, round(run.baseline * per_mm)
    for character in run.text:
        draw.text((round(x), y), character, fill=0, font=font, anchor="ls")
        x += face.glyph(character)[1] * run.size * per_mm


@lru_cache(maxsize=32)
def _raster_font(face: Face, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face.path, size, index=face.index, layout_engine=ImageFont.Layout.BASIC)


def svg(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    """Millimetres; the symbol sits on the dots of `dpi`. Not yet read back: hand out `proof.proven_svg`."""
    spot = placed(label, width_mm, height_mm, dpi)
    size = f'width="{width_mm:g}mm" height="{height_mm:g}mm" viewBox="0 0 {width_mm:g} {height_mm:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(label.identifier)}</title>",
        f'<rect width="{width_mm:g}" height="{height_mm:g}" fill="#fff"/>',
        _symbol_path(spot.symbol, dots_per_mm(dpi)),
        *(
            f'<rect x="{rule.x:.3f}" y="{rule.y:.3f}" width="{rule.width:.3f}" height="{rule.height:.3f}"/>'
            for rule in spot.rules
        ),
        *(_text(run) for run in spot.runs),
        "</svg>",
    ]
    return "\n".join(parts).encode()


def _text(run: Run) -> str:
    """`textLength` keeps the line to its measured width where the reader has other fonts."""
    family, weight = _FALLBACKS[run.face]
    return (
        f'<text x="{run.x:.3f}" y="{run.baseline:.3f}" font-size="{run.size:.3f}" font-weight="{weight}" '
        f'font-family={quoteattr(family)} textLength="{run.width:.3f}" lengthAdjust="spacingAndGlyphs" '
        f'xml:space="preserve">{escape(run.text)}</text>'
    )


def _symbol_path(symbol: Symbol, per_mm: float) -> str:
    x, y, module = symbol.left / per_mm, symbol.top / per_mm, symbol.module / per_mm
    return (
        f'<path transform="translate({x:.5f} {y:.5f}) scale({module:.6f})" shape-rendering="crispEdges" '
        f'fill-rule="evenodd" d="{_outline(symbol.matrix)}"/>'
    )


def _outline(matrix: Matrix) -> str:
    """The borders between dark and light as closed loops in module units."""
    padded = np.pad(matrix, 1).astype(np.int8)
    steps: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row, column in np.argwhere(
        np.diff(padded, axis=0)
    ).tolist():  # horizontal borders, dark below going right
        ends = (column - 1, row), (column, row)
        start, end = ends if padded[row + 1, column] else ends[::-1]
        steps[start].append(end)
    for row, column in np.argwhere(
        np.diff(padded, axis=1)
    ).tolist():  # vertical borders, dark on the left going down
        ends = (column, row - 1), (column, row)
        start, end = ends if padded[row, column] else ends[::-1]
        steps[start].append(end)
    loops = []
    while steps:
        loops.append(_loop(steps))
    return "".join(loops)


def _loop(steps: dict[tuple[int, int], list[tuple[int, int]]]) -> str:
    """Takes one closed loop out of `steps`, with straight stretches drawn in one stroke."""
    start = min(steps, key=lambda point: (point[1], point[0]))
    corners, point, heading = [start], start, (0, 0)
    while True:
        onward = steps[point].pop()
        if not steps[point]:
            del steps[point]
        turned = (onward[0] - point[0], onward[1] - point[1])
        if turned == heading:
            corners[-1] = onward
        else:
            corners.append(onward)
        point, heading = onward, turned
        if point == start:
            break
    strokes = [f"M{start[0]} {start[1]}"]
    for before, after in pairwise(corners[:-1]):
        dx, dy = after[0] - before[0], after[1] - before[1]
        strokes.append(f"h{dx}" if dy == 0 else f"v{dy}")
    return "".join(strokes) + "z"
