"""Aliases: the other names of the organisation's things, listed, added, removed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from app.services import aliasing
from app.web import edge
from app.web.forms import offered, required, respond

blueprint = Blueprint("aliases", __name__, url_prefix="/aliases")


class AliasForm(FlaskForm):
    thing = StringField(_l("Identifier of the thing"), required(400))
    kind = SelectField(
        _l("Kind of name"),
        choices=[SelectChoice("", _l("The name says it itself")), *offered(aliasing.KINDS)],
    )
    alias = StringField(_l("Its other name"), required(400))


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    text, after = request.args.get("q", "").strip(), request.args.get("after", "")
    with edge.reading() as session:
        found, following = aliasing.aliases(session, edge.actor(), text=text, after=after)
    return render_template(
        "registry/aliases.html",
        aliases=found,
        kinds=aliasing.KINDS,
        text=text,
        next_url=url_for(".index", q=text or None, after=following) if following else "",
        first_url=url_for(".index", q=text or None) if after else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = AliasForm(thing=request.args.get("id", ""))

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            told = aliasing.add(
                session,
                edge.actor(),
                form.thing.data or "",
                form.alias.data or "",
                edge.now(),
                kind=form.kind.data or "",
            )
        flash(_("The alias is added."), "success")
        return redirect(url_for("registry.identifier", id=told.identifier), 303)

    return respond(form, save, "registry/alias.html")


@blueprint.post("/remove")
@edge.require("master")
def remove() -> ResponseReturnValue:
    with edge.writing() as session:
        aliasing.remove(session, edge.actor(), request.form.get("name", ""), edge.now())
    flash(_("The alias is removed."), "success")
    thing = request.form.get("id", "")
    return redirect(url_for("registry.identifier", id=thing) if thing else url_for(".index"), 303)
