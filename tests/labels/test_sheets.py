"""Sheets as PDF: taken apart with other tools than those that made them."""

import io
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from labels.catalogue import STOCKS
from labels.drawing import PT_PER_MM
from labels.embedding import EmbeddedFace
from labels.errors import LabelError
from labels.fonts import Face, faces
from labels.pdf import joined
from labels.placed import Fill, Glyph, Part, Picture, Placed, Run
from labels.places import Grid, Layout
from labels.raster import dots, symbol_dots
from labels.sheets import roll_pdf, sheet_pdf, write_sheets
from labels.stock import A4_3X8, Stock, roll
from tests.labels.sheet_samples import content, labels

Pixels = NDArray[np.uint8]


def pages_of(document: bytes, dpi: float = 150, only: Sequence[int] = ()) -> list[Pixels]:
    with pdfium.PdfDocument(document) as pdf:
        pages = [pdf[number] for number in only or range(len(pdf))]
        return [page.render(scale=dpi / 72, grayscale=True).to_numpy().copy() for page in pages]


def read(picture: Pixels) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture)]


def by_poppler(document: bytes, dpi: float, folder: Path) -> Pixels:
    path = folder / "sheet.pdf"
    path.write_bytes(document)
    command = ["pdftoppm", "-gray", "-singlefile", "-r", f"{dpi:.6f}", str(path), str(folder / "page")]
    subprocess.run(command, check=True)
    return np.asarray(Image.open(folder / "page.pgm"))


def checked(document: bytes) -> pikepdf.Pdf:
    """Opened, and found sound by qpdf."""
    pdf = pikepdf.open(io.BytesIO(document))
    assert pdf.check_pdf_syntax() == []
    return pdf


def test_fifty_labels_take_three_pages_and_every_one_is_read() -> None:
    found = [read(page) for page in pages_of(sheet_pdf(labels(50)))]
    assert [len(page) for page in found] == [24, 24, 2]
    assert {text for page in found for text in page} == {content(number).payload for number in range(50)}


