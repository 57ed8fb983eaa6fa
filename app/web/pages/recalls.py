"""Recalls: begin one, see what it reaches, stop it, tell customers, and follow what they answer."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from app import jobqueue, jobs
from app.domain.disclosure import SOURCE_STATES
from app.domain.recall_words import DIRECTIONS, KINDS, METHODS, NOTICE_STATES, ROLES, STATES, TRAIL
from app.services import masterdata, recalling
from app.services.recalling import Asked, Draft, stopping, viewing
from app.web import edge, i18n, numbers, partner_line, telling
from app.web.forms import offered, optional, required, respond

blueprint = Blueprint("recalls", __name__, url_prefix="/recalls")
LINE = re.compile(r"[\r\n]+")
LONGEST = 40_000  # characters of pasted identifiers
REPORTS = ("recall-pdf", "recall-xlsx", "recall-customers", "recall-exercise")


class NewForm(FlaskForm):
    nonce = StringField()
    title = StringField(_l("Name of the recall"), required(200))
    reason = TextAreaField(_l("Why it is recalled"), required(1_000))
    kind = RadioField(_l("What is suspect"), choices=offered(KINDS), default="thing")
    things = TextAreaField(_l("Identifiers, lots or serial numbers"), optional(LONGEST))
    supplier = SelectField(_l("Supplier"), validate_choice=False)
    machine = StringField(_l("Machine or read point"), optional(300))
    place = SelectField(_l("Place"), validate_choice=False)
    since = DateTimeLocalField(_l("From"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    until = DateTimeLocalField(_l("Until"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    product = StringField(_l("Only this part number"), optional(100))
    direction = RadioField(_l("Trace"), choices=offered(DIRECTIONS), default="forward")
    mock = StringField()


@blueprint.get("")
@edge.require("report")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        found, following = recalling.recalls_of(session, edge.actor(), before=before)
    return render_template(
        "recalls/list.html",
        found=found,
        states=STATES,
        next_url=url_for(".index", before=following) if following else "",
        first_url=url_for(".index") if before else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("hold")
def new() -> ResponseReturnValue:
    mock = request.values.get("mock", "") == "1"
    suspects = request.args.getlist("suspect")[:20]
    form = NewForm(things="\n".join(suspects), nonce=secrets.token_hex(16), mock="1" if mock else "")
    with edge.reading() as session:
        suppliers = masterdata.partners(session, edge.actor())
        sites = masterdata.sites(session, edge.actor())
    form.supplier.choices = [
        ("", "—"),
        *((row.prefix, f"{i18n.localised(row)} · {row.prefix}") for row in suppliers),
    ]
    form.place.choices = [("", "—"), *((site.epc, i18n.localised(site)) for site in sites)]

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            recall = recalling.begin(session, edge.actor(), _draft(form, mock=mock), edge.now())
            recall_id, fresh = recall.id, recall.state == "tracing" and not recall.job_id
        if fresh:
            trace_now(recall_id)
        return redirect(url_for(".show", recall_id=recall_id), 303)

    return respond(form, save, "recalls/new.html", mock=mock, sites=sites)


def _draft(form: NewForm, *, mock: bool) -> Draft:
    kind, since, until = form.kind.data or "thing", _utc(form.since.data), _utc(form.until.data)
    if kind == "thing":
        lines = [line.strip() for line in LINE.split(form.things.data or "") if line.strip()]
        asked = [Asked("thing", line, since, until) for line in lines]
    else:
        value = {"supplier": form.supplier.data, "machine": form.machine.data, "place": form.place.data}.get(
            kind
        )
        asked = [Asked(kind, value or "", since, until, form.product.data or "")]
    return Draft(
        title=form.title.data or "",
        reason=form.reason.data or "",
        suspects=asked,
        direction=form.direction.data or "",
        mock=mock,
        nonce=form.nonce.data or "",
    )


def _utc(moment: datetime | None) -> datetime | None:
    """What was typed in the browser's own time zone."""
    return moment.replace(tzinfo=ZoneInfo(i18n.zone())).astimezone(UTC) if moment else None


def trace_now(recall_id: str) -> None:
    """At once what is small; what is not is a job, and the page follows it."""
    with edge.reading() as session:
        found = recalling.gather(session, edge.actor(), recall_id, edge.now(), limit=recalling.FEW)
    if found.truncated:
        start_job(recall_id, "recall-trace", {"recall": recall_id}, "job_id")
        return
    with edge.writing() as session:
        recalling.keep(session, edge.actor(), recall_id, found, edge.now())


def start_job(recall_id: str, kind: str, parameters: dict[str, Any], column: str) -> str:
    """One job of a kind at a time: a second click leads to the first one's."""
    with edge.writing() as session:
        running = recalling.job_at_work(session, edge.actor(), recall_id, column)
        if running and any(
            job.id == running for job in jobs.jobs_of(session, edge.actor()) if job.state in jobs.UNFINISHED
        ):
            return running
        job_id = jobs.request(session, edge.actor(), kind, parameters, i18n.language(), edge.now())
        recalling.set_job(session, edge.actor(), recall_id, column, job_id)
    jobqueue.enqueue(edge.node().settings, job_id)
    return job_id


