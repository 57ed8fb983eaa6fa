"""Blank labels: identifiers that are minted and printed ahead, and what was printed so."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services import printing
from app.web import edge, numbers

blueprint = Blueprint("label_blanks", __name__, url_prefix="/labels/blank")


@blueprint.get("")
@edge.require("print")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        runs = printing.runs_of(session, edge.actor(), limit=21, before=before, kind="blanks")
    return render_template(
        "labels/blank.html",
        runs=runs[:20],
        most=printing.MOST,
        next_url=url_for(".index", before=runs[19].id) if len(runs) > 20 else "",
        first_url=url_for(".index") if before else "",
    )
