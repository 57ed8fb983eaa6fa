"""One label as a picture, for who prints by hand or puts it into a document. It was read back before it is returned."""

from typing import Any

from app.errors import Refused
from app.services.label_previews import language_of
from labels.errors import LabelError
from labels.fields import Content
from labels.templates import Template

FORMS = {"png": "image/png", "svg": "image/svg+xml"}


def drawn(template: Template, content: Content, form: str, dpi: int, language: str) -> bytes:
    """A PNG with a pixel for each dot of the printer, or an SVG in millimetres. Raises Refused for what cannot be put
    on the label. The drawing is imported late: a process that draws nothing need not have it."""
    from labels import raster, single
    from labels.composing import Plan
    from labels.proof import Prover

    try:
        placed: Any = Plan(template, dpi, language_of(language)).one(content)
        with Prover(1) as prover:
            prover.bitmaps([raster.dots(placed)], [placed])
        return single.png_of(placed) if form == "png" else single.svg_of(placed, content.identifier)
    except LabelError as error:
        raise Refused(error.code, error.message, error.hint, **error.values) from error
