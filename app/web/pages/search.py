"""Search by identifier, part number, lot, serial, order or name. A single exact match opens its trace."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services import tracing
from app.web import edge, numbers, telling

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@edge.require("trace")
def index() -> ResponseReturnValue:
    asked = request.args.get("q", "").strip()
    after = numbers.asked("after")
    with edge.reading() as session:
        found = tracing.search(session, edge.actor(), asked, after=after)
    if found.exact:
        return redirect(telling.trace_url(found.rows[0].epc))
    return render_template(
        "search.html",
        asked=asked,
        rows=found.rows,
        tell=telling.Teller(),
        next_url=url_for(".index", q=asked, after=found.after) if found.after else "",
        first_url=url_for(".index", q=asked) if after else "",
    )
