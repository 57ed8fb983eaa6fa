"""Pictures on labels: logos bounded before anything decodes them, and turned into printer dots.

A picture is kept as PNG in base 64. Its header tells how large it would become, so that a bomb never goes off.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING

from labels.errors import N_, LabelError

if TYPE_CHECKING:
    from PIL import Image

    from labels.placed import Dots

MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000_000
MOST_UPLOAD_PIXELS = 40_000_000
_KEPT_SIDE = 1500  # pixels; 600 dpi on 60 mm
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def check_png(data: str) -> bytes:
    """The PNG of a template's picture, measured but not decoded. Raises LabelError `bad-picture`."""
    if len(data) > MOST_BYTES * 4 // 3 + 4:
        raise _bad(N_("The picture has more than {most} kilobytes."), most=MOST_BYTES // 1000)
    try:
        png = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad(N_("The picture is not a PNG in base 64.")) from error
    if png[:8] != _SIGNATURE or png[12:16] != b"IHDR" or len(png) < 33:
        raise _bad(N_("The picture is not a PNG in base 64."))
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    _check_pixels(width, height, MOST_PIXELS)
    return png


def _check_pixels(width: int, height: int, most: int) -> None:
    if not 0 < width * height <= most:
        raise _bad(
            N_("The picture has {width} × {height} pixels; at most {most} million fit on a label."),
            width=width,
            height=height,
            most=most // 1_000_000,
        )


def _bad(message: str, **values: object) -> LabelError:
    return LabelError("bad-picture", message, N_("Save it smaller, as PNG, and try again."), **values)


def kept(upload: bytes) -> str:
    """An uploaded logo (PNG, JPEG, WebP, GIF, BMP) as a template keeps it: grey, no larger than can be printed.

    Raises LabelError `bad-picture`; what has over 40 million pixels or 10 megabytes is not decoded.
    """
    from PIL import Image, ImageOps

    if len(upload) > 10_000_000:
        raise _bad(N_("The picture has more than {most} kilobytes."), most=10_000)
    try:
        with Image.open(io.BytesIO(upload), formats=("PNG", "JPEG", "WEBP", "GIF", "BMP")) as image:
            _check_pixels(*image.size, MOST_UPLOAD_PIXELS)
            image.draft("L", (_KEPT_SIDE, _KEPT_SIDE))
            grey = on_white(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _bad(N_("The picture cannot be opened.")) from error
    grey.thumbnail((_KEPT_SIDE, _KEPT_SIDE))
    out = io.BytesIO()
    grey.save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        grey.convert("1").save(out := io.BytesIO(), "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def on_white(image: Image.Image) -> Image.Image:
    """Grey, with white where it is transparent."""
    from PIL import Image

    if image.mode in ("L", "1"):
        return image.convert("L")
    seen = image.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    white.alpha_composite(seen)
    return white.convert("L")


def dots(data: str, across: int, down: int, rotation: int, dither: bool) -> Dots:
    """The picture in at most `across` × `down` dots as it lies on the label. Raises LabelError `bad-picture`."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(check_png(data)), formats=("PNG",)) as image:
            grey = on_white(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _bad(N_("The picture cannot be opened.")) from error
    if rotation:
        grey = grey.rotate(-rotation, expand=True)
    scale = min(across / grey.width, down / grey.height)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    grey = grey.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.LANCZOS)
    kind = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    return ~np.asarray(grey.convert("1", dither=kind), dtype=np.bool_)
