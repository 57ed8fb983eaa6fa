"""Reads the codes in a photograph: two decoders on the picture as it is, then on ever more costly looks at it.

zxing-cpp reads nine of ten in a millisecond or two; zbar and the looks of `views` are for the rest, and stop at the
first that gives an answer. What the text means is for the caller to say.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import zxingcpp
from PIL import Image

from labels import photos, views
from labels.errors import N_, LabelError
from labels.views import Corners, View

_MATRIX = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.RMQRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
    ]
)
# The linear codes of GS1. Those without a check digit are left out: they are "read" in any striped shirt.
_LINEAR = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.EANUPC,
    zxingcpp.BarcodeFormat.ITF14,
    zxingcpp.BarcodeFormat.DataBar,
)
_ALL = zxingcpp.BarcodeFormats([*_MATRIX, *_LINEAR])
_MATRIX_NAMES = {format_.name for format_ in _MATRIX}
_LINEAR_PATIENCE = 0.3  # s; how long a matrix code is looked for where a linear one has been read


@dataclass(frozen=True)
class Reading:
    """`text` as encoded, GS1 separators (FNC1) as U+001D; `corners` in pixels of the upright picture, clockwise."""

    text: str
    format: str
    corners: Corners


def read(data: bytes, allowed: float = 2.0, clock: Callable[[], float] = time.monotonic) -> list[Reading]:
    """All codes in an uploaded picture; milliseconds when it is clear, about `allowed` seconds when it is hopeless.

    Raises LabelError: `not-an-image`, `image-too-large`, `nothing-readable`.
    """
    started = clock()
    image = photos.opened(data)
    return read_image(image, max(0.1, allowed - (clock() - started)), clock)


def read_image(
    image: Image.Image, allowed: float = 2.0, clock: Callable[[], float] = time.monotonic
) -> list[Reading]:
    """All codes in an upright picture. Raises LabelError `nothing-readable`."""
    photo = photos.grey(image)
    deadline = clock() + allowed
    first = views.first_look(photo)
    found, unread = _by_zxing(first, _ALL)
    if any(reading.format in _MATRIX_NAMES for reading in found):
        return found
    if found:
        deadline = min(deadline, clock() + _LINEAR_PATIENCE)
    for view in chain(*_looks(photo, first, unread)):
        if clock() > deadline:
            break
        better = _decoded(view)
        if better:
            return found + better
    if not found:
        raise LabelError(
            "nothing-readable",
            N_("No code could be read in the picture."),
            N_(
                "Hold the camera straight above the label so that it fills half the picture, and avoid glare."
            ),
        )
    return found


def _looks(photo: Image.Image, first: View, unread: list[Corners]) -> Iterator[Iterator[View]]:
    """Groups of looks, the likeliest first; symbols that were located but not read are looked at closely."""
    yield views.second_looks(photo)
    for corners in [corners for corners in unread if views.is_quadrangle(corners)][:2]:
        close = views.rectified(first, corners)
        yield chain([close], views.last_looks(close))
    working = views.working_copy(photo)
    if working.image.size != photo.size:
        part = views.last_looks(views.busiest_part(photo))
        yield (view for pair in zip(views.last_looks(working), part, strict=True) for view in pair)
    else:
        yield views.last_looks(working)


def _decoded(view: View) -> list[Reading]:
    for decoder in view.decoders:
        found = _by_zxing(view, _MATRIX)[0] if decoder == "z" else _by_zbar(view)
        if found:
            return found
    return []


def _by_zxing(view: View, formats: zxingcpp.BarcodeFormats) -> tuple[list[Reading], list[Corners]]:
    """What was read, and the corners of what was only located."""
    barcodes = zxingcpp.read_barcodes(
        np.asarray(view.image), formats=formats, text_mode=zxingcpp.TextMode.Plain, return_errors=True
    )
    found, unread = [], []
    for barcode in barcodes:
        place = barcode.position
        points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        if not barcode.valid:
            if barcode.format.name in _MATRIX_NAMES:
                unread.append(tuple((float(point.x), float(point.y)) for point in points))
        elif barcode.text:
            corners = tuple(view.in_photo(point.x, point.y) for point in points)
            found.append(Reading(barcode.text, barcode.format.name, corners))
    return found, unread


def _by_zbar(view: View) -> list[Reading]:
    from pyzbar import pyzbar

    found = []
    for symbol in pyzbar.decode(view.image, symbols=[pyzbar.ZBarSymbol.QRCODE]):
        corners = tuple(view.in_photo(point.x, point.y) for point in symbol.polygon)
        found.append(Reading(symbol.data.decode("utf-8", "replace"), "QRCode", corners))
    return [reading for reading in found if reading.text]
