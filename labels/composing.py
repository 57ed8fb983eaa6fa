"""Puts the contents of labels into a template, compiled once for a resolution and a language.

Whatever is the same on all labels is made once, and a text that comes again is the same object again. Symbols are made
in bulk. Nothing is drawn here, and nothing overlaps that does not overlap in the template: text stays in its room.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from labels.codeplans import CodePlan
from labels.elements import CODES, AnyElement, Box, Image, Line, Text
from labels.fields import Content, Language
from labels.pictures import dots
from labels.placed import Fill, Part, Picture, Placed, Symbol
from labels.spec import dots_per_mm
from labels.templates import Template
from labels.textplans import TextPlan
from labels.wording import Slot, getter

CHUNK = 512  # labels whose symbols are made together

Adder = Callable[
    [Content, list[Part]], tuple[str, ...]
]  # adds parts, and tells the fields something was lost of


class Plan:
    """A template for one resolution and language. Raises LabelError for what no content can mend: `unsupported-dpi`,
    `bad-picture`, `text-too-long` of text without fields, `no-chinese-font`. Not for several threads at once.
    """

    def __init__(self, template: Template, dpi: int, language: Language) -> None:
        self.template = template
        self.dpi = dpi
        self.language = template.printed_in(language)
        self._per_mm = dots_per_mm(dpi)
        self._adders: list[Adder] = []
        self._codes: list[tuple[Callable[[Content], bool] | None, CodePlan]] = []
        for number, element in enumerate(template.elements, 1):
            condition = _condition(element.when, self.language)
            if isinstance(element, CODES):
                self._codes.append((condition, CodePlan(number, element, dpi, self.language)))
            else:
                self._adders.append(self._adder(number, element, condition))

    def placed(self, contents: Iterable[Content]) -> Iterator[Placed]:
        """Each label with everything in its place, in order.

        Raises LabelError whose values tell the label (`identifier`) and element (`number`): `text-too-long`,
        `text-not-writable`, `symbol-too-small`, `symbol-text-too-long`, `symbol-text-empty`, `bad-date-value`,
        `bad-gs1-elements` …
        """
        source = iter(contents)
        while chunk := list(islice(source, CHUNK)):
            yield from self._chunk(chunk)

    def one(self, content: Content) -> Placed:
        return next(self.placed([content]))

    def _chunk(self, contents: Sequence[Content]) -> Iterator[Placed]:
        columns = [self._symbols(condition, code, contents) for condition, code in self._codes]
        width, height, dpi, adders = self.template.width, self.template.height, self.dpi, self._adders
        rows: Iterable[tuple[Symbol | None, ...]] = (
            zip(*columns, strict=True) if columns else ((),) * len(contents)
        )
        for content, row in zip(contents, rows, strict=True):
            parts: list[Part] = []
            lost: tuple[str, ...] = ()
            for add in adders:
                if left_off := add(content, parts):
                    lost += left_off
            symbols = tuple([symbol for symbol in row if symbol is not None])
            yield Placed(width, height, dpi, symbols, tuple(parts), lost)

    def _symbols(
        self, condition: Callable[[Content], bool] | None, code: CodePlan, contents: Sequence[Content]
    ) -> list[Symbol | None]:
        if condition is None:
            return list(code.symbols(contents))
        wanted = [condition(content) for content in contents]
        made = iter(code.symbols([content for content, want in zip(contents, wanted, strict=True) if want]))
        return [next(made) if want else None for want in wanted]

    def _adder(self, number: int, element: AnyElement, condition: Callable[[Content], bool] | None) -> Adder:
        if isinstance(element, Text):
            ground = Box(x=element.x, y=element.y, width=element.width, height=element.height, filled=True)
            black = _fixed(ground, self._per_mm) if element.inverse else None
            add: Adder = TextPlan(number, element, self.language, black).add
        else:
            add = _always(_fixed(element, self._per_mm))
        if condition is None:
            return add
        return lambda content, parts: add(content, parts) if condition(content) else ()


def _always(part: Part) -> Adder:
    def add(_: Content, parts: list[Part]) -> tuple[str, ...]:
        parts.append(part)
        return ()

    return add


def _condition(when: str, language: Language) -> Callable[[Content], bool] | None:
    tests = [(getter(Slot(word.removeprefix("!"), ""), language), word[0] != "!") for word in when.split()]
    if not tests:
        return None
    if len(tests) == 1:
        (only, there) = tests[0]
        return lambda content: bool(only(content)) == there

    def all_hold(content: Content) -> bool:
        for value, wanted in tests:  # noqa: SIM110  (a generator costs a microsecond a label)
            if bool(value(content)) != wanted:
                return False
        return True

    return all_hold


def _fixed(element: AnyElement, per_mm: float) -> Part:
    """The part of a line, a box or a picture."""
    left, top = round(element.x * per_mm), round(element.y * per_mm)
    across = max(1, round((element.x + element.width) * per_mm) - left)
    down = max(1, round((element.y + element.height) * per_mm) - top)
    if isinstance(element, Image):
        drawn = dots(element.data, across, down, element.rotation, element.dither)
        spare_y, spare_x = down - drawn.shape[0], across - drawn.shape[1]
        return Part(pictures=(Picture(left + spare_x // 2, top + spare_y // 2, drawn),))
    if isinstance(element, Line):
        thick = max(1, round(min(element.width, element.height) * per_mm))
        return Part(fills=(Fill(left, top, *((across, thick) if across >= down else (thick, down))),))
    assert isinstance(element, Box)
    thick = max(1, round(element.thickness * per_mm))
    if element.filled or 2 * thick >= min(across, down):
        return Part(fills=(Fill(left, top, across, down),))
    inner = down - 2 * thick
    return Part(
        fills=(
            Fill(left, top, across, thick),
            Fill(left, top + down - thick, across, thick),
            Fill(left, top + thick, thick, inner),
            Fill(left + across - thick, top + thick, thick, inner),
        )
    )
