"""What is to be printed and on what: labels, sheets of them, and the dot grids of printers. No drawing."""

from dataclasses import dataclass

from labels.errors import N_, LabelError

# Thermal heads of the "203 dpi" class have 8 dots to the millimetre; the others are true to their name.
DOTS_PER_MM = {203: 8.0, 300: 300 / 25.4, 600: 600 / 25.4}


@dataclass(frozen=True)
class Label:
    """One label. `payload` goes into the symbol as it is; upper-case URLs make the smaller, alphanumeric symbol.

    `details` are (caption, value) pairs, the most important first: a label too small for all leaves off the last.
    """

    payload: str
    identifier: str
    title: str
    subtitle: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stock:
    """A sheet of labels; every length in millimetres, measured from the top left corner of the page."""

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

    @property
    def positions(self) -> int:
        return self.columns * self.rows

    def corner(self, position: int) -> tuple[float, float]:
        """Top left corner (mm) of the label at `position`, counted from 0, row by row."""
        row, column = divmod(position, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y


A4_3X8 = Stock("A4, 3 × 8, 70 × 37 mm", 210, 297, 3, 8, 70, 37, 0, 0.5, 70, 37)


def dots_per_mm(dpi: int) -> float:
    """Raises LabelError `unsupported-dpi`."""
    if dpi not in DOTS_PER_MM:
        raise LabelError(
            "unsupported-dpi",
            N_("{dpi} dots per inch is no resolution that labels are made for."),
            N_("Choose one of {choices}."),
            dpi=dpi,
            choices=", ".join(str(choice) for choice in DOTS_PER_MM),
        )
    return DOTS_PER_MM[dpi]


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
