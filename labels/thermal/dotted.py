"""What TSPL and EPL2 have in common: everything as dots, but for the symbols that the printer is to draw itself."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from labels import raster
from labels.placed import Placed, Symbol
from labels.spec import dots_per_mm
from labels.thermal.bits import bands, moved
from labels.thermal.setup import Setup

# Nothing in it can end a quoted text, escape or begin a command; everything else goes as dots.
HARMLESS = re.compile(r"[ #-\[\]-~]+")
LARGEST_MODULE = 10


class Dotted(ABC):
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.shift = (0, 0)

    def stream(self, placed: Iterable[Placed]) -> Iterator[bytes]:
        """One item a label, in order; what prepares the printer stands before the first."""
        for number, label in enumerate(placed):
            if not number:
                per_mm = dots_per_mm(label.dpi)
                self.shift = round(self.setup.offset_x * per_mm), round(self.setup.offset_y * per_mm)
            yield b"".join([self.before(label) if not number else b"", *self._label(label)])

    def _label(self, label: Placed) -> Iterator[bytes]:
        native: list[bytes] = []
        dotted: list[Symbol] = []
        for symbol in label.symbols:
            field = self._native(symbol)
            if field is None:
                dotted.append(symbol)
            else:
                native.append(field)
        bare = (
            label if not native else Placed(label.width, label.height, label.dpi, tuple(dotted), label.parts)
        )
        yield self.begin(label)
        for left, top, dots in bands(moved(raster.dots(bare), *self.shift)):
            yield self.bitmap(left, top, dots)
        yield from native
        yield self.end

    def _native(self, symbol: Symbol) -> bytes | None:
        left, top = symbol.left + self.shift[0], symbol.top + self.shift[1]
        if self.setup.drawing != "native" or left < 0 or top < 0 or not HARMLESS.fullmatch(symbol.text):
            return None
        return self.symbol(symbol, left, top)

    end: bytes

    @abstractmethod
    def before(self, label: Placed) -> bytes:
        """Once a chunk: they hold until they are changed."""

    @abstractmethod
    def begin(self, label: Placed) -> bytes:
        """Empties the picture in the printer."""

    @abstractmethod
    def bitmap(self, left: int, top: int, dots: raster.Dots) -> bytes:
        """`left` in whole bytes."""

    @abstractmethod
    def symbol(self, symbol: Symbol, left: int, top: int) -> bytes | None:
        """By the printer's own encoder; None where that cannot make it."""
