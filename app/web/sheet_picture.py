"""A sheet of labels as a picture in millimetres: where each place lies, and which are gone, printed on or free."""

import re
from dataclasses import dataclass

from app.errors import N_, Malformed
from app.services.stocks import Stock

SEPARATOR = re.compile(r"[\s,;，；、]+")
PLACES = re.compile(r"(\d{1,5})(?:[-–~](\d{1,5}))?", re.ASCII)
DASH = re.compile(r"\s*[-–~]\s*")
MOST_DRAWN = 500  # places; more are told in numbers
LONGEST = 2_000  # characters
ENDLESS_SHOWN = 0.6  # of the width: how much of an endless label is drawn


@dataclass(frozen=True, slots=True)
class Place:
    """`state` is gone, first, label or free."""

    number: int
    x: float
    y: float
    state: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`round`: the radius across; `ry` down."""

    width: float
    height: float
    label_width: float
    label_height: float
    rx: float
    ry: float
    columns: int
    places: tuple[Place, ...]


def picture_of(stock: Stock, start: int = 1, skip: frozenset[int] = frozenset(), count: int = 0) -> Picture:
    """The first sheet of a run of `count` labels; a stock's own picture where nothing is printed."""
    shown = stock.cut_to(stock.width * ENDLESS_SHOWN)
    rx, ry = (shown.width / 2, shown.height / 2) if shown.round else (shown.radius, shown.radius)
    places, left, first = [], count, True
    for number in range(1, min(shown.positions, MOST_DRAWN) + 1):
        state = "free"
        if number < start or number in skip:
            state = "gone"
        elif left > 0:
            state, left, first = ("first" if first else "label"), left - 1, False
        places.append(Place(number, *shown.corner(number - 1), state))
    size = shown.page_width, shown.page_height, shown.width, shown.height
    return Picture(*size, rx, ry, shown.columns, tuple(places))


def places_in(text: str, last: int) -> frozenset[int]:
    """'3, 5-8' as numbers. Malformed `bad-places` for anything else, and for places that the sheet has not."""
    found: set[int] = set()
    for part in SEPARATOR.split(DASH.sub("-", text[:LONGEST].strip())):
        match = PLACES.fullmatch(part)
        first, until = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if part and not 1 <= first <= until <= last:
            raise Malformed(
                "bad-places",
                N_("'{text}' are no places of this sheet."),
                N_("Write numbers from 1 to {last} with commas, or ranges: 3, 5-8."),
                text=part[:40],
                last=last,
                field="used",
            )
        found.update(range(first, until + 1) if part else ())
    return frozenset(found)


def text_of(places: frozenset[int]) -> str:
    """The shortest way to write them."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
