"""A photographed label judged: a grade and what to do, on a telephone beside the printer. Nothing is kept."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.errors import N_, Malformed, TraceError
from app.services import grading
from app.services.grading import Judgement
from app.web import edge, pictures
from app.web.errors import sentence, translate_error
from app.web.security import may_send_files

blueprint = Blueprint("label_check", __name__, url_prefix="/labels/check")
WORDS = {
    "A": (N_("Very good: there is much to spare for wear."), "green"),
    "B": (N_("Good: it bears wear."), "green"),
    "C": (N_("Enough for most customers, with little to spare."), "yellow"),
    "D": (N_("Poor: it is read today, but hardly for long."), "orange"),
    "F": (N_("Not good enough: scanners will fail."), "red"),
}


@blueprint.get("")
@edge.require("scan")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@edge.require("scan")
@may_send_files("max_upload_mb")
def check() -> ResponseReturnValue:
    """Shows the judgement at once: there is nothing that sending it again would do twice."""
    try:
        photo = request.files.get("photo")
        if photo is None or not photo.filename:
            raise Malformed("no-file", N_("No file was chosen."), N_("Take a photo of one label."))
        width = _width(request.form.get("width", ""))
        picture = pictures.received(photo)
        with pictures.turn():
            found = grading.judged(picture, width)
    except TraceError as error:
        message, hint = translate_error(error)
        return _page(fault=message, fault_hint=hint), error.http_status
    return _page(found)


def _width(text: str) -> float | None:
    """Millimetres, with a comma or a point."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    if len(text) > 8 or not text.isascii() or not text.replace(".", "", 1).isdecimal():
        raise Malformed(
            "bad-width",
            N_("A code is not {width} mm wide."),
            N_("Measure the dark part from edge to edge, in millimetres, or leave it out."),
            width=text[:20],
            field="width",
        )
    return float(text)


def _page(found: Judgement | None = None, fault: str = "", fault_hint: str = "") -> str:
    advised = (
        [(sentence(each.message, each.values), sentence(each.hint, each.values)) for each in found.advice]
        if found
        else []
    )
    return render_template(
        "labels/check.html",
        found=found,
        advised=advised,
        words=WORDS,
        titles=grading.MEASURES,
        squares=_squares,
        fault=fault,
        fault_hint=fault_hint,
        width=request.form.get("width", "")[:20],
    )


def _squares(places: list[tuple[int, int]]) -> str:
    """As the path of an SVG of one unit to the module."""
    return "".join(f"M{column} {row}h1v1h-1z" for row, column in places)
