"""Sheets as PDF: taken apart with other tools than those that made them."""

import io
import re

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
import zxingcpp
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from labels.embedding import EmbeddedFace
from labels.errors import LabelError
from labels.fonts import Face
from labels.proof import prove, proven_sheet
from labels.sheets import sheet_pdf
from labels.spec import A4_3X8, Stock, dots_per_mm
from tests.labels.samples import label

MATRIX = re.compile(rb"q ([\d.]+) 0 0 ([\d.]+) ([\d.]+) ([\d.]+) cm")


def texts_of(document: bytes, scale: float = 150 / 72) -> list[list[str]]:
    with pdfium.PdfDocument(document) as pdf:
        pictures = [page.render(scale=scale).to_numpy().copy() for page in pdf]
    return [[barcode.text for barcode in zxingcpp.read_barcodes(picture)] for picture in pictures]


def test_fifty_labels_take_three_pages_and_every_one_is_read_in_order() -> None:
    labels = [label(number) for number in range(50)]
    pages = texts_of(proven_sheet(labels))
    assert [len(page) for page in pages] == [24, 24, 2]
    assert {text for page in pages for text in page} == {one.payload for one in labels}


def test_a_part_used_sheet_is_gone_on_with_where_it_stopped() -> None:
    document = proven_sheet([label(number) for number in range(10)], start=20)
    assert [len(page) for page in texts_of(document)] == [5, 5]
    with pdfium.PdfDocument(document) as pdf:
        top_left = pdf[0].get_textpage().get_text_bounded(0, 842 - 6 * 105, 595, 842)
        assert top_left.strip() == ""
        assert label(0).identifier in pdf[0].get_textpage().get_text_bounded(
            198, 842 - 7 * 105 - 2, 397, 842 - 6 * 105
        )


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_symbols_are_one_bit_images_of_whole_dots_on_the_dot_grid(dpi: int) -> None:
    dot = 72 / 25.4 / dots_per_mm(dpi)
    with pikepdf.open(io.BytesIO(sheet_pdf([label(n) for n in range(24)], dpi=dpi))) as pdf:
        page = pdf.pages[0]
        images = page.Resources.XObject
        assert len(images) == 24
        modules = set()
        for image in images.values():
            assert (image.BitsPerComponent, image.ColorSpace) == (1, "/DeviceGray")
            modules.add(image.Width / 29)
        assert len(modules) == 1
        assert modules.pop().is_integer()
        page_height = float(page.mediabox[3])
        for width, height, x, y in (
            map(float, found) for found in MATRIX.findall(page.Contents.read_bytes())
        ):
            for dots in (width / dot, height / dot, x / dot, (page_height - y) / dot):
                assert dots == pytest.approx(round(dots), abs=0.03)  # they stay a hair inside


def test_nothing_but_hairlines_is_drawn_as_rectangles() -> None:
    with pikepdf.open(io.BytesIO(sheet_pdf([label()]))) as pdf:
        rectangles = re.findall(rb"[\d.]+ [\d.]+ ([\d.]+) ([\d.]+) re", pdf.pages[0].Contents.read_bytes())
    assert len(rectangles) == 1


def test_the_text_is_real_and_the_fonts_are_embedded_and_small() -> None:
    document = sheet_pdf([label(number) for number in range(24)])
    with pdfium.PdfDocument(document) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    for meant in ("磷酸铁锂正极材料", "LFP cathode powder", "批次 Lot", "88.118.1001/7Q2K9XW4M3AB0017"):
        assert meant in text
    with pikepdf.open(io.BytesIO(document)) as pdf:
        for font in pdf.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert len(descriptor.FontFile3.read_bytes()) < 30_000
            assert str(descriptor.FontName).startswith("/SUYUAN+")
    assert len(document) < 60_000


def test_the_page_is_a4_and_viewers_are_told_to_print_it_at_its_true_size() -> None:
    with pikepdf.open(io.BytesIO(sheet_pdf([label()]))) as pdf:
        # ISO 216 allows two millimetres, viewers name it A4 within a point; pixels are whole at 50, 100, 150 … dpi
        sides = [float(side) for side in pdf.pages[0].mediabox]
        assert sides == pytest.approx([0, 0, 595.276, 841.890], abs=0.6)
        assert [side * 50 / 72 for side in sides] == pytest.approx([0, 0, 413, 585], abs=0.002)
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"


