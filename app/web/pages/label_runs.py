"""Print runs: how far each is, its file, what only who stands at the printer knows, and what became of its labels."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session

from app import jobqueue, jobs, printruns
from app.errors import N_, Malformed, TraceError, Unknown
from app.services import label_templates, printing
from app.services.printing import files
from app.services.printing.runs import PrintRun
from app.web import edge, i18n, numbers
from app.web.errors import translate_error
from app.web.print_forms import new_nonce, started
from app.web.sheet_picture import places_in

blueprint = Blueprint("label_runs", __name__, url_prefix="/labels/runs")
AT_WORK = frozenset({"asked", "making", "proven", "sending"})
STATES = {
    "asked": (N_("Waiting"), "secondary"),
    "making": (N_("Being made"), "azure"),
    "proven": (N_("Read back"), "azure"),
    "sending": (N_("At the printer"), "indigo"),
    "printed": (N_("Printed"), "green"),
    "stopped": (N_("Stopped"), "dark"),
    "failed": (N_("Interrupted"), "red"),
}
PIECE_STATES = {
    "waiting": (N_("Not printed yet"), "secondary"),
    "printed": (N_("Printed"), "azure"),
    "applied": (N_("On its thing"), "green"),
    "spoiled": (N_("Spoiled"), "orange"),
    "reprinted": (N_("Printed again"), "dark"),
    "lost": (N_("Lost"), "red"),
}
KINDS = {
    "things": N_("Labels of things"),
    "blanks": N_("Blank labels"),
    "table": N_("Labels from a table"),
    "reprint": N_("Reprint"),
}
SHOWN = 100  # labels on one page
LARGEST = 10**9


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """For the table of runs, wherever one is shown."""
    return {"run_words": {"states": STATES, "kinds": KINDS}}


@blueprint.get("")
@edge.require("print")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        runs = printing.runs_of(session, edge.actor(), limit=51, before=before)
    return render_template(
        "labels/runs.html",
        runs=runs[:50],
        next_url=url_for(".index", before=runs[49].id) if len(runs) > 50 else "",
        first_url=url_for(".index") if before else "",
    )


@blueprint.get("/<int:run_id>")
@edge.require("print")
def show(run_id: int) -> ResponseReturnValue:
    return _shown(run_id)


@blueprint.get("/<int:run_id>/state")
@edge.require("print")
def state(run_id: int) -> ResponseReturnValue:
    """As that of a job, for the script that follows it."""
    with edge.reading() as session:
        run = _run(session, run_id)
    return jsonify(
        state="running" if run.state in AT_WORK else run.state, done=_done(run), total=run.quantity
    )


@blueprint.get("/<int:run_id>/file")
@edge.require("print")
def file(run_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        run = printing.run_of(session, edge.actor(), run_id)
    path = files.file_of(edge.node().settings.prints_dir, run)
    if path is None:
        raise Unknown(
            "no-result",
            N_("This print run has no file to download."),
            N_("Where it was cleared away, its page makes it anew."),
        )
    name = f"labels-{run.id}{path.suffix}"
    response = send_file(path.absolute(), as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<int:run_id>/file")
@edge.require("print")
def make_file(run_id: int) -> ResponseReturnValue:
    """Anew, where it was cleared away: by a job, whose page has it."""
    if _has_file(run_id):
        return redirect(url_for(".show", run_id=run_id), 303)
    with edge.writing() as session:
        run, is_new = printruns.make_file(session, edge.actor(), run_id, i18n.language(), edge.now())
        job_id = run.job_id
    if is_new:
        jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@blueprint.post("/<int:run_id>/cancel")
@edge.require("print")
def cancel(run_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        run = printruns.cancel(session, edge.actor(), run_id, edge.now())
        stopped, job_id = run.state == "stopped", run.job_id
    if stopped:
        jobs.discard(edge.node().settings, job_id)
    flash(_("The print run was stopped.") if stopped else _("It stops behind the label in hand."), "success")
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post("/<int:run_id>/resume")
@edge.require("print")
def resume(run_id: int) -> ResponseReturnValue:
    """Goes on where it stopped; `last` is the label that came out last, where only a person can know."""
    text = request.form.get("last", "").strip()
    last = int(text) if numbers.NUMBER.fullmatch(text) else None
    try:
        with edge.writing() as session:
            run = printruns.resume(session, edge.actor(), run_id, i18n.language(), edge.now(), last)
            job_id = run.job_id if run.state in AT_WORK else ""
    except TraceError as error:
        return _shown(run_id, error), error.http_status
    if job_id:
        jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post("/<int:run_id>/labels")
@edge.require("print")
def pieces(run_id: int) -> ResponseReturnValue:
    """Says what became of labels, or prints them again."""
    action, reason = request.form.get("action", ""), request.form.get("reason", "")
    actor, now = edge.actor(), edge.now()
    try:
        positions = _positions(run_id)
        if action == "reprint":
            language = i18n.language()
            new = started(
                lambda session: printruns.reprint(session, actor, run_id, positions, reason, language, now)
            )
            return redirect(url_for(".show", run_id=new), 303)
        with edge.writing() as session:
            changed = _said(session, run_id, positions, action, reason)
    except TraceError as error:
        return _shown(run_id, error), error.http_status
    flash(ngettext("%(num)d label is marked.", "%(num)d labels are marked.", changed), "success")
    kept: dict[str, Any] = {name: request.args.get(name) for name in ("state", "after")}
    return redirect(url_for(".show", run_id=run_id, **kept), 303)


def _said(session: Session, run_id: int, positions: list[int], action: str, reason: str) -> int:
    actor, now = edge.actor(), edge.now()
    if action == "applied":
        return len(printing.apply(session, actor, run_id, positions, now))
    if action == "spoiled":
        return len(printing.spoil(session, actor, run_id, positions, reason, now))
    if action == "lost":
        return len(printing.lose(session, actor, run_id, positions, reason, now))
    raise Malformed(
        "bad-choice",
        N_("'{value}' cannot be chosen."),
        N_("Choose one of: {known}."),
        value=action[:40],
        known="applied, spoiled, lost, reprint",
    )


def _positions(run_id: int) -> list[int]:
    """Those that were ticked, and those that were typed."""
    with edge.reading() as session:
        last = printing.run_of(session, edge.actor(), run_id).quantity
    ticked = [int(each) for each in request.form.getlist("position") if numbers.NUMBER.fullmatch(each)]
    return sorted({*ticked, *places_in(request.form.get("typed", ""), last)})


def _shown(run_id: int, error: TraceError | None = None) -> str:
    wanted, after = request.args.get("state", ""), numbers.asked("after") or 0
    wanted = wanted if wanted in PIECE_STATES else ""
    with edge.reading() as session:
        run = _run(session, run_id)
        found = printing.pieces_of(session, edge.actor(), run_id, min(after, LARGEST), SHOWN + 1, wanted)
        question = printing.question_of(session, run)
        sums = printing.reconciliation(session, run)
        template = _template_name(session, run)
    here: dict[str, Any] = {"endpoint": ".show", "run_id": run_id, "state": wanted or None}
    return render_template(
        "labels/run.html",
        run=run,
        done=_done(run),
        at_work=run.state in AT_WORK,
        pieces=found[:SHOWN],
        question=question,
        sums=sums,
        template=template,
        states=STATES,
        piece_states=PIECE_STATES,
        kinds=KINDS,
        wanted=wanted,
        has_file=files.file_of(edge.node().settings.prints_dir, run) is not None,
        fault=translate_error(error) if error else None,
        nonce=new_nonce(),
        next_url=url_for(**here, after=found[SHOWN - 1].position) if len(found) > SHOWN else "",
        first_url=url_for(**here) if after else "",
    )


def _has_file(run_id: int) -> bool:
    with edge.reading() as session:
        run = printing.run_of(session, edge.actor(), run_id)
    return files.file_of(edge.node().settings.prints_dir, run) is not None


def _run(session: Session, run_id: int) -> PrintRun:
    """One whose worker died is queued again by whoever looks at it first."""
    run = printing.run_of(session, edge.actor(), run_id)
    if run.state in AT_WORK and run.job_id in jobs.forgotten(session, edge.now()):
        jobqueue.enqueue(edge.node().settings, run.job_id)
    return run


def _done(run: PrintRun) -> int:
    return run.sent if run.state == "sending" else run.made


def _template_name(session: Session, run: PrintRun) -> str:
    """As people know it; its reference where it is not there any more."""
    try:
        template = label_templates.template_of(session, edge.actor(), run.template, run.version).template
    except Unknown:
        return run.template
    title = template.title.zh if i18n.language() == "zh" else template.title.en
    return title or template.name
