"""Label templates: the gallery of what labels can look like, versions of one's own, and the page that designs."""

import json
import secrets
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, StringField
from wtforms.validators import NumberRange

from app.errors import N_, Malformed, TraceError
from app.services import designing, label_previews, label_templates
from app.web import edge, i18n, numbers
from app.web.forms import required, show_error
from app.web.label_words import KINDS, PURPOSES
from app.web.security import may_send

blueprint = Blueprint("label_templates", __name__, url_prefix="/labels/templates")
LARGEST = 3 * 1024 * 1024  # bytes of an imported file
PICTURE_DPI = 203
AN_HOUR, A_DAY = "private, max-age=3600", "private, max-age=86400"
LEAST, MOST = label_templates.SIDES
SIZES = ((70, 37), (50, 30), (40, 20), (60, 40), (100, 50), (100, 150), (25, 15))


class NewForm(FlaskForm):
    name = StringField(_l("Name"), required(80))
    width = DecimalField(_l("Width in mm"), [NumberRange(LEAST, MOST)], places=2)
    height = DecimalField(_l("Height in mm"), [NumberRange(LEAST, MOST)], places=2)
    nonce = StringField()


@blueprint.get("")
@edge.require("print")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        own = label_templates.listed(session, edge.actor())
    return render_template(
        "label_templates/list.html",
        own=own,
        ready=label_templates.ready_made(),
        purposes=PURPOSES,
        nonce=secrets.token_hex(8),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form, status = NewForm(nonce=secrets.token_hex(8)), 200
    if form.validate_on_submit():
        document = {
            "name": form.name.data,
            "width": float(form.width.data or 0),
            "height": float(form.height.data or 0),
            "elements": [],
        }
        try:
            with edge.writing() as session:
                made = designing.create(
                    session, edge.actor(), document, edge.now(), nonce=_nonce(form.nonce.data)
                )
            return redirect(url_for(".design", template_id=made.template_id), 303)
        except TraceError as error:
            status = error.http_status
            show_error(form, error)
    elif form.is_submitted():
        status = 422
    return render_template("label_templates/new.html", form=form, sizes=SIZES, least=LEAST, most=MOST), status


@blueprint.post("/copy")
@edge.require("master")
def copy() -> ResponseReturnValue:
    ref, nonce = request.form.get("ref", "")[:100], _nonce(request.form.get("nonce"))
    # one gallery page has one nonce; each of its templates may be copied once by it
    with edge.writing() as session:
        made = designing.copy(
            session, edge.actor(), ref, i18n.language(), edge.now(), nonce=nonce and f"{nonce}:{ref}"[:64]
        )
    return redirect(url_for(".design", template_id=made.template_id), 303)


@blueprint.post("/import")
@may_send(LARGEST)
@edge.require("master")
def take_in() -> ResponseReturnValue:
    file = request.files.get("file")
    try:
        document = json.loads(file.read() if file else b"")
    except (ValueError, RecursionError) as error:
        raise Malformed(
            "not-a-label-template",
            N_("The file is no label template."),
            N_("Choose a file that was exported from a list of label templates."),
        ) from error
    with edge.writing() as session:
        made = designing.create(session, edge.actor(), document, edge.now())
    flash(_("The template “%(name)s” was taken in.", name=made.name), "success")
    return redirect(url_for(".show", template_id=made.template_id), 303)


@blueprint.get("/ready/<name>.png")
@edge.require("print")
def ready_picture(name: str) -> Response:
    label_templates.ready_of(name)
    return _png(label_previews.ready_picture(name, PICTURE_DPI, i18n.language()), AN_HOUR)


@blueprint.get("/<int:template_id>.png")
@edge.require("print")
def picture(template_id: int) -> Response:
    """In the language of the reader, with sample values; of the version asked for, the latest else."""
    version = numbers.asked("version") or 0
    with edge.reading() as session:
        chosen = label_templates.template_of(
            session, edge.actor(), f"{label_templates.OWN}{template_id}", version
        )
    drawn = label_previews.picture(chosen.template, PICTURE_DPI, i18n.language())
    return _png(drawn, A_DAY if version and "lang" in request.args else "private, no-cache")


@blueprint.get("/<int:template_id>")
@edge.require("print")
def show(template_id: int) -> ResponseReturnValue:
    actor = edge.actor()
    with edge.reading() as session:
        shown = label_templates.version_of(session, actor, template_id, numbers.asked("version") or 0)
        history = label_templates.history(session, actor, template_id)
    return render_template("label_templates/show.html", shown=shown, history=history)


@blueprint.get("/<int:template_id>.json")
@edge.require("print")
def export(template_id: int) -> Response:
    with edge.reading() as session:
        found = label_templates.version_of(session, edge.actor(), template_id, numbers.asked("version") or 0)
    text = json.dumps(found.document, ensure_ascii=False, indent=1)
    response = Response(text, mimetype="application/json")
    name = f"label-{found.template_id}-{found.number}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.get("/<int:template_id>/design")
@edge.require("master")
def design(template_id: int) -> ResponseReturnValue:
    actor = edge.actor()
    with edge.reading() as session:
        latest = label_templates.version_of(session, actor, template_id)
    return render_template(
        "label_templates/design.html",
        template=latest,
        data=_design_data(latest, actor.operator_id),
        kinds=KINDS,
        told_kinds={kind: {"title": _(title), "icon": icon} for kind, (title, icon) in KINDS.items()},
        told_fields=_fields(),
        resolutions=label_previews.RESOLUTIONS,
        samples=label_previews.SAMPLES,
    )


@blueprint.post("/<int:template_id>/restore")
@edge.require("master")
def restore(template_id: int) -> ResponseReturnValue:
    version, based_on = _number("version"), _number("based_on")
    with edge.writing() as session:
        made = designing.restore(session, edge.actor(), template_id, version, based_on, edge.now())
    flash(_("Version %(old)s is back, as version %(new)s.", old=version, new=made.number), "success")
    return redirect(url_for(".show", template_id=template_id), 303)


@blueprint.post("/<int:template_id>/active")
@edge.require("master")
def activate(template_id: int) -> ResponseReturnValue:
    active = request.form.get("active") == "yes"
    with edge.writing() as session:
        designing.set_active(session, edge.actor(), template_id, edge.now(), active=active)
    flash(_("The template can be chosen again.") if active else _("The template is put aside."), "success")
    return redirect(url_for(".show", template_id=template_id), 303)


def _design_data(template: label_templates.Version, operator_id: int) -> dict[str, Any]:
    """What the script of the designer begins with."""
    return {
        "id": template.template_id,
        "version": template.number,
        "document": template.document,
        "person": operator_id,
        "defaults": label_templates.defaults(),
        "api": "/api/v1/labels/templates",
        "purposes": [[code, _(title)] for code, title in PURPOSES.items()],
        "least": LEAST,
        "most": MOST,
        "pages": url_for(".index"),
        "language": i18n.language(),
    }


def _fields() -> list[dict[str, Any]]:
    """What can be put into a text. The free columns of a list have the same title and are told apart by number."""
    return [
        {
            "name": name,
            "title": f"{_(one.title)} {name[-1]}" if name.startswith("note") else _(one.title),
            "date": one.date,
        }
        for name, one in label_templates.field_titles().items()
    ]


def _png(data: bytes, kept: str) -> Response:
    response = Response(data, mimetype="image/png")
    response.headers["Cache-Control"] = kept
    return response


def _nonce(text: str | None) -> str | None:
    return text if text and len(text) <= 16 and text.isalnum() else None


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not numbers.NUMBER.fullmatch(text):
        raise Malformed(
            "bad-number",
            N_("'{text}' is not a number from {least} to {most}."),
            N_("Type a whole number."),
            text=text[:40],
            least=1,
            most=designing.MOST_VERSIONS,
        )
    return int(text)
