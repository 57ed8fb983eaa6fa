"""Shapes as SVG paths: the dark of a matrix as closed loops, and the glyphs of a face."""

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from labels.fonts import Face

Dots = NDArray[np.bool_]
Point = tuple[float, float]


def outline(matrix: Dots) -> str:
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


@lru_cache(maxsize=1024)
def glyph_outline(face: Face, number: int) -> str:
    """In units of the face, y upwards."""
    pen = _Pen()
    face.hb_font.draw_glyph_with_pen(number, pen)
    return "".join(pen.strokes)


class _Pen:
    """Takes outlines as fontTools' pens do."""

    def __init__(self) -> None:
        self.strokes: list[str] = []

    def _stroke(self, letter: str, *points: Point) -> None:
        self.strokes.append(letter + " ".join(f"{x:g} {y:g}" for x, y in points))

    def moveTo(self, point: Point) -> None:  # noqa: N802
        self._stroke("M", point)

    def lineTo(self, point: Point) -> None:  # noqa: N802
        self._stroke("L", point)

    def qCurveTo(self, *points: Point) -> None:  # noqa: N802
        self._stroke("Q", *points)

    def curveTo(self, *points: Point) -> None:  # noqa: N802
        self._stroke("C", *points)

    def closePath(self) -> None:  # noqa: N802
        self.strokes.append("z")
