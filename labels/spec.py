"""What is to be printed and on what: labels, sheets of them, and the dot grids of printers. No drawing."""

from dataclasses import dataclass

from labels.errors import N_, LabelError
from labels.stock import A4_3X8, Stock, checked_start

__all__ = ["A4_3X8", "DOTS_PER_MM", "Label", "Stock", "checked_start", "dots_per_mm"]

# Thermal heads of the "203 dpi" class have 8 dots to the millimetre; the others are true to their name.
DOTS_PER_MM = {150: 150 / 25.4, 203: 8.0, 300: 300 / 25.4, 600: 600 / 25.4}


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
