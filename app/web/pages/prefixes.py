"""Prefixes: under which the organisation names things; administrators of the node allot, suspend and take them back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import Optional

from app.services import masterdata, prefixes
from app.web import edge, i18n
from app.web.forms import offered, optional, required, respond

blueprint = Blueprint("prefixes", __name__, url_prefix="/prefixes")


class EditForm(FlaskForm):
    industry = StringField(_l("Industry (GB/T 4754)"), optional(8))
    quota = IntegerField(_l("Most names it may hold"), [Optional()])
    state = SelectField(_l("State"), choices=offered(prefixes.STATES))


class NewForm(FlaskForm):
    prefix = StringField(_l("Prefix"), required(64))
    organisation = SelectField(_l("Organisation"), coerce=int, validate_choice=False)
    industry = StringField(_l("Industry (GB/T 4754)"), optional(8))
    quota = IntegerField(_l("Most names it may hold"), [Optional()])


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    after = request.args.get("after", "")
    with edge.reading() as session:
        found, following = prefixes.allotments(session, edge.actor(), after=after)
    return render_template(
        "registry/prefixes.html",
        found=found,
        states=prefixes.STATES,
        decides=_decides(),
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("people")
def new() -> ResponseReturnValue:
    form = NewForm()
    with edge.reading() as session:
        prefixes.require_node(edge.actor())
        companies, _more = masterdata.organisations(session, edge.actor(), limit=500)
    form.organisation.choices = [(one.id, f"{one.prefix} · {i18n.localised(one)}") for one in companies]

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            prefixes.allot(
                session,
                edge.actor(),
                form.organisation.data or 0,
                form.prefix.data or "",
                edge.now(),
                industry=form.industry.data or "",
                quota=form.quota.data,
            )
        flash(_("The prefix is allotted."), "success")
        return redirect(url_for(".index"), 303)

    return respond(form, save, "registry/prefix.html", allotment=None)


@blueprint.route("/<int:allotment_id>", methods=["GET", "POST"])
@edge.require("people")
def edit(allotment_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        allotment = prefixes.allotment_of(session, edge.actor(), allotment_id)
        prefixes.require_node(edge.actor())
        names = prefixes.names_under(session, [allotment])[allotment.prefix]
    form = EditForm(obj=allotment)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            prefixes.change(
                session,
                edge.actor(),
                allotment_id,
                edge.now(),
                state=form.state.data,
                industry=form.industry.data or "",
                quota=form.quota.data,
            )
        flash(_("Saved."), "success")
        return redirect(url_for(".index"), 303)

    return respond(form, save, "registry/prefix.html", allotment=allotment, names=names)


def _decides() -> bool:
    return edge.actor().node and edge.actor().may("people")
