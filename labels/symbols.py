"""QR symbols in bulk: the module matrices that the `qrcode` library would make, bit for bit, hundreds of times faster.

One segment in the densest mode the text allows, the smallest version, and the mask with the fewest penalty points of
ISO/IEC 18004 section 7.8. Texts of one length make symbols of one version together: their bits by numpy, the symbol
from the bits by the affine map of `qr_frames`, the mask by `qr_masks`. Drawing is not done here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from qrcode import util

from labels.errors import N_, LabelError
from labels.qr_frames import LEVELS, MAX_VERSION, Matrix, Words, frame
from labels.qr_masks import best_masks

QUIET = 4  # modules of white on every side, ISO/IEC 18004 section 6.3.8

_CHUNK = 192  # symbols whose planes under eight masks stay in the processor's cache
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MODES = (util.MODE_NUMBER, util.MODE_ALPHA_NUM, util.MODE_8BIT_BYTE)
_NONE: Matrix = np.zeros((0, 0), np.bool_)
_MODE_OF = np.array(  # index of the densest of `_MODES` that holds an octet
    [
        0 if chr(octet).isdecimal() and octet < 128 else 1 if chr(octet) in _ALPHANUMERIC else 2
        for octet in range(256)
    ],
    np.uint8,
)
_VALUE_OF = np.array([max(_ALPHANUMERIC.find(chr(octet)), 0) for octet in range(256)], np.uint16)


def matrices(payloads: Sequence[str], level: str = "M") -> list[Matrix]:
    """One square of modules (True is dark, no quiet zone) per payload, in order, with error correction L, M, Q or H.

    A few µs each where hundreds are asked for at once, a fraction of a millisecond for one alone. Raises LabelError
    `symbol-text-too-long` beyond version 11, `symbol-text-empty` and `symbol-text-not-writable`.
    """
    octets = [octets_of(payload) for payload in payloads]
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, encoded in enumerate(octets):
        by_length[len(encoded)].append(index)
    found: list[Matrix] = [_NONE] * len(payloads)
    for length, indices in by_length.items():
        joined = b"".join([octets[index] for index in indices])
        texts = np.frombuffer(joined, np.uint8).reshape(-1, length)
        for chosen, symbols in _of_one_length(texts, level):
            for index, symbol in zip(chosen.tolist(), symbols, strict=True):
                found[indices[index]] = symbol
    return found


def octets_of(payload: str) -> bytes:
    """UTF-8. Raises LabelError `symbol-text-empty` and `symbol-text-not-writable`."""
    if not payload:
        raise LabelError("symbol-text-empty", N_("There is nothing to put into the symbol."))
    try:
        return payload.encode()
    except UnicodeEncodeError as error:
        raise LabelError(
            "symbol-text-not-writable",
            N_("“{text}” has characters that are no text."),
            text=payload[:40].encode(errors="replace").decode(),
        ) from error


def _of_one_length(
    texts: NDArray[np.uint8], level: str
) -> Iterator[tuple[NDArray[np.intp], Sequence[Matrix]]]:
    """(which of `texts`, (n, length), their symbols), some at a time."""
    kinds = _MODE_OF[texts].max(axis=1)
    for kind in np.unique(kinds).tolist():
        every = np.flatnonzero(kinds == kind)
        maker = _Maker(texts[every], kind, level)
        for start in range(0, len(every), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield every[part], list(maker.symbols(part))


class _Maker:
    """Symbols of texts that have one length and one mode, and so one version."""

    def __init__(self, texts: NDArray[np.uint8], kind: int, level: str) -> None:
        version, words = _data_codewords(texts, kind, level)
        self._frame = frame(version, level)
        units = self._frame.units
        self._digits = np.stack((words >> 4, words & 15), axis=2).reshape(len(words), -1)
        varying = (self._digits != self._digits[0]).any(axis=0)
        same = np.unpackbits(words[0]).view(np.bool_) & ~np.repeat(varying, 4)
        self._constant = np.bitwise_xor.reduce(units[same], axis=0)
        self._tables = {
            place: _sums(units[4 * place : 4 * place + 4]) for place in np.flatnonzero(varying).tolist()
        }

    def symbols(self, part: slice) -> Matrix:
        """(n, size, size)"""
        digits = self._digits[part]
        planes = np.tile(self._constant, (len(digits), 1))
        for place, table in self._tables.items():
            planes ^= table[digits[:, place]]
        masks = best_masks(np.ascontiguousarray(planes.T), self._frame)
        lines = self._frame.lines
        return self._frame.modules(planes[:, :lines] ^ self._frame.drawn[masks, :lines])


def _sums(units: Words) -> Words:
    """(16, words): what each hexadecimal digit adds, of the (4, words) that its bits add, highest first."""
    table = np.zeros((1, units.shape[1]), np.uint64)
    for unit in units[::-1]:
        table = np.concatenate((table, table ^ unit))
    return table


def _data_codewords(texts: NDArray[np.uint8], kind: int, level: str) -> tuple[int, NDArray[np.uint8]]:
    """Version, and (n, data codewords) with their padding, section 7.4."""
    bits = _segment(texts, kind)
    mode, count = _MODES[kind], texts.shape[1]
    for version in range(1, MAX_VERSION + 1):
        capacity = util.BIT_LIMIT_TABLE[LEVELS[level]][version]
        count_bits = util.length_in_bits(mode, version)
        used = 4 + count_bits + bits.shape[1]
        if used <= capacity:
            break
    else:
        raise too_long(texts[0].tobytes().decode())
    stream = np.zeros((len(texts), min(used + 4, capacity) + 7 >> 3 << 3), np.uint8)
    head = np.array([mode << count_bits | count], ">u4").view(np.uint8)
    stream[:, : 4 + count_bits] = np.unpackbits(head)[-4 - count_bits :]
    stream[:, 4 + count_bits : used] = bits
    words = np.empty((len(texts), capacity // 8), np.uint8)
    full = stream.shape[1] // 8
    words[:, :full] = np.packbits(stream, axis=1)
    words[:, full::2], words[:, full + 1 :: 2] = util.PAD0, util.PAD1
    return version, words


def _segment(texts: NDArray[np.uint8], kind: int) -> NDArray[np.uint8]:
    """(n, bits): the texts in one of `_MODES`."""
    if kind == 2:
        return np.unpackbits(texts, axis=1)
    radix, size, widths = ((10, 3, (4, 7, 10)), (45, 2, (6, 11)))[kind]
    values = _VALUE_OF[texts]
    whole = texts.shape[1] // size * size
    parts = [_numbers(values[:, :whole], radix, size, widths[-1])]
    if rest := texts.shape[1] - whole:
        parts.append(_numbers(values[:, whole:], radix, rest, widths[rest - 1]))
    return np.concatenate(parts, axis=1)


def _numbers(values: NDArray[np.uint16], radix: int, size: int, width: int) -> NDArray[np.uint8]:
    """(n, bits): groups of `size` digits as numbers of `width` bits."""
    groups = values.reshape(len(values), values.shape[1] // size, size)
    numbers = groups[..., 0]
    for place in range(1, size):
        numbers = numbers * np.uint16(radix) + groups[..., place]
    octets = np.ascontiguousarray(numbers, ">u2").view(np.uint8).reshape(*numbers.shape, 2)
    return np.unpackbits(octets, axis=2)[..., -width:].reshape(len(values), -1)


def too_long(text: str) -> LabelError:
    return LabelError(
        "symbol-text-too-long",
        N_("The text “{text}…” is too long for a label's symbol."),
        N_("Shorten the address; upper case takes less room."),
        text=text[:40],
    )
