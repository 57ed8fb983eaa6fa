"""Which writer speaks a printer's language."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from labels.errors import N_, LabelError
from labels.placed import Placed
from labels.thermal.epl import Epl
from labels.thermal.setup import Setup
from labels.thermal.tspl import Tspl
from labels.thermal.zpl import Zpl


class Writer(Protocol):
    """Of one language; made for one chunk of labels of one size, which can be sent alone."""

    def stream(self, placed: Iterable[Placed]) -> Iterator[bytes]:
        """One item a label, in order; what prepares the printer stands before the first."""


def writer(language: str, setup: Setup) -> Writer:
    """For `zpl`, `tspl` or `epl`. Raises LabelError `unknown-printer-language`."""
    match language:
        case "zpl":
            return Zpl(setup)
        case "tspl":
            return Tspl(setup)
        case "epl":
            return Epl(setup)
    raise LabelError(
        "unknown-printer-language",
        N_("“{language}” is no language of label printers."),
        N_("Choose zpl, tspl or epl."),
        language=language[:40],
    )
