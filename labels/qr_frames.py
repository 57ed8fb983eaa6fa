"""What `qrcode` itself draws for one version and level, learnt once: function patterns, masks, the order of placing.

A plane is a symbol as 64-bit words: its rows, then its columns, first module lowest. Up to 29 modules two lines share
a word, the second from bit 32; the line in the middle is then in both, so that every line has its neighbour one word
on. For one version and level a plane is an affine map over GF(2) of the data bits: `units` holds what each bit adds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from qrcode import LUT, QRCode, base
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
MAX_VERSION = 11  # 61 modules: a row still fits 64 bits, and nobody's label holds a larger symbol

Matrix = NDArray[np.bool_]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Frame:
    """All of one version and level that does not depend on the text."""

    size: int
    lines: int  # words of the rows; as many again of the columns
    units: Words  # (data bits, 2 * lines), first bit of the first codeword first
    drawn: Words  # (8, 2 * lines): function patterns with format information, and a mask on the rest
    judged: Words  # the same with blank format information: this is what `qrcode` scores
    balance: NDArray[np.uint16]  # penalty points by the number of dark modules

    @property
    def paired(self) -> bool:
        return self.lines < self.size

    def first_modules(self, count: int) -> np.uint64:
        """The lowest `count` modules of the one or two lines of a word."""
        single = (1 << count) - 1
        return np.uint64(single << 32 | single if self.paired else single)

    def each_once(self, words: Words) -> Words:
        """Clears, in place, the copy of the middle line in (lines or 2 * lines, n)."""
        if self.paired:
            words[self.lines - 1 :: self.lines] &= np.uint64(0xFFFFFFFF << 32)
        return words

    def modules(self, rows: Words) -> Matrix:
        """(n, size, size) from the rows (n, lines) of planes."""
        octets = np.ascontiguousarray(rows).astype("<u8", copy=False).view(np.uint8)
        if self.paired:
            halves = octets.reshape(len(rows), self.lines, 2, 4)
            octets = np.concatenate((halves[:, :, 0], halves[:, 1:, 1]), axis=1)
        else:
            octets = octets.reshape(len(rows), self.lines, 8)
        return np.unpackbits(octets, axis=2, bitorder="little").view(np.bool_)[:, :, : self.size]


class _Patterns(QRCode):
    """`qrcode` with nothing in the data region, to learn which modules that is."""

    def map_data(self, data: list[int], mask_pattern: int) -> None:
        pass


@lru_cache(maxsize=4 * MAX_VERSION)
def frame(version: int, level: str) -> Frame:
    """Some 50 ms the first time and up to 3 MB kept."""
    code = QRCode(version=version, error_correction=LEVELS[level])
    code.data_cache = []  # no codewords: the data region shows the bare mask
    stacks: dict[bool, list[Matrix]] = {True: [], False: []}
    for test, stack in stacks.items():
        for mask in range(8):
            code.makeImpl(test, mask)
            stack.append(np.array(code.modules, dtype=np.bool_))
    bare = _Patterns(version=version, error_correction=LEVELS[level])
    bare.data_cache = []
    bare.makeImpl(False, 0)
    free = np.array([[module is None for module in row] for row in bare.modules])
    size = len(free)
    lines = (size + 1) // 2 if size < 32 else size
    return Frame(
        size,
        lines,
        _units(version, level, _zigzag(free), size, lines),
        _plane(np.stack(stacks[False]), lines),
        _plane(np.stack(stacks[True]), lines),
        np.array([_balance(dark / (size * size)) for dark in range(size * size + 1)], np.uint16),
    )


def _balance(part: float) -> int:
    """Rule 4, section 7.8.3.1, with the floating point of `qrcode`."""
    return int(abs(part * 100 - 50) / 5) * 10


def _plane(modules: Matrix, lines: int) -> Words:
    """(n, 2 * lines) of (n, size, size)."""
    return np.concatenate(
        (_packed(modules, lines), _packed(modules.transpose(0, 2, 1), lines)),
        axis=1,
    )


def _packed(modules: Matrix, lines: int) -> Words:
    count, size, _ = modules.shape
    octets = np.zeros((count, size, 8), np.uint8)
    octets[..., : size + 7 >> 3] = np.packbits(modules, axis=-1, bitorder="little")
    words = octets.view("<u8")[..., 0].astype(np.uint64)
    if lines == size:
        return words
    return words[:, :lines] | words[:, lines - 1 :] << np.uint64(32)


def _zigzag(free: Matrix) -> NDArray[np.intp]:
    """Flat indices of the data region in placing order: column pairs from the right, up and down, section 7.7.3."""
    size = len(free)
    order: list[int] = []
    upward = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for row in range(size - 1, -1, -1) if upward else range(size):
            order += [row * size + column for column in (right, right - 1) if free[row, column]]
        upward = not upward
    return np.array(order)


def _units(version: int, level: str, order: NDArray[np.intp], size: int, lines: int) -> Words:
    """What each data bit adds to the plane: its own module, and those of the error correction that it changes."""
    words = _transmitted(version, level)
    parts = []
    for start in range(0, len(words), 256):
        bits = np.unpackbits(words[start : start + 256], axis=1).view(np.bool_)
        flat = np.zeros((len(bits), size * size), np.bool_)
        flat[:, order[: bits.shape[1]]] = bits
        parts.append(_plane(flat.reshape(-1, size, size), lines))
    return np.concatenate(parts)


def _transmitted(version: int, level: str) -> NDArray[np.uint8]:
    """(data bits, all codewords): the codewords in the order of section 7.6 that a data bit alone would make."""
    blocks = base.rs_blocks(version, LEVELS[level])
    counts = [block.data_count for block in blocks]
    ec_count = blocks[0].total_count - blocks[0].data_count
    data_places = sorted((i, b) for b, count in enumerate(counts) for i in range(count))
    place = {position: index for index, position in enumerate(data_places)}
    found = np.zeros((8 * sum(counts), sum(counts) + ec_count * len(blocks)), np.uint8)
    row = 0
    for number, count in enumerate(counts):
        for position, remainder in enumerate(_remainders(count, ec_count)):
            for value in (0x80 >> bit for bit in range(8)):
                found[row, place[position, number]] = value
                found[row, sum(counts) + number :: len(blocks)] = _products()[value, remainder]
                row += 1
    return found


@lru_cache(maxsize=1)
def _products() -> NDArray[np.uint8]:
    """The multiplication table of GF(256), (256, 256)."""
    logs = np.array([0] + [base.glog(value) for value in range(1, 256)])
    powers = np.array([base.gexp(exponent) for exponent in range(255)], np.uint8)
    table = powers[(logs[:, None] + logs[None, :]) % 255]
    table[0, :] = table[:, 0] = 0
    return table


def _remainders(data_count: int, ec_count: int) -> NDArray[np.uint8]:
    """The error correction codewords that a 1 at each data position makes, (data_count, ec_count)."""
    tail = np.array(LUT.rsPoly_LUT[ec_count][1:], np.uint8)
    product = _products()
    remainder = tail
    rows = [remainder]
    for _ in range(data_count - 1):
        remainder = np.append(remainder[1:], np.uint8(0)) ^ product[remainder[0], tail]
        rows.append(remainder)
    return np.stack(rows[::-1])
