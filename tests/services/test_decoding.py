"""Photographs as services hand them on: texts that the one parser of identifiers understands."""

import io

import numpy as np
import pytest

from app.domain import identifiers
from app.services.decoding import codes_in
from labels import codes
from labels.degrading import on_bench


@pytest.mark.parametrize("form", ["datamatrix", "gs1_128"])
@pytest.mark.parametrize(
    "text", ["(414)9506000134352", "(01)06901234567892(10)L-1(21)S-9", "(00)106141411234567897"]
)
def test_gs1_symbols_come_as_element_strings_that_are_known_to_be_such(form: str, text: str) -> None:
    bars = form == "gs1_128"
    matrix = np.repeat(codes.gs1_128(text), 40, axis=0) if bars else codes.datamatrix(text, gs1=True)
    out = io.BytesIO()
    on_bench(matrix, 3 if bars else 6, (), 12).save(out, "PNG")
    (found,) = codes_in(out.getvalue())
    assert found.startswith("]C1" if bars else "]d2")
    assert str(identifiers.parse(found)) == text
