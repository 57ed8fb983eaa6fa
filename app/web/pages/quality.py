"""How complete our events are, kind by kind, with every missing element by name; and lists of goods for authorities."""

from datetime import UTC, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import jobqueue, jobs
from app.domain import quality
from app.services import qualifying, trading
from app.web import edge, i18n, numbers

blueprint = Blueprint("quality", __name__)

PERIODS = (30, 90, 365)  # days
FORMS = {
    "fsma": ("fsma", "xlsx"),
    "neighbours": ("neighbours", "xlsx"),
    "neighbours-pdf": ("neighbours", "pdf"),
}
BALANCES = "balances"  # as they are now: of no period


@blueprint.get("/quality")
@edge.require("trace")
def index() -> ResponseReturnValue:
    asked = numbers.asked("days")
    days = asked if asked in PERIODS else PERIODS[0]
    until = edge.now() + timedelta(hours=1)  # clocks of stations may be fast
    with edge.reading() as session:
        scores, cut_off = qualifying.scores(session, edge.actor(), until - timedelta(days=days), until)
    return render_template(
        "quality/index.html",
        scores=scores,
        whole=quality.together(scores),
        cut_off=cut_off,
        most=qualifying.MOST,
        title_of=quality.title_of,
        elements=quality.ELEMENTS,
        days=days,
        periods=PERIODS,
    )


@blueprint.post("/quality/sheet")
@edge.require("report")
def sheet() -> ResponseReturnValue:
    """Every incomplete event of the period, as a spreadsheet."""
    asked = request.form.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
    today = edge.now().date() + timedelta(days=1)  # it may be tomorrow already where the reader is
    period = {"since": (today - timedelta(days=days)).isoformat(), "until": today.isoformat()}
    return _job("quality-sheet", period)


@blueprint.get("/sheets")
@edge.require("report")
def lists() -> ResponseReturnValue:
    today = edge.now().date()
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return render_template("quality/sheets.html", first=first.isoformat(), last=today.isoformat())


@blueprint.post("/sheets")
@edge.require("report")
def ask() -> ResponseReturnValue:
    """Refused here and now when the period or the list makes no sense."""
    form = request.form
    if form.get("list") == BALANCES:
        return _job("balance-sheet", {})
    what, kind = FORMS.get(form.get("list", ""), (form.get("list", ""), "xlsx"))
    trading.check_list(what, kind)
    trading.period_of(form.get("since", ""), form.get("until", ""), UTC)
    return _job("trade-sheet", {"what": what, "form": kind, "since": form["since"], "until": form["until"]})


def _job(kind: str, parameters: dict[str, str]) -> ResponseReturnValue:
    with edge.writing() as session:
        job_id = jobs.request(
            session, edge.actor(), kind, parameters | {"zone": i18n.zone()}, i18n.language(), edge.now()
        )
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)
