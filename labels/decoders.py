"""Reads symbols where they are known to be: cut out of a picture, by zxing-cpp and by a second decoder of its own.

For reading back what was made, not for photographs (`reading`). The second is zbar, or libdmtx for Data Matrix, which
zbar does not know. A symbol that is clear, which all of ours are, takes zxing-cpp 50 µs, zbar 150 µs and libdmtx
600 µs; whoever fails to read it gets the picture again in a more patient way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_void_p, cast, string_at
from typing import Any, NamedTuple, Self

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from pyzbar import wrapper

from labels import dmtx
from labels.placed import Placed, Symbol

Pixels = NDArray[np.uint8]

_QUIET = {"QRCode": 4, "DataMatrix": 1, "Code128": 10}  # modules, of the kinds that labels carry
_LINEAR = ("Code128",)
_ZBAR_KINDS = {"QRCode": wrapper.ZBarSymbol.QRCODE, "Code128": wrapper.ZBarSymbol.CODE128}
_ZBAR_BINARY = 4  # ZBAR_CFG_BINARY, which pyzbar has no name for
_GREY = sum(code << 8 * place for place, code in enumerate(b"Y800"))
_ENOUGH = 3  # pixels to the module, of a Data Matrix for libdmtx
_BARS = 24  # rows of dots that are enough of a linear code


class Wanted(NamedTuple):
    """A symbol as it must be found: `left` and `top` in pixels of the picture it is on. Cheap to send to a process."""

    left: int
    top: int
    across: int
    down: int
    rows: int
    columns: int
    modules: bytes
    kind: str
    text: str
    rotation: int
    gs1: bool

    @classmethod
    def of(cls, symbol: Symbol, left: int = 0, top: int = 0) -> Self:
        """`symbol` of a label whose corner lies at (`left`, `top`)."""
        rows, columns = symbol.matrix.shape
        return cls(
            left + symbol.left,
            top + symbol.top,
            symbol.across,
            symbol.down,
            rows,
            columns,
            np.packbits(symbol.matrix).tobytes(),
            symbol.kind,
            symbol.text,
            symbol.rotation,
            symbol.gs1,
        )


DECODERS = ("zxing", "zbar", "dmtx")


class Verdict(NamedTuple):
    """`exact`: every dot is as meant. `zbar` and `dmtx` are None where they do not know the kind, or are not there."""

    exact: bool
    zxing: bool
    zbar: bool | None
    dmtx: bool | None = None

    @property
    def read(self) -> bool:
        return self.zxing or bool(self.zbar) or bool(self.dmtx)

    @property
    def failed(self) -> list[str]:
        """Names of the decoders that know the kind and did not read it."""
        return [name for name in DECODERS if getattr(self, name) is False]


def wanted_of(label: Placed, left: int = 0, top: int = 0) -> list[Wanted]:
    return [Wanted.of(symbol, left, top) for symbol in label.symbols]


class Decoders:
    """Both decoders, ready; for one thread at a time. Close it."""

    def __init__(self) -> None:
        self._scanners: dict[tuple[str, int], Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for scanner in self._scanners.values():
            wrapper.zbar_image_scanner_destroy(scanner)
        self._scanners.clear()

    def verdict(self, picture: Pixels, wanted: Wanted) -> Verdict:
        """Of one symbol on `picture`, black 0."""
        cell = _cell(picture, wanted)
        meant = wanted.text.encode()
        zbar = None
        if wanted.kind in _ZBAR_KINDS:
            zbar = any(meant in found for found in self._by_zbar(cell, wanted))
        zxing = any((meant, wanted.gs1) in found for found in _by_zxing(cell, wanted.kind))
        by_dmtx = wanted.kind == "DataMatrix" and dmtx.available()
        return Verdict(_is_exact(picture, wanted), zxing, zbar, _by_dmtx(cell, wanted) if by_dmtx else None)

    def _by_zbar(self, cell: Pixels, wanted: Wanted) -> Iterator[list[bytes]]:
        """Two or three pixels a module are enough for it, and every second line; it takes time for each."""
        if wanted.kind not in _LINEAR:
            module = min(wanted.across, wanted.down)
            smaller = max(1, module * 2 // 5)
            left = module / smaller
            reduced = np.asarray(Image.fromarray(cell).reduce(smaller)) if smaller > 1 else cell
            yield self._scanned(reduced, wanted.kind, 1 if left < 2.4 else 2 if left < 4 else 3)
        yield self._scanned(cell, wanted.kind, 1)

    def _scanned(self, cell: Pixels, kind: str, density: int) -> list[bytes]:
        scanner = self._scanners.get((kind, density))
        if scanner is None:
            scanner = self._scanners[kind, density] = _scanner(kind, density)
        data = cell.tobytes()
        with _zbar_image() as image:
            wrapper.zbar_image_set_format(image, _GREY)
            wrapper.zbar_image_set_size(image, cell.shape[1], cell.shape[0])
            wrapper.zbar_image_set_data(image, cast(c_char_p(data), c_void_p), len(data), None)
            wrapper.zbar_scan_image(scanner, image)
            found = []
            symbol = wrapper.zbar_image_first_symbol(image)
            while symbol:
                length = wrapper.zbar_symbol_get_data_length(symbol)
                found.append(string_at(wrapper.zbar_symbol_get_data(symbol), length))
                symbol = wrapper.zbar_symbol_next(symbol)
            return found


@contextmanager
def _zbar_image() -> Iterator[Any]:
    image = wrapper.zbar_image_create()
    try:
        yield image
    finally:
        wrapper.zbar_image_destroy(image)


def _scanner(kind: str, density: int) -> Any:
    scanner, config = wrapper.zbar_image_scanner_create(), wrapper.ZBarConfig
    for known in wrapper.ZBarSymbol:
        if known.value:
            enabled = int(known is _ZBAR_KINDS[kind])
            wrapper.zbar_image_scanner_set_config(scanner, known, config.CFG_ENABLE, enabled)
    # Otherwise it guesses what character set a text is in, and takes Chinese for Japanese.
    wrapper.zbar_image_scanner_set_config(scanner, _ZBAR_KINDS[kind], _ZBAR_BINARY, 1)
    for direction in (config.CFG_X_DENSITY, config.CFG_Y_DENSITY):
        wrapper.zbar_image_scanner_set_config(scanner, wrapper.ZBarSymbol.NONE, direction, density)
    return scanner


def _by_dmtx(cell: Pixels, wanted: Wanted) -> bool:
    """Whether it reads the text, and that it is GS1 where it is meant to be."""
    before = bytes([dmtx.FNC1]) if wanted.gs1 else b"" if wanted.text.isascii() else dmtx.UTF_8
    meant = before + wanted.text.encode()
    return any(dmtx.read(each) == meant for each in _for_dmtx(cell, min(wanted.across, wanted.down)))


def _for_dmtx(cell: Pixels, module: int) -> Iterator[Pixels]:
    """Its time grows with the pixels, and it needs three to the module."""
    if module >= 2 * _ENOUGH:
        yield np.asarray(Image.fromarray(cell).reduce(module // _ENOUGH))
    finer = -(-_ENOUGH // module)
    yield np.repeat(np.repeat(cell, finer, axis=0), finer, axis=1) if finer > 1 else cell


def _by_zxing(cell: Pixels, kind: str) -> Iterator[list[tuple[bytes, bool]]]:
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[kind]])
    yield _texts(
        zxingcpp.read_barcodes(
            cell,
            formats=formats,
            is_pure=True,
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
            binarizer=zxingcpp.Binarizer.FixedThreshold,
            text_mode=zxingcpp.TextMode.Plain,
        )
    )
    yield _texts(zxingcpp.read_barcodes(cell, formats=formats, text_mode=zxingcpp.TextMode.Plain))


def _texts(barcodes: list[zxingcpp.Barcode]) -> list[tuple[bytes, bool]]:
    return [(barcode.bytes, barcode.content_type == zxingcpp.ContentType.GS1) for barcode in barcodes]


def _cell(picture: Pixels, wanted: Wanted) -> Pixels:
    """The symbol with its quiet zone, upright, on white where the picture ends; of bars as many rows as are needed."""
    quiet = _QUIET.get(wanted.kind, 4)
    upright = _cut(picture, wanted, quiet)
    if wanted.rotation:
        upright = np.rot90(upright, wanted.rotation // 90)
    if wanted.kind in _LINEAR and len(upright) > _BARS:
        middle = (len(upright) - _BARS) // 2
        upright = upright[middle : middle + _BARS]
    return np.ascontiguousarray(upright)


def _cut(picture: Pixels, wanted: Wanted, quiet: int) -> Pixels:
    side_x, side_y = quiet * wanted.across, quiet * wanted.down
    if (
        wanted.kind in _LINEAR
    ):  # the module is as long as the bars in one direction, which needs no quiet zone
        side_x, side_y = (side_x, 0) if wanted.rows == 1 else (0, side_y)
    left, top = wanted.left - side_x, wanted.top - side_y
    right = wanted.left + wanted.columns * wanted.across + side_x
    bottom = wanted.top + wanted.rows * wanted.down + side_y
    height, width = picture.shape
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return picture[top:bottom, left:right]
    cell = np.full((bottom - top, right - left), 255, np.uint8)
    inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    cell[max(-top, 0) :, max(-left, 0) :][: inside.shape[0], : inside.shape[1]] = inside
    return cell


def _is_exact(picture: Pixels, wanted: Wanted) -> bool:
    """Whether dots are black and white as the symbol's modules are."""
    rows, columns, across, down = wanted.rows, wanted.columns, wanted.across, wanted.down
    found = picture[wanted.top : wanted.top + rows * down, wanted.left : wanted.left + columns * across]
    if found.shape != (rows * down, columns * across):
        return False
    bits = np.unpackbits(np.frombuffer(wanted.modules, np.uint8), count=rows * columns).reshape(rows, columns)
    meant = np.packbits(np.repeat(bits, across, axis=1), axis=1)
    shown = np.packbits(found < 128, axis=1).reshape(rows, down, -1)
    return bool((shown == meant[:, None]).all())
