"""Applying for a zone without a login: the form, and the secret link by which the applicant follows it."""

import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain import applications, subjects
from app.errors import TraceError
from app.services import applying, attaching
from app.web import edge
from app.web.forms import respond, show_once
from app.web.zone_forms import (
    HINTS,
    SECTIONS,
    ApplyForm,
    NodeForm,
    endpoint_text,
    endpoints_sent,
    keys_sent,
    said,
    wish_of,
)
from app.web.zone_issuer import issuer

blueprint = Blueprint("apply", __name__, url_prefix="/apply")
CHANGES = ("move", "rotate", "leave")


@blueprint.route("", methods=["GET", "POST"])
@edge.public
def form() -> ResponseReturnValue:
    sent = ApplyForm()

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            _row, token = applying.apply(
                session, issuer(), wish_of(sent), edge.now(), address=request.remote_addr or ""
            )
        link = url_for(".followed", token=token, _external=False)
        note = _(
            "Keep this link: whoever has it can follow and change the application. It is shown this once."
        )
        show_once(
            _("Your application has been sent."), note, edge.node().settings.base_url.rstrip("/") + link
        )
        return redirect(link, 303)

    return respond(sent, save, "applications/form.html", **_form_words(), token="")


@blueprint.get("/<token>")
@edge.public
def followed(token: str) -> ResponseReturnValue:
    with edge.reading() as session:
        found = applying.followed(session, token)
    return _page(token, found)


@blueprint.route("/<token>/correct", methods=["GET", "POST"])
@edge.public
def correct(token: str) -> ResponseReturnValue:
    with edge.reading() as session:
        row = applying.of_token(session, token)
        before: dict[str, Any] = dict(row.subject) | {
            "zone": row.zone,
            "share": row.kind == "share",
            "endpoint": "\n".join(endpoint_text(each) for each in row.endpoints),
            "key": _key_text(row.keys),
        }
    sent = ApplyForm(data=before)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            applying.correct(session, issuer(), token, wish_of(sent), edge.now())
        flash(_("The corrected application has been sent."), "success")
        return redirect(url_for(".followed", token=token), 303)

    return respond(sent, save, "applications/form.html", **_form_words(), token=token)


@blueprint.post("/<token>/withdraw")
@edge.public
def withdraw(token: str) -> ResponseReturnValue:
    with edge.writing() as session:
        applying.withdraw(session, token, edge.now())
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for(".followed", token=token), 303)


@blueprint.post("/<token>/documents")
@edge.public
def attach(token: str) -> ResponseReturnValue:
    file = request.files.get("document")
    content = file.stream.read(attaching.MOST_DOCUMENT + 1) if file else b""
    try:
        with edge.writing() as session:
            kind = request.form.get("kind", "")
            name = (file.filename if file else "") or ""
            attaching.attach(
                session, token, kind, name, content, edge.now(), address=request.remote_addr or ""
            )
    except TraceError as error:
        return _again(token, error)
    flash(_("The document is attached."), "success")
    return redirect(url_for(".followed", token=token), 303)


@blueprint.post("/<token>/ask")
@edge.public
def ask(token: str) -> ResponseReturnValue:
    """A change of the zone, to be reviewed."""
    kind = request.form.get("kind", "")
    sent = NodeForm()
    try:
        with edge.writing() as session:
            if kind not in CHANGES:
                raise applying.unknown_application()
            keys = keys_sent(sent.key.data or "") if kind == "rotate" else []
            told = endpoints_sent(sent.endpoint.data or "") if kind == "move" else []
            key = keys[0] if keys else None
            applying.ask(session, token, kind, edge.now(), key=key, endpoints=told)
    except TraceError as error:
        return _again(token, error)
    flash(_("It has been asked for and waits for review."), "success")
    return redirect(url_for(".followed", token=token), 303)


def _again(token: str, error: TraceError) -> ResponseReturnValue:
    """The page as it was, with what went wrong; for a made-up link like any other missing page."""
    with edge.reading() as session:
        found = applying.followed(session, token)
    return _page(token, found, error=error), error.http_status


def _page(token: str, found: applying.Followed, error: TraceError | None = None) -> str:
    return render_template(
        "applications/followed.html",
        token=token,
        found=found,
        error=said(error),
        form=NodeForm(formdata=None),
        kinds=applications.KINDS,
        states=applications.STATES,
        zone_states=applications.ZONE_STATES,
        steps=applications.STEPS | applications.ZONE_STEPS,
        documents=subjects.DOCUMENTS,
        endpoint_text=endpoint_text,
        open_states=applications.OPEN,
    )


def _form_words() -> dict[str, Any]:
    return {"sections": SECTIONS, "hints": HINTS, "own_zone": issuer().zone}


def _key_text(keys: list[dict[str, str]]) -> str:
    return json.dumps(keys[0]) if keys else ""
