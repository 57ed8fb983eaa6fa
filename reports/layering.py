"""Columns for a graph of what went into what: every link leads to the right, except those that close a circle.

The first step of a layered drawing. Knows numbers only: what they stand for and how they look is not its business.
"""

import heapq
from collections.abc import Sequence

Pair = tuple[int, int]


def layers(depths: Sequence[int], live: Sequence[Pair], undone: Sequence[Pair], subject: int) -> list[int]:
    """The column of each vertex, from 0; linear in vertices and links but for one heap.

    Before the subject everything stands as late as it can, after it as early as it can, so links are short.
    An undone link counts where it can do so without a circle. `depths` only breaks ties.
    """
    count = len(depths)
    kept = without_circles(depths, live)
    order = _topological(depths, kept)
    position = [0] * count
    for place, vertex in enumerate(order):
        position[vertex] = place
    kept += [pair for pair in undone if position[pair[0]] < position[pair[1]]]
    return _columns(count, kept, order, subject)


def without_circles(depths: Sequence[int], pairs: Sequence[Pair]) -> list[Pair]:
    """The links that are left when those that lead back along a walk are dropped; each dropped one is on a circle."""
    after: list[list[int]] = [[] for _ in depths]
    for source, target in pairs:
        after[source].append(target)
    state = bytearray(len(depths))  # 0 not seen, 1 on the present walk, 2 done
    backward: set[Pair] = set()
    for start in sorted(range(len(depths)), key=lambda vertex: (depths[vertex], vertex)):
        if state[start]:
            continue
        state[start] = 1
        walk = [(start, iter(after[start]))]
        while walk:
            vertex, rest = walk[-1]
            for target in rest:
                if state[target] == 1:
                    backward.add((vertex, target))
                elif not state[target]:
                    state[target] = 1
                    walk.append((target, iter(after[target])))
                    break
            else:
                state[vertex] = 2
                walk.pop()
    return [pair for pair in pairs if pair not in backward]


def _topological(depths: Sequence[int], pairs: Sequence[Pair]) -> list[int]:
    """Every vertex after all that lead to it; the smaller depth, then the smaller number first."""
    after: list[list[int]] = [[] for _ in depths]
    waiting = [0] * len(depths)
    for source, target in pairs:
        after[source].append(target)
        waiting[target] += 1
    ready = [(depth, vertex) for vertex, depth in enumerate(depths) if not waiting[vertex]]
    heapq.heapify(ready)
    order = []
    while ready:
        vertex = heapq.heappop(ready)[1]
        order.append(vertex)
        for target in after[vertex]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (depths[target], target))
    return order


def _columns(count: int, pairs: Sequence[Pair], order: Sequence[int], subject: int) -> list[int]:
    """Columns for links that all agree with `order`: three passes, each fixing what the ones before left open."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        before[target].append(source)
        after[source].append(target)
    column: list[int | None] = [None] * count
    column[subject] = 0
    for vertex in reversed(order):  # what led to the subject
        known = [place for target in after[vertex] if (place := column[target]) is not None]
        if known and vertex != subject:
            column[vertex] = min(known) - 1
    for vertex in order:  # what came of those
        known = [place for source in before[vertex] if (place := column[source]) is not None]
        if known and column[vertex] is None:
            column[vertex] = max(known) + 1
    for vertex in reversed(order):  # what else went into the latter
        if column[vertex] is None:
            known = [place for target in after[vertex] if (place := column[target]) is not None]
            column[vertex] = min(known) - 1 if known else 0
    places = {place: number for number, place in enumerate(sorted({p for p in column if p is not None}))}
    return [places[place] for place in column if place is not None]
