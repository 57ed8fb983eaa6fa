"""Opens what people upload as photographs and scans, within limits that are checked before a pixel is decoded."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import AvifImagePlugin, Image, ImageFile, ImageOps, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin

from labels import pdfs
from labels.errors import N_, LabelError

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_UNPACKED = 140_000_000  # bytes of pixels: an A4 page scanned in colour at 600 dpi
_ENOUGH_PIXELS = 16_000_000  # a larger JPEG is decoded at half or a quarter of its size
_LIGHT = 127  # a code of lighter pixels alone is made for a dark ground
_BYTES = {
    "1": 1,
    "L": 1,
    "P": 1,
    "I;16": 2,
    "I;16B": 2,
}  # of a pixel in Pillow's memory; 4 in all other modes

_PLUGINS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)  # importing registers; the others always are
_FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "TIFF",
    "GIF",
    "BMP",
    "AVIF",
)  # no PostScript, no PDF, nothing that executes
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# What Pillow's and libheif's readers raise on broken files, found by feeding them half a million; warnings where
# they are errors.
_BROKEN = (
    *(
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        RuntimeError,
        OverflowError,
    ),
    *(struct.error, zlib.error, UserWarning),
)


def opened(data: bytes) -> Image.Image:
    """The picture in grey, upright, on a ground that shows it where it is transparent; the first of several.

    Takes some 300 MB of memory at most. Raises LabelError `not-an-image`, `image-too-large` (20 MB; 50 megapixels, 35
    of a picture in colour that is not a JPEG or HEIC) and `too-many-pages`.
    """
    return next(pages(data))


def pages(data: bytes) -> Iterator[Image.Image]:
    """As `opened`, but each page of a PDF or TIFF: 20 at most, of 50 megapixels together."""
    if len(data) > MAX_BYTES:
        raise LabelError(
            "image-too-large",
            N_("The picture has {size} MB; {limit} MB is the most."),
            N_("Take it with less resolution, or cut out the label."),
            size=round(len(data) / 1024 / 1024),
            limit=MAX_BYTES // 1024 // 1024,
        )
    if data[:1024].lstrip(b"\0\t\n\f\r \xef\xbb\xbf").startswith(b"%PDF-"):
        for size, pixels in pdfs.drawn(data):
            yield Image.frombytes("L", size, pixels)
        return
    try:
        if _is_heif(data):
            yield grey(_loaded_heif(data))
        else:
            yield from _loaded_by_pillow(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(None) from error
    except _BROKEN as error:
        raise LabelError(
            "not-an-image",
            N_("This file is not a picture, or not a whole one."),
            N_("Send a photo as JPEG, PNG, WebP, HEIC, TIFF, GIF or BMP, or a PDF."),
        ) from error


def grey(image: Image.Image) -> Image.Image:
    """Any Pillow image in 8-bit grey; on white where it is transparent, or on black where nothing dark is in it."""
    if image.mode == "L":
        return image
    if image.mode not in ("1", "P", "RGB") or image.has_transparency_data:
        image = _smaller(image)
    if image.mode[0] in "IF":  # 16-bit and floating point scans: converting would cut off all above 255
        pixels = np.nan_to_num(np.array(image, np.float32), copy=False, posinf=0, neginf=0)
        low, high = float(pixels.min()), float(pixels.max())
        pixels -= low
        pixels *= 255 / max(high - low, 1.0)
        return Image.fromarray(pixels.astype(np.uint8))
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        pixels_in_grey, shown = coloured.convert("L"), coloured.getchannel("A")
        darkest = next((value for value, count in enumerate(_histogram(pixels_in_grey, shown)) if count), 0)
        ground = Image.new("L", coloured.size, "black" if darkest > _LIGHT else "white")
        ground.paste(pixels_in_grey, mask=shown)
        return ground
    return image.convert("L")


def _histogram(image: Image.Image, shown: Image.Image) -> list[int]:
    """Of what can be seen."""
    return image.histogram(shown.point([0] * 128 + [255] * 128))


def _smaller(image: Image.Image) -> Image.Image:
    """At most `_ENOUGH_PIXELS`, before what takes several copies of several bytes each."""
    factor = (_ENOUGH_PIXELS / (image.width * image.height)) ** 0.5
    if factor >= 1:
        return image
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.resize(size, Image.Resampling.NEAREST)


def _loaded_by_pillow(data: bytes) -> Iterator[Image.Image]:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, where it is loaded too, turns Pillow's care off
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    room = MAX_PIXELS
    number = 0
    while number == 0 or _turned_to(image, number):
        pixels = image.width * image.height
        limit = room
        if not isinstance(image, JpegImagePlugin.JpegImageFile):
            limit = min(limit, MAX_UNPACKED // _BYTES.get(image.mode, 4))
        if pixels > limit:
            taken = MAX_PIXELS - room  # by the pages before
            raise _too_many_pixels(pixels + taken, limit + taken)
        room -= pixels
        if pixels > _ENOUGH_PIXELS:
            image.draft("L", (image.width // 2, image.height // 2))  # JPEG only; others ignore it
        yield grey(ImageOps.exif_transpose(image))
        number += 1


def _turned_to(image: Image.Image, number: int) -> bool:
    """Whether there is such a page, from 0. Only a TIFF has any: what moves shows the same thing again."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    try:
        image.seek(number)
    except EOFError:
        return False
    if number == pdfs.MAX_PAGES:
        raise LabelError(
            "too-many-pages",
            N_("The document has more than {limit} pages."),
            N_("Send the pages that have codes on them."),
            limit=pdfs.MAX_PAGES,
        )
    return True


def _is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def _loaded_heif(data: bytes) -> Image.Image:
    """HEIF readers turn the picture upright themselves."""
    import pillow_heif

    heif = pillow_heif.open_heif(io.BytesIO(data))
    width, height = heif.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(width * height)
    image: Image.Image = heif.to_pillow()
    return image


def _too_many_pixels(pixels: int | None, limit: int = MAX_PIXELS) -> LabelError:
    return LabelError(
        "image-too-large",
        N_("The picture has {size} megapixels; {limit} is the most."),
        N_("Take it with less resolution, or cut out the label."),
        size="over 89" if pixels is None else round(pixels / 1e6),
        limit=limit // 1_000_000,
    )
