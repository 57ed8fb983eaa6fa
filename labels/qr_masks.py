"""Which of the eight masks `qrcode` would choose: the penalty rules of ISO/IEC 18004 section 7.8.3 on packed words."""

import numpy as np
from numpy.typing import NDArray

from labels.qr_frames import Frame, Words

_ONE, _TWO, _FOUR, _FIVE, _SEVEN = (np.uint64(step) for step in (1, 2, 4, 5, 7))


def best_masks(planes: Words, frame: Frame) -> NDArray[np.intp]:
    """(n,) mask numbers for planes without a mask, (2 * lines, n); of several with as few points the first."""
    masked = planes[:, None, :] ^ frame.judged.T[:, :, None]
    points = _points(masked.reshape(len(masked), -1), frame)
    return points.reshape(8, -1).argmin(axis=0)


def _points(planes: Words, frame: Frame) -> NDArray[np.uint16]:
    """Penalty points of each column of `planes`, (2 * lines, n)."""
    shifted = planes >> _ONE
    change = planes ^ shifted
    alike = ~change & frame.first_modules(frame.size - 1)
    five = alike & alike >> _ONE
    five &= five >> _TWO  # bit i: modules i to i + 4 are alike
    runs = np.bitwise_count(frame.each_once(five))
    # A run of length n has n - 4 such bits and costs n - 2 points.
    runs += np.bitwise_count(five & ~(five >> _ONE)) << np.uint8(1)
    finders = np.bitwise_count(_finders(planes, shifted, change, frame))

    rows, alike = planes[: frame.lines], alike[: frame.lines]
    blocks = alike[:-1] & alike[1:]
    blocks &= ~(rows[:-1] ^ rows[1:])
    dark = np.bitwise_count(frame.each_once(rows & frame.first_modules(frame.size)))
    points = np.add.reduce(runs, axis=0, dtype=np.uint16)
    points += np.uint16(40) * np.add.reduce(finders, axis=0, dtype=np.uint16)
    points += np.uint16(3) * np.add.reduce(np.bitwise_count(blocks), axis=0, dtype=np.uint16)
    points += frame.balance[np.add.reduce(dark, axis=0, dtype=np.uint16)]
    return points


def _finders(planes: Words, shifted: Words, change: Words, frame: Frame) -> Words:
    """Bit i: modules i to i + 10 are dark and light as 1011101 with four light ones before or behind."""
    core = planes & change  # dark, light
    core &= (planes & shifted & planes >> _TWO) >> _TWO  # three dark
    core &= (shifted & change) >> _FIVE  # light, dark
    light = planes | shifted
    light |= light >> _TWO
    found = core & ~(light >> _SEVEN)
    found |= core >> _FOUR & ~light
    found &= frame.first_modules(frame.size - 10)
    return frame.each_once(found)
