"""The two decoders, each with its weaknesses known: what they say is taken only where it cannot well be wrong.

zxing-cpp reads all kinds, zbar QR symbols and, as a second opinion, linear codes. A linear code must be read twice, as
one check digit in ten fits by chance. Micro QR and Aztec runes are left out: both correct next to nothing, and are
found in noise and in the rows of other codes; but where a Micro QR seems to be, a larger symbol may be. zbar guesses
the character set of bytes and is often wrong.
"""

from dataclasses import dataclass

import numpy as np
import zxingcpp
from PIL import Image

from labels.views import Corners, View

_Format = zxingcpp.BarcodeFormat
SOLID = zxingcpp.BarcodeFormats(
    [_Format.QRCodeModel1, _Format.QRCodeModel2, _Format.RMQRCode, _Format.DataMatrix, _Format.AztecCode]
)
# The linear codes of GS1. Those without a check digit are left out: they are "read" in any striped shirt.
LINEAR = zxingcpp.BarcodeFormats([_Format.Code128, _Format.EANUPC, _Format.ITF14, _Format.DataBar])
EVERY = zxingcpp.BarcodeFormats([*SOLID, _Format.MicroQRCode, *LINEAR])
_SHORTEST = 5  # characters of a linear code
MATRIX_NAMES = {format_.name for format_ in SOLID} | {"QRCode", "Aztec"}


@dataclass(frozen=True)
class Reading:
    """`text` as encoded, GS1 separators (FNC1) as U+001D; `corners` in pixels of the upright page, clockwise."""

    text: str
    format: str
    corners: Corners
    page: int = 1
    gs1: bool = False  # the symbol says that element strings are in it

    @property
    def is_matrix(self) -> bool:
        return self.format in MATRIX_NAMES


def by_zxing(view: View, formats: zxingcpp.BarcodeFormats) -> tuple[list[Reading], list[Corners]]:
    """What was read, and the corners, in pixels of the view, of matrix codes that were only located."""
    found, unread = [], []
    for barcode in barcodes_in(np.asarray(view.image), formats, errors=True):
        place = barcode.position
        points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        is_micro = barcode.format == _Format.MicroQRCode
        if is_micro or not barcode.valid:
            if is_micro or barcode.format.name in MATRIX_NAMES:
                unread.append(tuple((float(point.x), float(point.y)) for point in points))
        elif text := text_of(barcode):
            corners = tuple(view.in_photo(point.x, point.y) for point in points)
            gs1 = barcode.content_type == zxingcpp.ContentType.GS1
            found.append(Reading(text, barcode.format.name, corners, gs1=gs1))
    return found, unread


def barcodes_in(
    pixels: np.ndarray, formats: zxingcpp.BarcodeFormats, errors: bool = False
) -> list[zxingcpp.Barcode]:
    return list(
        zxingcpp.read_barcodes(
            pixels, formats=formats, text_mode=zxingcpp.TextMode.Plain, return_errors=errors
        )
    )


def text_of(barcode: zxingcpp.Barcode) -> str:
    """zxing-cpp knows UTF-8 and Shift-JIS without being told, but takes Chinese of older machines for Latin letters."""
    text: str = barcode.text
    if text.isascii() or not any("\x80" <= character <= "ÿ" or "｡" <= character <= "ﾟ" for character in text):
        return text
    try:
        chinese = barcode.bytes.decode("gb2312")
    except UnicodeDecodeError:
        return text
    return chinese if sum("一" <= character <= "鿿" for character in chinese) >= 2 else text


def by_zbar(view: View) -> list[Reading]:
    """QR symbols."""
    from pyzbar import pyzbar

    found = []
    for symbol in pyzbar.decode(view.image, symbols=[pyzbar.ZBarSymbol.QRCODE]):
        text = unguessed(symbol.data.decode("utf-8", "replace"))
        if text:
            corners = tuple(view.in_photo(point.x, point.y) for point in symbol.polygon)
            found.append(Reading(text, "QRCode", corners))
    return found


def unguessed(text: str) -> str:
    """The text that zbar made of bytes whose character set it guessed; "" where it may have guessed wrong."""
    if text.isascii():
        return text
    if "\ufffd" in text:
        return ""
    guessed = []
    for charset in ("shift_jis", "cp932", "big5", "latin-1"):
        try:
            guessed.append(text.encode(charset))
        except UnicodeEncodeError:
            continue
    for octets in guessed:
        try:
            return octets.decode()  # UTF-8 taken for something else
        except UnicodeDecodeError:
            continue
    return "" if guessed else text


def confirmed(view: View, linear: list[Reading], squares: list[Corners]) -> list[Reading]:
    """Those that zbar reads alike at the same place, or zxing-cpp itself in a picture of another size.

    Bars that touch one of `squares`, where matrix codes are, are rows of these, and so are few characters.
    """
    likely = [
        reading
        for reading in linear
        if len(reading.text) >= _SHORTEST and not any(touch(reading.corners, square) for square in squares)
    ]
    if not likely:
        return []
    seen = _linear_by_zbar(view.image)
    for factor in (0.8, 1.4):
        if all(_is_among(reading, seen) for reading in likely):
            break
        size = [max(1, round(side * factor)) for side in view.image.size]
        other = View(
            view.image.resize(size, Image.Resampling.BICUBIC), np.diag((1 / factor, 1 / factor, 1)), "z"
        )
        seen += by_zxing(other, LINEAR)[0]
    return [reading for reading in likely if _is_among(reading, seen)]


def _is_among(reading: Reading, others: list[Reading]) -> bool:
    return any(
        _digits(reading.text) == _digits(other.text) and touch(reading.corners, other.corners)
        for other in others
    )


def touch(one: Corners, other: Corners) -> bool:
    """Whether the upright rectangles around both have a point in common."""
    return all(
        min(corner[axis] for corner in one) <= max(corner[axis] for corner in other)
        and min(corner[axis] for corner in other) <= max(corner[axis] for corner in one)
        for axis in (0, 1)
    )


def _linear_by_zbar(image: Image.Image) -> list[Reading]:
    from pyzbar import pyzbar

    kinds = pyzbar.ZBarSymbol
    symbols = [kinds.CODE128, kinds.EAN13, kinds.EAN8, kinds.UPCA, kinds.UPCE, kinds.I25, kinds.DATABAR]
    found = []
    for symbol in pyzbar.decode(image, symbols=[*symbols, kinds.DATABAR_EXP]):
        left, top, width, height = symbol.rect
        box = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
        found.append(Reading(symbol.data.decode("utf-8", "replace"), symbol.type, box))
    return found


def _digits(text: str) -> str:
    """The decoders differ in leading zeros of EAN and UPC, and in separators."""
    return text.replace("\x1d", "").lstrip("0")
