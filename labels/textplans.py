"""What one text element of a template says on each label, as parts; nearly all of it remembered or ready at a glance.

Most labels differ in one line: a serial number. Where every line of an element fits at its full size without
wrapping, each line is a part of its own and only the new one is measured. Everything else goes through `typesetting`,
which gives the same result, slowly.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from labels.elements import Text
from labels.errors import LabelError
from labels.fields import Content, Language
from labels.fonts import ASCENT, DEPTH, faces
from labels.placed import Part, Run
from labels.plain import plain_characters
from labels.typesetting import CAPTION, GOOD, PT, Stretch, Style, caption_indent, set_text, top_baseline
from labels.wording import Slot, fields_of, filler, getter, pieces

_REMEMBERED = 4096  # texts of one line or element
_SLACK = 1e-6


class _Row(NamedTuple):
    """A line of the template: `caption` before a tab (None without one), what is said, and whether there is any
    of its fields; None where it is there when it says anything at all.
    """

    caption: str | None
    value: Callable[[Content], str]
    anything: Callable[[Content], bool] | None
    whole: Callable[[Content], str]


_TOO_WIDE = Part()
_ONE_WORD = re.compile(r"[!-'*-Z\\^-~]+")  # ASCII without spaces and brackets, where lines break
_VARIES = "\t"  # a caption with fields in it, which is not ready at a glance
_LineFrame = tuple[float, float, bool, dict[str, Part | None]]  # x, baseline, aligned, texts it has said


class _Frame(NamedTuple):
    """How the lines lie when none is wrapped: size of type, captions, and for each line its place and what it said."""

    size: float
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
        self._plain = plain_characters(self._style.face)
        self._frames: dict[tuple[bool, ...], list[_Frame]] = {}
        self._known: dict[str, tuple[Part | None, bool]] = {}
        self._only = self._said_alone()

    def add(self, content: Content, parts: list[Part]) -> tuple[str, ...]:
        """Appends what is to be drawn; returns the fields of which something was left out. Raises LabelError."""
        try:
            if self._only is not None:
                row = self._rows[0]
                part = self._only.get(value := row.value(content))
                if part is not None and part is not _TOO_WIDE:
                    if self._black is not None:
                        parts.append(self._black)
                    parts.append(part)
                    return ()
                there = bool(value) if row.anything is None else row.anything(content)
                return self._add((value,), (there,), content, parts)
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
        frames = self._frames[key] if key in self._frames else self._framed(key)
        for frame in frames:
            done = self._quick(frame, values, parts)
            if done:
                return ()
            if done is None:
                break
        return self._slow(content, key, parts)

    def _said_alone(self) -> dict[str, Part | None] | None:
        """Where the element is a single line without a caption, what that has said, filled in by `_line`."""
        row = self._rows[0]
        frames = self._framed((True,)) if len(self._rows) == 1 and row.caption is None else []
        return frames[0].lines[0][3] if frames else None

    def _quick(self, frame: _Frame, values: Sequence[str], parts: list[Part]) -> bool | None:
        """True when every line fits, and is in `parts`; False where a smaller size may do; None where none does."""
        found: list[Part] = []
        for value, line in zip(values, frame.lines, strict=True):
            known = line[3]
            part = known[value] if value in known else self._line(line, value, frame.size)
            if part is None or part is _TOO_WIDE:
                return None if part is None else False
            found.append(part)
        if self._black is not None:
            parts.append(self._black)
        if frame.captions is not None:
            parts.append(frame.captions)
        parts += found
        return True

    def _line(self, line: _LineFrame, text: str, size: float) -> Part | None:
        """One line; `_TOO_WIDE` for a single word at this size; None where it is to be cleaned, shaped or wrapped."""
        x, baseline, aligned, known = line
        part = None
        if text and self._plain.has(text) and text[0] != " " and text[-1] != " " and "  " not in text:
            style, room = self._style, self._width - x
            ems = self._face.width(text)
            if ems * size > room + _SLACK and style.lines == 1:
                size = next(
                    (less for less in style.sizes if less < size and ems * less <= room + _SLACK), size
                )
                baseline = top_baseline((ASCENT + DEPTH) * size, ASCENT * size, style, self._height)
            wide = ems * size
            if wide <= room + _SLACK:
                if aligned:
                    x += (room - wide) * {"left": 0.0, "center": 0.5, "right": 1.0}[style.align]
                part = Part((self._run(Stretch(x, baseline, size, text, style.face, wide, None)),))
            elif style.lines != 1 and _ONE_WORD.fullmatch(text):
                part = _TOO_WIDE
        if len(known) >= _REMEMBERED:
            known.clear()
        known[text] = part
        return part

    def _framed(self, key: tuple[bool, ...]) -> list[_Frame]:
        """Frames of these lines one under the other, from the largest type with room for them to the least good one."""
        style = self._style
        rows = [row for row, there in zip(self._rows, key, strict=True) if there]
        captions = [row.caption for row in rows if row.caption is not None]
        plain = all(self._plain.has(caption) and caption == caption.strip() for caption in captions)
        ems = ASCENT + DEPTH + (len(rows) - 1) * style.leading
        sizes = [size for size in style.sizes if ems * size <= self._height + _SLACK]
        frames: list[_Frame] = []
        if plain and (not style.lines or len(rows) <= style.lines):
            for size in sizes[:1] + [size for size in sizes[1:] if size >= GOOD * style.size]:
                indent, widest = caption_indent(captions, style.face, size, self._width)
                if widest > indent + _SLACK:
                    break
                baseline = top_baseline(ems * size, ASCENT * size, style, self._height)
                frames.append(self._frame(rows, size, indent, baseline))
        self._frames[key] = frames
        return frames

    def _frame(self, rows: list[_Row], size: float, indent: float, baseline: float) -> _Frame:
        style, small = self._style, size * CAPTION
        runs: list[Run] = []
        lines: list[_LineFrame] = []
        for row in rows:
            if row.caption:
                wide = self._face.width(row.caption) * small
                runs.append(self._run(Stretch(0, baseline, small, row.caption, style.face, wide, None)))
            tabbed = row.caption is not None
            lines.append((indent if tabbed else 0.0, baseline, not tabbed, {}))
            baseline += style.leading * size
        return _Frame(size, Part(tuple(runs)) if runs else None, tuple(lines))

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
    if (getters and len(pieces(said)) > 1) or (tab and fields_of(before)) or not line:
        first = getters[0] if getters else None

        def anything(content: Content) -> bool:  # an empty line of the template keeps its height
            return first is None or bool(first(content)) or any(get(content) for get in getters)

    def whole(content: Content) -> str:
        """The line with nothing in its values that would break it."""
        text = " ".join(value(content).split())
        return " ".join(head(content).split()) + tab + text if tab else text

    caption = (_VARIES if fields_of(before) else before) if tab else None
    return _Row(caption, value, anything, whole)


def at(error: LabelError, number: int, name: str, identifier: str) -> LabelError:
    """The same error, told of which element (counted from 1) and property, and which label."""
    values = {"property": name, **error.values, "number": number, "identifier": identifier}
    return LabelError(error.code, error.message, error.hint, **values)
