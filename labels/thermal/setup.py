"""How a thermal printer is to be driven, and which writer speaks its language. Imports nothing heavy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from labels.errors import N_, LabelError

if TYPE_CHECKING:
    from labels.placed import Placed

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


class Writer(Protocol):
    """Of one language; made for one chunk of labels of one size, which can be sent alone."""

    def stream(self, placed: "Iterable[Placed]") -> Iterator[bytes]:
        """One item a label, in order; what prepares the printer stands before the first."""


def writer(language: str, setup: Setup) -> Writer:
    """For `zpl`, `tspl` or `epl`. Raises LabelError `unknown-printer-language`."""
    if language == "zpl":
        from labels.thermal.zpl import Zpl

        return Zpl(setup)
    if language == "tspl":
        from labels.thermal.tspl import Tspl

        return Tspl(setup)
    if language == "epl":
        from labels.thermal.epl import Epl

        return Epl(setup)
    raise LabelError(
        "unknown-printer-language",
        N_("“{language}” is no language of label printers."),
        N_("Choose zpl, tspl or epl."),
        language=language[:40],
    )
