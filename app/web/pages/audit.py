"""The audit trail: who did what besides scanning."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services import auditing
from app.web import audit_words, edge, numbers

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@edge.require("audit")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        rows, following = auditing.trail(session, edge.actor(), before=before)
    return render_template(
        "audit.html",
        rows=rows,
        actions=auditing.ACTIONS,
        words=audit_words,
        next_url=url_for(".index", before=following) if following else "",
        first_url=url_for(".index") if before else "",
    )
