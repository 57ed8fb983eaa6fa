"""Records: the values of one identifier typed and changed in the browser. Their history is on the identifier's page."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from app.errors import TraceError
from app.services import allotting, editing
from app.services.editing import Row
from app.web import edge
from app.web.forms import required, show_error

blueprint = Blueprint("records", __name__, url_prefix="/records")
SPARE = 3  # empty rows to type in
MOST_ROWS = 200
MOST_INDEX = 2**31 - 1


class EditForm(FlaskForm):
    version = HiddenField()


class NewForm(EditForm):
    handle = StringField(_l("Identifier"), required(255))


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = NewForm()
    with edge.reading() as session:
        prefixes = allotting.prefixes_of(session, edge.actor().organisation_id)
    rows, status = _sent(), 200
    if request.method == "GET":
        rows = [Row(1, "URL", ""), Row(2, "TITLE", "")]
        form.handle.data = f"{prefixes[0]}/" if prefixes else ""
    elif not form.validate():
        status = 422
    else:
        handle = (form.handle.data or "").strip()
        try:
            with edge.writing() as session:
                editing.register(session, edge.actor(), handle, rows, edge.now(), _base())
            flash(_("The record is registered."), "success")
            return redirect(url_for("registry.identifier", id=handle), 303)
        except TraceError as error:
            show_error(form, error)
            status = error.http_status
    return render_template(
        "registry/record.html", form=form, handle="", rows=_with_spare(rows), kept=(), prefixes=prefixes
    ), status


@blueprint.route("/edit", methods=["GET", "POST"])
@edge.require("master")
def edit() -> ResponseReturnValue:
    handle = request.args.get("id", "").strip()
    with edge.reading() as session:
        sheet = editing.sheet(session, edge.actor(), handle, _base())
    form = EditForm(version=str(sheet.version))
    rows, status = list(sheet.rows), 200
    if request.method == "POST":
        rows = _sent()
        try:
            version = int(form.version.data) if (form.version.data or "").isdecimal() else -1
            with edge.writing() as session:
                editing.save(session, edge.actor(), handle, version, rows, edge.now(), _base())
            flash(_("Saved."), "success")
            return redirect(url_for("registry.identifier", id=handle), 303)
        except TraceError as error:
            show_error(form, error)
            status = error.http_status
    return render_template(
        "registry/record.html", form=form, handle=handle, rows=_with_spare(rows), kept=sheet.kept, prefixes=()
    ), status


def _sent() -> list[Row]:
    """The rows of the form, as many as there are, those that are wholly empty left out."""
    found = []
    for number in range(MOST_ROWS):
        if f"type-{number}" not in request.form:
            break
        index = request.form.get(f"index-{number}", "").strip()
        type_, text = request.form.get(f"type-{number}", ""), request.form.get(f"text-{number}", "")
        if type_.strip() or text.strip():
            row_index = min(int(index), MOST_INDEX) if index.isascii() and index.isdecimal() else 0
            found.append(Row(row_index, type_, text, f"public-{number}" in request.form))
    return found


def _with_spare(rows: list[Row]) -> list[Row]:
    following = max([row.index for row in rows if row.index < 100], default=0) + 1
    return [*rows, *(Row(following + number, "", "") for number in range(SPARE))]


def _base() -> str:
    return edge.node().settings.base_url
