"""Data Matrix and Code 128 symbols, plain and GS1, as modules: made by zxing-cpp (libzint), not yet drawn.

Some 20 to 40 µs a symbol, one at a time; QR symbols in bulk are made in `symbols`. A matrix is True where it is dark
and has no quiet zone.
"""

import numpy as np
import zxingcpp

from labels import gs1_text
from labels.errors import N_, LabelError
from labels.symbols import Matrix, octets_of, too_long

QUIET_DATA_MATRIX = 1  # modules on every side, ISO/IEC 16022 section 7.1
QUIET_CODE_128 = 10  # modules left and right, ISO/IEC 15417 section 4.4
_MOST_128 = 80  # characters; at the finest module of a label printer that is already 23 cm


def datamatrix(text: str, gs1: bool = False) -> Matrix:
    """A square ECC 200 symbol of the smallest size; `text` is a bracketed element string where `gs1`.

    Other than ASCII is written as UTF-8 and says so. Raises LabelError `symbol-text-empty`, `symbol-text-too-long`,
    `symbol-text-not-writable`, `bad-gs1-elements`.
    """
    octets_of(text)
    form = zxingcpp.BarcodeFormat.DataMatrix
    if gs1:
        return _drawn(gs1_text.shown(gs1_text.elements(text)), form, force_square=True, gs1=True)
    if text.isascii():
        return _drawn(text, form, force_square=True)
    return _drawn(text, form, force_square=True, eci="UTF-8")


def code128(text: str) -> Matrix:
    """One row, (1, modules), start to stop; printable ASCII, up to 80 characters.

    Raises LabelError `symbol-text-empty`, `symbol-text-too-long`, `symbol-text-not-writable`.
    """
    octets_of(text)
    if not (text.isascii() and text.isprintable()):
        raise LabelError(
            "symbol-text-not-writable",
            N_("“{text}” has characters that a Code 128 cannot hold."),
            N_("Use letters and digits without accents, or a QR symbol or Data Matrix."),
            text=text[:40],
        )
    _check_length(text, _MOST_128)
    return _drawn(text, zxingcpp.BarcodeFormat.Code128)[:1]


def gs1_128(element_string: str) -> Matrix:
    """One row, (1, modules), of a bracketed element string: FNC1 in front and between, 48 characters at most.

    Raises LabelError as `datamatrix`.
    """
    octets_of(element_string)
    parts = gs1_text.elements(element_string)
    _check_length(gs1_text.joined(parts), gs1_text.MOST)
    return _drawn(gs1_text.shown(parts), zxingcpp.BarcodeFormat.Code128, gs1=True)[:1]


def _drawn(text: str, form: zxingcpp.BarcodeFormat, **options: object) -> Matrix:
    try:
        symbol = zxingcpp.create_barcode(text, form, **options)
    except ValueError as error:
        if "gs1" in options and "too long" not in str(error):
            raise LabelError(
                "bad-gs1-elements",
                N_("“{part}” cannot be written into a GS1 symbol."),
                N_(
                    "It is written (01)09506000134352(10)LOT: two to four digits in brackets, then the value."
                ),
                part=text[:40],
                value=text[:120],
            ) from error
        raise too_long(text) from error
    return np.asarray(symbol.to_image(scale=1, add_quiet_zones=False)) == 0


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise too_long(text)
