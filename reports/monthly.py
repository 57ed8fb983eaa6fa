"""The monthly report of a node as a PDF of two pages or so: availability, times, look-ups by day, faults, six months.

Fetches nothing; takes CPU time and no database: make it outside transactions.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from app.domain import charts
from app.domain.monthly import Report
from reports import documents
from reports.reader import N_, Reader, clean

CLASSES = {1: N_("Network"), 2: N_("System"), 3: N_("Attack"), 4: N_("Other")}


def pdf(
    report: Report,
    *,
    language: str,
    gettext: Callable[[str], str],
    asked_by: str,
    asked_at: datetime,
    software: str = "Suyuan",
    zone: tzinfo = UTC,
) -> bytes:
    """Times are told in `zone`. Some 0.5 s; the same input gives the same bytes."""
    text = document(
        report, Reader(language, gettext, zone), asked_by=asked_by, asked_at=asked_at, software=software
    )
    fonts = FontConfiguration()
    made: bytes = HTML(string=text, url_fetcher=documents.ONLY_DATA).write_pdf(
        stylesheets=[documents.stylesheet("monthly")],
        font_config=fonts,
        pdf_identifier=report.month.name.encode(),
        pdf_variant="pdf/ua-1",
    )
    return made


def document(report: Report, reader: Reader, *, asked_by: str, asked_at: datetime, software: str) -> str:
    """The HTML that the PDF is laid out from."""
    name = report.name_zh if reader.chinese else report.name_en
    return documents.template("monthly").render(
        _=reader.gettext,
        language="zh-CN" if reader.chinese else reader.language,
        report=report,
        name=clean(name or report.name_zh or report.name_en),
        reader=reader,
        clean=clean,
        classes=CLASSES,
        length=length,
        chart=charts.columns(list(report.days), width=680, height=180, left=60, marks=10),
        asked_by=clean(asked_by),
        created=asked_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        asked_at=asked_at,
        software=software,
    )


def length(duration: timedelta) -> str:
    """Hours and minutes, as 3:05."""
    minutes = int(duration.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"
