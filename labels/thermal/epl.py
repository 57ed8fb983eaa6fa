"""EPL2: the label as bitmaps, two-dimensional symbols by the printer where its setup says so."""

from labels.placed import Placed, Symbol
from labels.raster import Dots
from labels.thermal import settings
from labels.thermal.bits import packed, row_bytes
from labels.thermal.dotted import LARGEST_MODULE, Dotted


class Epl(Dotted):
    end = b"P1\n"

    def before(self, label: Placed) -> bytes:
        return settings.epl(self.setup, label.width, label.height, label.dpi).encode()

    def begin(self, label: Placed) -> bytes:  # noqa: ARG002
        return b"N\n"

    def bitmap(self, left: int, top: int, dots: Dots) -> bytes:
        return f"GW{left},{top},{row_bytes(dots)},{dots.shape[0]},".encode() + packed(dots) + b"\n"

    def symbol(self, symbol: Symbol, left: int, top: int) -> bytes | None:
        if symbol.across != symbol.down or symbol.across > LARGEST_MODULE:
            return None
        if symbol.kind == "QRCode":
            return f'b{left},{top},Q,m2,s{symbol.across},e{symbol.level},iA,"{symbol.text}"\n'.encode()
        if symbol.kind == "DataMatrix" and not symbol.gs1 and not symbol.rotation:
            rows, columns = symbol.matrix.shape
            return f'b{left},{top},D,c{columns},r{rows},h{symbol.across},"{symbol.text}"\n'.encode()
        return None
