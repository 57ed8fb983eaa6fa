"""Where everything of an arranged graph lies: sizes and order in, coordinates out. Draws nothing.

Heights come first: each thing wants to be level with what it is linked to, and gets as near as order and size allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.ordering import Arrangement

GAP = 16.0  # between boxes of one column
WAY = 8.0  # height kept free for a link that passes
TURNS = 6


@dataclass(frozen=True, slots=True)
class Placing:
    """Coordinates of the middle left of every vertex, way points too; `edges[column]` is its (left, right)."""

    y: tuple[float, ...]
    edges: tuple[tuple[float, float], ...]
    height: float


def place(
    arrangement: Arrangement,
    heights: Sequence[float],
    widths: Sequence[float],
    gaps: Sequence[float],
    straight: set[int],
) -> Placing:
    """`heights` per vertex, `widths` per column, `gaps` between columns; the `straight` give way least."""
    y = _heights(arrangement, heights, straight)
    top = min(y[v] - heights[v] / 2 for row in arrangement.rows for v in row)
    y = [value - top for value in y]
    bottom = max(y[v] + heights[v] / 2 for row in arrangement.rows for v in row)
    edges, x = [], 0.0
    for column, width in enumerate(widths):
        edges.append((x, x + width))
        x += width + (gaps[column] if column < len(gaps) else 0)
    return Placing(tuple(y), tuple(edges), bottom)


def _heights(arrangement: Arrangement, heights: Sequence[float], straight: set[int]) -> list[float]:
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    column = {vertex: number for number, row in enumerate(arrangement.rows) for vertex in row}
    for left, right in sorted({p for c in arrangement.chains for p in pairwise(c)}):
        if column[left] != column[right]:
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    y = [0.0] * len(heights)
    for row in arrangement.rows:
        _settle(row, y, heights, {}, {}, straight)
        middle = (y[row[0]] + y[row[-1]]) / 2
        for vertex in row:
            y[vertex] -= middle
    nothing: dict[int, list[int]] = {}
    for turn in range(TURNS):
        if turn % 2:
            for row in arrangement.rows[1:]:
                _settle(row, y, heights, before, nothing, straight)
        else:
            for row in arrangement.rows[-2::-1]:
                _settle(row, y, heights, nothing, after, straight)
    for row in arrangement.rows:
        _settle(row, y, heights, before, after, straight)
    return y


def _settle(
    row: Sequence[int],
    y: list[float],
    heights: Sequence[float],
    before: dict[int, list[int]],
    after: dict[int, list[int]],
    straight: set[int],
) -> None:
    """Moves a row as near to its neighbours' heights as its order and sizes allow, by least squares."""
    offsets, offset = [], 0.0
    for number, vertex in enumerate(row):
        if number:
            above = row[number - 1]
            gap = GAP if above not in straight and vertex not in straight else WAY
            offset += (heights[above] + heights[vertex]) / 2 + gap
        offsets.append(offset)
    wishes, weights = [], []
    for vertex, offset in zip(row, offsets, strict=True):
        near = before.get(vertex, []) + after.get(vertex, [])
        wish = sum(y[other] for other in near) / len(near) if near else y[vertex]
        wishes.append(wish - offset)
        weights.append((8.0 if vertex in straight else 1.0) if near else 0.01)
    for vertex, value, offset in zip(row, _monotone(wishes, weights), offsets, strict=True):
        y[vertex] = value + offset


def _monotone(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The never falling sequence nearest to `wishes` (weighted squares): pools of neighbours that want to pass."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight in zip(wishes, weights, strict=True):
        mean, heavy, size = wish, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_size = pools.pop()
            mean = (mean * heavy + other * other_weight) / (heavy + other_weight)
            heavy, size = heavy + other_weight, size + other_size
        pools.append((mean, heavy, size))
    return [mean for mean, _, size in pools for _ in range(size)]
