"""Where the parts of a chart stand. No markup and no colours: pages and reports draw it, each in its own."""

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1, 2, 5)
RIGHT = 24  # so much of the last label stands beside its column
LINES = 4  # ruled across a chart of columns


@dataclass(frozen=True, slots=True)
class Column:
    """One column from the ground line up; `part` is the height of the lower part in another colour."""

    x: float
    y: float
    width: float
    height: float
    part: float
    label: str
    value: int
    of_which: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Line:
    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Columns:
    """`ground` is the y of the ground line; lengths are in the units of the view box."""

    width: float
    height: float
    left: float
    ground: float
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def columns(
    values: Sequence[tuple[str, int, int]],
    *,
    width: float = 480,
    height: float = 170,
    left: float = 44,
    marks: int = 6,
) -> Columns:
    """A chart of (label, value, part of the value) in their order, with rules at round numbers; about so many `marks`
    of the labels are to be written below."""
    top, below = 12.0, 22.0
    ground = height - below
    highest = max((value for _, value, _ in values), default=0)
    rules = ruled(highest)
    scale = (ground - top) / rules[-1]
    pitch = (width - left - RIGHT) / max(len(values), 1)
    every = max(1, -(-len(values) // marks))
    made = tuple(
        Column(
            x=round(left + pitch * (at + 0.15), 2),
            y=round(ground - value * scale, 2),
            width=round(pitch * 0.7, 2),
            height=round(value * scale, 2),
            part=round(min(part, value) * scale, 2),
            label=label,
            value=value,
            of_which=part,
            marked=(len(values) - 1 - at) % every == 0,
        )
        for at, (label, value, part) in enumerate(values)
    )
    lines = tuple(Line(round(ground - value * scale, 2), value) for value in rules)
    return Columns(width, height, left, ground, made, lines)


def ruled(highest: int) -> list[int]:
    """Round numbers from 0 to at least `highest`, few enough to be ruled across a chart."""
    unit = 1
    while True:
        for step in STEPS:
            if step * unit * LINES >= highest:
                count = max(1, -(-highest // (step * unit)))
                return [step * unit * at for at in range(count + 1)]
        unit *= 10


def shares(values: Sequence[int]) -> list[float]:
    """Lengths of bars in percent of the longest."""
    longest = max(values, default=0)
    return [round(100 * value / longest, 1) if longest else 0.0 for value in values]
