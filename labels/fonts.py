"""The typefaces of a label: found on the machine once per process, measured without shaping.

Chinese and Latin text needs no shaping, so a width is a sum of advances that are looked up once per character.
Noto Sans CJK is the house face (a monospaced cut with a dotted zero for identifiers); WenQuanYi and Droid serve
where it is absent, and fontconfig is asked last. Nothing is drawn here.
"""

import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb

from labels.errors import N_, LabelError

ASCENT, DESCENT = 0.88, 0.12  # the ideographic em box, true of every Chinese face
DEPTH = 0.25  # below the baseline, with the descenders of Latin letters

_PROBE = "溯源Aa09…"  # what a face must be able to write to be taken
_REPLACEMENT = "□"

_PATHS = (
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    ),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", ""),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", ""),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", ""),
)

_OTHER = "+"  # a face by its path
_OTHERS = (
    "/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansHebrew-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
_BOLD_OTHERS = tuple(
    path.replace("-Regular.", "-Bold.").replace("Sans.ttf", "Sans-Bold.ttf") for path in _OTHERS
)


class Face:
    """One typeface of one file; advances are remembered, the file is mapped rather than read."""

    def __init__(self, path: str, index: int = 0) -> None:
        self.path = path
        self.index = index
        self.hb_face = hb.Face(hb.Blob.from_file_path(path), index)
        self.family: str = self.hb_face.get_name(1) or Path(path).stem
        self.postscript_name: str = self.hb_face.get_name(6) or "Unnamed"
        self.upem: int = self.hb_face.upem
        self.hb_font = hb.Font(self.hb_face)
        self._glyphs: dict[str, tuple[int, float]] = {}
        self._advances = _Advances(self)
        self._ink: dict[str, tuple[float, float]] = {}

    def glyph(self, character: str) -> tuple[int, float]:
        """(glyph id, advance in em); glyph 0 when the face cannot write the character."""
        known = self._glyphs.get(character)
        if known is None:
            glyph = self.hb_font.get_nominal_glyph(ord(character)) or 0
            known = glyph, self.hb_font.get_glyph_h_advance(glyph) / self.upem
            self._glyphs[character] = known
        return known

    def writes(self, text: str) -> bool:
        return all(self.glyph(character)[0] for character in text)

    def width(self, text: str) -> float:
        """In em: multiply by the size."""
        return sum(map(self._advances.__getitem__, text))

    def reach(self, text: str) -> tuple[float, float]:
        """(above, below) the baseline in em: what a line takes, and more only where a character's ink does."""
        above, below = ASCENT, DEPTH
        for character in set(text):
            ink = self._ink.get(character)
            if ink is None:
                extents = self.hb_font.get_glyph_extents(self.glyph(character)[0])
                top = extents.y_bearing if extents else 0
                bottom = -(extents.y_bearing + extents.height) if extents else 0
                ink = self._ink[character] = top / self.upem, bottom / self.upem
            above, below = max(above, ink[0]), max(below, ink[1])
        return above, below

    def writable(self, text: str) -> str:
        """`text` with single spaces, without control characters, and □ for what the face cannot write."""
        spaced = " ".join(text.split())
        shown = (c for c in spaced if c.isprintable())
        return "".join(c if self.glyph(c)[0] else _REPLACEMENT for c in shown)


class _Advances(dict[str, float]):
    """Advances in em by character, looked up in the face the first time."""

    def __init__(self, face: Face) -> None:
        self.face = face

    def __missing__(self, character: str) -> float:
        advance = self[character] = self.face.glyph(character)[1]
        return advance


@dataclass(frozen=True)
class Faces:
    regular: Face
    bold: Face
    mono: Face  # for identifiers

    def named(self, name: str) -> Face:
        """One of the three, or of `other_face`."""
        if name.startswith(_OTHER):
            return _other(name)
        return {"regular": self.regular, "bold": self.bold, "mono": self.mono}[name]


@lru_cache(maxsize=1)
def faces() -> Faces:
    """The faces of this machine; a few milliseconds the first time. Raises LabelError `no-chinese-font`."""
    for regular_path, bold_path in (*_PATHS, _from_fontconfig()):
        if not Path(regular_path).is_file():
            continue
        regular = _face_in(regular_path, "Sans")
        if not (regular.writes(_PROBE) and _embeddable(regular)):
            continue
        if not Path(bold_path).is_file():
            return Faces(regular, regular, regular)
        bold = _face_in(bold_path, "Sans")
        mono = _face_in(bold_path, "Sans Mono")
        return Faces(regular, bold, mono)
    raise LabelError(
        "no-chinese-font",
        N_("No font that can write Chinese was found on this machine."),
        N_("Install one: apt-get install {package}"),
        package="fonts-noto-cjk",
    )


def other_face(character: str, bold: bool = False) -> str | None:
    """The name of a face beside the house face that writes `character` (Hebrew, Arabic, Thai …); None if there is none.

    Looks into the usual places and then asks fontconfig, some 10 ms once for a block of 128 characters.
    """
    for path in (_BOLD_OTHERS + _OTHERS) if bold else _OTHERS:
        if Path(path).is_file() and _other(_OTHER + path).writes(character):
            return _OTHER + path
    path = _by_charset(ord(character) >> 7, character)
    return _OTHER + path if path and _other(_OTHER + path).writes(character) else None


@lru_cache(maxsize=64)
def _other(name: str) -> Face:
    return Face(name.removeprefix(_OTHER))


@lru_cache(maxsize=64)
def _by_charset(block: int, character: str) -> str:  # noqa: ARG001  (the block is what the answer is kept by)
    path = _matched(f":charset={ord(character):x}:scalable=true")
    if path.endswith((".ttf", ".otf")) and "glyf" in Face(path).hb_face.table_tags:
        return path
    return ""


def cut(characters: str, bold: bool = False) -> bytes | None:
    """An OpenType file that writes just these characters (a few ms, 100 bytes each); None without a Chinese face."""
    try:
        face = faces().named("bold" if bold else "regular")
    except LabelError:
        return None
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(map(ord, characters))
    wanted.flags = (
        hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
    )
    return hb.subset(face.hb_face, wanted).blob.data


def _face_in(path: str, style: str) -> Face:
    """The simplified Chinese face of a collection by its family name, else its first face."""
    with Path(path).open("rb") as file:
        header = file.read(12)
    if header[:4] != b"ttcf":
        return Face(path)
    count = int.from_bytes(header[8:12], "big")  # of the collection's faces
    every = (Face(path, index) for index in range(count))
    return next((face for face in every if face.family.endswith(f"{style} CJK SC")), Face(path))


def _embeddable(face: Face) -> bool:
    """TrueType outlines, or a CFF font whose glyph numbers are its character ids, as in all pan-CJK fonts."""
    return "glyf" in face.hb_face.table_tags or "CJK" in face.family


def _from_fontconfig() -> tuple[str, str]:
    """(regular, bold) files that fontconfig would use for Chinese, empty when it cannot say."""
    return _matched("sans:lang=zh-cn:regular"), _matched("sans:lang=zh-cn:bold")


def _matched(pattern: str) -> str:
    command = shutil.which("fc-match")
    if command is None:
        return ""
    words = [command, "-f", "%{file}", pattern]
    done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  (fixed words)
    return done.stdout.strip()