@blueprint.get("/<recall_id>")
@edge.require("report")
def show(recall_id: str) -> ResponseReturnValue:
    with edge.reading() as session:
        view = viewing.view_of(session, edge.actor(), recall_id)
        at_work = {job.id: job for job in jobs.jobs_of(session, edge.actor()) if job.state in jobs.UNFINISHED}
    return render_template(
        "recalls/show.html",
        view=view,
        recall=view.recall,
        notices={notice.party.prefix: notice for notice in view.recall.notices},
        job=at_work.get(view.job_id) or at_work.get(view.hold_job_id),
        asks_partners=partner_line.line() is not None,
        waiting=viewing.waiting(view.recall, edge.now()),
        now=edge.now(),
        **words(),
    )


def words() -> dict[str, Any]:
    return {
        "tell": telling.Teller(),
        "states": STATES,
        "kinds": KINDS,
        "roles": ROLES,
        "directions": DIRECTIONS,
        "methods": METHODS,
        "notice_states": NOTICE_STATES,
        "trail_words": TRAIL,
        "source_states": SOURCE_STATES,
    }


@blueprint.get("/<recall_id>/things")
@edge.require("report")
def things(recall_id: str) -> ResponseReturnValue:
    level, page = request.args.get("level", "lot"), numbers.asked("page") or 0
    with edge.reading() as session:
        recall, items, more = viewing.things_of(session, edge.actor(), recall_id, level, min(page, 10_000))
    url = lambda number: url_for(".things", recall_id=recall_id, level=level, page=number)  # noqa: E731
    return render_template(
        "recalls/things.html",
        recall=recall,
        items=items,
        level=level,
        next_url=url(page + 1) if more else "",
        first_url=url(0) if page else "",
        **words(),
    )


@blueprint.post("/<recall_id>/trace")
@edge.require("hold")
def trace(recall_id: str) -> ResponseReturnValue:
    trace_now(recall_id)
    flash(_("Traced once more; what is new is in the lists."), "success")
    return redirect(url_for(".show", recall_id=recall_id), 303)


@blueprint.post("/<recall_id>/ask")
@edge.require("hold")
def ask(recall_id: str) -> ResponseReturnValue:
    start_job(recall_id, "recall-ask", {"recall": recall_id}, "job_id")
    return redirect(url_for(".show", recall_id=recall_id), 303)


@blueprint.post("/<recall_id>/hold")
@edge.require("hold")
def hold(recall_id: str) -> ResponseReturnValue:
    return _decide(recall_id, "held")


@blueprint.post("/<recall_id>/release")
@edge.require("hold")
def release(recall_id: str) -> ResponseReturnValue:
    return _decide(recall_id, "released")


def _decide(recall_id: str, action: str) -> ResponseReturnValue:
    """A handful at once, thousands as a job."""
    reason = stopping.reason_of(request.form.get("reason", ""))
    held = action == "held"
    count = stopping.to_hold if held else stopping.to_release
    with edge.reading() as session:
        total = count(session, edge.actor(), recall_id)
    back = redirect(url_for(".show", recall_id=recall_id), 303)
    if total > stopping.FEW:
        kind = "recall-hold" if held else "recall-release"
        start_job(recall_id, kind, {"recall": recall_id, "reason": reason}, "hold_job_id")
        return back
    with edge.writing() as session:
        done, _skipped = stopping.all_at_once(session, edge.actor(), recall_id, reason, edge.now(), held=held)
    if held:
        flash(ngettext("%(num)d thing is on hold now.", "%(num)d things are on hold now.", done), "success")
    else:
        flash(ngettext("%(num)d thing is released.", "%(num)d things are released.", done), "success")
    return back


@blueprint.post("/<recall_id>/end")
@edge.require("hold")
def end(recall_id: str) -> ResponseReturnValue:
    state, reason = request.form.get("state", ""), request.form.get("reason", "")
    with edge.writing() as session:
        recalling.end(session, edge.actor(), recall_id, state, reason, edge.now())
    flash(_("The recall is over. What is on hold stays on hold until it is released."), "success")
    return redirect(url_for(".show", recall_id=recall_id), 303)


@blueprint.post("/<recall_id>/documents")
@edge.require("report")
def documents(recall_id: str) -> ResponseReturnValue:
    """One of the reports, drawn by a job."""
    kind, form = request.form.get("kind", ""), request.form.get("form", "xlsx")
    with edge.reading() as session:
        recalling.recall_of(session, edge.actor(), recall_id, full=False)
    parameters = {"recall": recall_id, "zone": i18n.zone()} | (
        {"form": form} if kind == "recall-customers" else {}
    )
    with edge.writing() as session:
        wanted = kind if kind in REPORTS else REPORTS[0]
        job_id = jobs.request(session, edge.actor(), wanted, parameters, i18n.language(), edge.now())
    jobqueue.enqueue(edge.node().settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)
