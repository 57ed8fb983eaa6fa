"""What a label template is made of: symbols, text, pictures, lines and boxes, each with its place in millimetres.

`x`, `y`, `width` and `height` are the room an element takes on the label, as it lies there: a text of rotation 90 runs
along the height of its room. A symbol's room includes its quiet zone. Values only; `templates` checks them.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from labels.fields import Language

Rotation = Literal[0, 90, 180, 270]  # degrees clockwise
Align = Literal["left", "center", "right"]
VAlign = Literal["top", "middle", "bottom"]


@dataclass(frozen=True)
class Words:
    """Text of a template in both languages; fields are written `{lot}`, dates `{made:YYYY-MM-DD}`, braces `{{`."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, kw_only=True)
class Element:
    """`when` names a field that must have a value (`lot`) or none (`!lot`); several are separated by spaces."""

    kind: ClassVar[str]
    x: float
    y: float
    width: float
    height: float
    rotation: Rotation = 0
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class Code(Element):
    """A symbol as large as its room allows, on whole dots, its quiet zone inside the room.

    `source` is text with fields; for GS1 symbols an element string in brackets, `(01){gtin}(21){serial}`, from which
    what has no value is left out. `module` is the least width of a module in mm: below it the label is refused.
    """

    source: str
    module: float
    align: Align = "center"
    valign: VAlign = "middle"


@dataclass(frozen=True, kw_only=True)
class QR(Code):
    kind: ClassVar[str] = "qr"
    source: str = "{payload}"
    module: float = 0.25
    error_correction: Literal["L", "M", "Q", "H"] = "M"


@dataclass(frozen=True, kw_only=True)
class DataMatrix(Code):
    kind: ClassVar[str] = "datamatrix"
    source: str = "{payload}"
    module: float = 0.25


@dataclass(frozen=True, kw_only=True)
class GS1DataMatrix(Code):
    kind: ClassVar[str] = "gs1-datamatrix"
    source: str = "(01){gtin}(17){expires}(10){lot}(21){serial}"
    module: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Code128(Code):
    """The bars fill the height of the room; the quiet zones of ten modules lie left and right."""

    kind: ClassVar[str] = "code128"
    source: str = "{serial}"
    module: float = 0.19


@dataclass(frozen=True, kw_only=True)
class GS1128(Code):
    kind: ClassVar[str] = "gs1-128"
    source: str = "(00){sscc}"
    module: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Text(Element):
    """Text in the largest type from `size` down to `least` points with which it fits into at most `lines` lines.

    A line of the template whose fields are all empty is left out. With a tab in it, a line is a caption and its value,
    and all captions get a column of their own. `lines` 0 means as many as there is room for; 1 never wraps. What does
    not fit even so, or has characters that no typeface can write, is refused, or shortened with “…” (and shown as “□”).
    `inverse` is white text in a black room.
    """

    kind: ClassVar[str] = "text"
    text: Words
    size: float = 8.0
    least: float = 0.0  # 0: as `size`, it never shrinks
    lines: int = 0
    bold: bool = False
    mono: bool = False
    inverse: bool = False
    align: Align = "left"
    valign: VAlign = "top"
    leading: float = 1.2  # from one baseline to the next, in sizes
    overflow: Literal["refuse", "shorten"] = "refuse"

    @property
    def smallest(self) -> float:
        return self.least or self.size


@dataclass(frozen=True, kw_only=True)
class Image(Element):
    """A PNG in base 64, fitted into its room with its proportions kept; dark where darker than half, or dithered."""

    kind: ClassVar[str] = "image"
    data: str
    dither: bool = False


@dataclass(frozen=True, kw_only=True)
class Line(Element):
    """A bar along the longer side of its room, as thick as the shorter one; at least one dot."""

    kind: ClassVar[str] = "line"


@dataclass(frozen=True, kw_only=True)
class Box(Element):
    """A frame of `thickness` mm within its room, or all of it in black."""

    kind: ClassVar[str] = "box"
    thickness: float = 0.25
    filled: bool = False


AnyElement = QR | DataMatrix | GS1DataMatrix | Code128 | GS1128 | Text | Image | Line | Box
KINDS: dict[str, type[AnyElement]] = {
    each.kind: each for each in (QR, DataMatrix, GS1DataMatrix, Code128, GS1128, Text, Image, Line, Box)
}
CODES = (QR, DataMatrix, GS1DataMatrix, Code128, GS1128)
