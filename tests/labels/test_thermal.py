"""Labels in the languages of thermal printers: drawn again they are what was designed, and no value is a command."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyzbar import pyzbar

from labels import codes, raster
from labels.composing import Plan
from labels.errors import LabelError
from labels.fields import Content, Language, sample
from labels.placed import Fill, Part, Picture, Placed, Run, Symbol
from labels.readymade import ready, templates
from labels.symbols import matrices
from labels.thermal import redraw, trial
from labels.thermal.bits import hex_rows
from labels.thermal.code128 import modules_of, values_of
from labels.thermal.setup import DRAWINGS, Setup
from labels.thermal.writers import writer
from tests.support.zpl_renderer import drawn

LANGUAGES = ("zpl", "tspl", "epl")
Dots = NDArray[np.bool_]


@cache
def placed(name: str, language: Language = "zh", dpi: int = 203, count: int = 3) -> tuple[Placed, ...]:
    """Labels that differ in their serial numbers."""
    one = sample(language)
    contents = [
        Content(f"{one.payload}{number}", one.identifier, {**one.values, "serial": f"SN-{number:04d}"})
        for number in range(count)
    ]
    return tuple(Plan(ready(name), dpi, language).placed(contents))


def stream(language: str, labels: Sequence[Placed], **setup: object) -> bytes:
    return b"".join(writer(language, Setup(**setup)).stream(labels))  # type: ignore[arg-type]


def pictures(language: str, labels: Sequence[Placed], **setup: object) -> list[Dots]:
    """Drawn again, as large as the label."""
    found = []
    commands = stream(language, labels, **setup)
    for label, dots in zip(labels, redraw.pictures(commands, language), strict=True):
        canvas = np.zeros_like(raster.dots(label))
        rows, columns = (min(*sides) for sides in zip(canvas.shape, dots.shape, strict=True))
        canvas[:rows, :columns] = dots[:rows, :columns]
        assert not dots[rows:].any()
        assert not dots[:, columns:].any()
        found.append(canvas)
    return found


def read(dots: Dots) -> list[str]:
    picture = np.where(np.pad(dots, 30), 0, 255).astype(np.uint8)
    return sorted(each.text for each in zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain))


def meant(label: Placed) -> list[str]:
    return sorted(symbol.text for symbol in label.symbols)


# --- drawn again ---


@pytest.mark.parametrize("name", templates())
def test_every_ready_made_label_drawn_again_from_zpl_is_the_designed_one_dot_by_dot(name: str) -> None:
    labels = placed(name)
    for label, dots in zip(labels, pictures("zpl", labels), strict=True):
        assert np.array_equal(dots, raster.dots(label))


@pytest.mark.parametrize("language", ["tspl", "epl"])
@pytest.mark.parametrize("name", ["product-70x37", "serial-10x10", "trust-mark-50x90"])
def test_bitmaps_of_the_other_languages_are_the_designed_label(language: str, name: str) -> None:
    labels = placed(name, "en", 300)
    for label, dots in zip(labels, pictures(language, labels), strict=True):
        assert np.array_equal(dots, raster.dots(label))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["product-70x37", "serial-20x10", "pallet-100x150", "badge-86x54"])
def test_symbols_that_the_printer_draws_say_what_they_should(language: str, name: str) -> None:
    labels = placed(name)
    for label, dots in zip(labels, pictures(language, labels, drawing="native"), strict=True):
        assert read(dots) == meant(label)


# --- drawn by somebody else ---

NAMES = ("product-70x37", "serial-10x10", "pallet-100x150", "trust-mark-50x90")
LIKE_COMMANDS = (
    "^XZ^XA^FO1,1^GB99,99,99^FS^XZ",
    "~JA",
    '" PRINT 9',
    '" P9',
    "_5EXZ",
    "\\[L]",
    "^FS~HS",
    "\\1ABC",
    ">;>8123",
)


@pytest.fixture(scope="module")
def elsewhere() -> dict[object, list[Dots]]:
    """What another renderer makes of our streams, all in one process."""
    asked: dict[object, tuple[bytes, float, float]] = {}
    for name in NAMES:
        labels = placed(name, count=2)
        for drawing in DRAWINGS:
            commands = stream("zpl", labels, drawing=drawing)
            asked[name, drawing] = commands, labels[0].width, labels[0].height
    bare = bare_text()
    asked["text"] = stream("zpl", [bare], drawing="mixed"), bare.width, bare.height
    asked["trial"] = trial.label("zpl", Setup(), 203, ["Line 2"], "PRINTER 7"), trial.WIDTH, trial.HEIGHT
    for text in LIKE_COMMANDS:
        for kind in ("QRCode", "DataMatrix", "Code128"):
            label = with_text(text, kind)
            asked[text, kind] = stream("zpl", [label], drawing="native"), 120, label.height
    return dict(zip(asked, drawn(list(asked.values())), strict=True))


@pytest.mark.parametrize("drawing", DRAWINGS)
@pytest.mark.parametrize("name", NAMES)
def test_another_renderer_draws_our_zpl_as_we_do_and_both_decoders_read_it(
    elsewhere: dict[object, list[Dots]], name: str, drawing: str
) -> None:
    """Dot by dot where all is ours; where the printer draws, the symbols must be read."""
    for label, dots in zip(placed(name, count=2), elsewhere[name, drawing], strict=True):
        assert dots.shape == raster.dots(label).shape
        if drawing == "exact":
            assert np.array_equal(dots, raster.dots(label))
        assert read(dots) == meant(label)
        grey = np.where(np.pad(dots, 30), 0, 255).astype(np.uint8)
        by_zbar = {each.data.decode() for each in pyzbar.decode(grey, [pyzbar.ZBarSymbol.QRCODE])}
        assert by_zbar == {each.text for each in label.symbols if each.kind == "QRCode"}


def bare_text() -> Placed:
    (label,) = placed("product-70x37", "en")[:1]
    return Placed(label.width, label.height, label.dpi, (), label.parts)


def test_plain_text_in_the_printers_type_is_no_wider_than_ours(elsewhere: dict[object, list[Dots]]) -> None:
    """That renderer's typeface has the measures of the printer's."""
    ours, (native,) = raster.dots(bare_text()), elsewhere["text"]
    for axis in (0, 1):
        ends = [int(np.flatnonzero(dots.any(axis=axis))[-1]) for dots in (ours, native)]
        assert ends[1] <= ends[0] + 3


def test_a_test_label_is_read(elsewhere: dict[object, list[Dots]]) -> None:
    assert read(elsewhere["trial"][0]) == ["PRINTER 7"]


@pytest.mark.parametrize("language", [*LANGUAGES, "pdf"])
def test_nothing_on_a_test_label_is_a_command(language: str) -> None:
    made = trial.label(language, Setup(), 203, ['Line 2 ^XA~JA"\\(\n', "x" * 99], "SUYUAN PRINTER 7")
    assert b"Line 2  XA JA" in made
    assert b"x" * 31 not in made
    if language == "pdf":
        import pypdfium2

        with pypdfium2.PdfDocument(made) as document:
            assert "Line 2" in document[0].get_textpage().get_text_range()


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
@pytest.mark.parametrize("text", LIKE_COMMANDS)
def test_values_that_look_like_commands_are_printed_as_they_are(
    elsewhere: dict[object, list[Dots]], text: str, kind: str
) -> None:
    label = with_text(text, kind)
    zpl = stream("zpl", [label], drawing="native")
    assert zpl.count(b"^XZ") == zpl.count(b"^XA") == 1
    assert b"~JA" not in zpl
    assert b"~HS" not in zpl
    (dots,) = elsewhere[text, kind]
    assert text in read(dots)


# --- values and commands ---

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60)


def with_text(text: str, kind: str = "QRCode") -> Placed:
    """One line of it and, in a symbol, the same again."""
    run = Run(20, 10, 4.0, text, "regular", 300)
    symbols: tuple[Symbol, ...] = ()
    if kind == "QRCode":
        symbols = (Symbol(30, 100, 4, 4, matrices([text], "M")[0], kind, text, level="M"),)
    elif kind == "DataMatrix":
        symbols = (Symbol(30, 100, 4, 4, codes.datamatrix(text), kind, text),)
    elif kind == "Code128":
        symbols = (Symbol(30, 100, 2, 60, codes.code128(text), kind, text),)
    return Placed(330, 60, 203, symbols, (Part((run,)),))


@given(ASCII, st.sampled_from(["QRCode", "DataMatrix", "Code128"]))
@settings(max_examples=60)
def test_no_value_becomes_a_command(text: str, kind: str) -> None:
    """A stream with a value that got out of its field would not be understood, or would have another label in it."""
    label = with_text(text, kind)
    for language in LANGUAGES:
        commands = stream(language, [label], drawing="native")
        (dots,) = redraw.pictures(commands, language)
        assert np.array_equal(
            dots[100 : 100 + label.symbols[0].height, 30 : 30 + label.symbols[0].width],
            raster.symbol_dots(label.symbols[0]),
        )
    assert commands.count(b"P1\n") == 1


@pytest.mark.parametrize(
    "stray", [b"~JA\n", b"^XA^FDx^XZ^JUS", b"^XA^FO1,1^JUS^FS^XZ\n", b"^XA^GFA,9,9,1,FF^FS^XZ\n"]
)
def test_a_stream_with_a_command_that_is_not_ours_is_refused(stray: bytes) -> None:
    good = stream("zpl", placed("serial-10x10")[:1])
    with pytest.raises(LabelError) as refused:
        list(redraw.pictures(good + stray, "zpl"))
    assert refused.value.code == "bad-printer-stream"


@given(ASCII)
@settings(max_examples=40)
def test_code_128_is_told_character_by_character(text: str) -> None:
    matrix = codes.code128(text)
    values = values_of(matrix)
    assert values is not None
    assert np.array_equal(modules_of(values), matrix)


@given(st.integers(1, 9_000), st.integers(1, 6), st.integers(0, 999))
@settings(max_examples=40)
def test_compressed_rows_are_the_rows(width: int, height: int, seed: int) -> None:
    dots = np.random.default_rng(seed).random((height, width)) < 0.2
    dots[:, : width // 2] = seed % 2
    row = (width + 7) // 8
    again = redraw._hexadecimal(hex_rows(dots), row * height, row)
    assert np.array_equal(again[:, :width], dots)
    assert not again[:, width:].any()


# --- what is stored, how the printer is driven ---


def test_what_comes_again_is_stored_once_and_recalled() -> None:
    labels = placed("product-70x37", count=40)
    items = list(writer("zpl", Setup(drawing="mixed")).stream(labels))
    whole = b"".join(items)
    names = {line.split(b",")[0] for line in whole.split(b"\n") if line.startswith(b"~DG")}
    assert len(names) == whole.count(b"~DG") > 0
    assert whole.count(b"^IDR:SY*.GRF") == 1
    assert b"~DG" not in b"".join(items[2:])
    assert b"^XGR:SY000000.GRF" in items[-1]
    assert "溯源".encode() not in whole  # Chinese goes as dots


def test_what_is_too_large_for_one_field_goes_in_strips() -> None:
    picture = np.random.default_rng(7).random((1_200, 1_000)) < 0.5
    symbol = Symbol(20, 20, 34, 34, matrices(["STRIPS"])[0], "QRCode", "STRIPS", level="M")
    label = Placed(120, 80, 600, (symbol,), (Part(pictures=(Picture(1_000, 300, picture),)),))
    zpl = stream("zpl", [label, label])
    assert max(int(size) for size in re.findall(rb"\^GFA,(\d+),", zpl)) <= 99_999
    for dots in redraw.pictures(zpl, "zpl"):
        assert np.array_equal(dots, raster.dots(label))


def test_each_chunk_can_be_sent_alone() -> None:
    labels = placed("product-70x37", count=6)
    for some in (labels[:3], labels[3:]):
        for label, dots in zip(some, pictures("zpl", some, drawing="exact"), strict=True):
            assert np.array_equal(dots, raster.dots(label))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("offset", [(3.0, 2.0), (-3.0, -4.0)])
def test_an_offset_moves_all_of_the_label_and_cuts_off_what_leaves_it(
    language: str, offset: tuple[float, float]
) -> None:
    label = placed("product-70x37")[0]
    framed = Placed(
        label.width, label.height, 203, label.symbols, (*label.parts, Part(fills=(Fill(0, 0, 200, 3),)))
    )
    right, down = round(offset[0] * 8), round(offset[1] * 8)
    (dots,) = redraw.pictures(stream(language, [framed], offset_x=offset[0], offset_y=offset[1]), language)
    label_dots = raster.dots(framed)
    rows, columns = label_dots.shape
    whole = np.pad(label_dots, ((max(0, down), 64), (max(0, right), 64)))
    moved = whole[max(0, -down) :, max(0, -right) :][:rows, :columns]
    found = np.pad(dots, ((0, rows), (0, columns)))[:rows, :columns]
    assert np.array_equal(found, moved)


def test_the_setup_of_the_printer_is_in_front_of_the_first_label() -> None:
    label = placed("serial-10x10")[:1]
    driven = {"darkness": 50, "speed": 4, "cutter": "cut", "media": "mark", "gap": 2.5, "turned": True}
    zpl, tspl, epl = (stream(language, label, **driven) for language in LANGUAGES)
    assert zpl.startswith(b"^XA^CI28^MNM^MMC^POI^LH0,0^LS0^LT0^PQ1^PW80^LL80^MD0~SD15^PR4")
    for line in (
        b"SIZE 10 mm,10 mm",
        b"BLINE 2.5 mm,0 mm",
        b"DIRECTION 0",
        b"SET CUTTER 1",
        b"DENSITY 8",
        b"SPEED 4",
    ):
        assert line in tspl.split(b"\r\n")
    for line in (b"q80", b"Q80,B20", b"ZB", b"OC", b"D8", b"S4"):
        assert line in epl.split(b"\n")
    with pytest.raises(LabelError):
        writer("pcl", Setup())
