"""Symbols of a label in ZPL: as dots, those of one shape drawn together, or by the printer's own encoders.

The printer is told to make the very symbol that was planned: the mode of a QR code, the size of a Data Matrix, the code
characters of a Code 128. What it cannot be told goes as dots.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from labels.placed import Placed, Symbol
from labels.thermal.bits import symbols_hex
from labels.thermal.code128 import START_A, START_B, START_C, values_of

LARGEST_MAGNIFICATION = 10
LARGEST_FIELD = 99_999  # bytes of a graphic
TURNS = {0: "N", 90: "R", 180: "I", 270: "B"}
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")
_HARMFUL = re.compile(r"[\x00-\x1f^~_\\\x7f-\x9f]")
_ESCAPED = {code: f"_{code:02X}" for code in (*range(32), *map(ord, "^~_\\"), *range(127, 160))}
_STARTS = {START_B: ">:", START_C: ">;"}

Origin = Callable[[int, int], str]  # the command that goes there; '' off the label


def escaped(text: str) -> str:
    """As field data after ^FH: nothing in it can end the field or begin a command."""
    return text.translate(_ESCAPED) if _HARMFUL.search(text) else text


def fields(
    window: Sequence[Placed], origin: Origin, cut_off: Callable[[Symbol], bytes], *, native: bool
) -> list[list[bytes]]:
    """For each label the fields of its symbols; `cut_off` draws those that begin off the label or are
    too large for one field."""
    found: list[list[bytes]] = [[b""] * len(label.symbols) for label in window]
    alike: dict[tuple[int, ...], list[tuple[int, int, str, Symbol]]] = defaultdict(list)
    for number, label in enumerate(window):
        for place, symbol in enumerate(label.symbols):
            start = origin(symbol.left, symbol.top)
            own = native_field(symbol, start, origin) if native and start else None
            if own is not None:
                found[number][place] = own
            elif start and (symbol.width + 7) // 8 * symbol.height <= LARGEST_FIELD:
                key = (*symbol.matrix.shape, symbol.across, symbol.down)
                alike[key].append((number, place, start, symbol))
            else:
                found[number][place] = cut_off(symbol)
    for group in alike.values():
        rows = symbols_hex([symbol for *_, symbol in group])
        for (number, place, start, symbol), text in zip(group, rows, strict=True):
            size = (symbol.width + 7) // 8
            total = size * symbol.height
            found[number][place] = b"%b^GFA,%d,%d,%d,%b^FS" % (start.encode(), total, total, size, text)
    return found


def native_field(symbol: Symbol, start: str, origin: Origin) -> bytes | None:
    """By the printer's own encoder, where that makes the same size of the same text; else None."""
    text = symbol.text
    if symbol.kind == "Code128":
        return _bars(symbol, start)
    if symbol.across != symbol.down or not text.isascii() or symbol.across > LARGEST_MAGNIFICATION:
        return None
    if symbol.kind == "QRCode" and text.isprintable():
        # It comes out one dot lower for each dot of bar height that is set, and upright.
        higher = origin(symbol.left, symbol.top - 1)
        if not higher:
            return None
        data = f"{symbol.level}M,{_mode(text)}{escaped(text)}"
        return f"^BY2,3,1{higher}^BQN,2,{symbol.across}^FH^FD{data}^FS".encode()
    if (
        symbol.kind == "DataMatrix" and not symbol.gs1 and "\\" not in text
    ):  # ours stands for nothing but FNC1
        rows, columns = symbol.matrix.shape
        turn = TURNS[symbol.rotation]
        return f"{start}^BX{turn},{symbol.across},200,{columns},{rows},,\\^FH^FD{escaped(text)}^FS".encode()
    return None


def _mode(text: str) -> str:
    """The character mode of a QR code: what our encoder takes, so that the version is the same."""
    if text.isdecimal():
        return "N"
    return "A" if _ALPHANUMERIC.fullmatch(text) else f"B{len(text):04d}"


def _bars(symbol: Symbol, start: str) -> bytes | None:
    """The same code characters as ours, one by one, so that the symbol is as wide as it was planned."""
    upright = symbol.rotation in (0, 180)
    module, high = (symbol.across, symbol.down) if upright else (symbol.down, symbol.across)
    values = values_of(np.rot90(symbol.matrix, symbol.rotation // 90))
    data = _subset_codes(values) if values and module <= LARGEST_MAGNIFICATION else None
    if data is None:
        return None
    return f"^BY{module}{start}^BC{TURNS[symbol.rotation]},{high},N,N,N,N^FH^FD{data}^FS".encode()


def _subset_codes(values: tuple[int, ...]) -> str | None:
    """Code 128 values as ^BC takes them without automatic subsets; None for those it has no letters for."""
    code_set = values[0]
    if code_set == START_A:
        return None
    text = [_STARTS[code_set]]
    for value in values[1:]:
        if value == 102:
            text.append(">8")
        elif code_set == START_C and value < 100:
            text.append(f"{value:02d}")
        elif code_set == START_B and value < 95 and value != ord(">") - 32:  # that begins a code of ZPL
            text.append(escaped(chr(value + 32)))
        elif value == 99 and code_set == START_B:
            code_set = START_C
            text.append(">5")
        elif value == 100 and code_set == START_C:
            code_set = START_B
            text.append(">6")
        else:
            return None
    return "".join(text)
