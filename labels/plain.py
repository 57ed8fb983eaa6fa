"""Characters that may be set as they are, one glyph after the other: what nearly all labels are made of."""

import unicodedata
from functools import lru_cache

from labels.fonts import ASCENT, DEPTH, Face, faces
from labels.shaping import is_simple

_USUAL = (
    (0x20, 0x24F),
    (0x370, 0x52F),
    (0x2010, 0x203F),
    (0x3001, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xFF01, 0xFF5E),
)


@lru_cache(maxsize=8)
def plain_characters(name: str) -> "Plain":
    return Plain(faces().named(name))


class Plain(set[str]):
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
