"""Reads labels back from the finished file before anyone gets it: what a decoder cannot read is not handed out.

The file itself is judged, not the plan of it: PDF pages are rendered by PDFium and SVG by resvg at printer resolution,
PNG is decoded as it is, and each label must yield exactly the text meant for it at its own place on the sheet.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import numpy as np
import pypdfium2 as pdfium
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from labels import single
from labels.errors import N_, LabelError
from labels.sheets import Progress, corner_dots, pages, sheet_pdf
from labels.spec import A4_3X8, Label, Stock, dots_per_mm

Dots = NDArray[np.uint8]
_PDFIUM = Lock()  # PDFium is not safe in two threads at once
_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def proven_sheet(
    labels: Sequence[Label],
    stock: Stock = A4_3X8,
    start: int = 1,
    dpi: int = 300,
    progress: Progress | None = None,
) -> bytes:
    """`sheet_pdf`, read back; `progress` hears (done, in all) of both halves. Raises LabelError, nothing else."""
    total = 2 * len(labels)

    def drawn(done: int, _: int) -> None:
        if progress is not None:
            progress(done, total)

    def read(done: int, _: int) -> None:
        if progress is not None:
            progress(len(labels) + done, total)

    document = sheet_pdf(labels, stock, start, dpi, drawn)
    prove(document, labels, stock, start, dpi, read)
    return document


def proven_png(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    picture = single.png(label, width_mm, height_mm, dpi)
    prove_png(picture, label)
    return picture


def proven_svg(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    drawing = single.svg(label, width_mm, height_mm, dpi)
    prove_svg(drawing, label, round(width_mm * dots_per_mm(dpi)))
    return drawing


def prove(
    pdf: bytes,
    labels: Sequence[Label],
    stock: Stock = A4_3X8,
    start: int = 1,
    dpi: int = 300,
    progress: Progress | None = None,
) -> None:
    """Some 20 ms a page. Raises LabelError `label-unreadable` or `sheet-incomplete`."""
    planned = list(pages(labels, stock, start))
    per_mm = dots_per_mm(dpi)
    width, height = round(stock.width * per_mm), round(stock.height * per_mm)
    done = 0
    with _PDFIUM, pdfium.PdfDocument(pdf) as document:
        if len(document) != len(planned):
            raise LabelError(
                "sheet-incomplete",
                N_("The sheet came out with {found} pages instead of {expected}."),
                found=len(document),
                expected=len(planned),
            )
        for number, (first, page_labels) in enumerate(planned):
            with _rendered(document, number, per_mm) as page:
                for position, label in enumerate(page_labels, first):
                    left, top = corner_dots(stock, position, per_mm)
                    cell = np.ascontiguousarray(page[max(top, 0) : top + height, max(left, 0) : left + width])
                    _check(cell, label, number + 1, position + 1)
            done += len(page_labels)
            if progress is not None:
                progress(done, len(labels))


def prove_png(picture: bytes, label: Label) -> None:
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
        _check(np.asarray(image.convert("L")), label)


def prove_svg(drawing: bytes, label: Label, width: int) -> None:
    """Rasterises to `width` dots, text in whatever fonts the machine has."""
    import resvg_py

    raster = resvg_py.svg_to_bytes(svg_string=drawing.decode(), width=width, dpi=96, background="#ffffff")
    with Image.open(io.BytesIO(bytes(raster)), formats=("PNG",)) as image:
        _check(np.asarray(image.convert("L")), label)


@contextmanager
def _rendered(document: pdfium.PdfDocument, number: int, per_mm: float) -> Iterator[Dots]:
    """One page at printer resolution; the pixels live as long as the `with` block."""
    page = document[number]
    bitmap = page.render(scale=per_mm * 25.4 / 72, grayscale=True)
    pixels = bitmap.to_numpy()
    try:
        yield pixels.reshape(pixels.shape[:2])
    finally:
        bitmap.close()
        page.close()


def _check(dots: Dots, label: Label, page: int = 1, position: int = 1) -> None:
    meant = label.payload.encode()
    for texts in _decoded(dots):
        if texts == [meant]:
            return
    raise LabelError(
        "label-unreadable",
        N_("The label for {identifier} (page {page}, position {position}) could not be read back."),
        N_("Choose a larger label or a finer printer resolution; nothing was printed."),
        identifier=label.identifier,
        page=page,
        position=position,
    )


def _decoded(dots: Dots) -> Iterator[list[bytes]]:
    """What each decoder reads; the second is asked only if the first fails."""
    found = zxingcpp.read_barcodes(dots, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    yield [barcode.bytes for barcode in found]
    from pyzbar import pyzbar

    yield [symbol.data for symbol in pyzbar.decode(dots, symbols=[pyzbar.ZBarSymbol.QRCODE])]
