"""Fitting text into a given width: shrink, wrap, and only then cut with an ellipsis. Measures, draws nothing."""

import math
import re
from functools import lru_cache

from labels.fonts import Face

_ELLIPSIS = "…"
# Chinese may break between any two characters but not before closing punctuation; Latin breaks at spaces.
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_WORD = re.compile(rf"[{_HAN}][，。、；：！？）》”’％]*|[^\s{_HAN}]+|\s")
_PART = re.compile(r"[^/-]*[/-]|[^/-]+")  # of an identifier


@lru_cache(maxsize=4096)
def fitted(
    face: Face, text: str, width: float, largest: float, smallest: float, most_lines: int
) -> tuple[float, tuple[str, ...]]:
    """(size, lines) in the unit of `width`: one line if a little shrinking does it, then more, then an ellipsis."""
    if not text:
        return largest, ()
    for count in range(1, most_lines + 1):
        floor = max(smallest, largest * 0.8) if count < most_lines else smallest
        for size in _sizes(largest, floor):
            lines = wrapped(face, text, width / size)
            if len(lines) <= count:
                return size, lines
    lines = wrapped(face, text, width / smallest)
    kept = lines[: most_lines - 1]
    return smallest, (*kept, shortened(face, _after(text, kept), width / smallest))


@lru_cache(maxsize=4096)
def unbroken(
    face: Face, text: str, width: float, largest: float, smallest: float
) -> tuple[float, tuple[str, ...]]:
    """(size, lines) of an identifier: complete at any price, broken after a slash or hyphen where possible."""
    for count, floor in ((1, largest * 0.78), (2, largest * 0.7), (3, smallest)):
        for size in _sizes(largest, max(floor, smallest)):
            lines = wrapped(face, text, width / size, _PART)
            if len(lines) <= count:
                return size, lines
    return smallest, wrapped(face, text, width / smallest, _PART)


def _sizes(largest: float, smallest: float) -> list[float]:
    steps = 8
    return [largest - (largest - smallest) * step / steps for step in range(steps + 1)]


def wrapped(face: Face, text: str, ems: float, words: re.Pattern[str] = _WORD) -> tuple[str, ...]:
    """`text` in lines of at most `ems`, greedily; a word longer than a line is broken where it must be."""
    lines, line = [], ""
    for word in words.findall(text):
        if face.width((line + word).rstrip()) <= ems:
            line += word
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = word.lstrip()
        *heads, line = _chunks(face, line, ems) or [""]
        lines += heads
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


def _chunks(face: Face, word: str, ems: float) -> list[str]:
    """A word in pieces of about equal length that fit."""
    count = math.ceil(face.width(word) / ems)
    while True:
        length = max(1, math.ceil(len(word) / max(count, 1)))
        chunks = [word[start : start + length] for start in range(0, len(word), length)]
        if length == 1 or all(face.width(chunk) <= ems for chunk in chunks):
            return chunks
        count += 1


def _after(text: str, lines: tuple[str, ...]) -> str:
    """What of `text` comes after its first lines."""
    position = 0
    for line in lines:
        position = text.index(line, position) + len(line)
    return text[position:].lstrip()


def _head(face: Face, text: str, ems: float) -> str:
    """The longest beginning that fits, one character at least."""
    used, count = 0.0, 0
    for character in text:
        used += face.glyph(character)[1]
        if used > ems:
            break
        count += 1
    return text[: max(count, 1)]


def shortened(face: Face, text: str, ems: float) -> str:
    """`text`, or as much of it as fits with an ellipsis."""
    if face.width(text) <= ems:
        return text
    return _head(face, text, ems - face.width(_ELLIPSIS)).rstrip() + _ELLIPSIS
