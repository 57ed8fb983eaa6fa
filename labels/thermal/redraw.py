"""Draws a stream of commands again, as a printer would, so that every symbol in it can be read back before it is sent.

Understands what our writers write and no more; a command it does not know is an error, for it could be a value that got
out of its field. Text in the printer's own typeface is not drawn: nobody here has it.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from labels.errors import N_, LabelError
from labels.raster import Dots
from labels.thermal import redraw_symbols as symbols

MOST_DOTS = 60_000_000
_ZPL = re.compile(rb"([\^~][A-Z][A-Z0-9@])([^\^~]*)")
_GRF = re.compile(rb"R:(SY\d{6})\.GRF,(\d+),(\d+),([^\n]*)\n")


def pictures(stream: bytes, language: str) -> Iterator[Dots]:
    """(rows, columns), True where black, of each label in turn. Raises LabelError `bad-printer-stream`."""
    try:
        yield from {"zpl": _zpl, "tspl": _tspl, "epl": _epl}[language](stream)
    except (ValueError, IndexError, KeyError) as error:
        raise LabelError(
            "bad-printer-stream",
            N_("The commands for the printer are not what was meant ({what})."),
            N_("Nothing was printed. Report this, with the template."),
            what=str(error)[:80],
        ) from error


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        if not 0 < width * height <= MOST_DOTS:
            raise ValueError(f"{width} × {height} dots")
        self.dots = np.zeros((height, width), np.bool_)

    def put(self, left: int, top: int, dots: Dots, *, over: bool = False, reverse: bool = False) -> None:
        """As printers do: what lies beyond the edge is lost."""
        room = self.dots[top : top + dots.shape[0], left : left + dots.shape[1]]
        inside = dots[: room.shape[0], : room.shape[1]]
        if over:
            room[:] = inside
        elif reverse:
            room ^= inside
        else:
            room |= inside


# --- ZPL II ---


def _zpl(stream: bytes) -> Iterator[Dots]:
    """^, ~ and line ends stand only where a command begins: `escaped` sees to that."""
    stored: dict[str, Dots] = {}
    size = (0, 0)
    for block in re.findall(rb"~DG[^\n]*\n|\^XA.*?\^XZ\n|.", stream, re.DOTALL):
        if block.startswith(b"~DG"):
            found = _GRF.fullmatch(block[3:])
            if found is None:
                raise ValueError("~DG")
            stored[found[1].decode()] = _hexadecimal(found[4].decode(), int(found[2]), int(found[3]))
        elif block.startswith(b"^XA^ID"):
            stored.clear()
        elif block.startswith(b"^XA"):
            format_ = _Format(block[3:-4], stored, size)
            size = format_.size
            yield format_.drawn()
        else:
            raise ValueError(block[:1].decode("latin-1"))


class _Format:
    """One ^XA … ^XZ; size and settings hold on from the one before."""

    def __init__(self, body: bytes, stored: dict[str, Dots], size: tuple[int, int]) -> None:
        self._commands = [(name.decode(), rest.decode()) for name, rest in _ZPL.findall(body)]
        if b"".join(name.encode() + rest.encode() for name, rest in self._commands) != body:
            raise ValueError("^XA")
        words = dict(self._commands)
        self.size = int(words.get("^PW", size[0])), int(words.get("^LL", size[1]))
        self._stored = stored

        self._canvas = _Canvas(*self.size)
        self._at, self._bar, self._reverse = (0, 0), (2, 10), False
        self._code, self._data = ("", ""), ""

    def drawn(self) -> Dots:
        for name, rest in self._commands:
            if not (self._set(name, rest) or self._draw(name, rest) or name in _SETTINGS):
                raise ValueError(name)
        return self._canvas.dots

    def _set(self, name: str, rest: str) -> bool:
        match name:
            case "^FO" | "^FT":
                left, top = rest.split(",")
                self._at, self._code, self._reverse = (int(left), int(top)), ("", ""), False
            case "^FR":
                self._reverse = True
            case "^BY":
                numbers = [int(each) for each in rest.split(",")]
                self._bar = numbers[0], (*numbers, 3, 10)[2]
            case "^BQ" | "^BX" | "^BC" | "^A0":
                self._code = name, rest
            case "^FD":
                self._data = _unescaped(rest)
            case _:
                return False
        return True

    def _draw(self, name: str, rest: str) -> bool:
        match name:
            case "^GF":
                _, total, _, row, text = rest.split(",", 4)
                dots = _hexadecimal(text, int(total), int(row))
                self._canvas.put(*self._at, dots, reverse=self._reverse)
            case "^XG":
                self._canvas.put(*self._at, self._stored[rest[2:10]], reverse=self._reverse)
            case "^GB":
                wide, high, _ = map(int, rest.split(","))
                self._canvas.put(*self._at, np.ones((high, wide), np.bool_))
            case "^FS":
                if self._code[0] not in ("", "^A0"):
                    self._canvas.put(*symbols.zpl(*self._code, self._data, self._at, self._bar))
                self._code = "", ""
            case _:
                return False
        return True


_SETTINGS = frozenset(
    ("^CI", "^MN", "^MM", "^PO", "^LH", "^LS", "^LT", "^PQ", "^PW", "^LL", "^MD", "~SD", "^PR", "^FH")
)


def _unescaped(text: str) -> str:
    return re.sub(r"_([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


def _hexadecimal(text: str, total: int, row: int) -> Dots:
    """Of ZPL's compressed rows; `total` bytes in rows of `row`."""
    digits, rows, place = 2 * row, [""], 0
    text = _COUNTED.sub(_repeated, text)
    while place < len(text):
        if text[place] == ":":
            rows.append(rows[-1])
            place += 1
            continue
        end = place + digits
        comma = text.find(",", place, end)
        if comma >= 0:
            rows.append(text[place:comma].ljust(digits, "0"))
            place = comma + 1
        else:
            rows.append(text[place:end])
            place = end
        if len(rows) * row > total + row:
            raise ValueError("^GF")
    if len(rows[1:]) * row != total or any(len(each) != digits for each in rows[1:]):
        raise ValueError("^GF")
    packed = np.frombuffer(bytes.fromhex("".join(rows)), np.uint8).reshape(-1, row)
    return np.unpackbits(packed, axis=1).view(np.bool_)


