"""Other looks at a photograph that would not be read: enlarged, evened out, deblurred, thresholded, turned.

Each look is a grey picture with the projective map from its pixels back to the photograph's, so that corners can be
told in the photograph's own pixels. Which look helps against what was measured on drawn labels that were blurred,
shaken, dimmed, dirtied and crumpled; the order is by what a look costs for what it saves. Nothing is decoded here.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from labels.deblurring import Spectrum

Matrix3 = NDArray[np.float64]
Corners = tuple[tuple[float, float], ...]

_TINY = 250_000  # px; a symbol in it has two or three to the module at most
_WORKING_SIDE = 1280  # px; a modern photograph has more pixels than a blurred symbol has use for
_CUT_SIDE = 640
_RECTIFIED_SIDE = 560


@dataclass(frozen=True)
class View:
    """`decoders` names who should look at it: z for zxing-cpp, b for zbar."""

    image: Image.Image
    to_photo: Matrix3
    decoders: str

    def in_photo(self, x: float, y: float) -> tuple[float, float]:
        u, v, w = self.to_photo @ (x, y, 1.0)
        return float(u / w), float(v / w)


def first_look(photo: Image.Image) -> View:
    return View(photo, np.eye(3), "z")


def second_looks(photo: Image.Image) -> Iterator[View]:
    """Cheap and general: the other decoder, twice the size, even contrast."""
    working = working_copy(photo)
    yield View(working.image, working.to_photo, "b")
    if working.image.width * working.image.height <= 2_000_000:
        yield _scaled(working, 2.0, "z")
        yield _scaled(working, 1.5, "z")
    if working.image.width * working.image.height <= _TINY:
        large = _scaled(working, 3.0, "z")
        yield _filtered(large, large.image.filter(ImageFilter.UnsharpMask(3, 250, 0)), "z")
        yield _scaled(working, 4.0, "zb")
    yield _filtered(working, _levelled(working.image, 1.2, 32), "z")
    yield _filtered(working, ImageOps.autocontrast(working.image, cutoff=2), "zb")
    if photo.size != working.image.size:
        yield View(working.image, working.to_photo, "z")


def looks_at_many(photo: Image.Image) -> Iterator[View]:
    """For more codes where some are read already; the first two are cheap, and tell whether there may be more."""
    working = working_copy(photo)
    yield View(working.image, working.to_photo, "b")
    yield _filtered(working, _levelled(working.image, 1.2, 32), "z")
    yield _scaled(working, 2.0, "z")
    spectrum = Spectrum(working.image)
    for sigma in (2.0, 3.0):
        yield _filtered(working, spectrum.without_defocus(sigma), "z")
    yield _filtered(working, _thresholded(working.image, 2.5, 25), "z")


def is_quadrangle(corners: Corners) -> bool:
    """Whether the corners go round clockwise without a straight or inward one, and hold some pixels."""
    turns = []
    for index, (x, y) in enumerate(corners):
        (u, v), (s, t) = corners[(index + 1) % 4], corners[(index + 2) % 4]
        turns.append((u - x) * (t - v) - (v - y) * (s - u))
    return min(turns) > 50


def rectified(view: View, corners: Corners) -> View:
    """A symbol that was found but not read, straightened: `corners` in the view's pixels, clockwise from top left."""
    margin = 0.14 * _RECTIFIED_SIDE
    inner = ((margin, margin), (_RECTIFIED_SIDE - margin, margin))
    square = (
        *inner,
        (_RECTIFIED_SIDE - margin, _RECTIFIED_SIDE - margin),
        (margin, _RECTIFIED_SIDE - margin),
    )
    back = projection(square, corners)
    image = view.image.transform(
        (_RECTIFIED_SIDE, _RECTIFIED_SIDE),
        Image.Transform.PERSPECTIVE,
        tuple(back.ravel()[:8]),
        Image.Resampling.BICUBIC,
    )
    return View(image, view.to_photo @ back, "zb")


