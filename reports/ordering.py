"""The order of things within their columns that makes few links cross: barycentres, back and forth (Sugiyama).

Links over several columns pass through unseen way points, which take part in the ordering so that a place is kept free.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.layering import Pair

SWEEPS = 10


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`rows[column]` lists vertices from top to bottom; numbers from `count` on are way points.

    `chains[link]` is the way of a link from left to right, its ends included; within one column only its ends.
    """

    count: int
    rows: tuple[tuple[int, ...], ...]
    chains: tuple[tuple[int, ...], ...]


def arrange(columns: Sequence[int], links: Sequence[Pair], centre: int) -> Arrangement:
    """Way points and order; `centre` is the column that the sweeps start from. Deterministic."""
    rows: list[list[int]] = [[] for _ in range(max(columns) + 1)]
    for vertex, column in enumerate(columns):
        rows[column].append(vertex)
    chains = _chains(columns, links, centre, rows)
    return Arrangement(len(columns), tuple(map(tuple, _ordered(rows, chains, centre))), chains)


def _chains(
    columns: Sequence[int], links: Sequence[Pair], centre: int, rows: list[list[int]]
) -> tuple[tuple[int, ...], ...]:
    """Chains of all links; puts the way points into `rows`. Links that leave together share their way points."""
    count = len(columns)
    shared: dict[tuple[int, int, int], int] = {}
    chains = []
    for number, (source, target) in enumerate(links):
        left, right = (source, target) if columns[source] <= columns[target] else (target, source)
        if columns[right] <= centre:
            bundle = (0, left)
        elif columns[left] >= centre:
            bundle = (1, right)
        else:
            bundle = (2, number)
        chain = [left]
        for column in range(columns[left] + 1, columns[right]):
            key = (*bundle, column)
            if key not in shared:
                shared[key] = count + len(shared)
                rows[column].append(shared[key])
            chain.append(shared[key])
        chains.append((*chain, right))
    return tuple(chains)


def _ordered(rows: list[list[int]], chains: Sequence[Sequence[int]], centre: int) -> list[list[int]]:
    pieces = _pieces(rows, chains)
    before, after = _neighbours(pieces)
    rows = [list(row) for row in rows]
    _sweep(rows, range(centre - 1, -1, -1), after)
    _sweep(rows, range(1, len(rows)), before)
    best, fewest, stale = [list(row) for row in rows], _crossings(rows, pieces), 0
    for turn in range(SWEEPS):
        if not fewest or stale > 3:
            break
        if turn % 2:
            _sweep(rows, range(1, len(rows)), before)
        else:
            _sweep(rows, range(len(rows) - 2, -1, -1), after)
        crossings = _crossings(rows, pieces)
        stale += 1
        if crossings < fewest:
            best, fewest, stale = [list(row) for row in rows], crossings, 0
    return best


def _pieces(rows: Sequence[Sequence[int]], chains: Sequence[Sequence[int]]) -> list[set[Pair]]:
    """The stretches of links from each column to the next."""
    column = {vertex: place for place, row in enumerate(rows) for vertex in row}
    pieces: list[set[Pair]] = [set() for _ in rows]
    for chain in chains:
        for left, right in pairwise(chain):
            if column[left] != column[right]:
                pieces[column[left]].add((left, right))
    return pieces


def _neighbours(pieces: Sequence[set[Pair]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for left, right in sorted(pair for stretch in pieces for pair in stretch):
        before.setdefault(right, []).append(left)
        after.setdefault(left, []).append(right)
    return before, after


def _sweep(rows: list[list[int]], order: range, beside: dict[int, list[int]]) -> None:
    """Sorts each row by the mean place of the neighbours `beside`; what has none keeps its place."""
    for column in order:
        row = rows[column]
        near = rows[column - order.step] if 0 <= column - order.step < len(rows) else []
        place = {vertex: float(number) for number, vertex in enumerate(near)}
        scale = len(near) / len(row) if row else 1
        wish = {}
        for number, vertex in enumerate(row):
            places = [place[other] for other in beside.get(vertex, ()) if other in place]
            wish[vertex] = sum(places) / len(places) if places else number * scale
        row.sort(key=wish.__getitem__)


def _crossings(rows: Sequence[Sequence[int]], pieces: Sequence[set[Pair]]) -> int:
    total = 0
    for column, stretch in enumerate(pieces[:-1]):
        left = {vertex: number for number, vertex in enumerate(rows[column])}
        right = {vertex: number for number, vertex in enumerate(rows[column + 1])}
        passed: list[int] = []
        for _, place in sorted((left[a], right[b]) for a, b in stretch):
            total += len(passed) - bisect_right(passed, place)
            insort(passed, place)
    return total
