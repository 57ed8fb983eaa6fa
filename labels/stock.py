"""What labels are printed on, by its measures: sheets, and one row of a roll.

Lengths are millimetres from the top left corner of the page. Products stand in `catalogue`, and whether a layout fits
is said by `fitting`. Imports nothing heavy.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from labels.errors import N_, LabelError

Kind = Literal["sheet", "roll", "continuous", "receipt"]
KINDS: tuple[Kind, ...] = ("sheet", "roll", "continuous", "receipt")


@dataclass(frozen=True, slots=True)
class Stock:
    """A sheet of labels, or one row of a roll; `continuous` and `receipt` stock is cut where a label ends (height 0).

    `gap` lies between rows of a roll, along the feed. `round` labels are ellipses that fill width and height.
    """

    name: str
    page_width: float
    page_height: float
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    pitch_x: float
    pitch_y: float
    kind: Kind = "sheet"
    gap: float = 0.0
    radius: float = 0.0
    round: bool = False
    maker: str = ""
    numbers: tuple[str, ...] = ()  # under which the maker sells these measures

    @property
    def positions(self) -> int:
        return self.columns * self.rows

    @property
    def endless(self) -> bool:
        return self.kind in ("continuous", "receipt")

    def corner(self, position: int) -> tuple[float, float]:
        """Top left corner (mm) of the label at `position`, counted from 0, row by row."""
        row, column = divmod(position, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y

    def cut_to(self, height: float) -> "Stock":
        """Endless stock with labels of `height` mm; other stock as it is."""
        return replace(self, page_height=height, height=height, pitch_y=height) if self.endless else self

    def turned(self) -> "Stock | None":
        """A roll as labels lie on it that run along the feed; None for what cannot be turned under its labels."""
        if self.kind != "roll" or self.columns > 1:
            return None
        return replace(
            self,
            page_width=self.page_height,
            page_height=self.page_width,
            width=self.height,
            height=self.width,
            pitch_x=self.height,
            pitch_y=self.width,
        )


def sheet(
    name: str, page: tuple[float, float], grid: tuple[int, int], size: tuple[float, float], **more: Any
) -> Stock:
    """A sheet, its labels in its middle unless `left` and `top` say else; `pitch` (mm, mm) where there are gaps."""
    (columns, rows), (width, height) = grid, size
    pitch_x, pitch_y = more.pop("pitch", size)
    left = more.pop("left", (page[0] - (columns - 1) * pitch_x - width) / 2)
    top = more.pop("top", (page[1] - (rows - 1) * pitch_y - height) / 2)
    width, height, left, top, pitch_x, pitch_y = (
        round(measure, 4) for measure in (width, height, left, top, pitch_x, pitch_y)
    )
    return Stock(name, *page, columns, rows, width, height, left, top, pitch_x, pitch_y, **more)


def roll(name: str, width: float, height: float, gap: float = 3.0, **more: Any) -> Stock:
    """Die-cut labels, one across unless `columns` says otherwise (`between` mm apart)."""
    columns, between = more.pop("columns", 1), more.pop("between", 3.0)
    page = columns * width + (columns - 1) * between
    pitch = width + between if columns > 1 else width
    return Stock(name, page, height, columns, 1, width, height, 0, 0, pitch, height, "roll", gap, **more)


def endless(name: str, paper: float, printable: float, kind: Kind = "continuous", **more: Any) -> Stock:
    """Paper of one width, cut where a label ends; `printable` mm of it, in the middle, are reached by the head."""
    return Stock(name, paper, 0, 1, 1, printable, 0, (paper - printable) / 2, 0, printable, 0, kind, **more)


A4_3X8 = Stock("A4, 3 × 8, 70 × 37 mm", 210, 297, 3, 8, 70, 37, 0, 0.5, 70, 37)


def checked_start(stock: Stock, start: int) -> int:
    """The first free position on the first sheet, 1 for a fresh one. Raises LabelError `bad-start-position`."""
    if not 1 <= start <= stock.positions:
        raise LabelError(
            "bad-start-position",
            N_("Position {start} is not on the sheet."),
            N_("Give a number from 1, top left, to {last}, bottom right."),
            start=start,
            last=stock.positions,
        )
    return start
