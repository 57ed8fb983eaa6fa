"""Where labels come to lie on the pages of a stock, in printer dots. Draws nothing.

Writers of sheets and the proof of them count from here, so that they cannot mean different places.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from labels.errors import N_, LabelError
from labels.fitting import TOLERANCE, fits, size_misfits
from labels.placed import Placed
from labels.spec import dots_per_mm
from labels.stock import Stock, checked_start


class Page(NamedTuple):
    positions: tuple[int, ...]  # counted from 0
    labels: list[Placed]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which labels go where: `start` and `skip` count positions of the first page from 1, `offset` is in mm."""

    stock: Stock
    start: int = 1
    skip: Collection[int] = ()
    offset: tuple[float, float] = (0.0, 0.0)

    def positions(self) -> Iterator[tuple[int, ...]]:
        """The free positions of each page, counted from 0. LabelError `bad-start-position`, `no-free-position`."""
        first = checked_start(self.stock, self.start)
        for position in self.skip:
            checked_start(self.stock, position)
        free = tuple(
            place - 1 for place in range(first, self.stock.positions + 1) if place not in frozenset(self.skip)
        )
        if not free:
            raise LabelError(
                "no-free-position",
                N_("No position of the first sheet is left free."),
                N_("Take a fresh sheet, or leave a position unmarked."),
            )
        yield free
        every = tuple(range(self.stock.positions))
        while True:
            yield every

    def pages(self, placed: Iterable[Placed]) -> Iterator[Page]:
        source, waiting = iter(placed), self.positions()
        while True:
            positions = next(waiting)
            labels = list(islice(source, len(positions)))
            if not labels:
                return
            yield Page(positions[: len(labels)], labels)


def stock_for(stock: Stock, label: Placed) -> Stock:
    """The stock as `label` is printed on it: cut to its length, or turned on a roll that takes it only lengthwise.

    Raises LabelError `layout-does-not-fit`, naming the measure that is off.
    """
    fitted, size = stock.cut_to(label.height), (label.width, label.height)
    misfits = fits(fitted, size)
    if misfits:
        raise misfits[0].error()
    turned = stock.turned()
    return turned if turned is not None and size_misfits(fitted, *size) else fitted


class Grid:
    """The dots of one stock at one resolution, for labels of one size."""

    def __init__(self, stock: Stock, label: Placed, offset: tuple[float, float] = (0.0, 0.0)) -> None:
        per_mm = dots_per_mm(label.dpi)
        self.per_mm = per_mm
        snap = snapped if stock.kind == "sheet" else _rounded
        self.page_width = snap(stock.page_width, per_mm)
        self.page_height = snap(stock.page_height, per_mm)
        # A smaller label lies in the middle of the stock's; all are moved alike, so that they still meet pixels alike.
        spare = (stock.width - label.width, stock.height - label.height)
        shift_x, shift_y = (
            round((length / 2 if length > TOLERANCE else 0.0) * per_mm) + round(off * per_mm)
            for length, off in zip(spare, offset, strict=True)
        )
        self.corners = [
            (snap(x, per_mm) + shift_x, snap(y, per_mm) + shift_y)
            for x, y in map(stock.corner, range(stock.positions))
        ]


def _rounded(length: float, per_mm: float) -> int:
    return round(length * per_mm)


def snapped(length: float, per_mm: float) -> int:
    """Dots; where an inch has whole dots, a multiple of 1/50 inch: at most a quarter of a millimetre away.

    Then every symbol of a page meets the pixels of a scan or a rendering of 100, 150, 200, 300 … dpi in the same way.
    ZBar needs that: it tries finder patterns in the order of their size in pixels, and its search forgets points with
    every wrong try, so that it lost one symbol in twenty when sizes differed by a pixel.
    """
    fiftieth = per_mm * 25.4 / 50
    step = round(fiftieth) if math.isclose(fiftieth, round(fiftieth)) else 1
    return step * round(length * per_mm / step)
