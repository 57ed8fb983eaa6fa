"""Code 128 back from its bars to the values of its characters, so that a printer can be told to draw the very same."""

from functools import lru_cache

import numpy as np

from labels.raster import Dots

START_A, START_B, START_C, STOP = 103, 104, 105, 106
MODULES = 11

# Widths of bars and spaces, six digits for each value (ISO/IEC 15417 table 1).
_WIDTHS = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 233111
"""


@lru_cache(maxsize=1)
def patterns() -> tuple[tuple[bool, ...], ...]:
    """The eleven modules of each value; of the stop character those before its last two bars."""
    found = []
    for widths in _WIDTHS.split():
        modules: list[bool] = []
        for number, width in enumerate(widths):
            modules += [number % 2 == 0] * int(width)
        found.append(tuple(modules))
    return tuple(found)


@lru_cache(maxsize=1)
def _values() -> dict[bytes, int]:
    return {np.array(pattern, np.bool_).tobytes(): value for value, pattern in enumerate(patterns())}


def values_of(matrix: Dots) -> tuple[int, ...] | None:
    """From the start character to the last before the check character, of a symbol of one row; None for no Code 128."""
    row = np.ascontiguousarray(matrix[0], np.bool_)
    known, raw = _values(), row.tobytes()
    found = [known.get(raw[at : at + MODULES], -1) for at in range(0, len(raw) - 2, MODULES)]
    if len(found) < 4 or -1 in found or found[-1] != STOP or found[0] not in (START_A, START_B, START_C):
        return None
    return tuple(found[:-2])


def modules_of(values: tuple[int, ...]) -> Dots:
    """The symbol of one row for values as `values_of` gives them: check character and stop are added."""
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
    table = patterns()
    modules = [module for value in (*values, check, STOP) for module in table[value]]
    return np.array([[*modules, True, True]], np.bool_)
