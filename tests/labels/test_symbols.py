"""The bulk symbol maker against the library it stands in for, and against a decoder."""

import random

import numpy as np
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qrcode.util import BIT_LIMIT_TABLE

from labels.errors import LabelError
from labels.qr_frames import LEVELS
from labels.symbols import QUIET, matrices

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

texts = st.one_of(
    st.text("0123456789", min_size=1, max_size=300),
    st.text(ALPHANUMERIC, min_size=1, max_size=250),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
)


def by_the_library(text: str, level: str = "M") -> NDArray[np.bool_]:
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(text, optimize=0)
    code.make()
    return np.array(code.get_matrix(), np.bool_)


@settings(max_examples=60)
@given(st.lists(texts, min_size=1, max_size=3), st.sampled_from("LMQH"))
def test_every_module_is_what_the_qrcode_library_would_have_drawn(payloads: list[str], level: str) -> None:
    for text, matrix in zip(payloads, matrices(payloads, level), strict=True):
        assert np.array_equal(matrix, by_the_library(text, level)), text


@settings(max_examples=25)
@given(
    st.sampled_from(["0123456789", ALPHANUMERIC, "abcdefghijklmnop/:."]),
    st.sampled_from("LMQH"),
    st.integers(1, 11),
    st.randoms(use_true_random=False),
)
def test_texts_of_one_length_are_drawn_together_as_the_library_draws_each(
    characters: str, level: str, version: int, chance: random.Random
) -> None:
    """Any version and level is met, which texts of any length rarely do."""
    room = BIT_LIMIT_TABLE[LEVELS[level]][version] - 4 - 16
    length = max(1, int(room / {10: 3.4, 45: 5.5}.get(len(characters), 8)))
    start = "".join(chance.choices(characters, k=length // 2))
    payloads = [start + "".join(chance.choices(characters, k=length - len(start))) for _ in range(3)]
    symbols = matrices(payloads, level)
    assert len(symbols[0]) == len(by_the_library(payloads[0], level))
    assert np.array_equal(symbols[2], by_the_library(payloads[2], level)), payloads[2]


def test_a_text_makes_the_same_symbol_alone_and_among_hundreds() -> None:
    payloads = [f"HTTPS://ID.EXAMPLE.COM/88.118.1001/{number * 7919:012d}" for number in range(400)]
    together = matrices(payloads, "Q")
    for number in (0, 191, 192, 399):
        assert np.array_equal(together[number], matrices([payloads[number]], "Q")[0])


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


@pytest.mark.parametrize(
    ("text", "code"), [("", "symbol-text-empty"), ("a\ud800b", "symbol-text-not-writable")]
)
def test_what_no_symbol_can_hold_is_refused(text: str, code: str) -> None:
    with pytest.raises(LabelError) as refused:
        matrices(["1", text])
    assert refused.value.code == code
