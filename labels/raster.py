"""A placed label as the dots a printer burns: exactly what a PNG holds and what a thermal printer is sent.

Characters are FreeType's one-bit glyphs, hinted, each at its measured place; shaped glyphs are outlines filled by
HarfBuzz where they cover half a dot or more.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from labels.fonts import Face, faces
from labels.placed import Part, Placed, Run, Symbol
from labels.spec import dots_per_mm

Dots = NDArray[np.bool_]


class Patch(NamedTuple):
    """Dots with their top left corner; True is black, or where `white`, what is to be white."""

    left: int
    top: int
    dots: Dots
    white: bool = False


def dots(placed: Placed) -> Dots:
    """(rows, columns), True where black; some ms a label."""
    per_mm = dots_per_mm(placed.dpi)
    canvas = np.zeros((round(placed.height * per_mm), round(placed.width * per_mm)), np.bool_)
    for part in placed.parts:
        for patch in _patches(part, per_mm):
            _paint(canvas, patch)
    for symbol in placed.symbols:
        _paint(canvas, Patch(symbol.left, symbol.top, symbol_dots(symbol)))
    return canvas


def symbol_dots(symbol: Symbol) -> Dots:
    """The symbol alone, without quiet zone."""
    return symbol.matrix.repeat(symbol.down, axis=0).repeat(symbol.across, axis=1)


def part_dots(part: Part, dpi: int) -> tuple[int, int, Dots]:
    """(left, top, dots) of one part alone, trimmed to its ink; (0, 0, nothing) where it has none."""
    patches = list(_patches(part, dots_per_mm(dpi)))
    left = min((patch.left for patch in patches), default=0)
    top = min((patch.top for patch in patches), default=0)
    right = max((patch.left + patch.dots.shape[1] for patch in patches), default=left)
    bottom = max((patch.top + patch.dots.shape[0] for patch in patches), default=top)
    canvas = np.zeros((bottom - top, right - left), np.bool_)
    for patch in patches:
        _paint(canvas, patch._replace(left=patch.left - left, top=patch.top - top))
    rows, columns = np.flatnonzero(canvas.any(axis=1)), np.flatnonzero(canvas.any(axis=0))
    if not len(rows):
        return 0, 0, np.zeros((0, 0), np.bool_)
    inked = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return left + int(columns[0]), top + int(rows[0]), np.ascontiguousarray(inked)


def _patches(part: Part, per_mm: float) -> Iterator[Patch]:
    for left, top, across, down in part.fills:
        yield Patch(left, top, np.ones((down, across), np.bool_))
    for picture in part.pictures:
        yield Patch(picture.left, picture.top, picture.dots)
    for run in part.runs:
        yield run_dots(run, per_mm)


def _paint(canvas: Dots, patch: Patch) -> None:
    """What lies beyond the canvas is cut off."""
    left, top, ink, white = patch
    rows, columns = canvas.shape
    ink = ink[max(0, -top) : max(0, rows - top), max(0, -left) : max(0, columns - left)]
    left, top = max(left, 0), max(top, 0)
    room = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
    if white:
        room &= ~ink
    else:
        room |= ink


def run_dots(run: Run, per_mm: float) -> Patch:
    """The ink of one run on the label."""
    size = run.size * per_mm
    face = faces().named(run.face)
    if run.glyphs is None:
        flat = _characters(face, run.text, size)
    else:
        flat = _outlines(face, size, tuple((glyph.number, glyph.x, glyph.y) for glyph in run.glyphs))
    x, y = round(run.x * per_mm), round(run.baseline * per_mm)
    high, wide = flat.dots.shape
    if run.angle == 90:
        return Patch(x - flat.top - high, y + flat.left, np.rot90(flat.dots, -1), run.white)
    if run.angle == 180:
        return Patch(x - flat.left - wide, y - flat.top - high, np.rot90(flat.dots, 2), run.white)
    if run.angle == 270:
        return Patch(x + flat.top, y - flat.left - wide, np.rot90(flat.dots, 1), run.white)
    return Patch(x + flat.left, y + flat.top, flat.dots, run.white)


def _characters(face: Face, text: str, size: float) -> Patch:
    """Character by character at the measured places: hinted advances would add up to another width."""
    placed, x = [], 0.0
    for character in text:
        glyph = _glyph(face, size, character)
        placed.append(glyph._replace(left=round(x) + glyph.left))
        x += face.glyph(character)[1] * size
    return _together(placed)


def _together(patches: list[Patch]) -> Patch:
    left = min((patch.left for patch in patches), default=0)
    top = min((patch.top for patch in patches), default=0)
    right = max((patch.left + patch.dots.shape[1] for patch in patches), default=left)
    bottom = max((patch.top + patch.dots.shape[0] for patch in patches), default=top)
    canvas = np.zeros((bottom - top, right - left), np.bool_)
    for patch in patches:
        _paint(canvas, patch._replace(left=patch.left - left, top=patch.top - top))
    return Patch(left, top, canvas)


@lru_cache(maxsize=8192)
def _glyph(face: Face, size: float, character: str) -> Patch:
    font = _raster_font(face, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(character, mode="1", anchor="ls"))
    image = Image.new("1", (max(right - left, 0) + 2, max(bottom - top, 0) + 2))
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((1 - left, 1 - top), character, fill=1, font=font, anchor="ls")
    return Patch(left - 1, top - 1, np.asarray(image, dtype=np.bool_))


@lru_cache(maxsize=64)
def _raster_font(face: Face, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face.path, size, index=face.index, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def _outlines(face: Face, size: float, glyphs: tuple[tuple[int, float, float], ...]) -> Patch:
    drawing = hb.RasterDraw()
    scale = size / face.upem
    for number, x, y in glyphs:
        drawing.transform = (scale, 0, 0, scale, x * size, y * size)
        drawing.draw_glyph(face.hb_font, number)
    image = drawing.render()
    extents = image.extents
    if not extents.width or not extents.height:
        return Patch(0, 0, np.zeros((0, 0), np.bool_))
    cover = np.frombuffer(image.buffer, np.uint8).reshape(extents.height, extents.stride)
    upright = cover[::-1, : extents.width] >= 128  # HarfBuzz counts rows from the bottom
    return Patch(extents.x_origin, -extents.y_origin - extents.height, upright)
