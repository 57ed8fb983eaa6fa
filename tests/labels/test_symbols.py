"""The bulk symbol maker against the library it stands in for, and against a decoder."""

import numpy as np
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from labels.errors import LabelError
from labels.symbols import QUIET, matrices

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

texts = st.one_of(
    st.text("0123456789", min_size=1, max_size=300),
    st.text(ALPHANUMERIC, min_size=1, max_size=250),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
)


def by_the_library(text: str) -> NDArray[np.bool_]:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text, optimize=0)
    code.make()
    return np.array(code.get_matrix(), np.bool_)


@settings(max_examples=40)
@given(st.lists(texts, min_size=1, max_size=4))
def test_every_module_is_what_the_qrcode_library_would_have_drawn(payloads: list[str]) -> None:
    for text, matrix in zip(payloads, matrices(payloads), strict=True):
        assert np.array_equal(matrix, by_the_library(text)), text


@pytest.mark.parametrize("version", range(1, 12))
def test_the_longest_text_of_every_version_is_the_library_s_too(version: int) -> None:
    capacity = (20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366)[version - 1]
    for length in (capacity, capacity + 1):
        text = ("HTTPS://ID.EXAMPLE.COM/88.118.1001/" * 12)[:length]
        if version == 11 and length > capacity:
            with pytest.raises(LabelError, match="too long"):
                matrices([text])
        else:
            assert np.array_equal(matrices([text])[0], by_the_library(text))


def test_symbols_of_mixed_sizes_come_back_in_the_order_asked_for() -> None:
    payloads = ["A" * 50, "1", "A" * 100, "2", "a much longer text in lower case, which needs bytes"]
    for text, matrix in zip(payloads, matrices(payloads), strict=True):
        picture = (
            np.kron(np.pad(~matrix, QUIET, constant_values=True), np.ones((3, 3), bool)).astype(np.uint8)
            * 255
        )
        assert [barcode.text for barcode in zxingcpp.read_barcodes(picture)] == [text]


def test_an_upper_case_address_makes_a_smaller_symbol_than_a_lower_case_one() -> None:
    upper, lower = matrices(
        [
            "HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3ABCDEF",
            "https://id.example.com/88.118.1001/7q2k9xw4m3abcdef",
        ]
    )
    assert len(upper) == 29 < len(lower)


def test_nothing_makes_no_symbol() -> None:
    with pytest.raises(LabelError) as refused:
        matrices([""])
    assert refused.value.code == "symbol-text-empty"
