"""How a thermal printer is to be driven. Imports nothing heavy."""

from dataclasses import dataclass

from labels.errors import N_

# What the printer draws itself. Exact: nothing, it burns our dots, and a proof sees every one of them. Mixed: ASCII
# text in its own typeface, symbols as dots. Native: its own symbols as well, for the shortest stream.
DRAWINGS = {
    "exact": N_("Every dot as designed"),
    "mixed": N_("Codes as designed, plain text in the printer's type"),
    "native": N_("Codes and plain text by the printer"),
}
MEDIA = {"gap": N_("Labels with gaps"), "mark": N_("Black marks"), "continuous": N_("Continuous")}
CUTTERS = {"tear": N_("Tear off"), "cut": N_("Cut after each label"), "peel": N_("Peel off")}
LARGEST_OFFSET = 20.0  # mm


@dataclass(frozen=True, slots=True)
class Setup:
    """`gap` in mm (height of the mark for `mark`); `darkness` 0 to 100 and `speed` in inches a second, None for what
    the printer is set to; `turned` prints upside down; offsets in mm, to the right and down."""

    drawing: str = "exact"
    media: str = "gap"
    gap: float = 3.0
    darkness: int | None = None
    speed: int | None = None
    cutter: str = "tear"
    turned: bool = False
    offset_x: float = 0.0
    offset_y: float = 0.0
