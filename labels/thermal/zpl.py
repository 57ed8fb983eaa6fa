"""ZPL II: dots as graphics, plain text and symbols by the printer where its setup says so.

Text that comes again and is drawn as dots is stored in the printer once and recalled by name. A value never becomes a
command: whatever could be one is written as its number (^FH).
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice

from labels.placed import Part, Placed, Run, Symbol
from labels.raster import Dots, part_dots, run_dots, symbol_dots
from labels.spec import dots_per_mm
from labels.thermal import settings, zpl_symbols
from labels.thermal.bits import hex_rows, row_bytes
from labels.thermal.setup import Setup
from labels.thermal.zpl_symbols import TURNS, escaped

WINDOW = 256  # labels whose symbols are drawn together
MOST_STORED, MOST_STORED_BYTES = 200, 256_000  # in the printer
MOST_REMEMBERED = 4_096  # parts, and texts

_LEAST_HEIGHT = 10  # dots, of the printer's typeface
_LEAST_STRETCH = 0.5  # narrower than this it cannot be read

# Advances of the printer's scalable typeface (font 0) in hundredths of its width, generously; 0 for what it has not.
_ADVANCES = {
    **dict.fromkeys(map(chr, range(32, 127)), 53),
    **dict.fromkeys("%@W", 86),
    **dict.fromkeys("Mm", 80),
    **dict.fromkeys("&w", 70),
    **dict.fromkeys("CDGHNOQRUABKPSVXY", 63),
    **dict.fromkeys("!\"'(),.[]`{|}r", 36),
    **dict.fromkeys(" /:;Ifijlt", 31),
}
ADVANCES = bytes(_ADVANCES.get(chr(code), 0) for code in range(256))


class Zpl:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._texts = setup.drawing in ("mixed", "native")
        self._natives = setup.drawing == "native"
        self._parts: dict[int, tuple[Part, list[bytes | _Graphic]]] = {}
        self._runs: dict[Hashable, _Graphic] = {}
        self._names = 0
        self._stored_bytes = 0
        self._shift = (0, 0)
        self._per_mm = 8.0

    def stream(self, placed: Iterable[Placed]) -> Iterator[bytes]:
        """One format a label; the first has the settings, graphics are stored before the label that recalls them."""
        source, head = iter(placed), b""
        first = next(source, None)
        if first is None:
            return
        head = self._settings(first)
        window = [first, *islice(source, WINDOW - 1)]
        while window:
            symbols = zpl_symbols.fields(window, self._origin, self._cut_off, native=self._natives)
            for label, codes in zip(window, symbols, strict=True):
                before: list[bytes] = []
                fields = [b"^XA", head]
                self._fields(label, before, fields)
                fields += codes
                fields.append(b"^XZ\n")
                head = b""
                yield b"".join(before + fields) if before else b"".join(fields)
            window = list(islice(source, WINDOW))

    def _settings(self, label: Placed) -> bytes:
        """Once a chunk: they hold until they are changed."""
        self._per_mm = per_mm = dots_per_mm(label.dpi)
        self._shift = round(self._setup.offset_x * per_mm), round(self._setup.offset_y * per_mm)
        return settings.zpl(self._setup, label.width, label.height, label.dpi).encode()

    def _origin(self, left: int, top: int) -> str:
        """'' for what begins off the label."""
        left, top = left + self._shift[0], top + self._shift[1]
        return f"^FO{left},{top}" if left >= 0 and top >= 0 else ""

    # --- text, lines, pictures ---

    def _fields(self, label: Placed, before: list[bytes], found: list[bytes]) -> None:
        parts, number = self._parts, id
        for part in label.parts:
            known = parts.get(number(part))
            if known is None:
                if len(parts) >= MOST_REMEMBERED:
                    parts.clear()
                known = parts[number(part)] = part, self._drawn(part, label.dpi)
            found += [
                item if item.__class__ is bytes else self._recalled(item, before)  # type: ignore[arg-type]
                for item in known[1]
            ]

    def _drawn(self, part: Part, dpi: int) -> "list[bytes | _Graphic]":
        """Line by line, so that a caption is the same graphic on all labels, whatever the value beside it."""
        if not part.fills and not part.pictures:
            return [self._line(run) for run in part.runs]
        beyond = any(not self._origin(fill.left, fill.top) for fill in part.fills)
        if part.pictures or beyond or any(run.white for run in part.runs):
            return [self._graphic(*part_dots(part, dpi))]
        fills = [
            f"{self._origin(fill.left, fill.top)}^GB{fill.across},{fill.down},{min(fill.across, fill.down)}^FS".encode()
            for fill in part.fills
        ]
        return [*fills, *(self._line(run) for run in part.runs)]

    def _line(self, run: Run) -> "bytes | _Graphic":
        """In the printer's own typeface where that may be, no wider than it was measured."""
        text = run.text
        if not self._texts or run.white or run.glyphs is not None or not text.isascii():
            return self._run_graphic(run)
        advances = text.encode().translate(ADVANCES)
        per_mm = self._per_mm
        high = round(run.size * per_mm * 0.97)  # the same height of capitals
        wide = min(high, int(run.width * per_mm * 100 / (sum(advances) or 1)))
        x, y = round(run.x * per_mm) + self._shift[0], round(run.baseline * per_mm) + self._shift[1]
        too_small = high < _LEAST_HEIGHT or wide < _LEAST_STRETCH * high
        if too_small or x < 0 or y < 0 or 0 in advances:
            return self._run_graphic(run)
        return f"^FT{x},{y}^A0{TURNS[run.angle]},{high},{wide}^FH^FD{escaped(text)}^FS".encode()

    def _run_graphic(self, run: Run) -> "_Graphic":
        key = run.text, run.x, run.baseline, run.size, run.face, run.angle, run.white
        known = self._runs.get(key)
        if known is None:
            if len(self._runs) >= MOST_REMEMBERED:
                self._runs.clear()
            patch = run_dots(run, self._per_mm)
            # White text stands on the black of another part: reversed there.
            known = self._runs[key] = self._graphic(
                patch.left, patch.top, patch.dots, "^FR" if run.white else ""
            )
        return known

    def _graphic(self, left: int, top: int, dots: Dots, reversing: str = "") -> "_Graphic":
        """What an offset pushes over the left or upper edge is cut off, not moved."""
        over_x, over_y = max(0, -(left + self._shift[0])), max(0, -(top + self._shift[1]))
        left, top, dots = left + over_x, top + over_y, dots[over_y:, over_x:]
        high = max(1, zpl_symbols.LARGEST_FIELD // max(1, row_bytes(dots)))
        strips = [
            (self._origin(left, top + first) + reversing, dots[first : first + high])
            for first in range(0, dots.shape[0], high)
        ]
        return _Graphic(strips if dots.size else [])

    def _cut_off(self, symbol: Symbol) -> bytes:
        return self._graphic(symbol.left, symbol.top, symbol_dots(symbol)).field

    def _recalled(self, graphic: "_Graphic", before: list[bytes]) -> bytes:
        """The second time a graphic comes, it is stored in the printer, as long as there is room."""
        graphic.seen += 1
        if graphic.seen == 2 and self._names < MOST_STORED:
            if self._stored_bytes + graphic.size > MOST_STORED_BYTES or not graphic.size:
                return graphic.field
            if not self._names:  # what an earlier run has left must not be recalled when storing fails
                before.append(b"^XA^IDR:SY*.GRF^FS^XZ\n")
            name = f"R:SY{self._names:06d}.GRF"
            before.append(f"~DG{name},{graphic.data}\n".encode())
            graphic.field = f"{graphic.origin}^XG{name},1,1^FS".encode()
            self._names, self._stored_bytes = self._names + 1, self._stored_bytes + graphic.size
        return graphic.field


class _Graphic:
    """Dots at their place: `field` draws them, or recalls them once they are stored; `size` 0 for what cannot be."""

    __slots__ = ("data", "field", "origin", "seen", "size")

    def __init__(self, strips: Sequence[tuple[str, Dots]]) -> None:
        fields = []
        self.origin, self.data, self.seen, self.size = "", "", 0, 0
        for origin, dots in strips:
            across = row_bytes(dots)
            self.origin, self.size = origin, across * dots.shape[0]
            self.data = f"{self.size},{across},{hex_rows(dots)}"
            fields.append(f"{origin}^GFA,{self.size},{self.data}^FS")
        if len(strips) != 1:
            self.size = 0
        self.field = "".join(fields).encode()
