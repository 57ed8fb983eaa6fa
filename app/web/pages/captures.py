"""What programs sent to be captured: each document with what became of its events."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import N_, TraceError
from app.services import capture_jobs
from app.web import edge, numbers
from app.web.errors import translate_error

blueprint = Blueprint("captures", __name__, url_prefix="/captures")

STATES = {
    "running": (N_("Running"), "blue"),
    "stored": (N_("Stored"), "green"),
    "partly": (N_("Partly stored"), "yellow"),
    "refused": (N_("Refused"), "red"),
}


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        rows, following = capture_jobs.jobs_of(session, edge.actor(), before, 50)
    return render_template(
        "epcis/captures.html",
        rows=[(row, state_of(row)) for row in rows],
        states=STATES,
        next_url=url_for(".index", before=following) if following else "",
        first_url=url_for(".index") if before else "",
    )


@blueprint.get("/<capture_id>")
@edge.require("browse")
def show(capture_id: str) -> ResponseReturnValue:
    with edge.reading() as session:
        row = capture_jobs.job_of(session, edge.actor(), capture_id)
    faults = [
        (each["index"] + 1, each["event_id"], *translate_error(_error(each)), each["code"])
        for each in row.errors
    ]
    return render_template("epcis/capture.html", row=row, state=state_of(row), states=STATES, faults=faults)


def state_of(row: capture_jobs.Capture) -> str:
    if row.running:
        return "running"
    if row.success:
        return "stored"
    return "partly" if row.captured or row.known else "refused"


def _error(kept: Mapping[str, Any]) -> TraceError:
    return TraceError(kept["code"], kept["message"], kept["hint"], **kept["values"])
