"""Walks over the genealogy of one thing: what went into it and what it went into, mindful of when each tie held.

A tie runs from upstream to downstream. A container is downstream of its contents. Pure: the ties come loaded.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

Direction = Literal["up", "down"]
Moment = tuple[datetime, int]  # event time, then place in the log for what happened at the same time
Window = tuple[Moment, Moment]
CONTAINING = frozenset({"packed", "assembled"})
BEGINNING: Moment = (datetime.min.replace(tzinfo=UTC), -1)
END: Moment = (datetime.max.replace(tzinfo=UTC), 1 << 62)
ALWAYS: Window = (BEGINNING, END)


class Tie(NamedTuple):
    """source went into target at `since`, came out again at `until`; `mistaken` when the record was withdrawn."""

    source: int
    target: int
    kind: str
    quantity: Decimal | None
    since: Moment
    until: Moment | None = None
    mistaken: bool = False

    @property
    def undone(self) -> bool:
        return self.until is not None


@dataclass(frozen=True, slots=True)
class Reach:
    """What a walk came to: `windows` says for each thing at what times it was together with the subject."""

    windows: Mapping[int, Sequence[Window]]
    ties: tuple[Tie, ...]


def reach(
    ties: Iterable[Tie], start: int | Collection[int] | Mapping[int, Window], direction: Direction
) -> Reach:
    """All that `start`, one thing or several, really came from or went into.

    Taken out of a box before the box went onto a pallet means never on that pallet; a withdrawn tie is shown and
    not followed. Ends also on cycles. A start with a window is meant from then on: what it went into before is not.
    """
    near: dict[int, list[Tie]] = defaultdict(list)
    timeless = True
    up = direction == "up"
    for tie in ties:
        near[tie.target if up else tie.source].append(tie)
        timeless = timeless and tie.until is None and not tie.mistaken
    starts = _starts(start)
    if timeless and all(window is ALWAYS for window in starts.values()):
        return _timeless(near, starts, up)
    windows: dict[int, list[Window]] = {key: [window] for key, window in starts.items()}
    used: dict[Tie, None] = {}
    queue: deque[tuple[int, Window]] = deque(starts.items())
    while queue:
        place, window = queue.popleft()
        for tie in near[place]:
            further = _through(tie, window, direction)
            if further is None or _before(tie, window, starts.get(place), direction):
                continue
            used[tie] = None
            other = tie.source if up else tie.target
            known = windows.setdefault(other, [])
            if not tie.mistaken and not any(low <= further[0] and further[1] <= high for low, high in known):
                known.append(further)
                queue.append((other, further))
    return Reach(windows, tuple(used))


def _timeless(near: Mapping[int, Sequence[Tie]], starts: Iterable[int], up: bool) -> Reach:
    """Where nothing ever came out again, times say nothing: most genealogies, and several times as fast."""
    windows: dict[int, Sequence[Window]] = dict.fromkeys(starts, (ALWAYS,))
    queue = list(windows)
    used: list[Tie] = []
    for place in queue:
        found = near.get(place, ())
        used += found
        for tie in found:
            other = tie.source if up else tie.target
            if other not in windows:
                windows[other] = (ALWAYS,)
                queue.append(other)
    return Reach(windows, tuple(used))


def _starts(start: int | Collection[int] | Mapping[int, Window]) -> Mapping[int, Window]:
    if isinstance(start, Mapping):
        return start
    return dict.fromkeys([start] if isinstance(start, int) else start, ALWAYS)


def _before(tie: Tie, window: Window, start: Window | None, direction: Direction) -> bool:
    """Whether a start was used up this way before the time it is meant from; by the clock alone, since places in the
    log say nothing of the order of what came late."""
    of_lot = tie.kind == "assembled" and tie.quantity is not None
    used_up = of_lot or tie.kind not in CONTAINING
    return direction == "down" and used_up and window == start and tie.since[0] < window[0][0]


def _through(tie: Tie, window: Window, direction: Direction) -> Window | None:
    """The times for which the walk goes on behind this tie; None when it leads nowhere."""
    if tie.mistaken:
        return window
    if tie.kind in CONTAINING:
        together = (max(window[0], tie.since), min(window[1], tie.until or END))
        return together if together[0] < together[1] else None
    if tie.kind == "produced":
        return ALWAYS
    if direction == "up":
        return (BEGINNING, tie.since)  # what was in it when it was used up, and nothing that came later
    return ALWAYS if tie.since < window[1] else None


def depths(ids: Iterable[int], ties: Iterable[Tie], start: int, upstream: frozenset[int]) -> dict[int, int]:
    """Layers for drawing: the longest way to the subject, negative upstream. What lies on a cycle gets its shortest."""
    chosen = set(ids)
    pairs = {(tie.source, tie.target) for tie in ties if tie.source in chosen and tie.target in chosen}
    above = upstream | {start}
    below = (chosen - upstream) | {start}
    up = _layers({(target, source) for source, target in pairs if source in above and target in above}, start)
    down = _layers(
        {(source, target) for source, target in pairs if source in below and target in below}, start
    )
    return {**down, **{key: -depth for key, depth in up.items()}}


def _layers(pairs: set[tuple[int, int]], start: int) -> dict[int, int]:
    after: dict[int, list[int]] = defaultdict(list)
    for near, far in pairs:
        after[near].append(far)
    shortest = _shortest(after, start)
    waiting: dict[int, int] = defaultdict(int)
    for near, far in pairs:
        waiting[far] += near in shortest
    longest = dict.fromkeys(shortest, 0)
    ready = deque([start])
    while ready:
        place = ready.popleft()
        for far in after[place]:
            longest[far] = max(longest[far], longest[place] + 1)
            waiting[far] -= 1
            if waiting[far] == 0 and far != start:
                ready.append(far)
    return {key: shortest[key] if waiting[key] else longest[key] for key in shortest}


def _shortest(after: Mapping[int, Sequence[int]], start: int) -> dict[int, int]:
    found, queue = {start: 0}, deque([start])
    while queue:
        place = queue.popleft()
        for far in after.get(place, ()):
            if far not in found:
                found[far] = found[place] + 1
                queue.append(far)
    return found