@pytest.mark.parametrize("count", [1, 24 * 70])
def test_the_file_is_sound_and_says_how_it_is_to_be_printed(count: int) -> None:
    with checked(sheet_pdf(labels(count))) as pdf:
        assert pdf.pdf_version == "1.7"
        assert len(pdf.pages) == -(-count // 24)
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        # ISO 216 allows two millimetres, viewers name it A4 within a point; pixels are whole at 50, 100, 150 … dpi
        sides = [float(side) for side in pdf.pages[0].mediabox]
        assert sides == pytest.approx([0, 0, 595.276, 841.890], abs=0.6)
        assert [side * 50 / 72 for side in sides] == pytest.approx([0, 0, 413, 585], abs=0.002)


@pytest.mark.parametrize(("dpi", "poppler"), [(150, True), (203, True), (300, True), (600, False)])
def test_symbols_show_exactly_the_printers_dots_whoever_renders_them(
    dpi: int, poppler: bool, tmp_path: Path
) -> None:
    placed, offset = list(labels(24, dpi=dpi)), (0.33, -0.2)
    document = sheet_pdf(placed, offset=offset)
    grid = Grid(A4_3X8, placed[0], offset)
    true_dpi = grid.per_mm * 25.4
    renderings = [pages_of(document, true_dpi)[0]]
    if poppler:
        renderings.append(by_poppler(document, true_dpi, tmp_path))
    for picture in renderings:
        assert picture.shape == (grid.page_height, grid.page_width)
        for (x, y), label in zip(grid.corners, placed, strict=True):
            for symbol in label.symbols:
                left, top = x + symbol.left, y + symbol.top
                found = picture[top : top + symbol.height, left : left + symbol.width]
                assert set(np.unique(found)) == {0, 255}
                assert np.array_equal(found == 0, symbol_dots(symbol))


@pytest.mark.parametrize("dpi", [150, 300])
def test_the_other_decoder_reads_every_label_of_whole_pages_too(dpi: int) -> None:
    found = set()
    for page in pages_of(sheet_pdf(labels(4 * 24)), dpi):
        found |= {one.data.decode() for one in pyzbar.decode(page, symbols=[ZBarSymbol.QRCODE])}
    assert found == {content(number).payload for number in range(4 * 24)}


def test_the_text_is_real_and_the_fonts_are_embedded_and_small() -> None:
    document = sheet_pdf(labels(24))
    with pdfium.PdfDocument(document) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    for meant in ("磷酸铁锂正极材料", "L-2026-01", "S00017", "88.118.1001/7Q2K9XW4M3AB00017"):
        assert meant in text.replace("\r\n", "")
    with checked(document) as pdf:
        for font in pdf.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert len(descriptor.FontFile3.read_bytes()) < 30_000
            assert str(descriptor.FontName).startswith("/SUYUAN+")
    assert len(document) < 60_000


def test_a_part_used_sheet_is_gone_on_with_where_labels_are_left() -> None:
    document = sheet_pdf(labels(10), start=20, skip={21, 24})
    found = [read(page) for page in pages_of(document)]
    assert [len(page) for page in found] == [3, 7]
    with pdfium.PdfDocument(document) as pdf:
        first = pdf[0].get_textpage()
        height = pdf[0].get_height()
        row = 37 * PT_PER_MM
        for position in range(24):
            x, y = A4_3X8.corner(position)
            left, top = x * PT_PER_MM, height - y * PT_PER_MM
            text = first.get_text_bounded(left + 3, top - row + 3, left + 70 * PT_PER_MM - 3, top - 3)
            assert bool(text.strip()) == (position + 1 in (20, 22, 23))


@pytest.mark.parametrize(
    ("start", "skip", "code"),
    [
        (0, (), "bad-start-position"),
        (25, (), "bad-start-position"),
        (1, {25}, "bad-start-position"),
        (23, {23, 24}, "no-free-position"),
    ],
)
def test_positions_that_are_not_there_are_refused(start: int, skip: set[int], code: str) -> None:
    with pytest.raises(LabelError) as refused:
        sheet_pdf(labels(1), start=start, skip=skip)
    assert refused.value.code == code


def test_no_labels_make_no_sheet_and_a_template_that_is_too_large_names_the_measure() -> None:
    with pytest.raises(LabelError) as refused:
        sheet_pdf([])
    assert refused.value.code == "no-labels"
    with pytest.raises(LabelError, match="37 mm high and the label 36 mm") as refused:
        sheet_pdf(labels(1), STOCKS["zweckform-3475"])
    assert refused.value.code == "layout-does-not-fit"


def test_the_same_labels_make_the_same_file_and_copies_share_one_image() -> None:
    placed = list(labels(3))
    assert sheet_pdf(placed) == sheet_pdf(placed)
    with checked(sheet_pdf([placed[0]] * 24 + placed)) as pdf:
        assert [len(page.Resources.XObject) for page in pdf.pages] == [1, 3]


def test_pages_leave_while_labels_still_come() -> None:
    """Memory stays flat: neither labels nor pages are collected."""
    out = io.BytesIO()
    written = []

    def coming() -> Iterator[Placed]:
        for label in labels(24 * 60):
            written.append(out.tell())
            yield label

    assert write_sheets(out, coming(), Layout(A4_3X8)) == (24 * 60, 60)
    assert written[-1] > 0.5 * out.tell()


def test_parts_written_apart_are_joined_into_one_sound_file(tmp_path: Path) -> None:
    paths = []
    for part, count in enumerate((48, 24 * 70, 5)):
        paths.append(tmp_path / f"{part}.pdf")
        with paths[-1].open("wb") as out:
            write_sheets(out, labels(count, first=1000 * part), Layout(A4_3X8))
        checked(paths[-1].read_bytes()).close()
    out = io.BytesIO()
    joined(out, paths)
    with checked(out.getvalue()) as pdf:
        assert len(pdf.pages) == 2 + 70 + 1
    pages = pages_of(out.getvalue(), only=(0, 2 + 69, 2 + 70))
    for page, number in zip(pages, (1, 1000 + 24 * 69, 2000 + 4), strict=True):
        assert content(number).payload in read(page)
    paths[1].write_bytes(paths[1].read_bytes()[:-9])
    with pytest.raises(ValueError, match="not complete"):
        joined(io.BytesIO(), paths)


def test_rolls_have_a_label_a_page_or_a_row_of_them_and_endless_paper_ends_with_the_label() -> None:
    def sizes(document: bytes) -> list[tuple[float, float]]:
        with checked(document) as pdf:
            return [tuple(round(float(side) / PT_PER_MM) for side in page.mediabox[2:]) for page in pdf.pages]

    assert sizes(roll_pdf(labels(3))) == [(70, 37)] * 3
    assert sizes(roll_pdf(labels(3), roll("two across", 70, 37, columns=2))) == [(143, 37)] * 2
    assert sizes(roll_pdf(labels(2), STOCKS["continuous-100"])) == [(100, 37)] * 2
    turned = roll("taken lengthwise", 37, 70)
    assert sizes(roll_pdf(labels(1), turned)) == [(70, 37)]
    with pytest.raises(LabelError):
        roll_pdf(labels(1), roll("too small either way", 36, 70))


def test_cut_marks_stand_on_the_corners_of_labels_and_disturb_no_reading() -> None:
    stock = Stock("2 x 3", 210, 297, 2, 3, 85, 54, 12, 25, 95, 80)
    marked, plain = (pages_of(sheet_pdf(labels(5), stock, 2, cut_marks=on), 300)[0] for on in (True, False))
    assert sorted(read(marked)) == sorted(read(plain)) == [content(number).payload for number in range(5)]
    added = (marked != plain).nonzero()
    per_mm = 300 / 25.4
    corners = {
        (x + dx, y + dy)
        for x, y in map(stock.corner, range(1, 6))
        for dx in (0, stock.width)
        for dy in (0, stock.height)
    }
    away = [
        min(max(abs(column / per_mm - x), abs(row / per_mm - y)) for x, y in corners)
        for row, column in zip(*(axis[::7] for axis in added), strict=True)
    ]
    assert len(away) > 50
    assert max(away) < 2.6


def drawn_alone(part: Part, dpi: int = 300) -> tuple[Pixels, Pixels]:
    """A label with one part as the PDF shows it, and its dots."""
    label = Placed(40, 30, dpi, (), (part,))
    return pages_of(roll_pdf([label]), dpi)[0] < 128, dots(label)


def box(ink: NDArray[np.bool_]) -> list[int]:
    rows, columns = ink.any(axis=1).nonzero()[0], ink.any(axis=0).nonzero()[0]
    return [int(end) for end in (rows[0], rows[-1], columns[0], columns[-1])]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("shaped", [False, True])
def test_text_lies_where_the_printers_dots_of_it_lie_turned_and_shaped(angle: int, shaped: bool) -> None:
    face, text = faces().regular, "Lot 磷"
    glyphs, along = [], 0.0
    for character in text:
        number, advance = face.glyph(character)
        glyphs.append(Glyph(number, along, 0.0, advance, character))
        along += advance
    run = Run(
        20, 15, 4, text, "regular", face.width(text) * 4, angle, glyphs=tuple(glyphs) if shaped else None
    )  # type: ignore[arg-type]
    found, meant = drawn_alone(Part(runs=(run,)))
    assert box(found) == pytest.approx(box(meant), abs=3)
    assert found.sum() == pytest.approx(meant.sum(), rel=0.15)


def test_fills_and_pictures_lie_on_their_dots_and_white_text_is_drawn_over_its_ground() -> None:
    picture = np.random.default_rng(1).random((40, 61)) < 0.5
    part = Part(fills=(Fill(10, 20, 100, 7),), pictures=(Picture(200, 100, picture),))
    found, meant = drawn_alone(part)
    assert np.array_equal(found, meant)
    face = faces().bold
    text = Run(5, 15, 6, "反白", "bold", face.width("反白") * 6, white=True)
    found, _ = drawn_alone(Part(runs=(text,), fills=(Fill(30, 60, 300, 150),)))
    assert 0.4 < found[60:210, 30:330].mean() < 0.95


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
