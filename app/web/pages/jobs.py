"""Jobs: what is being made, how far it is, and its file to download."""

from flask import Blueprint, flash, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import jobqueue, jobs
from app.errors import N_
from app.web import edge

blueprint = Blueprint("jobs", __name__)
KIND_NAMES = {
    "labels-pdf": N_("Label sheets"),
    "trace-pdf": N_("Provenance report"),
    "recall-trace": N_("Trace of a recall"),
    "recall-hold": N_("Hold of a recall"),
    "recall-release": N_("Release of a recall"),
    "recall-ask": N_("Partners asked for a recall"),
    "recall-pdf": N_("Recall report"),
    "recall-xlsx": N_("Recall workbook"),
    "recall-customers": N_("List of customers"),
    "recall-exercise": N_("Sign-off of a recall exercise"),
    "trade-sheet": N_("List for an authority"),
    "balance-sheet": N_("Mass balance"),
    "quality-sheet": N_("Completeness of the events"),
    "monthly-report": N_("Monthly report of the node"),
    "mint": N_("Minting"),
    "import-check": N_("Check of a table"),
    "import": N_("Import"),
    "export": N_("Export"),
    "capture": N_("Capture of events"),
    "print-run": N_("Print run"),
}
STATE_NAMES = {
    "queued": (N_("Waiting"), "secondary"),
    "running": (N_("Running"), "azure"),
    "done": (N_("Done"), "green"),
    "failed": (N_("Not completed"), "red"),
    "cancelled": (N_("Cancelled"), "dark"),
}


@blueprint.get("/jobs")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = jobs.jobs_of(session, edge.actor())
    return render_template("jobs/index.html", jobs=found, kind_names=KIND_NAMES, state_names=STATE_NAMES)


@blueprint.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    job = _job(job_id)
    return render_template("jobs/show.html", job=job, kind_names=KIND_NAMES, state_names=STATE_NAMES)


@blueprint.get("/jobs/<job_id>/state")
def state(job_id: str) -> ResponseReturnValue:
    job = _job(job_id)
    return jsonify(state=job.state, done=job.done, total=job.total)


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    with edge.writing() as session:
        jobs.cancel(session, edge.actor(), job_id, edge.now())
    jobs.discard(edge.node().settings, job_id)
    flash(gettext("The job was cancelled."), "success")
    return redirect(url_for(".show", job_id=job_id), 303)


@blueprint.get("/jobs/<job_id>/result")
def result(job_id: str) -> ResponseReturnValue:
    path = jobs.result_path(edge.node().settings, _job(job_id))
    response = send_file(path.absolute(), as_attachment=True, download_name=job_filename(path.name))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def job_filename(name: str) -> str:
    return f"suyuan-{name}"


def _job(job_id: str) -> jobs.Job:
    """The job; one whose worker died is queued again by whoever looks at it first."""
    with edge.reading() as session:
        job = jobs.job_of(session, edge.actor(), job_id)
        waiting = job.state in jobs.UNFINISHED and job_id in jobs.forgotten(session, edge.now())
    if waiting:
        jobqueue.enqueue(edge.node().settings, job_id)
    return job
