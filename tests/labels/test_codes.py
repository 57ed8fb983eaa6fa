"""Data Matrix and Code 128, plain and GS1, read back by a decoder."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import gs1_text
from labels.codes import code128, datamatrix, gs1_128
from labels.decoders import Decoders, Verdict, Wanted
from labels.errors import LabelError
from labels.qr_frames import Matrix

UNIT = "(01)09506000134352(17)271231(10)L-1(21)S\\(1)"
LOTS = st.text("ABCXYZabc0123456789-_/.%()!\"&'*+,:;<=>?", min_size=1, max_size=20)


def read(matrix: Matrix) -> tuple[str, str, str]:
    lines = np.repeat(matrix, 30 if len(matrix) == 1 else 1, axis=0)
    picture = np.kron(np.pad(~lines, 12, constant_values=True), np.ones((4, 4), bool)).astype(np.uint8) * 255
    (found,) = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)
    return found.format.name, found.symbology_identifier, found.text


def verdict(matrix: Matrix, module: int, text: str, gs1: bool = False) -> Verdict:
    picture = np.kron(np.pad(~matrix, 1, constant_values=True), np.ones((module, module), bool))
    rows, columns = matrix.shape
    modules = np.packbits(matrix).tobytes()
    wanted = Wanted(module, module, module, module, rows, columns, modules, "DataMatrix", text, 0, gs1)
    with Decoders() as decoders:
        return decoders.verdict(picture.astype(np.uint8) * 255, wanted)


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_text_is_read_from_a_square_data_matrix(text: str) -> None:
    matrix = datamatrix(text)
    assert len(matrix) == len(matrix[0])
    assert read(matrix) == ("DataMatrix", "]d1", text)


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.sampled_from((1, 2, 3, 4, 7, 12)))
def test_any_text_is_read_by_the_second_decoder_of_data_matrix_too(text: str, module: int) -> None:
    assert verdict(datamatrix(text), module, text).dmtx


@pytest.mark.parametrize("module", [2, 3, 8])
def test_the_second_decoder_tells_gs1_from_the_same_characters_without(module: int) -> None:
    text = gs1_text.scanned(UNIT)
    assert verdict(datamatrix(UNIT, gs1=True), module, text, gs1=True).dmtx
    assert not verdict(datamatrix(UNIT, gs1=True), module, text).dmtx
    assert not verdict(datamatrix(text), module, text, gs1=True).dmtx
    assert not verdict(datamatrix(text), module, text + "1").dmtx


@settings(max_examples=30)
@given(LOTS, LOTS)
def test_gs1_symbols_begin_with_fnc1_and_separate_what_varies_in_length(lot: str, serial: str) -> None:
    text = gs1_text.bracketed(
        {"gtin": "9506000134352", "lot": lot, "serial": serial, "expires": "2027-12-31"}
    )
    meant = "010950600013435217271231" + f"10{lot}\x1d21{serial}"
    assert gs1_text.scanned(text) == meant
    assert read(datamatrix(text, gs1=True)) == ("DataMatrix", "]d2", meant)
    if len(meant) <= gs1_text.MOST:
        assert read(gs1_128(text)) == ("Code128", "]C1", meant)


@settings(max_examples=30)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_any_printable_ascii_is_read_from_a_code_128(text: str) -> None:
    assert read(code128(text)) == ("Code128", "]C0", text)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"gtin": "06901234567892"}, "(01)06901234567892"),
        ({"gtin": "6901234567892", "batch": "B(1"}, "(01)06901234567892(10)B\\(1"),
        ({"sscc": "106141411234567897", "gtin": "06901234567892", "quantity": "48", "lot": "L"},
         "(00)106141411234567897(02)06901234567892(10)L(37)48"),
        ({"sscc": "106141411234567897", "gtin": "06901234567892", "quantity": "1.5"}, "(00)106141411234567897"),
        ({"gln": "9506000134352"}, "(414)9506000134352"),
        ({"lot": "L", "serial": "S"}, ""),
    ],
)  # fmt: skip
def test_values_make_the_elements_that_name_the_thing(values: dict[str, str], text: str) -> None:
    assert gs1_text.bracketed(values) == text


@pytest.mark.parametrize(
    ("make", "text", "code"),
    [
        (datamatrix, "", "symbol-text-empty"),
        (datamatrix, "x" * 4000, "symbol-text-too-long"),
        (datamatrix, "\udfff", "symbol-text-not-writable"),
        (code128, "", "symbol-text-empty"),
        (code128, "批次", "symbol-text-not-writable"),
        (code128, "a\nb", "symbol-text-not-writable"),
        (code128, "x" * 81, "symbol-text-too-long"),
        (gs1_128, "01095", "bad-gs1-elements"),
        (gs1_128, "(01)09506000134353", "bad-gs1-elements"),
        (gs1_128, "(01)0950600013435", "bad-gs1-elements"),
        (gs1_128, "(10)Ä", "bad-gs1-elements"),
        (gs1_128, "(10)", "bad-gs1-elements"),
        (gs1_128, "(05)12", "bad-gs1-elements"),
        (gs1_128, "(10)" + "x" * 20 + "(240)" + "y" * 30, "symbol-text-too-long"),
    ],
)
def test_what_no_symbol_can_hold_is_refused(make: object, text: str, code: str) -> None:
    with pytest.raises(LabelError) as refused:
        make(text)  # type: ignore[operator]
    assert refused.value.code == code


@pytest.mark.parametrize(
    "values", [{"gtin": "6901234567893"}, {"gtin": "x"}, {"gtin": "6901234567892", "made": "soon"}]
)
def test_values_that_gs1_does_not_know_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(LabelError) as refused:
        gs1_text.bracketed(values)
    assert refused.value.code == "bad-gs1-elements"
