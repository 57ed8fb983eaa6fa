"""Applications for zones, as the reviewers of this node see them: the list, one of them, and the decision."""

import secrets

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.domain import applications, industries, regions, subjects
from app.domain.trust import keys_of
from app.errors import Refused, TraceError
from app.services import checking_nodes, reviewing
from app.web import edge, i18n
from app.web.forms import offered, optional, show_error
from app.web.zone_forms import SECTIONS, endpoint_text, said
from app.web.zone_issuer import issuer

blueprint = Blueprint("applications", __name__, url_prefix="/applications")
SHOWN = {
    "open": applications.OPEN,
    "approved": frozenset({"approved", "ended"}),
    "other": frozenset({"refused", "withdrawn"}),
}


class DecisionForm(FlaskForm):
    zone = StringField(_l("Prefix"), optional(64))
    verification = SelectField(
        _l("How the identity was verified"),
        choices=[SelectChoice("", _l("Please choose")), *offered(subjects.VERIFICATIONS)],
        default="",
    )
    reason = TextAreaField(_l("Reason"), optional(applications.LONGEST_REASON))


@blueprint.get("")
@edge.require("audit")
def index() -> ResponseReturnValue:
    show = request.args.get("show", "open")
    before = request.args.get("before", type=int)
    with edge.reading() as session:
        states = SHOWN.get(show, frozenset())
        found, following = reviewing.listed(session, edge.actor(), states=states, before=before)
        counted = reviewing.counts(session, edge.actor())
    return render_template(
        "applications/list.html",
        found=found,
        show=show if show in SHOWN else "all",
        counted={name: sum(counted.get(state, 0) for state in wanted) for name, wanted in SHOWN.items()},
        kinds=applications.KINDS,
        states=applications.STATES,
        next_url=url_for(".index", show=show, before=following) if following else "",
        first_url=url_for(".index", show=show) if before else "",
    )


@blueprint.get("/<int:application_id>")
@edge.require("audit")
def show(application_id: int) -> ResponseReturnValue:
    return _page(application_id, DecisionForm(formdata=None))


@blueprint.post("/<int:application_id>/take")
@edge.require("people")
def take(application_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        reviewing.take(session, edge.actor(), application_id, edge.now())
    return redirect(url_for(".show", application_id=application_id), 303)


@blueprint.post("/<int:application_id>/check")
@edge.require("people")
def check(application_id: int) -> ResponseReturnValue:
    """Asks the applicant's node, outside any transaction, and keeps what it said."""
    reviewing.require_reviewer(edge.actor())
    with edge.reading() as session:
        row = reviewing.shown(session, edge.actor(), application_id).application
    keys = keys_of(row.keys) if row.keys else ()
    nonce, fetch = secrets.token_urlsafe(24), edge.node().fetch
    try:
        found = checking_nodes.check(fetch, row.zone, row.endpoints, keys, nonce, edge.now())
        with edge.writing() as session:
            reviewing.note_check(session, edge.actor(), application_id, found, edge.now())
    except Refused as error:
        flash(said(error), "warning")
    else:
        for each in found:
            good = _("%(url)s answers, signed with the key of the application.", url=each.url)
            bad = _(
                "%(url)s does not answer as the node of this application (%(code)s).",
                url=each.url,
                code=each.code,
            )
            flash(bad if each.code else good, "warning" if each.code else "success")
    return redirect(url_for(".show", application_id=application_id), 303)


@blueprint.post("/<int:application_id>/decide")
@edge.require("people")
def decide(application_id: int) -> ResponseReturnValue:
    """One form with three buttons: approve, send back, refuse."""
    form = DecisionForm()
    step = request.form.get("step", "")
    status = 422
    if form.validate():
        try:
            _decide(application_id, step, form)
        except TraceError as error:
            if error.http_status in {403, 404}:
                raise
            show_error(form, error)
            status = error.http_status
        else:
            flash(_("The application is decided."), "success")
            return redirect(url_for(".show", application_id=application_id), 303)
    return _page(application_id, form), status


@blueprint.get("/<int:application_id>/documents/<int:document_id>")
@edge.require("audit")
def document(application_id: int, document_id: int) -> ResponseReturnValue:
    """Always as a download: what strangers sent is never shown as a page of ours."""
    with edge.reading() as session:
        found = reviewing.document_of(session, edge.actor(), application_id, document_id)
    answer = Response(found.content, content_type=found.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer


def _decide(application_id: int, step: str, form: DecisionForm) -> None:
    why = form.reason.data or ""
    with edge.writing() as session:
        if step == "approve":
            reviewing.approve(
                session,
                edge.actor(),
                issuer(),
                application_id,
                edge.now(),
                zone=form.zone.data or "",
                verification=form.verification.data or "",
            )
        elif step == "refuse":
            reviewing.refuse(session, edge.actor(), application_id, why, edge.now())
        else:
            reviewing.send_back(session, edge.actor(), application_id, why, edge.now())


def _page(application_id: int, form: DecisionForm) -> str:
    with edge.reading() as session:
        found = reviewing.shown(session, edge.actor(), application_id)
        suggested = found.application.zone or reviewing.suggested(session, issuer())
    if not form.zone.data:
        form.zone.data = suggested
    return render_template(
        "applications/show.html",
        found=found,
        form=form,
        may_decide=edge.actor().may("people"),
        sections=[(title, names) for title, names in SECTIONS if any(map(found.subject.get, names))],
        fields=subjects.FIELDS,
        kinds=applications.KINDS,
        states=applications.STATES,
        zone_states=applications.ZONE_STATES,
        steps=applications.STEPS | applications.ZONE_STEPS,
        documents=subjects.DOCUMENTS,
        verifications=subjects.VERIFICATIONS,
        meaning=_meaning,
        endpoint_text=endpoint_text,
    )


def _meaning(name: str, value: str) -> str:
    """What a code says, in the reader's language; '' where the value speaks for itself."""
    language = 0 if i18n.language() == "zh" else 1
    if name == "industry" and value:
        return industries.names_of(value)[language]
    if name == "region" and value:
        return regions.names_of(value)[language]
    return ""
