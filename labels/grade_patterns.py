"""Which modules of a symbol never change, and how many codewords it can lose: QR and Data Matrix of any size."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from qrcode import base, util

from labels.qr_frames import LEVELS

# ISO/IEC 16022 table 7: error correction codewords by the side of square symbols.
_DATA_MATRIX = dict(
    zip(
        (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144),
        (
            5,
            7,
            10,
            12,
            14,
            18,
            20,
            24,
            28,
            36,
            42,
            48,
            56,
            68,
            84,
            112,
            144,
            192,
            224,
            272,
            336,
            408,
            496,
            620,
        ),
        strict=True,
    )
)


@lru_cache(maxsize=64)
def fixed_parts(form: str, size: int) -> NDArray[np.bool_]:
    """(parts, size, size): finder patterns with their separators, timing, alignment; or the sides of a Data Matrix."""
    return np.stack(_of_data_matrix(size) if form == "DataMatrix" else _of_qr(size))


def _of_data_matrix(size: int) -> list[NDArray[np.bool_]]:
    parts = []
    for place in ((slice(None), 0), (-1, slice(None)), (0, slice(None)), (slice(None), -1)):
        part = np.zeros((size, size), np.bool_)
        part[place] = True
        parts.append(part)
    return parts


def _of_qr(size: int) -> list[NDArray[np.bool_]]:
    parts = []
    for down, across in (
        (slice(0, 8), slice(0, 8)),
        (slice(0, 8), slice(-8, None)),
        (slice(-8, None), slice(0, 8)),
    ):
        part = np.zeros((size, size), np.bool_)
        part[down, across] = True
        parts.append(part)
    timing = np.zeros((size, size), np.bool_)
    timing[6, 8:-8] = timing[8:-8, 6] = True
    parts.append(timing)
    finders = np.logical_or.reduce(parts[:3])
    places = util.pattern_position((size - 17) // 4)
    alignment = np.zeros((size, size), np.bool_)
    for row in places:
        for column in places:
            if not finders[row, column]:
                alignment[row - 2 : row + 3, column - 2 : column + 3] = True
    return [*parts, alignment] if alignment.any() else parts


def spare_codewords(form: str, size: int, level: str) -> int:
    """Codewords of error correction."""
    if form == "DataMatrix":
        return _DATA_MATRIX.get(size, size * size // 20)
    blocks = base.rs_blocks((size - 17) // 4, LEVELS.get(level, LEVELS["M"]))
    return sum(block.total_count - block.data_count for block in blocks)
