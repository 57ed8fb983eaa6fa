"""Text broken into lines, as Chinese and Latin text breaks, and measured in em. Sizes are for `typesetting`."""

import re
from functools import lru_cache

from labels.fonts import Face, faces
from labels.shaping import Shaped, is_simple, shaped

TIGHT = 1e-6
_MOST_BALANCED = 4  # lines
_REMEMBERED = 8192

# Chinese breaks between any two characters, but not before closing nor after opening punctuation; Latin at spaces.
_HAN = r"\u2e80-\u2fff\u3003-\u3007\u3012-\u9fff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_OPENING = r"（《「『【〔〈“‘\[("
_CLOSING = r"，。、；：！？）》」』】〕〉”’％…·\])"
_WORD = re.compile(rf"[{_OPENING}]*(?:[{_HAN}]|[^\s{_HAN}{_OPENING}{_CLOSING}]+)?[{_CLOSING}]*|\s+")
_PART = re.compile(r"[^/_-]*[/_-]+|[^/_-]+")  # of a word that has to be broken


class Measure:
    """Widths in em of text in a face, shaped where that is needed."""

    def __init__(self, name: str, face: Face) -> None:
        self.name = name
        self.face = face

    def __call__(self, text: str) -> float:
        if is_plain_in(text, self.name):
            return self.face.width(text)
        return sum(part.width for part in _shaped(text, self.name))


@lru_cache(maxsize=8)
def measure_of(name: str) -> Measure:
    return Measure(name, faces().named(name))


@lru_cache(maxsize=2048)
def _shaped(text: str, name: str) -> tuple[Shaped, ...]:
    return shaped(text, name)


def is_plain_in(text: str, name: str) -> bool:
    """Whether each character is a glyph of the face itself."""
    if text.isascii():
        return True
    face = faces().named(name)
    return all(is_simple(character) for character in text) and face.writes(text)


@lru_cache(maxsize=_REMEMBERED)
def balanced(text: str, face: str, ems: float, whole: bool) -> tuple[str, ...]:
    """`wrapped` with lines of about the same length: no single character is left over for the last one."""
    lines = wrapped(text, face, ems, whole)
    if not 1 < len(lines) <= _MOST_BALANCED:
        return lines
    least, most = ems / 2, ems
    for _ in range(6):
        middle = (least + most) / 2
        tried = wrapped(text, face, middle, whole)
        if len(tried) == len(lines) and all(measure_of(face)(line) <= ems + TIGHT for line in tried):
            lines, most = tried, middle
        else:
            least = middle
    return lines


@lru_cache(maxsize=_REMEMBERED)
def wrapped(text: str, face: str, ems: float, whole: bool = False) -> tuple[str, ...]:
    """`text` in lines of at most `ems`, greedily; words wider than a line are left so if `whole`, else broken."""
    measure = measure_of(face)
    lines: list[str] = []
    line, used = "", 0.0
    for word in _WORD.findall(text):
        if not word:
            continue
        wide = measure(word)
        if used + measure(word.rstrip()) <= ems + TIGHT:
            line, used = line + word, used + wide
            continue
        if line.strip():
            lines.append(line.rstrip())
        line, used = word.lstrip(), measure(word.lstrip())
        if used > ems and not whole:
            *heads, line = _chunks(line, measure, ems)
            lines += heads
            used = measure(line)
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


def _chunks(word: str, measure: Measure, ems: float) -> list[str]:
    """A word in lines: after its slashes and hyphens where that does, else anywhere."""
    found, line, used = [], "", 0.0
    for part in _PART.findall(word):
        wide = measure(part)
        if used + wide <= ems + TIGHT:
            line, used = line + part, used + wide
            continue
        if line:
            found.append(line)
        line, used = "", 0.0
        for character in part:
            wide = measure(character)
            if line and used + wide > ems + TIGHT:
                found.append(line)
                line, used = "", 0.0
            line, used = line + character, used + wide
    return [*found, line]
