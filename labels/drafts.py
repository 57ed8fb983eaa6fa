"""A template that is still being designed, drawn as far as it goes: a wrong element hides only itself."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labels import templates
from labels.errors import LabelError
from labels.fields import Content, Language
from labels.placed import Placed, Symbol
from labels.spec import DOTS_PER_MM, dots_per_mm
from labels.templates import MOST_ELEMENTS, Template

_MENDED_AT = {
    "text-too-long": "text",
    "text-not-writable": "text",
    "no-chinese-font": "text",
    "bad-date-value": "text",
    "bad-picture": "data",
    "symbol-too-small": "module",
    "symbol-text-too-long": "source",
    "symbol-text-empty": "source",
    "symbol-text-not-writable": "source",
    "bad-gs1-elements": "source",
}
MOST_DOTS = 20_000_000  # of one picture: an A4 page at 400 dpi


@dataclass(frozen=True)
class Problem:
    """`number` of the element, from 1; 0 for the whole label; `property` may be empty."""

    number: int
    property: str
    error: LabelError


@dataclass(frozen=True)
class SymbolSeen:
    """The symbol of element `number`: its size and the width of a module in mm."""

    number: int
    width: float
    height: float
    module: float
    text: str


@dataclass(frozen=True)
class Drawn:
    """`png` is one pixel a printer dot; `hidden` are the elements that this content does not show."""

    png: bytes
    width: float
    height: float
    dpi: int
    language: Language
    problems: tuple[Problem, ...]
    symbols: tuple[SymbolSeen, ...]
    hidden: tuple[int, ...]
    shortened: tuple[int, ...]


def drawn(data: object, dpi: int, language: Language, content: Content) -> Drawn:
    """The draft at `dpi`, or at the next coarser resolution whose picture stays within bounds.

    Raises LabelError `bad-template` only where the label itself (its size, its language) is none.
    """
    shell, problems = _shell(data)
    dpi = _affordable(shell, dpi)
    spoken = shell.printed_in(language)
    placed: list[tuple[int, Placed]] = []
    for number, found in _elements(shell, data, dpi, spoken, content):
        if isinstance(found, Placed):
            placed.append((number, found))
        else:
            problems.append(found)
    whole = Placed(
        shell.width,
        shell.height,
        dpi,
        tuple(symbol for _, one in placed for symbol in one.symbols),
        tuple(part for _, one in placed for part in one.parts),
    )
    per_mm = dots_per_mm(dpi)
    seen = [_seen(number, symbol, per_mm) for number, one in placed for symbol in one.symbols]
    return Drawn(
        _png(whole),
        shell.width,
        shell.height,
        dpi,
        spoken,
        tuple(problems),
        tuple(seen),
        tuple(number for number, one in placed if not (one.symbols or one.parts)),
        tuple(number for number, one in placed if one.left_off),
    )


def _png(placed: Placed) -> bytes:
    from PIL import Image

    from labels import raster

    file = io.BytesIO()
    Image.fromarray(~raster.dots(placed)).save(file, "PNG", dpi=(placed.dpi, placed.dpi))
    return file.getvalue()


def _shell(data: object) -> tuple[Template, list[Problem]]:
    """The template without its elements. A name that will not do is told, and nothing is hidden for it."""
    bare = {**data, "elements": []} if isinstance(data, Mapping) else data
    try:
        return templates.template_of(bare), []
    except LabelError as error:
        if not isinstance(bare, dict):
            raise
        return templates.template_of({**bare, "name": "-"}), [Problem(0, "name", error)]


def _affordable(shell: Template, dpi: int) -> int:
    fine = sorted((each for each in DOTS_PER_MM if each <= dpi), reverse=True)
    for each in fine or [min(DOTS_PER_MM)]:
        if shell.width * shell.height * dots_per_mm(each) ** 2 <= MOST_DOTS:
            return each
    return min(DOTS_PER_MM)


def _elements(
    shell: Template, data: Any, dpi: int, language: Language, content: Content
) -> Iterator[tuple[int, Placed | Problem]]:
    from labels.composing import Plan

    raw = data.get("elements")
    if not isinstance(raw, list) or len(raw) > MOST_ELEMENTS:
        templates.template_of(data)  # says so
        return
    whole = {**templates.data_of(shell), "name": "-"}
    for number, each in enumerate(raw, 1):
        try:
            alone = templates.template_of({**whole, "elements": [each]})
            (placed,) = Plan(alone, dpi, language).placed([content])
            yield number, placed
        except LabelError as error:
            yield number, Problem(number, _property(error), _renumbered(error, number))


def _property(error: LabelError) -> str:
    """Of the element, where it is to be mended."""
    return str(error.values.get("property") or _MENDED_AT.get(error.code, ""))


def _renumbered(error: LabelError, number: int) -> LabelError:
    """Each element was looked at alone, as the first."""
    return LabelError(error.code, error.message, error.hint, **{**error.values, "number": number})


def _seen(number: int, symbol: Symbol, per_mm: float) -> SymbolSeen:
    rows, columns = symbol.matrix.shape
    module = symbol.down if columns == 1 else symbol.across if rows == 1 else min(symbol.across, symbol.down)
    return SymbolSeen(number, symbol.width / per_mm, symbol.height / per_mm, module / per_mm, symbol.text)
