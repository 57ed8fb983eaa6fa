"""Labels to test with, and the damage that a camera does to them."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from labels.composing import Plan
from labels.fields import Content
from labels.placed import Placed
from labels.readymade import ready
from labels.single import png_of

SIZE = "product-70x37"


def label(number: int = 1, **values: str) -> Content:
    suffix = f"7Q2K9XW4M3AB{number:04d}"
    usual = {
        "name_zh": "磷酸铁锂正极材料",
        "name_en": "LFP cathode powder",
        "lot": "L-2026-01",
        "made": "2026-11-22",
    }
    return Content(f"HTTPS://ID.EXAMPLE.COM/88.118.1001/{suffix}", f"88.118.1001/{suffix}", usual | values)


def placed(what: Content | None = None, dpi: int = 203, name: str = SIZE) -> Placed:
    return Plan(ready(name), dpi, "zh").one(what or label())


def picture(payload: str, identifier: str, name: str = "Module", dpi: int = 300) -> bytes:
    """A PNG of a label that says no more than this."""
    return png_of(placed(Content(payload, identifier, {"name_en": name}), dpi))


def photograph(what: Content | None = None, dpi: int = 203) -> Image.Image:
    """The label lying on a dark bench, some 9 camera pixels to the module."""
    drawn = Image.open(io.BytesIO(png_of(placed(what, dpi)))).convert("L")
    bench = Image.new("L", (drawn.width + 160, drawn.height + 160), 90)
    bench.paste(drawn, (80, 80))
    return bench


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=90)


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma))


def dimmed(image: Image.Image, black: int = 12, white: int = 34) -> Image.Image:
    return image.point(lambda value: black + value * (white - black) // 255)


def noisy(image: Image.Image, spread: float, seed: int = 1) -> Image.Image:
    noise = np.random.default_rng(seed).normal(0, spread, (image.height, image.width))
    return _grey(np.asarray(image, np.float64) + noise)


def tilted(image: Image.Image, by: float) -> Image.Image:
    """Seen from one side: the right edge is shorter by the part `by`."""
    width, height = image.size
    # Projective, back from the tilted picture: the far edge keeps 1 - by of its height.
    squeeze = by / (1 - by) / width
    data = (1 + squeeze * width, 0, 0, squeeze * height / 2, 1, 0, squeeze, 0)
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=90
    )


def shaded(image: Image.Image, darkest: float) -> Image.Image:
    ramp = np.linspace(darkest, 1.0, image.width)[None, :]
    return _grey(np.asarray(image, np.float64) * ramp)


def shaken(image: Image.Image, length: int, degrees: float) -> Image.Image:
    steps = np.linspace(-length / 2, length / 2, 2 * length)
    moved = [
        np.asarray(
            image.transform(
                image.size,
                Image.Transform.AFFINE,
                (1, 0, step * math.cos(math.radians(degrees)), 0, 1, step * math.sin(math.radians(degrees))),
                Image.Resampling.BILINEAR,
                fillcolor=90,
            ),
            np.float64,
        )
        for step in steps
    ]
    return _grey(np.mean(moved, axis=0))


def _grey(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
