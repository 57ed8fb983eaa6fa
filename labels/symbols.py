"""QR symbols in bulk: the module matrices that the `qrcode` library would make, bit for bit, hundreds of times faster.

One segment in the densest mode the text allows, smallest version, and the mask with the fewest
penalty points of ISO/IEC 18004 section 7.8. Function patterns and masks come from `qrcode` itself; numpy does what
it does in Python loops (Reed-Solomon remainders by table, placing, the penalty rules on rows packed into 64 bits)
for all symbols of one version at once. Drawing is not done here.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from qrcode import LUT, QRCode, base, util
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

from labels.errors import N_, LabelError

QUIET = 4  # modules of white on every side, ISO/IEC 18004 section 6.3.8
MAX_VERSION = 11  # 61 modules: a row still fits 64 bits, and nobody's label holds a larger symbol

LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}

Matrix = NDArray[np.bool_]
_VALUE = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
_DIGITS = re.compile(r"[0-9]+")
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


def matrices(payloads: Sequence[str], level: str = "M") -> list[Matrix]:
    """One square of modules (True is dark, no quiet zone) per payload, in order; some 30 µs each in bulk.

    Raises LabelError `symbol-text-too-long` beyond version 11 and `symbol-text-empty`.
    """
    by_version: dict[int, list[int]] = defaultdict(list)
    codewords: list[bytes] = []
    for index, payload in enumerate(payloads):
        version, words = _data_codewords(payload, level)
        by_version[version].append(index)
        codewords.append(words)
    found: dict[int, Matrix] = {}
    for version, indices in by_version.items():
        data = np.frombuffer(b"".join(codewords[index] for index in indices), np.uint8)
        found.update(zip(indices, _symbols(version, level, data.reshape(len(indices), -1)), strict=True))
    return [found[index] for index in range(len(payloads))]


def _data_codewords(payload: str, level: str) -> tuple[int, bytes]:
    """Version and its padded data codewords, section 7.4."""
    if not payload:
        raise LabelError("symbol-text-empty", N_("There is nothing to put into the symbol."))
    mode, count, bits, length = _segment(payload)
    for version in range(1, MAX_VERSION + 1):
        capacity = util.BIT_LIMIT_TABLE[LEVELS[level]][version]
        count_bits = util.length_in_bits(mode, version)
        used = 4 + count_bits + length
        if used <= capacity:
            stream = (mode << count_bits | count) << length | bits
            used_bytes = min(used + 4, capacity) + 7 >> 3
            stream <<= used_bytes * 8 - used
            padding = (bytes((util.PAD0, util.PAD1)) * capacity)[: capacity // 8 - used_bytes]
            return version, stream.to_bytes(used_bytes, "big") + padding
    raise LabelError(
        "symbol-text-too-long",
        N_("The text “{text}…” is too long for a label's symbol."),
        N_("Shorten the address; upper case takes less room."),
        text=payload[:40],
    )


def _segment(payload: str) -> tuple[int, int, int, int]:
    """(mode, character count, bits as one number, how many bits) in the densest mode that holds the whole text."""
    bits = length = 0
    if _DIGITS.fullmatch(payload):
        for start in range(0, len(payload), 3):
            group = payload[start : start + 3]
            width = util.NUMBER_LENGTH[len(group)]
            bits, length = bits << width | int(group), length + width
        return util.MODE_NUMBER, len(payload), bits, length
    if _ALPHANUMERIC.fullmatch(payload):
        values = [_VALUE[character] for character in payload]
        for first, second in zip(values[::2], values[1::2], strict=False):
            bits = bits << 11 | first * 45 + second
        if len(values) % 2:
            bits = bits << 6 | values[-1]
        return util.MODE_ALPHA_NUM, len(values), bits, len(values) // 2 * 11 + len(values) % 2 * 6
    octets = payload.encode()
    return util.MODE_8BIT_BYTE, len(octets), int.from_bytes(octets, "big"), len(octets) * 8


@dataclass(frozen=True)
class _Frame:
    """All of one version that does not depend on the text: 8 masks, as drawn and as judged, and the placing order."""

    size: int
    drawn: Matrix  # (8, size, size), function patterns with format information, mask on the rest
    judged: Matrix  # the same with blank format information: this is what `qrcode` scores
    order: NDArray[np.intp]  # flat module index of each codeword bit
    blocks: tuple[tuple[int, NDArray[np.uint8]], ...]  # data count and remainder table of each block


class _Patterns(QRCode):
    """`qrcode` with nothing in the data region, to learn which modules that is."""

    def map_data(self, data: list[int], mask_pattern: int) -> None:
        pass


@lru_cache(maxsize=MAX_VERSION)
def _frame(version: int, level: str) -> _Frame:
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
    blocks = tuple(
        (block.data_count, _remainders(block.data_count, block.total_count - block.data_count))
        for block in base.rs_blocks(version, LEVELS[level])
    )
    return _Frame(len(free), np.stack(stacks[False]), np.stack(stacks[True]), _zigzag(free), blocks)


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


@lru_cache(maxsize=1)
def _products() -> NDArray[np.uint8]:
    """The multiplication table of GF(256), (256, 256)."""
    logs = np.array([0] + [base.glog(value) for value in range(1, 256)])
    powers = np.array([base.gexp(exponent) for exponent in range(255)], np.uint8)
    table = powers[(logs[:, None] + logs[None, :]) % 255]
    table[0, :] = table[:, 0] = 0
    return table


@lru_cache(maxsize=32)
def _remainders(data_count: int, ec_count: int) -> NDArray[np.uint8]:
    """Error correction codewords that each value at each data position adds, (data_count, 256, ec_count)."""
    tail = np.array(LUT.rsPoly_LUT[ec_count][1:], np.uint8)
    product = _products()
    remainder = tail
    rows = [remainder]
    for _ in range(data_count - 1):
        remainder = np.append(remainder[1:], np.uint8(0)) ^ product[remainder[0], tail]
        rows.append(remainder)
    return np.ascontiguousarray(product[:, np.stack(rows[::-1])].transpose(1, 0, 2))


def _interleaved(data: NDArray[np.uint8], frame: _Frame) -> NDArray[np.uint8]:
    """Data and error correction codewords of (n, data) in transmission order, section 7.6."""
    data_parts, ec_parts, start = [], [], 0
    for count, table in frame.blocks:
        part = data[:, start : start + count]
        start += count
        remainder = np.zeros((len(data), table.shape[2]), np.uint8)
        for position in range(count):
            remainder ^= table[position, part[:, position]]
        data_parts.append(part)
        ec_parts.append(remainder)
    longest = max(count for count, _ in frame.blocks)
    columns = [part[:, i] for i in range(longest) for part in data_parts if i < part.shape[1]]
    columns += [part[:, i] for i in range(ec_parts[0].shape[1]) for part in ec_parts]
    return np.stack(columns, axis=1)


def _symbols(version: int, level: str, data: NDArray[np.uint8]) -> Matrix:
    """(n, size, size) for the data codewords (n, count) of one version."""
    frame = _frame(version, level)
    bits = np.unpackbits(_interleaved(data, frame), axis=1).view(np.bool_)
    flat = np.zeros((len(data), frame.size * frame.size), np.bool_)
    flat[:, frame.order[: bits.shape[1]]] = bits
    placed = flat.reshape(-1, frame.size, frame.size)
    rows = _packed(placed)[:, None] ^ _packed(frame.judged)
    columns = _packed(placed.transpose(0, 2, 1))[:, None] ^ _packed(frame.judged.transpose(0, 2, 1))
    best = _penalty(rows, columns, frame.size).argmin(axis=1)
    return placed ^ frame.drawn[best]


def _packed(modules: Matrix) -> NDArray[np.uint64]:
    """The last axis as one 64-bit number, first module lowest."""
    size = modules.shape[-1]
    octets = np.zeros((*modules.shape[:-1], 8), np.uint8)
    octets[..., : size + 7 >> 3] = np.packbits(modules, axis=-1, bitorder="little")
    return octets.view("<u8")[..., 0]


def _penalty(rows: NDArray[np.uint64], columns: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
    """Penalty points, section 7.8.3, of symbols whose rows (and columns) are the last axis."""
    points = _line_points(rows, size) + _line_points(columns, size)
    alike = ~(rows ^ rows >> np.uint64(1)) & _ones(size - 1)
    blocks = alike[..., :-1] & alike[..., 1:] & ~(rows[..., :-1] ^ rows[..., 1:])
    dark = np.bitwise_count(rows).sum(axis=-1, dtype=np.int64) / (size * size)
    balance = (np.abs(dark * 100 - 50) / 5).astype(np.int64)
    return points + 3 * np.bitwise_count(blocks).sum(axis=-1, dtype=np.int64) + 10 * balance


def _line_points(lines: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
    """Rules 1 (five or more alike in a row: 3, and 1 for each beyond) and 3 (finder-like 1:1:3:1:1, 40 each)."""
    one = np.uint64(1)
    alike = ~(lines ^ lines >> one) & _ones(size - 1)
    five = alike & alike >> one
    five &= five >> np.uint64(2)  # bit i: modules i to i+4 are alike
    ends = five & ~(five >> one)
    points = np.bitwise_count(five).astype(np.int64) + 2 * np.bitwise_count(ends)
    finder, behind = np.full_like(lines, _ones(size - 10)), np.full_like(lines, _ones(size - 10))
    for offset in range(11):
        shifted = lines >> np.uint64(offset)
        finder &= shifted if 0b00001011101 >> offset & 1 else ~shifted
        behind &= shifted if 0b10111010000 >> offset & 1 else ~shifted
    points += 40 * (np.bitwise_count(finder) + np.bitwise_count(behind)).astype(np.int64)
    return points.sum(axis=-1)


def _ones(count: int) -> NDArray[np.uint64]:
    return np.array((1 << count) - 1, np.uint64)
