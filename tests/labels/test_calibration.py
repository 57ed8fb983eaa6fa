"""The page that shows how far a printer is off, measured on its own pixels."""

import io

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest

from labels.calibration import page
from labels.catalogue import STOCKS

DPI = 600
PER_MM = DPI / 25.4


def ink(document: bytes) -> np.ndarray:
    with pdfium.PdfDocument(document) as pdf:
        return pdf[0].render(scale=DPI / 72, grayscale=True).to_numpy().copy() < 128


@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.7, -0.4)])
def test_outlines_lie_where_labels_are_meant_to_be_moved_by_the_offset(offset: tuple[float, float]) -> None:
    stock = STOCKS["avery-l7160"]
    dark = ink(page(stock, offset))
    for position in (1, 11, 20):
        x, y = (corner + off for corner, off in zip(stock.corner(position), offset, strict=True))
        row = round((y + stock.height / 3) * PER_MM)
        found = dark[row, round((x - 0.4) * PER_MM) : round((x + 0.4) * PER_MM)].nonzero()[0]
        assert (found.mean() + round((x - 0.4) * PER_MM)) / PER_MM == pytest.approx(x, abs=0.05)
        column = round((x + stock.width * 0.9) * PER_MM)
        found = dark[round((y - 0.4) * PER_MM) : round((y + 0.4) * PER_MM), column].nonzero()[0]
        assert (found.mean() + round((y - 0.4) * PER_MM)) / PER_MM == pytest.approx(y, abs=0.05)


def test_the_rulers_have_the_length_they_say() -> None:
    dark = ink(page(STOCKS["zweckform-3474"]))
    row = dark[round((0.3 * 297 + 3.5) * PER_MM)]  # only the long ticks, every centimetre, reach down here
    ticks = np.flatnonzero(row & ~np.roll(row, 1)) / PER_MM
    inside = [tick for tick in ticks if 4 < tick < 206]
    ruler = [tick for tick in inside if abs((tick - 5) / 10 - round((tick - 5) / 10)) < 0.02]
    assert len(ruler) == 21
    assert ruler[-1] - ruler[0] == pytest.approx(200, abs=0.05)


@pytest.mark.parametrize(
    "code", ["avery-l7630", "avery-5160", "roll-40x30", "roll-10x10", "receipt-58", "dk-11204"]
)
def test_every_kind_of_stock_has_a_sound_page_of_its_size_with_words(code: str) -> None:
    stock = STOCKS[code]
    document = page(stock, (0, 0), ["在普通纸上打印", "Print at 100 %"])
    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        width = float(pdf.pages[0].mediabox[2])
        assert width == pytest.approx(stock.page_width * 72 / 25.4, abs=0.01)
    if stock.page_width > 100:
        with pdfium.PdfDocument(document) as opened:
            text = opened[0].get_textpage().get_text_range()
        assert "在普通纸上打印" in text
        assert stock.name in text
