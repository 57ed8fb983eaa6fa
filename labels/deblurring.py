"""Undoes what a lens out of focus and a shaking hand do to a picture, as far as the noise allows."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_MARGIN = 32  # px mirrored at the borders, so that the other side does not ring into this one
_NEAREST, _FARTHEST = 4, 36  # px that a shake is looked for
_SHALLOWEST = -0.02  # of a hole; the grid of a sharp symbol makes shallower ones


class Spectrum:
    """Wiener filters for known blurs; the transform of the picture is made once for all of them."""

    def __init__(self, image: Image.Image) -> None:
        self._pixels = np.asarray(image, np.float32)
        padded = np.pad(self._pixels, _MARGIN, mode="symmetric")
        self._shape = padded.shape
        self._transform = np.fft.rfft2(padded)
        self._down = np.fft.fftfreq(padded.shape[0])[:, None]
        self._across = np.fft.rfftfreq(padded.shape[1])[None, :]

    def without_defocus(self, sigma: float, noise: float = 0.003) -> Image.Image:
        """As if a Gaussian of `sigma` px had blurred it."""
        squared = self._down**2 + self._across**2
        return self._restored(np.exp(-2 * (math.pi * sigma) ** 2 * squared), noise)

    def without_shake(self, length: float, degrees: float, noise: float = 0.02) -> Image.Image:
        """As if the camera had moved `length` px in that direction."""
        direction = math.radians(degrees)
        along = self._across * math.cos(direction) + self._down * math.sin(direction)
        return self._restored(np.sinc(length * along), noise)

    def shakes(self) -> list[tuple[float, float]]:
        """(length in px, direction in degrees) in which the camera seems to have moved, at most two; often none.

        A straight shake cuts gaps into the spectrum at equal distances: in the spectrum of its logarithm that is a
        deep hole, as far from the middle as the camera moved, and again at twice that distance.
        """
        reach = _FARTHEST
        height, width = self._pixels.shape
        if min(height, width) < 3 * reach:
            return []
        window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
        power = np.abs(np.fft.rfft2((self._pixels - self._pixels.mean()) * window)) ** 2
        cepstrum = np.fft.irfft2(np.log(power + 100), s=(height, width))
        upper = np.roll(cepstrum, (reach + 1, reach + 1), (0, 1))[: reach + 3, : 2 * reach + 3]
        rows = upper[:-2] + upper[1:-1] + upper[2:]
        smooth = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
        down, across = np.mgrid[-reach:1, -reach : reach + 1]  # the lower half mirrors the upper
        far = np.hypot(down, across)
        holes = np.where((far >= _NEAREST) & (far <= reach), smooth, 0)
        found = []
        for _ in range(2):
            y, x = np.unravel_index(holes.argmin(), holes.shape)
            if holes[y, x] > _SHALLOWEST:
                break
            found.append((float(far[y, x]) - 0.5, math.degrees(math.atan2(down[y, x], across[y, x]))))
            holes[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4] = 0
        return found

    def _restored(self, blur: NDArray[np.float64], noise: float) -> Image.Image:
        pixels = np.fft.irfft2(self._transform * (blur / (blur * blur + noise)), s=self._shape)
        inside = pixels[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        return Image.fromarray(np.clip(inside, 0, 255).astype(np.uint8))