def test_the_same_labels_make_the_same_file() -> None:
    labels = [label(number) for number in range(3)]
    assert sheet_pdf(labels) == sheet_pdf(labels)


@pytest.mark.parametrize("dpi", [200, 300, 600])
def test_the_other_decoder_reads_every_label_of_whole_pages_too(dpi: int) -> None:
    labels = [label(number) for number in range(8 * 24)]
    found = set()
    with pdfium.PdfDocument(sheet_pdf(labels)) as pdf:
        for page in pdf:
            picture = page.render(scale=dpi / 72).to_pil().convert("L")
            found |= {symbol.data.decode() for symbol in pyzbar.decode(picture, symbols=[ZBarSymbol.QRCODE])}
    assert found == {one.payload for one in labels}


def test_another_stock_with_gaps_and_margins_is_proven_at_its_places() -> None:
    stock = Stock("2 x 3", 210, 297, 2, 3, 85, 54, 12, 25, 95, 80)
    assert [len(page) for page in texts_of(proven_sheet([label(n) for n in range(7)], stock, start=2))] == [
        5,
        2,
    ]


def test_progress_runs_from_the_first_page_drawn_to_the_last_page_read() -> None:
    heard: list[tuple[int, int]] = []
    proven_sheet(
        [label(number) for number in range(30)], progress=lambda done, total: heard.append((done, total))
    )
    assert heard == [(24, 60), (30, 60), (54, 60), (60, 60)]


@pytest.mark.parametrize("start", [0, 25, -3])
def test_a_start_outside_the_sheet_is_refused(start: int) -> None:
    with pytest.raises(LabelError) as refused:
        proven_sheet([label()], start=start)
    assert refused.value.code == "bad-start-position"
    assert refused.value.values == {"start": start, "last": 24}


def test_no_labels_make_no_sheet() -> None:
    with pytest.raises(LabelError) as refused:
        sheet_pdf([])
    assert refused.value.code == "no-labels"


def test_a_sheet_with_two_labels_swapped_is_not_handed_out() -> None:
    labels = [label(number) for number in range(30)]
    document = sheet_pdf(labels)
    meant = [*labels[:26], labels[27], labels[26], *labels[28:]]
    with pytest.raises(LabelError) as refused:
        prove(document, meant)
    assert refused.value.code == "label-unreadable"
    assert refused.value.values == {"identifier": labels[27].identifier, "page": 2, "position": 3}


def test_a_sheet_with_a_spoilt_symbol_is_not_handed_out() -> None:
    labels = [label(number) for number in range(6)]
    with pikepdf.open(io.BytesIO(sheet_pdf(labels))) as pdf:
        image = pdf.pages[0].Resources.XObject["/Q4"]
        image.write(bytes(np.random.default_rng(1).bytes(len(image.read_bytes()))))
        out = io.BytesIO()
        pdf.save(out)
    with pytest.raises(LabelError, match="AB0004"):
        prove(out.getvalue(), labels)


def test_a_sheet_with_a_page_missing_is_not_handed_out() -> None:
    with pytest.raises(LabelError) as refused:
        prove(sheet_pdf([label(n) for n in range(24)]), [label(n) for n in range(25)], A4_3X8)
    assert refused.value.code == "sheet-incomplete"


def test_a_truetype_face_is_embedded_with_its_own_glyphs() -> None:
    """Fonts other than Noto have TrueType outlines, whose glyphs are renumbered by subsetting."""
    face = Face("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    with pikepdf.new() as pdf:
        embedded = EmbeddedFace(face)
        digits = embedded.hex("VW")
        pdf.add_blank_page(page_size=(100, 60))
        page = pdf.pages[0].obj
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=embedded.font(pdf)))
        page.Contents = pdf.make_stream(f"BT /F 40 Tf 1 0 0 1 10 10 Tm <{digits}> Tj ET".encode())
        out = io.BytesIO()
        pdf.save(out)
    with pdfium.PdfDocument(out.getvalue()) as document:
        assert document[0].get_textpage().get_text_range() == "VW"
        ink = document[0].render(scale=4).to_numpy()[:, :, 0] < 128
    columns = np.flatnonzero(ink.any(axis=0))
    assert columns[-1] / 4 == pytest.approx(10 + 40 * face.width("VW"), abs=2)
    foot = np.flatnonzero(ink[np.flatnonzero(ink.any(axis=1))[-3]])
    assert np.count_nonzero(np.diff(foot) > 1) == 2, "a V stands on one foot, a W on two"
