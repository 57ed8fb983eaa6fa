"""One label as a picture: 1-bit PNG for a label printer, SVG for a web page or a graphics program.

PNG pixels are printer dots and every module is the same whole number of them. The SVG is in millimetres, with the
symbol as one outline (no seams between modules, whatever the renderer) and the text as text.
"""

import io
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from labels import raster
from labels.fonts import faces
from labels.outlines import glyph_outline, outline
from labels.placed import Fill, Picture, Placed, Run, Symbol
from labels.spec import dots_per_mm

_FALLBACKS = {
    "regular": (
        "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
        400,
    ),
    "bold": ("'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", 700),
    "mono": ("'Noto Sans Mono CJK SC', 'Source Code Pro', Menlo, Consolas, monospace", 700),
}


def png_of(placed: Placed) -> bytes:
    """1-bit, resolution in pHYs, a pixel for each printer dot."""
    image = Image.fromarray(~raster.dots(placed))
    per_inch = dots_per_mm(placed.dpi) * 25.4
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(per_inch, per_inch), optimize=True)
    return out.getvalue()


def svg_of(placed: Placed, title: str = "") -> bytes:
    """Millimetres; symbols, lines and pictures sit on the dots, text is text (shaped glyphs are outlines)."""
    width, height, per_mm = placed.width, placed.height, dots_per_mm(placed.dpi)
    size = f'width="{width:g}mm" height="{height:g}mm" viewBox="0 0 {width:g} {height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
    ]
    for part in placed.parts:
        lines += [_rectangle(fill, per_mm) for fill in part.fills]
        lines += [_picture(picture, per_mm) for picture in part.pictures]
        lines += [_outlined(run) if run.glyphs is not None else _line(run) for run in part.runs]
    lines += [_code(symbol, per_mm) for symbol in placed.symbols]
    return "\n".join([*lines, "</svg>"]).encode()


def _rectangle(fill: Fill, per_mm: float) -> str:
    x, y, width, height = (length / per_mm for length in fill)
    return f'<rect x="{x:.4f}" y="{y:.4f}" width="{width:.4f}" height="{height:.4f}"/>'


def _picture(picture: Picture, per_mm: float) -> str:
    """Black dots as one outline, like a symbol's: sharp at any size."""
    x, y, dot = picture.left / per_mm, picture.top / per_mm, 1 / per_mm
    return (
        f'<path transform="translate({x:.5f} {y:.5f}) scale({dot:.6f})" shape-rendering="crispEdges" '
        f'fill-rule="evenodd" d="{outline(picture.dots)}"/>'
    )


def _line(run: Run) -> str:
    family, weight = _FALLBACKS.get(run.face, _FALLBACKS["regular"])
    turn = f' transform="rotate({run.angle} {run.x:.3f} {run.baseline:.3f})"' if run.angle else ""
    white = ' fill="#fff"' if run.white else ""
    return (
        f'<text x="{run.x:.3f}" y="{run.baseline:.3f}" font-size="{run.size:.3f}" font-weight="{weight}" '
        f'font-family={quoteattr(family)} textLength="{run.width:.3f}" lengthAdjust="spacingAndGlyphs" '
        f'xml:space="preserve"{turn}{white}>{escape(run.text)}</text>'
    )


def _outlined(run: Run) -> str:
    """Shaped glyphs as outlines: a reader's own shaping would need the same fonts."""
    face = faces().named(run.face)
    scale = run.size / face.upem
    strokes = []
    for glyph in run.glyphs or ():
        x, y = glyph.x * face.upem, -glyph.y * face.upem
        drawn = glyph_outline(face, glyph.number)
        strokes.append(f'<path transform="translate({x:.1f} {y:.1f}) scale(1 -1)" d="{drawn}"/>')
    place = f"translate({run.x:.4f} {run.baseline:.4f}) rotate({run.angle}) scale({scale:.7f})"
    white = ' fill="#fff"' if run.white else ""
    return f'<g transform="{place}" aria-label={quoteattr(run.text)}{white}>{"".join(strokes)}</g>'


def _code(symbol: Symbol, per_mm: float) -> str:
    x, y = symbol.left / per_mm, symbol.top / per_mm
    across, down = symbol.across / per_mm, symbol.down / per_mm
    return (
        f'<path transform="translate({x:.5f} {y:.5f}) scale({across:.6f} {down:.6f})" '
        f'shape-rendering="crispEdges" fill-rule="evenodd" d="{outline(symbol.matrix)}"/>'
    )
