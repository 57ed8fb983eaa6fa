"""Symbols of a template's code elements: made in bulk, on whole dots, with their quiet zones inside their rooms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from labels.elements import GS1128, QR, Code, Code128, DataMatrix, GS1DataMatrix
from labels.errors import N_, LabelError
from labels.fields import Content, Language
from labels.placed import Symbol
from labels.spec import dots_per_mm
from labels.wording import Slot, filler, getter, pieces

if TYPE_CHECKING:
    from labels.placed import Dots

_FORMATS = {
    QR: "QRCode",
    DataMatrix: "DataMatrix",
    GS1DataMatrix: "DataMatrix",
    Code128: "Code128",
    GS1128: "Code128",
}
_GS1_DATES = {"11", "12", "13", "15", "16", "17"}  # written YYMMDD, General Specifications 3.4


class CodePlan:
    """One code element of a template at one resolution."""

    def __init__(self, number: int, element: Code, dpi: int, language: Language) -> None:
        self.number = number
        self.element = element
        self.dpi = dpi
        self._per_mm = dots_per_mm(dpi)
        self._gs1 = isinstance(element, GS1DataMatrix | GS1128)
        self._linear = isinstance(element, Code128 | GS1128)
        self._source = (
            _element_string(element.source, language) if self._gs1 else filler(element.source, language)
        )
        self._spots: dict[tuple[int, ...], tuple[int, int, int, int]] = {}

    def symbols(self, contents: Sequence[Content]) -> list[Symbol]:
        """In order. Raises LabelError as `Plan.placed` does."""
        texts = [self._text(content) for content in contents]
        matrices = self._matrices(texts, contents)
        kind, rotation, gs1 = _FORMATS[type(self.element)], self.element.rotation, self._gs1
        level = self.element.error_correction if isinstance(self.element, QR) else ""
        meant = self._meant
        found = []
        for text, matrix, content in zip(texts, matrices, contents, strict=True):
            left, top, across, down = self._spots.get(matrix.shape) or self._spot(matrix, content)
            found.append(Symbol(left, top, across, down, matrix, kind, meant(text), rotation, gs1, level))
        return found

    def _text(self, content: Content) -> str:
        try:
            text = self._source(content)
        except LabelError as error:
            raise self._at(error, content) from error
        if text:
            return text
        empty = LabelError("symbol-text-empty", N_("There is nothing to put into the symbol."))
        raise self._at(empty, content)

    def _at(self, error: LabelError, content: Content) -> LabelError:
        values = {**error.values, "number": self.number, "identifier": content.identifier}
        return LabelError(error.code, error.message, error.hint, **values)

    def _meant(self, text: str) -> str:
        if not self._gs1:
            return text
        from labels.gs1_text import scanned

        return scanned(text)

    def _matrices(self, texts: list[str], contents: Sequence[Content]) -> list[Dots]:
        """One for each text, turned; equal texts are made once."""
        unique = list(dict.fromkeys(texts))
        try:
            made = self._made(unique)
        except LabelError as error:
            raise self._blamed(error, contents, texts) from error
        if self.element.rotation:
            import numpy as np

            made = [np.ascontiguousarray(np.rot90(matrix, -self.element.rotation // 90)) for matrix in made]
        if len(unique) == len(texts):
            return made
        by_text = dict(zip(unique, made, strict=True))
        return [by_text[text] for text in texts]

    def _made(self, texts: list[str]) -> list[Dots]:
        element = self.element
        if isinstance(element, QR):
            from labels.symbols import matrices

            return matrices(texts, element.error_correction)
        from labels import codes

        if isinstance(element, Code128):
            return [codes.code128(text) for text in texts]
        if isinstance(element, GS1128):
            return [codes.gs1_128(text) for text in texts]
        return [codes.datamatrix(text, self._gs1) for text in texts]

    def _blamed(self, error: LabelError, contents: Sequence[Content], texts: list[str]) -> LabelError:
        """The error again, with the label whose text it was."""
        for content, text in zip(contents, texts, strict=True):
            try:
                self._made([text])
            except LabelError as own:
                return self._at(own, content)
        return error

    def _spot(self, matrix: Dots, content: Content) -> tuple[int, int, int, int]:
        """(left, top, dots a module across, and down) of matrices of this shape."""
        element, per_mm = self.element, self._per_mm
        left, top = (math.ceil(start * per_mm - 1e-6) for start in (element.x, element.y))
        across = math.floor((element.x + element.width) * per_mm + 1e-6) - left
        down = math.floor((element.y + element.height) * per_mm + 1e-6) - top
        rows, columns = matrix.shape
        upright = element.rotation in (0, 180)
        quiet_x, quiet_y = self._quiet(upright)
        by_width, by_height = across // (columns + 2 * quiet_x), down // (rows + 2 * quiet_y)
        if self._linear:
            module = by_width if upright else by_height
            size = (module, down) if upright else (across, module)
        else:
            module = min(by_width, by_height)
            size = module, module
        if module < 1 or module / per_mm < element.module - 1e-6:
            raise self._too_small(module, max(rows, columns) + 2 * max(quiet_x, quiet_y), content)
        spare_x = across - size[0] * (columns + 2 * quiet_x)
        spare_y = down - size[1] * (rows + 2 * quiet_y)
        left += round(spare_x * {"left": 0.0, "center": 0.5, "right": 1.0}[element.align]) + size[0] * quiet_x
        top += round(spare_y * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[element.valign]) + size[1] * quiet_y
        spot = self._spots[matrix.shape] = left, top, *size
        return spot

    def _quiet(self, upright: bool) -> tuple[int, int]:
        """Modules left and right, and above and below."""
        from labels import codes, symbols

        if self._linear:
            return (codes.QUIET_CODE_128, 0) if upright else (0, codes.QUIET_CODE_128)
        quiet = symbols.QUIET if isinstance(self.element, QR) else codes.QUIET_DATA_MATRIX
        return quiet, quiet

    def _too_small(self, module: int, modules: int, content: Content) -> LabelError:
        least = max(1, math.ceil(self.element.module * self._per_mm - 1e-6))
        return LabelError(
            "symbol-too-small",
            N_(
                "The symbol of {identifier} (element {number}) would have modules of {found} mm at {dpi} dpi; "
                "{least} mm can be read."
            ),
            N_("Give it {needed} mm, a shorter text or a finer printer."),
            identifier=content.identifier,
            number=self.number,
            found=f"{module / self._per_mm:.2f}",
            least=f"{self.element.module:g}",
            dpi=self.dpi,
            needed=f"{math.ceil(least * modules / self._per_mm * 10) / 10:g}",
        )


def _element_string(source: str, language: Language) -> Callable[[Content], str]:
    """Fills `(01){gtin}(21){serial}` in; elements without a value are left out, dates written as GS1 wants them."""
    parts: list[tuple[str, Callable[[Content], str]]] = []
    code = ""
    for piece in pieces(source):
        if isinstance(piece, Slot):
            is_date = not piece.pattern and len(code) == 4 and code[1:3] in _GS1_DATES
            parts.append((code, getter(Slot(piece.field, "YYMMDD") if is_date else piece, language)))
            code = ""
        else:
            code += piece

    def fill(content: Content) -> str:
        found = "".join(
            [f"{code}{value.replace('(', chr(92) + '(')}" for code, get in parts if (value := get(content))]
        )
        return found + code

    return fill
