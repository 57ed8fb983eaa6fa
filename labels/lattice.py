"""The modules of a symbol in a photograph: found to a fraction of a pixel, and how much light each of them sends back.

What is measured is the photograph; grey values are taken for sRGB and turned into light first. Light that falls
unevenly is evened out, as it is the lamp's doing and not the print's.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labels.qr_frames import Matrix
from labels.views import Corners, Matrix3, projection

Light = NDArray[np.float32]

FINE = 8  # samples to the module, each way
MARGIN = 4  # modules around the symbol that are looked at
_APERTURE = slice(1, FINE - 1)
_LAMP_REACH = 2.5  # modules over which light may change
_FOCAL = 0.75  # of a telephone's lens, in lengths of the picture's longer side

# 8-bit sRGB to light, IEC 61966-2-1
_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass(frozen=True)
class Lattice:
    """Reflectance relative to the paper, which is 1, of a symbol of n modules and MARGIN around it."""

    fine: Light  # (FINE * (n + 2 * MARGIN),) * 2; NaN outside the photograph
    modules: Light  # (n + 2 * MARGIN,) * 2
    reference: Matrix  # (n, n): what each module is meant to be
    pixels: float  # of the photograph to the module, along the shortest side
    aspect: float  # width of a module by its height, as far as a photograph can tell

    @property
    def inner(self) -> Light:
        return self.modules[MARGIN:-MARGIN, MARGIN:-MARGIN]

    @property
    def inner_fine(self) -> Light:
        return self.fine[MARGIN * FINE : -MARGIN * FINE, MARGIN * FINE : -MARGIN * FINE]


def measured(photo: Image.Image, corners: Corners, reference: Matrix) -> Lattice:
    """`corners` of the symbol clockwise from its top left, in pixels of the photograph; some 50 ms."""
    size = len(reference)
    around = np.array(corners, np.float64)
    room = 2 * MARGIN * math.dist(around[0], around[2]) / size
    left, top = np.maximum(0, np.floor(around.min(axis=0) - room)).astype(int).tolist()
    right, bottom = np.ceil(around.max(axis=0) + room).astype(int).tolist()
    light = _LINEAR[np.asarray(photo.crop((left, top, min(right, photo.width), min(bottom, photo.height))))]
    near = _fitted(light, around - (left, top), reference)
    square = _square(size)
    to_photo = projection(square, tuple(map(tuple, near.tolist())))
    count = FINE * (size + 2 * MARGIN)
    steps = (np.arange(count) + 0.5) / FINE - MARGIN
    fine = _sampled(light, to_photo, *np.meshgrid(steps, steps))
    blocks = fine.reshape(count // FINE, FINE, count // FINE, FINE)
    modules = blocks[:, _APERTURE, :, _APERTURE].mean(axis=(1, 3))
    paper = _paper(modules, reference)
    fine = fine / np.kron(paper, np.ones((FINE, FINE), np.float32))
    sides = [math.dist(near[index], near[(index + 1) % 4]) / size for index in range(4)]
    middle = (photo.width / 2 - left, photo.height / 2 - top)
    return Lattice(fine, modules / paper, reference, min(sides), _aspect(to_photo, middle, max(photo.size)))


def _square(size: int) -> Corners:
    return ((0, 0), (size, 0), (size, size), (0, size))


def _fitted(light: Light, corners: NDArray[np.float64], reference: Matrix) -> NDArray[np.float64]:
    """The corners moved, each by a module at most, to where the photograph looks most like the reference."""
    size = len(reference)
    meant = np.where(reference, -1.0, 1.0).astype(np.float32)
    meant -= meant.mean()
    step = math.dist(corners[0], corners[2]) / size / 1.414
    places = (np.arange(size) + 0.5)[:, None] + np.array((-0.25, 0.0, 0.25))[None, :]
    across, down = np.meshgrid(places.ravel(), places.ravel())

    def likeness(at: NDArray[np.float64]) -> float:
        matrix = projection(_square(size), tuple(map(tuple, at.tolist())))
        seen = _sampled(light, matrix, across, down).reshape(size, 3, size, 3).mean(axis=(1, 3))
        return float(np.nansum(seen * meant))

    best = likeness(corners)
    if best < 0:  # light on dark
        return corners
    for part in (0.4, 0.2, 0.1, 0.05):
        for corner in range(4):
            for axis in range(2):
                for sign in (1, -1):
                    moved = corners.copy()
                    moved[corner, axis] += sign * part * step
                    if (found := likeness(moved)) > best:
                        best, corners = found, moved
                        break
    return corners


def _sampled(
    light: Light, to_photo: Matrix3, across: NDArray[np.floating], down: NDArray[np.floating]
) -> Light:
    """Bilinear; NaN outside the photograph."""
    u, v, w = np.tensordot(to_photo, np.stack((across, down, np.ones_like(across))), axes=1)
    x, y = u / w - 0.5, v / w - 0.5  # the middle of the first pixel is half a pixel from the corner
    height, width = light.shape
    outside = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    x, y = (x - left).astype(np.float32), (y - top).astype(np.float32)
    upper = light[top, left] * (1 - x) + light[top, left + 1] * x
    lower = light[top + 1, left] * (1 - x) + light[top + 1, left + 1] * x
    found: Light = upper * (1 - y) + lower * y
    found[outside] = np.nan
    return found


def _paper(modules: Light, reference: Matrix) -> Light:
    """How much light falls on each module: what comes back from the modules around it that are meant to be light."""
    known = np.zeros(modules.shape, np.bool_)
    known[MARGIN:-MARGIN, MARGIN:-MARGIN] = ~reference
    known &= np.isfinite(modules)
    filled = np.nan_to_num(modules)
    around = _mean_around(filled, known)
    known &= modules > 0.6 * around  # a spot on the paper is not its colour
    return np.maximum(_mean_around(filled, known), 1e-4)


def _mean_around(values: Light, known: Matrix) -> Light:
    """Of the known values, the near ones counting most."""
    away = np.subtract.outer(np.arange(len(values)), np.arange(len(values)))
    near = np.exp(-(away**2) / (2 * _LAMP_REACH**2)).astype(np.float32)
    found: Light = (near @ (values * known) @ near) / np.maximum(near @ known.astype(np.float32) @ near, 1e-6)
    return found


def _aspect(to_photo: Matrix3, middle: tuple[float, float], longer: int) -> float:
    """Width by height of what is a square in the lattice, for a lens of ordinary length that looks at the middle."""
    centred = to_photo.copy()
    centred[0] -= middle[0] * to_photo[2]
    centred[1] -= middle[1] * to_photo[2]
    centred[:2] /= _FOCAL * longer
    across, down = np.linalg.norm(centred[:, 0]), np.linalg.norm(centred[:, 1])
    return float(across / down)
