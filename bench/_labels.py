"""One way of making labels, in a process of its own: says what it took of CPU, memory and bytes. No figures.

The labels are A4 sheets of 3 × 8 with a symbol and four lines, two of them Chinese. The plain ways are those that
people write: `qrcode` into an HTML page into WeasyPrint, each symbol as an SVG path or as a PNG of a pixel a module.
"""

import base64
import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

STYLE = """
@page { size: A4; margin: 0.5mm 0 }
body { margin: 0; font: 7.5pt "Noto Sans CJK SC" }
.label { float: left; width: 69.99mm; height: 36.99mm; overflow: hidden; break-inside: avoid }
.label svg, .label img { float: left; width: 28mm; height: 28mm; margin: 4.5mm 0; image-rendering: pixelated }
.label b, .label i, .label code { display: block; font-style: normal }
.label code { font-size: 6pt }
.label b { margin-top: 7mm; font-size: 11pt }
"""
TEMPLATE = {
    "name": "bench",
    "width": 70,
    "height": 37,
    "elements": [
        {"kind": "qr", "x": 0, "y": 3, "width": 31, "height": 31},
        {"kind": "text", "x": 32, "y": 6, "width": 36, "height": 6, "text": "{name_zh}", "size": 11, "bold": True},
        {"kind": "text", "x": 32, "y": 13, "width": 36, "height": 4, "text": "{name_en}", "size": 7.5},
        {"kind": "text", "x": 32, "y": 18, "width": 36, "height": 4, "text": "批次 {lot}", "size": 7.5},
        {"kind": "text", "x": 32, "y": 29, "width": 36, "height": 3, "text": "{identifier}", "size": 6, "mono": True},
    ],
}  # fmt: skip
NAMES = {"name_zh": "磷酸铁锂正极材料", "name_en": "LFP cathode powder", "lot": "L-2026-01"}


def identifier(number: int) -> str:
    return f"88.118.1001/7Q2K9XW4M3AB{number:06d}"


def payload(number: int) -> str:
    return f"HTTPS://ID.EXAMPLE.COM/{identifier(number)}"


def placed(count: int, dpi: int = 300) -> Iterator[Any]:
    """Labels as they come out of the template, made as they are asked for."""
    from labels.composing import Plan
    from labels.fields import Content
    from labels.templates import template_of

    plan = Plan(template_of(TEMPLATE), dpi, "zh")
    return plan.placed(Content(payload(number), identifier(number), NAMES) for number in range(count))


def pdf(count: int, path: Path) -> None:
    from labels.places import Layout
    from labels.sheets import write_sheets
    from labels.stock import A4_3X8

    with path.open("wb") as out:
        write_sheets(out, placed(count), Layout(A4_3X8))


def proven(count: int, path: Path) -> None:
    """A sheet and its proof, as it is handed out."""
    from labels.proof import Prover
    from labels.sheets import sheet_pdf

    made = list(placed(count))
    path.write_bytes(sheet_pdf(made))
    with Prover() as prover:
        prover.pdf(path, made)


def proof(count: int, path: Path) -> dict[str, Any]:
    """Of the file that `pdf` has written."""
    from labels.proof import Prover

    with Prover() as prover:
        return prover.pdf(path, placed(count)).as_data()


def zpl(count: int, path: Path) -> None:
    """Printed by the printer's own typeface where it can be; Chinese as dots that are stored once."""
    from labels.thermal.setup import Setup
    from labels.thermal.writers import writer

    with path.open("wb") as out:
        for some in writer("zpl", Setup(drawing="native")).stream(placed(count, 203)):
            out.write(some)


def plain_svg(count: int, path: Path) -> None:
    _weasyprint(count, path, _svg)


def plain_png(count: int, path: Path) -> None:
    _weasyprint(count, path, _png)


def _weasyprint(count: int, path: Path, symbol: Callable[[str], str]) -> None:
    from weasyprint import HTML

    body = "".join(
        f'<div class="label">{symbol(payload(number))}<b>{NAMES["name_zh"]}</b><i>{NAMES["name_en"]}</i>'
        f"<i>批次 {NAMES['lot']}</i><code>{escape(identifier(number))}</code></div>"
        for number in range(count)
    )
    HTML(string=f"<style>{STYLE}</style>{body}").write_pdf(path)


def _code(text: str) -> Any:
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=1)
    code.add_data(text)
    return code


def _svg(text: str) -> str:
    from qrcode.image.svg import SvgPathImage

    drawn: str = _code(text).make_image(image_factory=SvgPathImage).to_string(encoding="unicode")
    return drawn


def _png(text: str) -> str:
    out = io.BytesIO()
    _code(text).make_image().save(out)
    return f'<img src="data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}">'


WAYS: dict[str, Callable[[int, Path], Any]] = {
    way.__name__: way for way in (pdf, proven, proof, zpl, plain_svg, plain_png)
}


def _peak() -> float:
    """Megabytes; what `getrusage` tells begins with the memory of whoever started us."""
    return int(Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024


def main(name: str, count: int, path: Path) -> None:
    """The first label is made beforehand: libraries are loaded and typefaces found once, not for every run."""
    if name != "proof":
        WAYS[name](1, path)
    loaded = _peak()
    began, cpu = time.perf_counter(), time.process_time()
    told = WAYS[name](count, path) or {}
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "all": used.ru_utime + used.ru_stime,
        "loaded": loaded,
        "megabytes": _peak(),
        "bytes": path.stat().st_size,
    }
    print(json.dumps(figures | {"told": told}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
