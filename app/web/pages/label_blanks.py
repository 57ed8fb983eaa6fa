"""Blank labels: identifiers that are minted and printed ahead, and what was printed so."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import N_, Malformed
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


@blueprint.get("/print")
@edge.require("mint")
def how_many() -> ResponseReturnValue:
    """Leads to the form that prints them."""
    text = request.args.get("count", "").strip()
    if not numbers.NUMBER.fullmatch(text) or not 1 <= int(text) <= printing.MOST:
        raise Malformed(
            "bad-number",
            N_("'{text}' is not a number from {least} to {most}."),
            N_("Type a whole number."),
            text=text[:40],
            least=1,
            most=printing.MOST,
        )
    return redirect(url_for("labels.index", blanks=text), 303)
