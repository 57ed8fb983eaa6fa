"""TSPL and TSPL2: the label as bitmaps, symbols by the printer where its setup says so."""

import numpy as np

from labels.placed import Placed, Symbol
from labels.raster import Dots
from labels.thermal import settings
from labels.thermal.bits import packed, row_bytes
from labels.thermal.code128 import START_A, START_C, values_of
from labels.thermal.dotted import LARGEST_MODULE, Dotted


class Tspl(Dotted):
    end = b"PRINT 1,1\r\n"

    def before(self, label: Placed) -> bytes:
        return settings.tspl(self.setup, label.width, label.height).encode()

    def begin(self, label: Placed) -> bytes:  # noqa: ARG002
        return b"CLS\r\n"

    def bitmap(self, left: int, top: int, dots: Dots) -> bytes:
        head = f"BITMAP {left},{top},{row_bytes(dots)},{dots.shape[0]},0,"
        return head.encode() + packed(dots) + b"\r\n"

    def symbol(self, symbol: Symbol, left: int, top: int) -> bytes | None:
        text = symbol.text
        if symbol.kind == "Code128":
            return self._bars(symbol, left, top)
        if symbol.across != symbol.down or symbol.across > LARGEST_MODULE:
            return None
        if symbol.kind == "QRCode":
            return f'QRCODE {left},{top},{symbol.level},{symbol.across},A,0,M2,S7,"{text}"\r\n'.encode()
        if symbol.kind == "DataMatrix" and not symbol.gs1 and not symbol.rotation:
            rows, columns = symbol.matrix.shape
            size = f"{symbol.width},{symbol.height},x{symbol.across},{rows},{columns}"
            return f'DMATRIX {left},{top},{size},"{text}"\r\n'.encode()
        return None

    def _bars(self, symbol: Symbol, left: int, top: int) -> bytes | None:
        """The code characters one by one (128M), so that the symbol is as wide as it was planned."""
        if symbol.rotation or symbol.across > LARGEST_MODULE or "!" in symbol.text:
            return None
        values = values_of(np.ascontiguousarray(symbol.matrix))
        if values is None or values[0] == START_A:
            return None
        in_c, data = values[0] == START_C, [f"!{values[0]}"]
        for value in values[1:]:
            if in_c and value < 100:
                data.append(f"{value:02d}")
            elif not in_c and value < 95:
                data.append(chr(value + 32))
            elif value in (99, 100, 102):
                data.append(f"!{value:03d}")
                in_c = value == 99 or (in_c and value == 102)
            else:
                return None
        module = symbol.across
        return (
            f'BARCODE {left},{top},"128M",{symbol.down},0,0,{module},{module},"{"".join(data)}"\r\n'.encode()
        )
