"""Time of a proven sheet of labels, against the script that people write: `qrcode` into an HTML page into WeasyPrint.

Both make A4 sheets of 3 × 8 labels with a symbol, two lines of names, lot, date and identifier. Ours also reads every
label back from the finished PDF; the baseline does not.
"""

import time
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import qrcode
from qrcode.image.svg import SvgPathImage

from labels.proof import proven_sheet
from labels.spec import Label

_WITH_BASELINE = (24, 240)  # 1,000 take the baseline a quarter of a minute

_STYLE = """
@page { size: A4; margin: 0.5mm 0 }
body { margin: 0; font: 7.5pt "Noto Sans CJK SC" }
.label { float: left; width: 69.99mm; height: 36.99mm; overflow: hidden; break-inside: avoid }
.label svg { float: left; width: 28mm; height: 28mm; margin: 4.5mm 0 }
.label b, .label i, .label code { display: block; font-style: normal }
.label code { font-size: 6pt }
.label b { margin-top: 7mm; font-size: 11pt }
"""


def figures() -> Iterator[dict[str, Any]]:
    """One dictionary per sheet: figure, value and baseline in seconds of wall time, ratio = baseline / value."""
    proven_sheet(_labels(1))
    plain_sheet(_labels(1))
    for count in (24, 240, 1000):
        labels = _labels(count)
        value = _seconds(proven_sheet, labels)
        baseline = _seconds(plain_sheet, labels) if count in _WITH_BASELINE else None
        yield {
            "figure": f"sheet of {count} labels, read back",
            "value": round(value, 3),
            "unit": "s",
            "baseline": baseline and round(baseline, 3),
            "ratio": baseline and round(baseline / value, 1),
        }


def _seconds(work: Callable[[list[Label]], bytes], labels: list[Label]) -> float:
    started = time.perf_counter()
    work(labels)
    return time.perf_counter() - started


def _labels(count: int) -> list[Label]:
    details = (("批次 Lot", "L-2026-01"), ("日期 Date", "2026-11-22"))
    return [
        Label(
            f"HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3AB{number:04d}",
            f"88.118.1001/7Q2K9XW4M3AB{number:04d}",
            "磷酸铁锂正极材料",
            "LFP cathode powder",
            details,
        )
        for number in range(count)
    ]


def plain_sheet(labels: list[Label]) -> bytes:
    """The baseline: one SVG path per symbol, laid out by WeasyPrint, not read back."""
    from weasyprint import HTML

    body = "".join(
        f'<div class="label">{_plain_symbol(label.payload)}<b>{escape(label.title)}</b><i>{escape(label.subtitle)}</i>'
        + "".join(f"<i>{escape(caption)} {escape(value)}</i>" for caption, value in label.details)
        + f"<code>{escape(label.identifier)}</code></div>"
        for label in labels
    )
    document = HTML(string=f"<style>{_STYLE}</style>{body}")
    pdf: bytes = document.write_pdf()
    return pdf


def _plain_symbol(payload: str) -> str:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(payload)
    drawn: str = code.make_image(image_factory=SvgPathImage).to_string(encoding="unicode")
    return drawn
