"""The dot grids of printers, and the stock that labels are printed on by default. No drawing."""

from labels.errors import N_, LabelError
from labels.stock import A4_3X8, Stock, checked_start

__all__ = ["A4_3X8", "DOTS_PER_MM", "Stock", "checked_start", "dots_per_mm"]

# Thermal heads of the "203 dpi" class have 8 dots to the millimetre; the others are true to their name.
DOTS_PER_MM = {150: 150 / 25.4, 203: 8.0, 300: 300 / 25.4, 600: 600 / 25.4}


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
