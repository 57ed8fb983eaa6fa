"""Lines of text that need more than a glyph a character: right-to-left writing, joined letters, marks, other faces.

Directions follow the Unicode bidirectional algorithm (python-bidi), joining and marks HarfBuzz. Text in Chinese and
European letters never comes here.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import uharfbuzz as hb

from labels.fonts import Face, faces, other_face
from labels.placed import Glyph

_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Shaped:
    """A stretch of one face and one direction; width in em."""

    face: str
    text: str
    width: float
    glyphs: tuple[Glyph, ...]


@lru_cache(maxsize=8192)
def is_simple(character: str) -> bool:
    """Whether the character goes from left to right and stands for itself: one glyph, wherever it is."""
    if character.isascii():
        return True
    return unicodedata.bidirectional(character) not in ("R", "AL", "AN") and not _needs_shaping(character)


def _needs_shaping(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf") or 0x0900 <= ord(character) <= 0x0DFF


@lru_cache(maxsize=8192)
def face_for(character: str, preferred: str) -> str | None:
    """The name of the face that writes the character; None when none on this machine does."""
    fonts = faces()
    if fonts.named(preferred).glyph(character)[0]:
        return preferred
    if preferred == "mono" and fonts.bold.glyph(character)[0]:
        return "bold"
    if unicodedata.category(character) in ("Co", "Cn", "Cs"):
        return None
    return other_face(character, bold=preferred != "regular")


def shaped(line: str, preferred: str) -> tuple[Shaped, ...]:
    """The stretches of a line as they stand from left to right."""
    levels = _levels(line)
    stretches: list[tuple[int, str, str]] = []
    face = preferred
    for level, group in groupby(zip(line, levels, strict=True), key=lambda pair: pair[1]):
        text = ""
        for character, _ in group:
            wanted = face if _follows(character) else face_for(character, preferred) or preferred
            if wanted != face and text:
                stretches.append((level, face, text))
                text = ""
            face, text = wanted, text + character
        stretches.append((level, face, text))
    return tuple(_shape(text, name, level) for level, name, text in _visual(stretches))


def _follows(character: str) -> bool:
    """Marks and joiners belong to the face of what they stand on, spaces to that of what is before them."""
    return character == " " or character in _JOINERS or unicodedata.category(character) in ("Mn", "Mc", "Me")


def _levels(line: str) -> list[int]:
    """The embedding level of each character (rules W, N and I of UAX 9); trailing spaces fall back to the base (L1)."""
    from bidi import algorithm

    storage = algorithm.get_empty_storage()
    base = algorithm.get_base_level(line)
    storage["base_level"], storage["base_dir"] = base, ("L", "R")[base]
    algorithm.get_embedding_levels(line, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    levels = [int(each["level"]) for each in storage["chars"]]
    for place in range(len(line) - 1, -1, -1):
        if not line[place].isspace():
            break
        levels[place] = base
    return levels


def _visual(stretches: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Rule L2: from the highest level down, what is on it or above is turned round."""
    order = list(stretches)
    for level in range(max(each[0] for each in order), 0, -1):
        turned: list[tuple[int, str, str]] = []
        for high, group in groupby(order, key=lambda each: each[0] >= level):
            stretch = list(group)
            turned += stretch[::-1] if high else stretch
        order = turned
    return order


def _shape(text: str, name: str, level: int) -> Shaped:
    face: Face = faces().named(name)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if level % 2 else "ltr"
    hb.shape(face.hb_font, buffer)
    glyphs, x = [], 0.0
    ends = _ends([info.cluster for info in buffer.glyph_infos], len(text))
    told: set[int] = set()
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        said = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        advance = place.x_advance / face.upem
        at = x + place.x_offset / face.upem
        own = face.hb_font.get_glyph_h_advance(info.codepoint) / face.upem
        glyphs.append(Glyph(info.codepoint, at, place.y_offset / face.upem, own, said))
        x += advance
    return Shaped(name, text, x, tuple(glyphs))


def _ends(clusters: list[int], length: int) -> dict[int, int]:
    starts = sorted(set(clusters))
    return dict(zip(starts, [*starts[1:], length], strict=True))
