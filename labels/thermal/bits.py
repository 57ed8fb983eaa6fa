"""Dots as printers take them: rows of hexadecimal digits for ZPL, packed bytes for TSPL and EPL. Knows no commands."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from labels.placed import Symbol
from labels.raster import Dots

_DIGITS = np.array([list(f"{value:02X}".encode()) for value in range(256)], np.uint8)
_REPEATED = re.compile(r"([0-9A-F])\1{2,}")


def row_bytes(dots: Dots) -> int:
    return (dots.shape[1] + 7) // 8


def hex_rows(dots: Dots) -> str:
    """ZPL's compressed hexadecimal: a repeated digit counted, `,` the rest of the row blank, `:` the row before."""
    rows, before = [], ""
    for raw in np.packbits(dots, axis=1):
        row = raw.tobytes().hex().upper()
        if row == before:
            rows.append(":")
            continue
        before = row
        kept = row.rstrip("0")
        rows.append(_REPEATED.sub(_counted, kept) + ("," if len(kept) < len(row) else ""))
    return "".join(rows)


def _counted(found: re.Match[str]) -> str:
    """G to Y count 1 to 19, g to z 20 to 400."""
    left, digit, text = len(found[0]), found[1], ""
    while left > 419:
        text, left = f"{text}z{digit}", left - 400
    tens, ones = divmod(left, 20)
    return text + (chr(ord("f") + tens) if tens else "") + (chr(ord("F") + ones) if ones else "") + digit


def packed(dots: Dots) -> bytes:
    """Rows of whole bytes, 0 where black: TSPL and EPL burn zeros."""
    return (~np.packbits(dots, axis=1)).tobytes()


def symbols_hex(symbols: Sequence[Symbol]) -> list[bytes]:
    """Hexadecimal rows of symbols that are alike in shape and module, all at once: some 3 µs each."""
    first = symbols[0]
    modules = np.stack([symbol.matrix for symbol in symbols])
    wide = np.packbits(modules.repeat(first.across, axis=2), axis=2)
    count, rows, size = wide.shape
    text = np.empty((count, rows, 2 * size + first.down - 1), np.uint8)
    text[:, :, : 2 * size] = _DIGITS[wide].reshape(count, rows, 2 * size)
    text[:, :, 2 * size :] = ord(":")
    flat, length = text.tobytes(), rows * text.shape[2]
    return [flat[start : start + length] for start in range(0, count * length, length)]


def moved(dots: Dots, right: int, down: int) -> Dots:
    """The same size; what is pushed over an edge is gone."""
    if not right and not down:
        return dots
    found = np.zeros_like(dots)
    rows, columns = dots.shape
    source = dots[max(0, -down) : max(0, rows - down), max(0, -right) : max(0, columns - right)]
    top, left = max(0, down), max(0, right)
    found[top : top + source.shape[0], left : left + source.shape[1]] = source
    return found


def bands(dots: Dots) -> Iterator[tuple[int, int, Dots]]:
    """(left, top, dots) of the parts of a picture between blank rows, from whole bytes on: all of its ink."""
    inked = np.flatnonzero(np.diff(np.concatenate(([False], dots.any(axis=1), [False])).astype(np.int8)))
    for top, bottom in zip(inked[::2].tolist(), inked[1::2].tolist(), strict=True):
        columns = np.flatnonzero(dots[top:bottom].any(axis=0))
        left = int(columns[0]) // 8 * 8
        yield left, top, dots[top:bottom, left : int(columns[-1]) + 1]
