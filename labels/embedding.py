"""Puts a typeface into a PDF: subset to the glyphs used, two bytes a glyph, with the map that makes text searchable.

HarfBuzz subsets a Chinese face of 20 MB in some 5 ms (fontTools: seconds), straight from the mapped file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import uharfbuzz as hb

from labels.fonts import Face
from labels.pdf import Indirect, Stream

if TYPE_CHECKING:
    import pikepdf

_KEPT = {"CFF ", "glyf", "loca", "head", "hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"}


class _Codes(dict[int, str]):
    """Four hexadecimal digits by code point, as `str.translate` wants it; asks the face the first time."""

    def __init__(self, face: Face, used: dict[int, tuple[str, float]]) -> None:
        self._face = face
        self._used = used

    def __missing__(self, point: int) -> str:
        character = chr(point)
        glyph, advance = self._face.glyph(character)
        self._used.setdefault(glyph, (character, advance))
        code = self[point] = f"{glyph:04X}"
        return code


class EmbeddedFace:
    """Collects what is written with a face; `description` tells the font of it once everything is written."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self._used: dict[int, tuple[str, float]] = {}
        self._codes = _Codes(face, self._used)

    def hex(self, text: str) -> str:
        """`text` as the hexadecimal digits of a PDF string in this font, a glyph for each character."""
        return text.translate(self._codes)

    def glyph_hex(self, glyph: int, text: str, advance: float) -> str:
        """The digits of one glyph of a shaped text, which stands for `text`; `advance` as in the face, in em."""
        self._used.setdefault(glyph, (text, advance))
        return f"{glyph:04X}"

    @property
    def used(self) -> bool:
        return bool(self._used)

    def font(self, pdf: pikepdf.Pdf) -> pikepdf.Dictionary:
        """For a file that pikepdf writes."""
        found: pikepdf.Dictionary = _in_pikepdf(pdf, self.description())
        return found

    def description(self) -> dict[str, Any]:
        """The font's dictionary in the values of `pdf.PdfFile`."""
        subset, moved = self._subset()
        name = f"/SUYUAN+{self.face.postscript_name}"
        compact_font = "CFF " in subset.table_tags
        program = subset.reference_table("CFF ").data if compact_font else subset.blob.data
        widths: list[Any] = []
        for glyph in sorted(self._used):
            widths += [glyph, [round(self._used[glyph][1] * 1000)]]
        descendant: dict[str, Any] = {
            "Type": "/Font",
            "Subtype": "/CIDFontType0" if compact_font else "/CIDFontType2",
            "BaseFont": name,
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "DW": 1000,
            "W": widths,
            "FontDescriptor": Indirect(_descriptor(name, program, compact_font)),
        }
        if not compact_font:
            descendant["CIDToGIDMap"] = Stream({}, _glyph_map(moved))
        return {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": name,
            "Encoding": "/Identity-H",
            "DescendantFonts": [Indirect(descendant)],
            "ToUnicode": Stream({}, self._to_unicode()),
        }

    def _subset(self) -> tuple[hb.Face, dict[int, int]]:
        """The face with only the used glyphs, and where TrueType glyphs moved to; CFF keeps its ids in the charset."""
        wanted = hb.SubsetInput()
        wanted.glyph_set.update({0, *self._used})
        wanted.flags = (
            hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
        )
        wanted.drop_table_tag_set.update(
            tag_number(tag) for tag in self.face.hb_face.table_tags if tag not in _KEPT
        )
        plan = hb.SubsetPlan(self.face.hb_face, wanted)
        return plan.execute(), dict(plan.old_to_new_glyph_mapping)

    def _to_unicode(self) -> bytes:
        rows = [
            f"<{glyph:04X}> <{text.encode('utf-16-be').hex().upper()}>"
            for glyph, (text, _) in sorted(self._used.items())
            if text
        ]
        blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


def _descriptor(name: str, program: bytes, compact_font: bool) -> dict[str, Any]:
    file = {"FontFile3": Stream({"Subtype": "/CIDFontType0C"}, program)}
    if not compact_font:
        file = {"FontFile2": Stream({"Length1": len(program)}, program)}
    return {
        "Type": "/FontDescriptor",
        "FontName": name,
        "Flags": 4,
        "FontBBox": [-200, -300, 1300, 1100],
        "ItalicAngle": 0,
        "Ascent": 880,
        "Descent": -120,
        "CapHeight": 733,
        "StemV": 80,
        **file,
    }


def _in_pikepdf(pdf: pikepdf.Pdf, value: Any) -> Any:
    """The same value for a file that pikepdf writes; which is loaded only for this."""
    import pikepdf

    if isinstance(value, Indirect):
        return pdf.make_indirect(_in_pikepdf(pdf, value.value))
    if isinstance(value, Stream):
        stream = pdf.make_stream(value.data)
        for name, entry in value.entries.items():
            stream[f"/{name}"] = _in_pikepdf(pdf, entry)
        return stream
    if isinstance(value, dict):
        return pikepdf.Dictionary({f"/{name}": _in_pikepdf(pdf, item) for name, item in value.items()})
    if isinstance(value, list):
        return pikepdf.Array([_in_pikepdf(pdf, item) for item in value])
    if isinstance(value, str):
        return pikepdf.Name(value)
    if isinstance(value, bytes):
        return pikepdf.String(value.decode("ascii"))
    return value


def tag_number(tag: str) -> int:
    return int.from_bytes(tag.encode("ascii"), "big")


def _glyph_map(moved: dict[int, int]) -> bytes:
    table = bytearray(2 * (max(moved) + 1))
    for old, new in moved.items():
        table[2 * old : 2 * old + 2] = new.to_bytes(2, "big")
    return bytes(table)
