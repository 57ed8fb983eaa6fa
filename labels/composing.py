"""Puts the contents of labels into a template, compiled once for a resolution and a language.

Whatever is the same on all labels is made once, and a text that comes again is the same object again. Symbols are made
in bulk. Nothing is drawn here, and nothing overlaps that does not overlap in the template: text stays in its room.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from labels.codeplans import CodePlan
from labels.elements import CODES, AnyElement, Box, Image, Line, Text
from labels.errors import LabelError
from labels.fields import Content, Language
from labels.pictures import dots
from labels.placed import Fill, Part, Picture, Placed, Run, Symbol
from labels.spec import dots_per_mm
from labels.templates import Template
from labels.typesetting import PT, Stretch, Style, set_text
from labels.wording import Slot, fields_of, filler, getter, pieces

CHUNK = 512  # labels whose symbols are made together
_REMEMBERED = 4096  # texts of one element

Maker = Callable[[Content], tuple[Part | None, tuple[str, ...]]]
_NOTHING: tuple[None, tuple[str, ...]] = (None, ())


class Plan:
    """A template for one resolution and language. Raises LabelError for what no content can mend: `unsupported-dpi`,
    `bad-picture`, `text-too-long` of text without fields, `no-chinese-font`. Not for several threads at once.
    """

    def __init__(self, template: Template, dpi: int, language: Language) -> None:
        self.template = template
        self.dpi = dpi
        self.language = template.printed_in(language)
        self._per_mm = dots_per_mm(dpi)
        self._makers: list[Maker] = []
        self._codes: list[tuple[Callable[[Content], bool] | None, CodePlan]] = []
        for number, element in enumerate(template.elements, 1):
            condition = _condition(element.when, self.language)
            if isinstance(element, CODES):
                self._codes.append((condition, CodePlan(number, element, dpi, self.language)))
            else:
                self._makers.append(self._maker(number, element, condition))

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
        width, height, dpi, makers = self.template.width, self.template.height, self.dpi, self._makers
        rows: Iterable[tuple[Symbol | None, ...]] = (
            zip(*columns, strict=True) if columns else ((),) * len(contents)
        )
        for content, row in zip(contents, rows, strict=True):
            parts: list[Part] = []
            lost: tuple[str, ...] = ()
            for maker in makers:
                part, left_off = maker(content)
                if part is not None:
                    parts.append(part)
                    if left_off:
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

    def _maker(self, number: int, element: AnyElement, condition: Callable[[Content], bool] | None) -> Maker:
        maker: Maker
        if isinstance(element, Text):
            maker = _TextPlan(number, element, self.language, self._per_mm).part
        else:
            part: tuple[Part, tuple[str, ...]] = _fixed(element, self._per_mm), ()
            maker = lambda _: part  # noqa: E731
        if condition is None:
            return maker
        return lambda content: maker(content) if condition(content) else _NOTHING


def _condition(when: str, language: Language) -> Callable[[Content], bool] | None:
    tests = [(getter(Slot(word.removeprefix("!"), ""), language), word[0] != "!") for word in when.split()]
    if not tests:
        return None
    return lambda content: all(bool(value(content)) == wanted for value, wanted in tests)


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


class _TextPlan:
    """One text element: what it says for a content, and the parts of what it has said before."""

    def __init__(self, number: int, element: Text, language: Language, per_mm: float) -> None:
        words = element.text.of(language)
        self.number = number
        self.element = element
        self._fields = tuple(dict.fromkeys(fields_of(words)))
        self._fill = _paragraphs(words, language)
        self._ground = _fixed_ground(element, per_mm)
        turned = element.rotation in (90, 270)
        self._width = element.height if turned else element.width
        self._height = element.width if turned else element.height
        self._style = Style(
            face="mono" if element.mono else "bold" if element.bold else "regular",
            size=element.size * PT,
            least=element.smallest * PT,
            lines=element.lines,
            leading=element.leading,
            align=element.align,
            valign=element.valign,
            shorten=element.overflow == "shorten",
            what=", ".join(self._fields) or words[:40],
        )
        self._known: dict[str, tuple[Part | None, tuple[str, ...]]] = {}

    def part(self, content: Content) -> tuple[Part | None, tuple[str, ...]]:
        text = self._fill(content)
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = self._made(text, content)
        return known

    def _made(self, text: str, content: Content) -> tuple[Part | None, tuple[str, ...]]:
        try:
            if not text or text.isspace():
                return _NOTHING
            stretches, lost = set_text(text, self._style, self._width, self._height)
        except LabelError as error:
            raise at(error, self.number, content.identifier) from error
        runs = tuple([self._run(stretch) for stretch in stretches])
        return Part(runs, self._ground), self._fields if lost else ()

    def _run(self, stretch: Stretch) -> Run:
        along, across, size, text, face, width, glyphs = stretch
        element = self.element
        x, y, angle = element.x + along, element.y + across, element.rotation
        if angle == 90:
            x, y = element.x + element.width - across, element.y + along
        elif angle == 180:
            x, y = element.x + element.width - along, element.y + element.height - across
        elif angle == 270:
            x, y = element.x + across, element.y + element.height - along
        return Run(x, y, size, text, face, width, angle, element.inverse, glyphs)


def _fixed_ground(element: Text, per_mm: float) -> tuple[Fill, ...]:
    """The black behind white text."""
    room = Box(x=element.x, y=element.y, width=element.width, height=element.height, filled=True)
    return _fixed(room, per_mm).fills if element.inverse else ()


def _paragraphs(words: str, language: Language) -> Callable[[Content], str]:
    """Fills the lines of a template's text in; a line whose fields are all empty is left out."""
    lines = [(filler(line, language), _anything(line, language)) for line in words.split("\n")]
    if len(lines) == 1:
        fill, anything = lines[0]
        if anything is None or len(pieces(words)) == 1:
            return fill
        return lambda content: fill(content) if anything(content) else ""
    return lambda content: "\n".join(
        [fill(content) for fill, anything in lines if anything is None or anything(content)]
    )


def _anything(line: str, language: Language) -> Callable[[Content], bool] | None:
    getters = [getter(Slot(name, ""), language) for name in fields_of(line)]
    if not getters:
        return None
    return lambda content: any(value(content) for value in getters)


def at(error: LabelError, number: int, identifier: str) -> LabelError:
    """The same error, told of which label and element."""
    return LabelError(
        error.code, error.message, error.hint, **{**error.values, "number": number, "identifier": identifier}
    )
