"""Which of the eight masks `qrcode` would choose: the penalty rules of ISO/IEC 18004 section 7.8.3 on packed words.

Memory is the cost: everything is worked out in a few arrays that are used again and again.
"""

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
    shifted, change, alike, spare = np.empty((4, *planes.shape), np.uint64)
    np.right_shift(planes, _ONE, out=shifted)
    np.bitwise_xor(planes, shifted, out=change)
    points = np.uint16(40) * _added(_finders(planes, shifted, change, alike, spare, frame))
    np.invert(change, out=alike)
    alike &= frame.first_modules(frame.size - 1)
    points += np.uint16(3) * _added(_blocks(planes, alike, spare, frame))
    dark = np.bitwise_and(planes[: frame.lines], frame.first_modules(frame.size), out=spare[: frame.lines])
    points += frame.balance[_added(frame.each_once(dark))]
    # Bit i of `five`: modules i to i + 4 are alike. A run of length n has n - 4 such bits and costs n - 2 points.
    five = np.right_shift(alike, _ONE, out=spare)
    five &= alike
    np.right_shift(five, _TWO, out=alike)
    five &= alike
    points += _added(frame.each_once(five))
    ends = np.right_shift(five, _ONE, out=alike)
    np.invert(ends, out=ends)
    ends &= five
    points += np.uint16(2) * _added(ends)
    return points


def _finders(planes: Words, shifted: Words, change: Words, spare: Words, other: Words, frame: Frame) -> Words:
    """Bit i: modules i to i + 10 are dark and light as 1011101 with four light ones before or behind."""
    core = np.right_shift(planes, _TWO, out=spare)
    core &= planes
    core &= shifted  # three dark
    core >>= _TWO
    core &= planes
    core &= change  # dark, light
    np.bitwise_and(shifted, change, out=other)
    other >>= _FIVE
    core &= other  # light, dark
    light = np.bitwise_or(planes, shifted, out=other)
    light |= light >> _TWO
    np.invert(light, out=light)  # now bit i: four light ones
    found = light >> _SEVEN
    found &= core
    core >>= _FOUR
    core &= light
    found |= core
    found &= frame.first_modules(frame.size - 10)
    return frame.each_once(found)


def _blocks(planes: Words, alike: Words, spare: Words, frame: Frame) -> Words:
    """Bit i: modules i and i + 1 of a row and of the next are all alike."""
    rows, alike = planes[: frame.lines], alike[: frame.lines]
    found = np.bitwise_xor(rows[:-1], rows[1:], out=spare[: frame.lines - 1])
    np.invert(found, out=found)
    found &= alike[:-1]
    found &= alike[1:]
    return found


def _added(words: Words) -> NDArray[np.uint16]:
    return np.add.reduce(np.bitwise_count(words), axis=0, dtype=np.uint16)