_COUNTED = re.compile(r"([G-Yg-z]+)([0-9A-F])")


def _repeated(found: re.Match[str]) -> str:
    """G to Y count 1 to 19, g to z 20 to 400; counts beside one another add up."""
    count = sum(ord(each) - 70 if each < "Z" else 20 * (ord(each) - 102) for each in found[1])
    return found[2] * count


# --- TSPL ---

_TSPL_SETTINGS = re.compile(
    rb"(GAP|BLINE|DIRECTION|REFERENCE|SET CUTTER|SET PEEL|DENSITY|SPEED) [0-9A-Zm ,.]+|"
    rb"SIZE ([\d.]+) mm,([\d.]+) mm|"
)
_TSPL_BITMAP = re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,")


def _tspl(stream: bytes) -> Iterator[Dots]:
    """Bitmaps tell how large the label is at least; its true size in dots needs the resolution, which nobody says."""
    return _by_lines(
        stream, _Lines(b"\r\n", b"CLS", b"PRINT 1,1", _TSPL_BITMAP, symbols.tspl, _TSPL_SETTINGS)
    )


class _Lines(NamedTuple):
    """A language of one command a line: what begins a label and what ends it, and what else may stand there."""

    end: bytes
    begins: bytes
    prints: bytes
    bitmap: "re.Pattern[bytes]"
    symbol: Callable[[bytes], symbols.Placing | None]
    settings: "re.Pattern[bytes]"


def _by_lines(stream: bytes, language: _Lines) -> Iterator[Dots]:
    canvas, position = _Growing(), 0
    while position < len(stream):
        if bitmap := language.bitmap.match(stream, position):
            position = canvas.bitmap(bitmap, stream, language.end)
            continue
        line, _, _ = stream[position : position + 8_000].partition(language.end)
        position += len(line) + len(language.end)
        if line == language.begins:
            canvas = _Growing()
        elif line == language.prints:
            yield canvas.dots()
        elif (found := language.symbol(line)) is not None:
            canvas.put(*found)
        elif not language.settings.fullmatch(line):
            raise ValueError(line[:40].decode("latin-1"))


class _Growing:
    """A label as large as what is on it."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, int, Dots, bool]] = []

    def put(self, left: int, top: int, dots: Dots, *, over: bool = False) -> None:
        self._parts.append((left, top, dots, over))

    def bitmap(self, head: "re.Match[bytes]", stream: bytes, end: bytes) -> int:
        """Takes the data after the command; where the next command begins."""
        left, top, row, rows = map(int, head.groups())
        start, stop = head.end(), head.end() + row * rows
        if stream[stop : stop + len(end)] != end or not row * rows:
            raise ValueError("bitmap")
        packed = np.frombuffer(stream[start:stop], np.uint8).reshape(rows, row)
        self.put(left, top, ~np.unpackbits(packed, axis=1).astype(np.bool_), over=True)
        return stop + len(end)

    def dots(self) -> Dots:
        width = max((left + dots.shape[1] for left, _, dots, _ in self._parts), default=1)
        height = max((top + dots.shape[0] for _, top, dots, _ in self._parts), default=1)
        canvas = _Canvas(width + 8, height + 8)
        for left, top, dots, over in self._parts:
            canvas.put(left, top, dots, over=over)
        return canvas.dots


# --- EPL2 ---

_EPL_SETTINGS = re.compile(rb"q\d+|Q\d+,B?\d+|Z[BT]|R0,0|O[CP]|D\d+|S\d|")
_EPL_BITMAP = re.compile(rb"GW(\d+),(\d+),(\d+),(\d+),")


def _epl(stream: bytes) -> Iterator[Dots]:
    return _by_lines(stream, _Lines(b"\n", b"N", b"P1", _EPL_BITMAP, symbols.epl, _EPL_SETTINGS))
