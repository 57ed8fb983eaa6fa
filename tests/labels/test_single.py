"""One label as PNG and SVG."""

import io
import pickle
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.errors import LabelError
from labels.single import _outline, placed, png, svg
from labels.spec import DOTS_PER_MM, dots_per_mm
from labels.symbols import matrices
from labels.unplanned import prove_png, prove_svg, proven_png, proven_svg
from tests.labels.samples import label

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("dpi", "size", "per_metre"),
    [(203, (560, 296), 8000), (300, (827, 437), 11811), (600, (1654, 874), 23622)],
)
def test_a_png_is_one_bit_has_its_resolution_and_whole_dots_to_the_module(
    dpi: int, size: tuple[int, int], per_metre: int
) -> None:
    picture = proven_png(label(), dpi=dpi)
    assert picture[picture.index(b"pHYs") + 4 :][:9] == per_metre.to_bytes(4, "big") * 2 + b"\x01"
    image = Image.open(io.BytesIO(picture))
    assert (image.mode, image.size) == ("1", size)
    symbol = placed(label(), 70, 37, dpi).symbol
    box = (symbol.left, symbol.top, symbol.left + symbol.dots, symbol.top + symbol.dots)
    dots = ~np.asarray(image.crop(box))
    assert np.array_equal(dots, np.kron(symbol.matrix, np.ones((symbol.module, symbol.module), bool)))


@settings(max_examples=20)
@given(st.sampled_from(sorted(DOTS_PER_MM)), st.integers(30, 110), st.integers(25, 110), st.integers(0, 9999))
def test_any_size_that_is_laid_out_is_also_read_back(dpi: int, width: int, height: int, number: int) -> None:
    try:
        proven_png(label(number), width, height, dpi)
    except LabelError as refused:
        assert refused.code == "label-does-not-fit"


def test_an_svg_has_its_size_in_millimetres_one_crisp_path_and_real_text() -> None:
    root = ET.fromstring(proven_svg(label(title="电芯 <A&B>")))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("70mm", "37mm", "0 0 70 37")
    (path,) = root.findall(f"{SVG}path")
    assert path.get("shape-rendering") == "crispEdges"
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert texts[0] == "电芯 <A&B>"
    assert texts[-1] == label().identifier


@given(st.text("0123456789ABCDEF/.:", min_size=1, max_size=120))
@settings(max_examples=15)
def test_the_outline_encloses_exactly_the_dark_modules(payload: str) -> None:
    (matrix,) = matrices([payload])
    size = len(matrix)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<path shape-rendering="crispEdges" fill-rule="evenodd" d="{_outline(matrix)}"/></svg>'
    )
    raster = resvg_py.svg_to_bytes(svg_string=drawing, zoom=3, background="#ffffff")
    dark = np.asarray(Image.open(io.BytesIO(bytes(raster))).convert("L")) < 128
    assert np.array_equal(dark, np.kron(matrix, np.ones((3, 3), bool)))


def test_the_symbol_of_an_svg_sits_on_printer_dots() -> None:
    drawing = svg(label(), dpi=300).decode()
    x, y, scale = map(float, re.search(r"translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)", drawing).groups())  # type: ignore[union-attr]
    for length in (x, y, scale):
        assert length * dots_per_mm(300) == pytest.approx(round(length * dots_per_mm(300)), abs=0.001)


def test_a_picture_of_another_label_does_not_pass_the_proof() -> None:
    with pytest.raises(LabelError, match="AB0002"):
        prove_png(png(label(1)), label(2))
    with pytest.raises(LabelError, match="AB0002"):
        prove_svg(svg(label(1)), label(2), 560)


def test_a_drawing_whose_text_runs_into_the_symbol_does_not_pass_the_proof() -> None:
    spoilt = svg(label()).replace(b"</svg>", b'<rect x="2" y="12" width="20" height="9"/></svg>')
    with pytest.raises(LabelError) as refused:
        prove_svg(spoilt, label(), 827)
    assert refused.value.code == "label-unreadable"


def test_an_error_keeps_its_values_on_the_way_from_another_process() -> None:
    with pytest.raises(LabelError) as refused:
        png(label(), dpi=72)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.code, again.values, str(again)) == (
        refused.value.code,
        refused.value.values,
        str(refused.value),
    )
