"""Lays a finished HTML text out as an archivable PDF (PDF/A-3), with an annex of long tables and data files inside.

Takes CPU time and no database: print outside transactions.
"""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO

import pikepdf
from pikepdf import AttachedFileSpec, Name
from weasyprint import CSS, HTML
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration

from reports import documents
from reports.annex import Annex


@dataclass(frozen=True, slots=True)
class Attached:
    """The data that a report was made from, kept inside it for machines."""

    name: str
    content: bytes
    description: str
    mime: str = "application/json"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def printed(
    text: str, faces: str, report_id: str, variant: str, style: Sequence[str] = ("provenance",)
) -> bytes:
    """`faces` are rules for typefaces cut down to what is written; the same input gives the same bytes."""
    page = HTML(string=text, url_fetcher=documents.ONLY_DATA)
    fonts = FontConfiguration()  # of its own: Pango's font maps do not like to be shared between threads
    own = [CSS(string=faces, font_config=fonts, url_fetcher=documents.ONLY_DATA)] if faces else []
    with _without_collecting():
        laid_out = page.render(
            stylesheets=[*map(documents.stylesheet, style), *own],
            font_config=fonts,
            color_profiles={"srgb": _srgb()},
            output_intent="srgb",
            pdf_variant=variant,
        )
        # any other name than srgb, or WeasyPrint opens its own profile and forgets to close it
        made: bytes = laid_out.write_pdf(
            pdf_identifier=report_id.encode(), output_intent="given", pdf_variant=variant
        )
    return made


def completed(made: bytes, annex: Annex | None, attached: Sequence[Attached]) -> bytes:
    """The document with the annex behind it and the data inside."""
    if not (annex and annex.size) and not attached:
        return made
    out = BytesIO()
    with pikepdf.open(BytesIO(made)) as pdf:
        if annex is not None:
            annex.append_to(pdf)
        for each in attached:
            _attach(pdf, each)
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _attach(pdf: pikepdf.Pdf, each: Attached) -> None:
    """As PDF/A-3 wants it: named, described, related to the document, with its kind and without a date of today."""
    spec = AttachedFileSpec(
        pdf,
        each.content,
        filename=each.name,
        description=each.description,
        mime_type=each.mime,
        creation_date="D:20000101000000Z",
        mod_date="D:20000101000000Z",
    )
    spec.obj.AFRelationship = Name.Data
    pdf.attachments[each.name] = spec


def _srgb() -> ColorProfile:
    """The colour space that PDF/A wants named; of its own for each document, which writes its place into it."""
    profile = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    return ColorProfile(BytesIO(profile), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Layout makes a million objects that live to the end; looking for garbage among them takes a sixth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
            gc.collect()  # or the next report comes on top: 100 MB each
