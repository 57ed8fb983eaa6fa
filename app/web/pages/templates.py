"""Templates: the lists of values that describe kinds of things, made and changed in the browser."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from app.domain import templates as rules
from app.domain.industries import DIVISIONS, SECTIONS, section_of
from app.domain.templates.fields import RULES
from app.domain.templates.versions import INCOMPATIBLE, WORDS
from app.errors import TraceError
from app.services import describing, templating
from app.services.template_views import Version
from app.web import edge, field_rows, numbers
from app.web.field_rows import Row
from app.web.forms import optional, required, show_error

blueprint = Blueprint("templates", __name__, url_prefix="/templates")
SCHEMA = "application/schema+json"


class VersionForm(FlaskForm):
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    industry = StringField(_l("Industry (GB/T 4754)"), optional(8))
    based_on = HiddenField(default="0")


class NewForm(VersionForm):
    key = StringField(_l("Short name"), required(40))


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = templating.listed(session, edge.actor())
        used = templating.product_counts(session, found)
    return render_template("templates/list.html", templates=found, used=used)


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = NewForm()

    def save(fields: list[dict[str, Any]]) -> int:
        with edge.writing() as session:
            made = templating.create(
                session, edge.actor(), key=form.key.data, fields=fields, now=edge.now(), **_named(form)
            )
        flash(_("The template is made. Choose it for the products it describes."), "success")
        return made.template_id

    return _form(form, [], save, template=None)


@blueprint.route("/<int:template_id>/edit", methods=["GET", "POST"])
@edge.require("master")
def edit(template_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        latest = templating.version_of(session, edge.actor(), template_id)
    form = VersionForm(obj=latest, data={"based_on": str(latest.number)})

    def save(fields: list[dict[str, Any]]) -> int:
        with edge.writing() as session:
            made, changes = templating.revise(
                session, edge.actor(), template_id, based_on=int(form.based_on.data or 0), fields=fields,
                now=edge.now(), **_named(form),
            )  # fmt: skip
        flash(_("Version %(number)s holds from now on.", number=made.number), "success")
        if not rules.compatible(changes):
            flash(_("Values that fitted the version before may not fit any more."), "warning")
        return template_id

    return _form(form, field_rows.rows_of(latest.fields), save, template=latest)


@blueprint.get("/<int:template_id>")
@edge.require("browse")
def show(template_id: int) -> ResponseReturnValue:
    actor = edge.actor()
    with edge.reading() as session:
        shown = templating.version_of(session, actor, template_id, numbers.asked("version") or 0)
        history = templating.history(session, actor, template_id)
        products = templating.products_of(session, actor, template_id)
    return render_template(
        "templates/show.html",
        shown=shown,
        history=history,
        products=products,
        type_names=rules.TYPES,
        visibility_names=rules.VISIBILITY,
        change_words=WORDS,
        incompatible=INCOMPATIBLE,
    )


@blueprint.get("/<int:template_id>/schema")
@edge.require("browse")
def schema(template_id: int) -> Response:
    """Of the version asked for, the latest else; with the private fields, since it is one's own."""
    with edge.reading() as session:
        shown = templating.version_of(session, edge.actor(), template_id, numbers.asked("version") or 0)
    told = describing.schema(shown, edge.node().settings.base_url, whole=True)
    name = f"{shown.key}-{shown.number}.schema.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(describing.schema_text(told), headers=headers, mimetype=SCHEMA)


@blueprint.post("/<int:template_id>/active")
@edge.require("master")
def activate(template_id: int) -> ResponseReturnValue:
    active = request.form.get("active") == "yes"
    with edge.writing() as session:
        templating.set_active(session, edge.actor(), template_id, edge.now(), active=active)
    flash(_("The template can be chosen again.") if active else _("The template is retired."), "success")
    return redirect(url_for(".show", template_id=template_id), 303)


def _named(form: VersionForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("name_zh", "name_en", "industry")}


def _form(
    form: VersionForm,
    rows: Sequence[Row],
    save: Callable[[list[dict[str, Any]]], int],
    *,
    template: Version | None,
) -> ResponseReturnValue:
    """Shows the rows; `more` asks for further empty ones, without a script's help; else what was sent is saved."""
    status, wrong = 200, {}
    if form.is_submitted():
        rows = field_rows.rows_sent()
        if "more" not in request.form and form.validate():
            try:
                return redirect(url_for(".show", template_id=save(field_rows.definitions(rows))), 303)
            except TraceError as error:
                status, wrong = error.http_status, _wrong(form, error, rows)
        elif "more" not in request.form:
            status = 422
    page = render_template(
        "templates/form.html",
        form=form,
        rows=field_rows.with_spare(rows, 4 if template is None and not rows else field_rows.SPARE),
        wrong=wrong,
        template=template,
        type_names=rules.TYPES,
        visibility_names=rules.VISIBILITY,
        rules_of=RULES,
        divisions=DIVISIONS,
        sections=SECTIONS,
        section_of=section_of,
    )
    return page, status


def _wrong(form: VersionForm, error: TraceError, rows: Sequence[Row]) -> dict[tuple[int, str], str]:
    """The error at its row's input, or where the form shows it."""
    place = field_rows.place_of(error, rows)
    if place is None:
        show_error(form, error)
        return {}
    show_error(form, error)
    return {place: form.form_errors.pop()} if form.form_errors else {}