def last_looks(base: View) -> Iterator[View]:
    """Everything that ever helped, some 20 ms each for a megapixel."""
    image = base.image
    yield _filtered(base, image.filter(ImageFilter.UnsharpMask(8, 400, 0)), "z")
    yield _filtered(base, _ink(image), "z")
    yield _filtered(base, image.filter(ImageFilter.GaussianBlur(1)), "zb")
    spectrum = Spectrum(image)
    for length, direction in spectrum.shakes():
        yield _filtered(base, spectrum.without_shake(length, direction, noise=0.008), "z")
    for sigma in (2.0, 3.0, 4.0, 5.0, 6.5):
        yield _filtered(base, spectrum.without_defocus(sigma), "z")
    yield _filtered(base, spectrum.without_defocus(2.5, noise=0.03), "zb")
    yield _filtered(base, Spectrum(_levelled(image, 0.6, 32)).without_defocus(2.2, noise=0.05), "z")
    for across, down in ((5, 1), (1, 5)):
        yield _filtered(base, _closed(image, across, down), "z")
    yield _filtered(base, _levelled(image, 2.0, 32), "b")
    yield _filtered(base, _thresholded(image, 2.5, 25), "zb")
    yield _filtered(base, _thresholded(image, 1.5, 12), "z")
    yield _filtered(base, _thresholded(image, 1.5, 8), "z")
    yield _filtered(base, _levelled(image, 2.0, 64), "z")
    yield _filtered(base, image.point(lambda value: value * value // 255), "z")
    yield _filtered(base, image.filter(ImageFilter.MedianFilter(3)), "z")
    yield _scaled(base, 0.5, "zb")
    yield _scaled(base, 1 / 3, "zb")
    yield _filtered(base, image.filter(ImageFilter.GaussianBlur(3)), "b")
    for extreme in (np.maximum, np.minimum):
        yield _filtered(base, _spread(image, extreme, 5, 5), "zb")
    for degrees in (45.0, 20.0):
        yield _turned(base, degrees)
    for length in (8.0, 13.0):
        for direction in (0.0, 90.0, 45.0, 135.0):
            yield _filtered(base, spectrum.without_shake(length, direction), "z")


def busiest_part(photo: Image.Image) -> View:
    """The cut-out of a large picture, at its full resolution, where light and dark alternate most: the code."""
    side = min(_CUT_SIDE, *photo.size)
    step = max(1, side // 40)
    small = np.asarray(photo.reduce(step), np.float32)
    change = np.abs(np.diff(small, axis=0))[:, :-1] + np.abs(np.diff(small, axis=1))[:-1]
    sums = np.pad(change.cumsum(0, np.float64).cumsum(1), ((1, 0), (1, 0)))
    cells = min(side // step, *change.shape)
    energy = sums[cells:, cells:] - sums[:-cells, cells:] - sums[cells:, :-cells] + sums[:-cells, :-cells]
    down, across = np.unravel_index(energy.argmax(), energy.shape)
    left, top = min(int(across) * step, photo.width - side), min(int(down) * step, photo.height - side)
    shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
    return View(photo.crop((left, top, left + side, top + side)), shift, "z")


def working_copy(photo: Image.Image) -> View:
    factor = _WORKING_SIDE / max(photo.size)
    whole = first_look(photo)
    return whole if factor >= 1 else _scaled(whole, factor, "z")


def _filtered(base: View, image: Image.Image, decoders: str) -> View:
    return View(image, base.to_photo, decoders)


def _scaled(base: View, factor: float, decoders: str) -> View:
    width, height = (max(1, round(side * factor)) for side in base.image.size)
    sampling = Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
    back = np.diag([base.image.width / width, base.image.height / height, 1.0])
    return View(base.image.resize((width, height), sampling), base.to_photo @ back, decoders)


def _turned(base: View, degrees: float) -> View:
    """Turned about its middle on a grey ground that holds all of it."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    width, height = base.image.size
    wide = round(abs(width * cosine) + abs(height * sine))
    high = round(abs(width * sine) + abs(height * cosine))
    back = np.array(
        [
            [cosine, -sine, width / 2 - cosine * wide / 2 + sine * high / 2],
            [sine, cosine, height / 2 - sine * wide / 2 - cosine * high / 2],
            [0.0, 0.0, 1.0],
        ]
    )
    image = base.image.transform(
        (wide, high), Image.Transform.AFFINE, tuple(back.ravel()[:6]), Image.Resampling.BICUBIC, fillcolor=128
    )
    return View(image, base.to_photo @ back, "z")


def _levelled(image: Image.Image, smoothing: float, radius: int) -> Image.Image:
    """The same mean and spread around every pixel: takes out shadows and weak print alike."""
    smooth = image.filter(ImageFilter.GaussianBlur(smoothing))
    pixels = np.asarray(smooth, np.float32)
    away = pixels - _local_mean(smooth, radius)
    variance = _local_mean(Image.fromarray(np.minimum(away * away / 16, 255).astype(np.uint8)), radius) * 16
    return _grey(128 + 64 * away / np.sqrt(np.maximum(variance, 4)))


def _thresholded(image: Image.Image, smoothing: float, radius: int) -> Image.Image:
    smooth = image.filter(ImageFilter.GaussianBlur(smoothing))
    return Image.fromarray((np.asarray(smooth) > _local_mean(smooth, radius)).astype(np.uint8) * 255)


def _ink(image: Image.Image) -> Image.Image:
    """Only the darkest of three kinds of grey is dark: finds a symbol without quiet zone on a ground darker than paper.

    The borders between the three are where they differ least within themselves (Otsu).
    """
    counts = np.asarray(image.histogram(), np.float64).reshape(64, 4).sum(axis=1)
    below = np.append(0, counts.cumsum())
    light = np.append(0, (counts * np.arange(64)).cumsum())

    def apart(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        squared: NDArray[np.float64] = (light[last] - light[first]) ** 2 / np.maximum(
            below[last] - below[first], 1
        )
        return squared

    lower, upper = np.triu_indices(65, 1)
    none, all_ = np.zeros_like(lower), np.full_like(lower, 64)
    best = int((apart(none, lower) + apart(lower, upper) + apart(upper, all_)).argmax())
    border = int(lower[best]) * 4
    return image.point([0] * border + [255] * (256 - border))


def _spread(image: Image.Image, extreme: np.ufunc, across: int, down: int) -> Image.Image:
    """The lightest (or darkest) pixel of each neighbourhood: undoes ink that ran, or ran out."""
    pixels = np.pad(np.asarray(image), ((down // 2, down // 2), (across // 2, across // 2)), mode="edge")
    height, width = image.height, image.width
    pixels = extreme.reduce([pixels[shift : shift + height] for shift in range(down)])
    return Image.fromarray(extreme.reduce([pixels[:, shift : shift + width] for shift in range(across)]))


def _closed(image: Image.Image, across: int, down: int) -> Image.Image:
    """White lines thinner than that are gone: what a dirty print head leaves."""
    return _spread(_spread(image, np.minimum, across, down), np.maximum, across, down)


def _local_mean(image: Image.Image, radius: int) -> NDArray[np.float32]:
    return np.asarray(image.filter(ImageFilter.BoxBlur(radius)), np.float32)


def _grey(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def projection(source: Corners, target: Corners) -> Matrix3:
    """The projective map that takes four points to four points."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows, np.float64), values), 1.0).reshape(3, 3)
