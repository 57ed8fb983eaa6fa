"""What one text element of a template says on each label, as parts; nearly all of it remembered or ready at a glance.

Most labels differ in one line: a serial number. Where every line of an element fits at its full size without
wrapping, each line is a part of its own and only the new one is measured. Everything else goes through `typesetting`,
which gives the same result, slowly.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from labels.elements import Text
from labels.errors import LabelError
from labels.fields import Content, Language
from labels.fonts import ASCENT, DEPTH, Face, faces
from labels.placed import Part, Run
from labels.shaping import is_simple
from labels.typesetting import CAPTION, PT, Stretch, Style, caption_indent, set_text, top_baseline
from labels.wording import Slot, fields_of, filler, getter, pieces

_REMEMBERED = 4096  # texts of one line or element
_SLACK = 1e-6
_USUAL = (
    (0x20, 0x24F),
    (0x370, 0x52F),
    (0x2010, 0x203F),
    (0x3001, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xFF01, 0xFF5E),
)


class _Row(NamedTuple):
    """A line of the template: `caption` before a tab (None without one), what is said, and whether there is any
    of its fields; None where it is there when it says anything at all.
    """

    caption: str | None
    value: Callable[[Content], str]
    anything: Callable[[Content], bool] | None
    whole: Callable[[Content], str]


_VARIES = "\t"  # a caption with fields in it, which is not ready at a glance
_LineFrame = tuple[float, float, bool, dict[str, Part | None]]  # x, baseline, aligned, texts it has said


class _Frame(NamedTuple):
    """How the lines lie when each fits as it is: the captions, and for each line its place and what it has said."""

    captions: Part | None
    lines: tuple[_LineFrame, ...]


class TextPlan:
    """`black` is the part behind white text."""

    def __init__(self, number: int, element: Text, language: Language, black: Part | None) -> None:
        words = element.text.of(language)
        self.number = number
        self.element = element
        self._black = black
        self._fields = tuple(dict.fromkeys(fields_of(words)))
        self._rows = [_row(line, language) for line in words.split("\n")]
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
        self._face = faces().named(self._style.face)
        self._plain = _plain_characters(self._style.face)
        self._frames: dict[tuple[bool, ...], _Frame | None] = {}
        self._known: dict[str, tuple[Part | None, bool]] = {}
        self._only = self._said_alone()

    def add(self, content: Content, parts: list[Part]) -> tuple[str, ...]:
        """Appends what is to be drawn; returns the fields of which something was left out. Raises LabelError."""
        try:
            if self._only is not None:
                part = self._only.get(value := self._rows[0].value(content))
                if part is not None:
                    if self._black is not None:
                        parts.append(self._black)
                    parts.append(part)
                    return ()
                return self._add((value,), (bool(value),), content, parts)
            values, shown = [], []
            for _, value_of, anything, _ in self._rows:
                value = value_of(content)
                there = bool(value) if anything is None else anything(content)
                shown.append(there)
                if there:
                    values.append(value)
            return self._add(values, tuple(shown), content, parts)
        except LabelError as error:
            raise at(error, self.number, "text", content.identifier) from error

    def _add(
        self, values: Sequence[str], key: tuple[bool, ...], content: Content, parts: list[Part]
    ) -> tuple[str, ...]:
        if True not in key:
            return ()
        frame = self._frames[key] if key in self._frames else self._framed(key)
        return () if frame and self._quick(frame, values, parts) else self._slow(content, key, parts)

    def _said_alone(self) -> dict[str, Part | None] | None:
        """Where the element is a single line without a caption, what that has said, filled in by `_line`."""
        row = self._rows[0]
        frame = self._framed((True,)) if len(self._rows) == 1 and row.caption is None else None
        return frame.lines[0][3] if frame and row.anything is None else None

    def _quick(self, frame: _Frame, values: Sequence[str], parts: list[Part]) -> bool:
        """Whether every line fits as it is; then they are in `parts`."""
        found: list[Part] = []
        for value, line in zip(values, frame.lines, strict=True):
            known = line[3]
            part = known[value] if value in known else self._line(line, value)
            if part is None:
                return False
            found.append(part)
        if self._black is not None:
            parts.append(self._black)
        if frame.captions is not None:
            parts.append(frame.captions)
        parts += found
        return True

    def _line(self, line: _LineFrame, text: str) -> Part | None:
        """One line; None where it needs to be cleaned, shaped or wrapped, or shrunk together with others."""
        x, baseline, aligned, known = line
        part = None
        if text and self._plain.has(text) and text[0] != " " and text[-1] != " " and "  " not in text:
            style, room = self._style, self._width - x
            size, ems = style.size, self._face.width(text)
            if ems * size > room + _SLACK and style.lines == 1:
                size = next((size for size in style.sizes if ems * size <= room + _SLACK), size)
                baseline = top_baseline((ASCENT + DEPTH) * size, ASCENT * size, style, self._height)
            wide = ems * size
            if wide <= room + _SLACK:
                if aligned:
                    x += (room - wide) * {"left": 0.0, "center": 0.5, "right": 1.0}[style.align]
                part = Part((self._run(Stretch(x, baseline, size, text, style.face, wide, None)),))
        if len(known) >= _REMEMBERED:
            known.clear()
        known[text] = part
        return part

    def _framed(self, key: tuple[bool, ...]) -> _Frame | None:
        """The frame of these lines; None where they do not fit one under the other at full size."""
        style, size = self._style, self._style.size
        rows = [row for row, there in zip(self._rows, key, strict=True) if there]
        captions = [row.caption for row in rows if row.caption is not None]
        high = (ASCENT + DEPTH + (len(rows) - 1) * style.leading) * size
        frame: _Frame | None = None
        fits = high <= self._height + _SLACK and (not style.lines or len(rows) <= style.lines)
        if fits and all(self._plain.has(caption) and caption == caption.strip() for caption in captions):
            indent, widest = caption_indent(captions, style, self._width)
            if widest <= indent + _SLACK:
                baseline = top_baseline(high, ASCENT * size, style, self._height)
                runs: list[Run] = []
                lines: list[_LineFrame] = []
                for row in rows:
                    if row.caption:
                        small = size * CAPTION
                        wide = self._face.width(row.caption) * small
                        runs.append(
                            self._run(Stretch(0, baseline, small, row.caption, style.face, wide, None))
                        )
                    tabbed = row.caption is not None
                    lines.append((indent if tabbed else 0.0, baseline, not tabbed, {}))
                    baseline += style.leading * size
                frame = _Frame(Part(tuple(runs)) if runs else None, tuple(lines))
        self._frames[key] = frame
        return frame

    def _slow(self, content: Content, key: tuple[bool, ...], parts: list[Part]) -> tuple[str, ...]:
        text = "\n".join([row.whole(content) for row, there in zip(self._rows, key, strict=True) if there])
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = self._set(text)
        part, lost = known
        if part is not None:
            if self._black is not None:
                parts.append(self._black)
            parts.append(part)
        return self._fields if lost else ()

    def _set(self, text: str) -> tuple[Part | None, bool]:
        stretches, lost = set_text(text, self._style, self._width, self._height)
        runs = tuple([self._run(stretch) for stretch in stretches if stretch.text])
        return (Part(runs) if runs else None), lost

    def _run(self, stretch: Stretch) -> Run:
        """Upright in the room to where it lies on the label."""
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


def _row(line: str, language: Language) -> _Row:
    before, tab, after = line.partition("\t")
    said = after if tab else line
    value, head = filler(said, language), filler(before, language)
    getters = [getter(Slot(name, ""), language) for name in fields_of(line)]
    anything: Callable[[Content], bool] | None = None
    if (getters and len(pieces(said)) > 1) or fields_of(before) or not line:

        def anything(content: Content) -> bool:  # an empty line of the template keeps its height
            return not getters or any(get(content) for get in getters)

    def whole(content: Content) -> str:
        """The line with nothing in its values that would break it."""
        text = " ".join(value(content).split())
        return " ".join(head(content).split()) + tab + text if tab else text

    caption = (_VARIES if fields_of(before) else before) if tab else None
    return _Row(caption, value, anything, whole)


@lru_cache(maxsize=8)
def _plain_characters(name: str) -> "_Plain":
    return _Plain(faces().named(name))


class _Plain(set[str]):
    """Characters that need no cleaning and no shaping and keep within the usual height of a line, as far as met."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def has(self, text: str) -> bool:
        if self.issuperset(text):
            return True
        new = set(text) - self
        self.update(character for character in new if _is_plain(character, self._face))
        return self.issuperset(new)


def _is_plain(character: str, face: Face) -> bool:
    """Of the scripts most labels are in; others take the slow way."""
    usual = any(first <= ord(character) <= last for first, last in _USUAL)
    if not usual or not character.isprintable() or not is_simple(character) or not face.glyph(character)[0]:
        return False
    return unicodedata.is_normalized("NFC", character) and face.reach(character) == (ASCENT, DEPTH)


def at(error: LabelError, number: int, name: str, identifier: str) -> LabelError:
    """The same error, told of which element (counted from 1) and property, and which label."""
    values = {"property": name, **error.values, "number": number, "identifier": identifier}
    return LabelError(error.code, error.message, error.hint, **values)
