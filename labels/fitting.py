"""Whether labels fit on a stock and in reach of a printer: to 0.05 mm, and which measure is to blame where they do not.

What sheets are made of is said by `stock`; nothing is drawn here.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from labels.errors import N_, LabelError
from labels.stock import KINDS, Stock

TOLERANCE = 0.05  # mm; what a knife or a printer cannot be held to
LONGEST = 2000.0  # mm, of any measure
MOST_COLUMNS, MOST_ROWS = 50, 200

_LENGTHS = ("page_width", "page_height", "width", "height", "left", "top", "pitch_x", "pitch_y")
_MAY_BE_ZERO = ("left", "top", "gap", "radius")
_ENDLESS = ("page_height", "height", "pitch_y")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a printer can print on: margins (mm) that it leaves white on every page, and its head's width (0: any)."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    head: float = 0.0


@dataclass(frozen=True, slots=True)
class Misfit:
    """One measure that is off: `found` mm where `limit` mm is the most, or the least where `found` is smaller.

    `measure` is a field of `Stock`, or `template-width`, `template-height`; `message` is a template of `values`.
    """

    measure: str
    found: float
    limit: float
    message: str
    values: dict[str, Any]

    def __str__(self) -> str:
        return self.message.format(**self.values)

    def error(self) -> LabelError:
        return LabelError(
            "layout-does-not-fit",
            self.message,
            N_("Correct this measure, or choose another stock or template."),
            **self.values,
        )


class _Words(NamedTuple):
    """What is to be said of one direction: names of the measures, and the messages about them."""

    margin: str
    pitch: str
    size: str
    margin_large: str
    pitch_large: str
    size_large: str
    pitch_small: str
    margin_small: str


_ACROSS = _Words(
    "left",
    "pitch_x",
    "width",
    N_(
        "Column {number} ends {over} mm beyond the right edge of the page: "
        "the left margin is {found} mm, where {limit} mm is the most."
    ),
    N_(
        "Column {number} ends {over} mm beyond the right edge of the page: "
        "the distance from column to column is {found} mm, where {limit} mm is the most."
    ),
    N_(
        "Column {number} ends {over} mm beyond the right edge of the page: "
        "the label is {found} mm wide, where {limit} mm is the most."
    ),
    N_("Columns overlap: the distance from column to column is {found} mm, where {limit} mm is the least."),
    N_("The left margin is {found} mm, where {limit} mm is the least."),
)
_DOWN = _Words(
    "top",
    "pitch_y",
    "height",
    N_(
        "Row {number} ends {over} mm below the page: "
        "the top margin is {found} mm, where {limit} mm is the most."
    ),
    N_(
        "Row {number} ends {over} mm below the page: "
        "the distance from row to row is {found} mm, where {limit} mm is the most."
    ),
    N_(
        "Row {number} ends {over} mm below the page: "
        "the label is {found} mm high, where {limit} mm is the most."
    ),
    N_("Rows overlap: the distance from row to row is {found} mm, where {limit} mm is the least."),
    N_("The top margin is {found} mm, where {limit} mm is the least."),
)


def fits(
    stock: Stock,
    size: tuple[float, float] | None = None,
    printer: Reach | None = None,
    ink: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
) -> list[Misfit]:
    """What keeps labels of `size` (width, height) from `stock` on `printer`; empty where all fits.

    `ink` says how far (mm: left, top, right, bottom) a label's edge is from the first dot of it that is printed. A roll
    takes labels lengthwise as well, where nothing is said of the printer: its driver turns the page.
    """
    if size is not None:
        stock = stock.cut_to(size[1])
    found = list(_along(_ACROSS, stock.page_width, stock.left, stock.width, stock.pitch_x, stock.columns))
    if stock.height or not stock.endless:
        found += _along(_DOWN, stock.page_height, stock.top, stock.height, stock.pitch_y, stock.rows)
    if size is not None:
        turned = stock.turned() if printer is None else None
        if turned is None or size_misfits(turned, *size):
            found += size_misfits(stock, *size)
    if printer is not None and not found:
        found += _beyond(stock, printer, ink)
    return found


def checked(stock: Stock) -> Stock:
    """`stock`, whose measures someone has typed. Raises LabelError `bad-stock-measure` and `layout-does-not-fit`."""
    may_be_zero = (*_MAY_BE_ZERO, *_ENDLESS) if stock.endless else _MAY_BE_ZERO
    for measure in (*_LENGTHS, "gap", "radius"):
        least, value = (0.0 if measure in may_be_zero else 1.0), getattr(stock, measure)
        if not (math.isfinite(value) and least <= value <= LONGEST):
            raise _bad(measure, value, f"{least:g}", f"{LONGEST:g}")
    for measure, most in (("columns", MOST_COLUMNS), ("rows", MOST_ROWS)):
        if not 1 <= getattr(stock, measure) <= most:
            raise _bad(measure, getattr(stock, measure), "1", str(most))
    if stock.kind not in KINDS:
        raise _bad("kind", stock.kind, KINDS[0], KINDS[-1])
    for misfit in fits(stock):
        raise misfit.error()
    return stock


def _bad(measure: str, value: object, least: str, most: str) -> LabelError:
    return LabelError(
        "bad-stock-measure",
        N_("The measure “{measure}” of the stock is {value}."),
        N_("Give {least} to {most}."),
        measure=measure,
        value=str(value)[:40],
        least=least,
        most=most,
    )


def _misfit(
    measure: str, found: float, limit: float, message: str, number: int = 0, over: float = 0
) -> Misfit:
    """The limit is rounded towards what fits, so that whoever types the number that was told is let through."""
    steps = math.floor(limit * 100 + 1e-6) if found > limit else math.ceil(limit * 100 - 1e-6)
    values = {"found": _shown(found), "limit": _shown(steps / 100)}
    lost = {"number": number, "over": _shown(over)} if number else {}
    return Misfit(measure, found, steps / 100, message, values | lost)


def _shown(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")


def _along(
    words: _Words, page: float, start: float, size: float, pitch: float, count: int
) -> Iterator[Misfit]:
    """One direction: which of margin, pitch and size is to blame where the last label does not end on the page."""
    if start < -TOLERANCE:
        yield _misfit(words.margin, start, 0, words.margin_small)
    if count > 1 and pitch < size - TOLERANCE:
        yield _misfit(words.pitch, pitch, size, words.pitch_small)
        return
    reach = (count - 1) * pitch + size
    over = start + reach - page
    if over <= TOLERANCE:
        return
    if reach <= page + TOLERANCE:
        yield _misfit(words.margin, start, max(0.0, page - reach), words.margin_large, count, over)
    elif count > 1 and pitch > size + TOLERANCE and start + count * size <= page + TOLERANCE:
        limit = (page - start - size) / (count - 1)
        yield _misfit(words.pitch, pitch, limit, words.pitch_large, count, over)
    else:
        yield _misfit(words.size, size, (page - start) / count, words.size_large, count, over)


def size_misfits(stock: Stock, width: float, height: float) -> list[Misfit]:
    """Of a template on one label, as it lies there."""
    return list(_too_large(stock, width, height))


def _too_large(stock: Stock, width: float, height: float) -> Iterator[Misfit]:
    if width > stock.width + TOLERANCE:
        message = N_("The template is {found} mm wide and the label {limit} mm.")
        yield _misfit("template-width", width, stock.width, message)
    if height > stock.height + TOLERANCE:
        message = N_("The template is {found} mm high and the label {limit} mm.")
        yield _misfit("template-height", height, stock.height, message)


def _beyond(stock: Stock, printer: Reach, ink: tuple[float, float, float, float]) -> Iterator[Misfit]:
    """What would lie in the margins that the printer leaves white, or beside its head."""
    right = stock.page_width - stock.left - (stock.columns - 1) * stock.pitch_x - stock.width
    bottom = stock.page_height - stock.top - (stock.rows - 1) * stock.pitch_y - stock.height
    printed = stock.page_width - stock.left - ink[0] - right - ink[2]
    if printer.head and printed > printer.head + TOLERANCE:
        message = N_("What is printed is {found} mm wide and the printer's head {limit} mm.")
        yield _misfit("width", printed, printer.head, message)
    edges = (
        (
            *("left", stock.left + ink[0], printer.left),
            N_("Print begins {found} mm from the left edge, where the printer leaves {limit} mm white."),
        ),
        (
            *("top", stock.top + ink[1], printer.top),
            N_("Print begins {found} mm from the top edge, where the printer leaves {limit} mm white."),
        ),
        (
            *("right", right + ink[2], printer.right),
            N_("Print ends {found} mm from the right edge, where the printer leaves {limit} mm white."),
        ),
        (
            *("bottom", bottom + ink[3], printer.bottom),
            N_("Print ends {found} mm from the bottom edge, where the printer leaves {limit} mm white."),
        ),
    )
    for measure, found, limit, message in edges:
        if found < limit - TOLERANCE:
            yield _misfit(measure, found, limit, message)
