"""Labels laid out without a template, proven: until those who make them have moved to templates."""

import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image

from labels import layout, single
from labels.decoders import Pixels
from labels.placed import Fill, Part, Placed, Run, Symbol
from labels.proof import Prover, Trouble, _error, prove_picture
from labels.sheets import sheet_pdf
from labels.spec import Label, dots_per_mm
from labels.stock import A4_3X8, Stock
from labels.symbols import matrices


def proven_sheet(
    labels: Sequence[Label],
    stock: Stock = A4_3X8,
    start: int = 1,
    dpi: int = 300,
    progress: Callable[[int, int], object] | None = None,
) -> bytes:
    """A PDF, read back; `progress` hears (done, in all). Raises LabelError, nothing else."""
    placed = list(_laid_out(labels, stock, dpi))
    document = sheet_pdf(placed, stock, start)
    if progress is not None:
        progress(len(labels), 2 * len(labels))
    with Prover() as prover:
        prover.pdf(document, placed, stock, start)
    if progress is not None:
        progress(2 * len(labels), 2 * len(labels))
    return document


def proven_png(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    picture = single.png(label, width_mm, height_mm, dpi)
    prove_picture(picture, as_placed(single.placed(label, width_mm, height_mm, dpi), label.payload))
    return picture


def proven_svg(label: Label, width_mm: float = 70, height_mm: float = 37, dpi: int = 300) -> bytes:
    drawing = single.svg(label, width_mm, height_mm, dpi)
    prove_picture(drawing, as_placed(single.placed(label, width_mm, height_mm, dpi), label.payload))
    return drawing


def _laid_out(labels: Sequence[Label], stock: Stock, dpi: int) -> Iterator[Placed]:
    for start in range(0, len(labels), 512):
        some = labels[start : start + 512]
        for label, matrix in zip(some, matrices([label.payload for label in some]), strict=True):
            yield as_placed(layout.place(label, stock.width, stock.height, dpi, matrix), label.payload)


def as_placed(spot: layout.Placed, payload: str) -> Placed:
    per_mm = dots_per_mm(spot.dpi)
    runs = tuple(Run(one.x, one.baseline, one.size, one.text, one.face, one.width) for one in spot.runs)
    fills = tuple(
        Fill(
            round(rule.x * per_mm),
            round(rule.y * per_mm),
            round(rule.width * per_mm),
            max(1, round(rule.height * per_mm)),
        )
        for rule in spot.rules
    )
    symbol = spot.symbol
    drawn = Symbol(symbol.left, symbol.top, symbol.module, symbol.module, symbol.matrix, "QRCode", payload)
    return Placed(spot.width, spot.height, spot.dpi, (drawn,), (Part(runs, fills),), spot.left_off)


def prove_png(picture: bytes, label: Label) -> None:
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
        _whole(np.asarray(image.convert("L")), label)


def prove_svg(drawing: bytes, label: Label, width: int) -> None:
    import resvg_py

    raster = resvg_py.svg_to_bytes(svg_string=drawing.decode(), width=width, dpi=96, background="#ffffff")
    prove_png(bytes(raster), label)


def _whole(pixels: Pixels, label: Label) -> None:
    import zxingcpp

    if [found.text for found in zxingcpp.read_barcodes(pixels)] != [label.payload]:
        raise _error(Trouble("unread", 1, 1, 1, label.payload))
