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

from labels.composing import Plan
from labels.errors import LabelError
from labels.fields import sample
from labels.outlines import outline
from labels.proof import prove_picture
from labels.raster import dots, run_dots, symbol_dots
from labels.readymade import ready, templates
from labels.single import png_of, svg_of
from labels.spec import DOTS_PER_MM, dots_per_mm
from labels.symbols import matrices
from labels.templates import template_of
from tests.labels.samples import label, placed

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("dpi", "size", "per_metre"),
    [(150, (413, 219), 5906), (203, (560, 296), 8000), (300, (827, 437), 11811), (600, (1654, 874), 23622)],
)
def test_a_png_is_one_bit_has_its_resolution_and_whole_dots_to_the_module(
    dpi: int, size: tuple[int, int], per_metre: int
) -> None:
    spot = placed(dpi=dpi)
    picture = png_of(spot)
    assert picture[picture.index(b"pHYs") + 4 :][:9] == per_metre.to_bytes(4, "big") * 2 + b"\x01"
    image = Image.open(io.BytesIO(picture))
    assert (image.mode, image.size) == ("1", size)
    (symbol,) = spot.symbols
    box = (symbol.left, symbol.top, symbol.left + symbol.width, symbol.top + symbol.height)
    shown = ~np.asarray(image.crop(box))
    assert np.array_equal(shown, np.kron(symbol.matrix, np.ones((symbol.down, symbol.across), bool)))
    assert np.array_equal(~np.asarray(image), dots(spot))
    prove_picture(picture, spot)


@pytest.mark.parametrize("name", ["serial-40x20", "pallet-100x150", "trust-mark-40x60", "badge-86x54"])
def test_a_drawing_is_read_back_and_looks_like_the_dots(name: str) -> None:
    """SVG and PNG are two ways to the same picture: where one is black over a square millimetre, so is the other."""
    plan = Plan(ready(name), 203, "zh")
    spot = plan.one(sample("zh", longest=True))
    drawing = svg_of(spot)
    prove_picture(drawing, spot)
    exact = dots(spot)
    width = exact.shape[1]
    raster = resvg_py.svg_to_bytes(svg_string=drawing.decode(), width=width, dpi=96, background="#ffffff")
    drawn = np.asarray(Image.open(io.BytesIO(bytes(raster))).convert("L")) < 128
    rows, columns = (length // 16 * 16 for length in exact.shape)
    both = [
        each[:rows, :columns].reshape(rows // 16, 16, columns // 16, 16).mean(axis=(1, 3))
        for each in (exact, drawn)
    ]
    assert np.abs(both[0] - both[1]).max() < 0.35
    assert abs(both[0].mean() - both[1].mean()) < 0.02


def test_an_svg_has_its_size_in_millimetres_one_crisp_path_and_real_text() -> None:
    root = ET.fromstring(svg_of(placed(label(name_zh="电芯 <A&B>")), "电芯 <A&B>"))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("70mm", "37mm", "0 0 70 37")
    (path,) = root.findall(f"{SVG}path")
    assert path.get("shape-rendering") == "crispEdges"
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert texts[0] == root.findtext(f"{SVG}title") == "电芯 <A&B>"
    assert texts[-1] == label().identifier


def test_turned_white_and_shaped_text_is_drawn_where_it_lies() -> None:
    element = {"kind": "text", "x": 2, "y": 2, "width": 10, "height": 30, "text": "{lot} שלום", "size": 12}
    turned = {**element, "rotation": 90, "inverse": True}
    spot = Plan(template_of({"name": "x", "width": 30, "height": 37, "elements": [turned]}), 300, "en").one(
        label()
    )
    root = ET.fromstring(svg_of(spot))
    groups = root.findall(f"{SVG}g")
    assert {group.get("fill") for group in groups} == {"#fff"}
    assert "".join(group.get("aria-label", "") for group in groups) == "L-2026-01 שלום"
    assert all("rotate(90)" in group.get("transform", "") for group in groups)


@given(st.text("0123456789ABCDEF/.:", min_size=1, max_size=120))
@settings(max_examples=15)
def test_the_outline_encloses_exactly_the_dark_modules(payload: str) -> None:
    (matrix,) = matrices([payload])
    size = len(matrix)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<path shape-rendering="crispEdges" fill-rule="evenodd" d="{outline(matrix)}"/></svg>'
    )
    raster = resvg_py.svg_to_bytes(svg_string=drawing, zoom=3, background="#ffffff")
    dark = np.asarray(Image.open(io.BytesIO(bytes(raster))).convert("L")) < 128
    assert np.array_equal(dark, np.kron(matrix, np.ones((3, 3), bool)))


def test_the_symbol_of_an_svg_sits_on_printer_dots() -> None:
    drawing = svg_of(placed(dpi=300)).decode()
    found = re.search(r"translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+) ([\d.]+)\)", drawing)
    assert found
    for length in map(float, found.groups()):
        assert length * dots_per_mm(300) == pytest.approx(round(length * dots_per_mm(300)), abs=0.001)


def test_a_picture_of_another_label_does_not_pass_the_proof() -> None:
    for draw in (png_of, svg_of):
        with pytest.raises(LabelError, match="AB0002"):
            prove_picture(draw(placed(label(1))), placed(label(2)))


def test_a_drawing_whose_text_runs_into_the_symbol_does_not_pass_the_proof() -> None:
    spoilt = svg_of(placed()).replace(b"</svg>", b'<rect x="2" y="12" width="20" height="9"/></svg>')
    with pytest.raises(LabelError) as refused:
        prove_picture(spoilt, placed())
    assert refused.value.code in ("label-unreadable", "label-not-as-meant")


def test_symbols_of_a_lower_resolution_have_the_same_modules() -> None:
    for name in sorted(templates()):
        shapes = {placed(label(serial="S1"), dpi, name).symbols[0].matrix.shape for dpi in DOTS_PER_MM}
        assert len(shapes) == 1


def test_characters_stand_at_their_measured_places() -> None:
    """Hinted advances would add up to another width than the one the text was fitted by."""
    for dpi in DOTS_PER_MM:
        for run in placed(dpi=dpi).runs:
            ink = run_dots(run, dots_per_mm(dpi)).dots
            columns = np.flatnonzero(ink.any(axis=0))
            assert (columns[-1] + 1 - columns[0]) / dots_per_mm(dpi) <= run.width + 1.5 / dots_per_mm(dpi)


def test_the_dots_of_a_symbol_are_its_modules_enlarged() -> None:
    (symbol,) = placed().symbols
    assert symbol_dots(symbol).sum() == symbol.matrix.sum() * symbol.across * symbol.down


def test_an_error_keeps_its_values_on_the_way_from_another_process() -> None:
    with pytest.raises(LabelError) as refused:
        placed(dpi=72)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.code, again.values, str(again)) == (
        refused.value.code,
        refused.value.values,
        str(refused.value),
    )
