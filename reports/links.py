"""The lines of a genealogy drawing: curves between columns, arrow heads, and quantities where there is room."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from reports import shapes
from reports.boxes import Frame
from reports.folding import Bundle, Graph
from reports.layering import Pair
from reports.piece import Piece
from reports.placing import Placing
from reports.reader import KINDS, Reader
from reports.shapes import n

NARROW = 42.0  # between columns, quantities not counted
_PORTS = 11.0  # between two links at one side of a box, at most
_LABEL = 9.0  # font size of a quantity


@dataclass(frozen=True, slots=True)
class Stubs:
    """How far links run straight after a column and before the next, for the quantities that stand there."""

    after: tuple[float, ...]
    before: tuple[float, ...]

    def gaps(self) -> list[float]:
        return [NARROW + a + b for a, b in zip(self.after, self.before, strict=True)]


@dataclass(frozen=True, slots=True)
class _Way:
    """One link as points from its source to its target; between points of unequal height it curves."""

    bundle: Bundle
    points: tuple[tuple[float, float], ...]
    loop: bool = False


def stubs(graph: Graph, reader: Reader) -> Stubs:
    """Room for the quantities; between neighbouring columns, the last entry is after the last column and empty."""
    columns = [box.column for box in graph.boxes]
    after, before = ([0.0] * max(columns) for _ in range(2))
    for bundle, at_source in zip(graph.bundles, _at_source(graph), strict=True):
        label = reader.quantity(bundle.quantity, bundle.unit)
        left, right = sorted((columns[bundle.source], columns[bundle.target]))
        if label and left != right:
            rightwards = columns[bundle.source] == left
            side, column = (after, left) if at_source == rightwards else (before, right - 1)
            side[column] = max(side[column], _width(label) + 8)
    return Stubs(tuple(after), tuple(before))


def _at_source(graph: Graph) -> list[bool]:
    """For each bundle, whether its quantity stands at its source: where fewer links meet."""
    out = Counter(bundle.source for bundle in graph.bundles)
    into = Counter(bundle.target for bundle in graph.bundles)
    return [out[bundle.source] <= into[bundle.target] for bundle in graph.bundles]


def _width(label: str) -> float:
    return shapes.measure(label) * _LABEL


@dataclass(frozen=True, slots=True)
class Ground:
    """What links are drawn on: the placed graph, its boxes' frames, and where the placing's origin lies (`x`, `y`)."""

    graph: Graph
    frames: Sequence[Frame]
    placing: Placing
    chains: Sequence[Sequence[int]]
    stubs: Stubs
    x: float
    y: float

    def column(self, box: int) -> int:
        return self.graph.boxes[box].column


def drawn(ground: Ground, reader: Reader) -> tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[Piece, ...]]:
    """Paths, arrow heads and quantities of all bundles."""
    ways = _ways(ground)
    paths = tuple(_path(way, reader) for way in ways)
    arrows = tuple(_arrow(way) for way in ways)
    return paths, arrows, _quantities(ways, _at_source(ground.graph), reader)


def _ways(ground: Ground) -> list[_Way]:
    ports = _ports(ground)
    ways = []
    for number, (bundle, chain) in enumerate(zip(ground.graph.bundles, ground.chains, strict=True)):
        if ground.column(chain[0]) == ground.column(chain[-1]):
            ends = (ground.frames[bundle.source], ground.frames[bundle.target])
            ways.append(_Way(bundle, tuple((end.right, end.middle) for end in ends), loop=True))
            continue
        points = _points(ground, chain, ports[number, 0], ports[number, 1])
        ways.append(_Way(bundle, tuple(points if chain[0] == bundle.source else reversed(points))))
    return ways


def _points(ground: Ground, chain: Sequence[int], start: float, end: float) -> list[tuple[float, float]]:
    """From left to right: straight off the box at height `start`, level through every column, straight in at `end`."""
    edges, stubs, x = ground.placing.edges, ground.stubs, ground.x
    first, last = ground.column(chain[0]), ground.column(chain[-1])
    points = [(ground.frames[chain[0]].right, start), (x + edges[first][1] + stubs.after[first], start)]
    for column, way_point in enumerate(chain[1:-1], first + 1):
        (left, right), height = edges[column], ground.y + ground.placing.y[way_point]
        points += [(x + left - stubs.before[column - 1], height), (x + right + stubs.after[column], height)]
    return [*points, (x + edges[last][0] - stubs.before[last - 1], end), (ground.frames[chain[-1]].left, end)]


def _ports(ground: Ground) -> dict[Pair, float]:
    """The height at which each link touches its left (0) and right (1) box: spread out, in the order of other ends."""
    sides: dict[Pair, list[tuple[float, int]]] = defaultdict(list)
    for number, chain in enumerate(ground.chains):
        if ground.column(chain[0]) != ground.column(chain[-1]):
            sides[chain[0], 0].append((ground.placing.y[chain[1]], number))
            sides[chain[-1], 1].append((ground.placing.y[chain[-2]], number))
    found: dict[Pair, float] = {}
    for (box, end), touching in sides.items():
        frame = ground.frames[box]
        room = frame.bottom - frame.top - 20
        step = min(_PORTS, room / (len(touching) - 1)) if len(touching) > 1 and room > 0 else 0.0
        start = frame.middle - step * (len(touching) - 1) / 2
        for place, (_, number) in enumerate(sorted(touching)):
            found[number, end] = start + step * place
    return found


def _path(way: _Way, reader: Reader) -> Piece:
    points, bundle = way.points, way.bundle
    data = [f"M{n(points[0][0])} {n(points[0][1])}"]
    if way.loop:
        (side, start), (_, end) = points
        out = side + 26
        data.append(f"C{n(out)} {n(start)} {n(out)} {n(end)} {n(side)} {n(end)}")
    else:
        for (x0, y0), (x1, y1) in pairwise(points):
            if abs(y1 - y0) < 0.05:
                data.append(f"H{n(x1)}" if abs(x1 - x0) > 0.05 else "")
            else:
                middle = n((x0 + x1) / 2)
                data.append(f"C{middle} {n(y0)} {middle} {n(y1)} {n(x1)} {n(y1)}")
    word = " · ".join(
        part for part in (_kind(bundle, reader), reader.quantity(bundle.quantity, bundle.unit)) if part
    )
    dashes = ' class="genealogy-undone" stroke-dasharray="4 4"' if bundle.undone else ""
    title = f"<title>{escape(word)}</title>" if word else ""
    return _piece(points, f'<path d="{"".join(data)}"{dashes}>{title}</path>')


def _kind(bundle: Bundle, reader: Reader) -> str:
    return reader.gettext(KINDS[bundle.kind]) if bundle.kind in KINDS else ""


def _arrow(way: _Way) -> Piece:
    x, y = way.points[-1]
    back = 6 if not way.loop and way.points[0][0] < x else -6
    return _piece(way.points[-1:], f'<path d="M{n(x)} {n(y)}l{-back} -3.2v6.4z"/>')


def _quantities(ways: Sequence[_Way], at_source: Sequence[bool], reader: Reader) -> tuple[Piece, ...]:
    """Above its link, at the end where there is room; where there is none, the tooltip and the tables tell it."""
    taken: dict[int, list[Piece]] = defaultdict(list)
    for way, source_first in zip(ways, at_source, strict=True):
        label = reader.quantity(way.bundle.quantity, way.bundle.unit)
        if not label or way.loop:
            continue
        width = _width(label)
        for x, y in (way.points[0], way.points[-1]) if source_first else (way.points[-1], way.points[0]):
            left = x + 4 if x == min(way.points[0][0], way.points[-1][0]) else x - width - 8
            size = f'x="{n(left)}" y="{n(y - 10.5)}" width="{n(width)}" height="9.5"'
            paper = f'<rect {size} fill="#fff" fill-opacity=".75"/>'
            piece = Piece(left, y - 10, left + width, y, paper + shapes.text(label, left, y - 2.5))
            near = taken[int(left // 200)] + taken[int(left // 200) - 1] + taken[int(left // 200) + 1]
            if not any(piece.within(other.left, other.top, other.right, other.bottom) for other in near):
                taken[int(left // 200)].append(piece)
                break
    return tuple(piece for column in sorted(taken) for piece in taken[column])


def _piece(points: Sequence[tuple[float, float]], svg: str) -> Piece:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Piece(min(xs) - 8, min(ys) - 8, max(xs) + 30, max(ys) + 8, svg)
