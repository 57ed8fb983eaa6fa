"""One small label to try a printer with: a frame, lines of text and a code, all by the printer itself.

Drawn without our own typefaces and encoders, so that a web process can send it without loading them.
"""

import re
from collections.abc import Sequence

from labels.errors import N_, LabelError
from labels.spec import dots_per_mm
from labels.thermal import settings
from labels.thermal.setup import Setup

WIDTH, HEIGHT = 50.0, 25.0  # mm, where nobody has said what is loaded
_PLAIN = re.compile(r"[^A-Za-z0-9 .:/#+-]+")
_MOST = 30  # characters of a line


def label(
    language: str,
    setup: Setup,
    dpi: int,
    lines: Sequence[str],
    code: str,
    size: tuple[float, float] | None = None,
) -> bytes:
    """`code` goes into a QR code (not in PDF). Whatever is no plain letter or digit becomes a space."""
    width, height = size or (WIDTH, HEIGHT)
    plain = [_PLAIN.sub(" ", line).strip()[:_MOST] for line in lines]
    code = _PLAIN.sub(" ", code)
    if language == "zpl":
        return _zpl(setup, dpi, plain, code, width, height)
    if language == "tspl":
        return _tspl(setup, dpi, plain, code, width, height)
    if language == "epl":
        return _epl(setup, dpi, plain, code, width, height)
    if language == "pdf":
        return _pdf(plain, width, height)
    raise LabelError(
        "unknown-printer-language",
        N_("“{language}” is no language of label printers."),
        N_("Choose zpl, tspl or epl."),
        language=language[:40],
    )


class _Grid:
    """Where things are, in dots: a frame one millimetre inside, the code on the left, the text beside it."""

    def __init__(self, dpi: int, width: float, height: float) -> None:
        mm = dots_per_mm(dpi)
        self.left = self.top = round(mm)
        self.right, self.bottom = round((width - 1) * mm), round((height - 1) * mm)
        self.line = max(1, round(0.25 * mm))
        self.code = round(3 * mm)
        self.module = max(2, min(10, round(0.4 * mm)))
        self.text = round(16 * mm)
        self.pitch = round(3.5 * mm)
        self.size = round(2.5 * mm)
        self.first = round(3 * mm)


def _zpl(setup: Setup, dpi: int, lines: Sequence[str], code: str, width: float, height: float) -> bytes:
    grid = _Grid(dpi, width, height)
    wide, high = grid.right - grid.left, grid.bottom - grid.top
    fields = [f"^FO{grid.left},{grid.top}^GB{wide},{high},{grid.line}^FS"]
    fields.append(f"^BY2,3,1^FO{grid.code},{grid.code}^BQN,2,{grid.module}^FDMA,{code}^FS")
    fields += [
        f"^FO{grid.text},{grid.first + number * grid.pitch}^A0N,{grid.size},{grid.size}^FD{line}^FS"
        for number, line in enumerate(lines)
    ]
    return f"^XA{settings.zpl(setup, width, height, dpi)}{''.join(fields)}^XZ\n".encode()


def _tspl(setup: Setup, dpi: int, lines: Sequence[str], code: str, width: float, height: float) -> bytes:
    grid = _Grid(dpi, width, height)
    commands = [
        "CLS",
        f"BOX {grid.left},{grid.top},{grid.right},{grid.bottom},{grid.line}",
        f'QRCODE {grid.code},{grid.code},M,{grid.module},A,0,M2,S7,"{code}"',
    ]
    commands += [
        f'TEXT {grid.text},{grid.first + number * grid.pitch},"2",0,1,1,"{line}"'
        for number, line in enumerate(lines)
    ]
    return (settings.tspl(setup, width, height) + "\r\n".join([*commands, "PRINT 1,1", ""])).encode()


def _epl(setup: Setup, dpi: int, lines: Sequence[str], code: str, width: float, height: float) -> bytes:
    grid = _Grid(dpi, width, height)
    commands = [
        "N",
        f"X{grid.left},{grid.top},{grid.line},{grid.right},{grid.bottom}",
        f'b{grid.code},{grid.code},Q,m2,s{grid.module},eM,iA,"{code}"',
    ]
    commands += [
        f'A{grid.text},{grid.first + number * grid.pitch},0,3,1,1,N,"{line}"'
        for number, line in enumerate(lines)
    ]
    return (settings.epl(setup, width, height, dpi) + "\n".join([*commands, "P1", ""])).encode()


def _pdf(lines: Sequence[str], width: float, height: float) -> bytes:
    """One page in a typeface that every reader of PDF has."""
    point = 72 / 25.4
    wide, high = width * point, height * point
    text = "".join(
        f"1 0 0 1 12 {high - 16 - 11 * number:.2f} Tm ({line}) Tj " for number, line in enumerate(lines)
    )
    content = f"0.7 w 3 3 {wide - 6:.2f} {high - 6:.2f} re S BT /F1 8 Tf {text}ET"
    fonts = "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    objects = [
        "<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</PrintScaling/None>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide:.3f} {high:.3f}]/Contents 4 0 R/Resources {fonts}>>",
        f"<</Length {len(content)}>>\nstream\n{content}\nendstream",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
