"""Symbols as compressed images: what any inflater makes of them."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.packing import deflated, packed


def dots(matrix: np.ndarray, across: int, down: int) -> bytes:
    rows = ~np.packbits(np.repeat(matrix, across, axis=1), axis=1)
    return np.repeat(rows, down, axis=0).tobytes()


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(1, 24),
    st.integers(1, 24),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None)
def test_a_batch_of_symbols_of_any_size_inflates_to_their_dots(
    rows: int, columns: int, across: int, down: int, count: int, seed: int
) -> None:
    matrices = np.random.default_rng(seed).random((count, rows, columns)) < 0.5
    streams = deflated(matrices, across, down)
    assert [zlib.decompress(stream) for stream in streams] == [dots(one, across, down) for one in matrices]


@pytest.mark.parametrize(
    ("rows", "columns", "across", "down"), [(1, 299, 3, 700), (299, 1, 700, 3), (144, 144, 2, 2)]
)
def test_bars_and_the_largest_data_matrix_inflate_too(
    rows: int, columns: int, across: int, down: int
) -> None:
    matrices = np.random.default_rng(1).random((3, rows, columns)) < 0.5
    matrices[0], matrices[1] = True, False
    streams = deflated(matrices, across, down)
    assert [zlib.decompress(stream) for stream in streams] == [dots(one, across, down) for one in matrices]


def test_pictures_are_packed_row_by_row() -> None:
    picture = np.eye(13, dtype=np.bool_)
    assert zlib.decompress(packed(picture)) == dots(picture, 1, 1)
