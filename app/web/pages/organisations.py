"""Organisations: all of them for administrators of the node, one's own settings for everybody else's."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField

from app.domain.masterdata import SHARING
from app.services import masterdata, people
from app.web import edge
from app.web.forms import offered, optional, required, respond
from app.web.pages.people import tell_link

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")


class OrganisationForm(FlaskForm):
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    gs1_prefix = StringField(_l("GS1 company prefix"), optional(20))
    sharing = RadioField(_l("What partners may see"), choices=offered(SHARING))


class NewForm(OrganisationForm):
    prefix = StringField(_l("Prefix"), required(64))


class EditForm(OrganisationForm):
    active = BooleanField(_l("Active"))


class AdministratorForm(FlaskForm):
    name = StringField(_l("Full name"), required())
    login = StringField(_l("Login"), required(100))


@blueprint.get("")
@edge.require("people")
def index() -> ResponseReturnValue:
    person = edge.actor()
    if not person.node:
        return redirect(url_for(".edit", organisation_id=person.organisation_id))
    after = request.args.get("after", "")
    with edge.reading() as session:
        found, following = masterdata.organisations(session, person, after=after)
        with_administrator = people.administrators(session, [organisation.id or 0 for organisation in found])
    return render_template(
        "organisations/list.html",
        organisations=found,
        with_administrator=with_administrator,
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("people")
def new() -> ResponseReturnValue:
    if not edge.actor().node:
        abort(404)
    form = NewForm(data={"sharing": "neighbours"})

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            created = masterdata.create_organisation(
                session,
                edge.actor(),
                form.prefix.data,
                form.name_zh.data or "",
                form.name_en.data or "",
                edge.now(),
                sharing=form.sharing.data,
                gs1_prefix=form.gs1_prefix.data or "",
            )
            organisation_id = created.id
        flash(_("The organisation is created. Now invite its administrator."))
        return redirect(url_for(".invite", organisation_id=organisation_id), 303)

    return respond(form, save, "organisations/form.html", organisation=None)


@blueprint.route("/<int:organisation_id>", methods=["GET", "POST"])
@edge.require("people")
def edit(organisation_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        organisation = masterdata.organisation_of(session, edge.actor(), organisation_id)
    form = EditForm(obj=organisation)
    if not _may_deactivate(organisation.runs_node):
        del form.active

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.change_organisation(
                session,
                edge.actor(),
                organisation_id,
                edge.now(),
                name_zh=form.name_zh.data or "",
                name_en=form.name_en.data or "",
                sharing=form.sharing.data,
                gs1_prefix=form.gs1_prefix.data or "",
                active=form.active.data if "active" in form else organisation.active,
            )
        flash(_("Saved."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "organisations/form.html", organisation=organisation)


@blueprint.route("/<int:organisation_id>/invite", methods=["GET", "POST"])
@edge.require("people")
def invite(organisation_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        organisation = masterdata.organisation_of(session, edge.actor(), organisation_id)
    form = AdministratorForm()

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            token = people.invite(
                session,
                edge.actor(),
                login=form.login.data,
                name=form.name.data,
                role="administrator",
                organisation_id=organisation_id,
                now=edge.now(),
            )
        tell_link(token, form.name.data)
        return redirect(url_for(".index"), 303)

    return respond(form, save, "organisations/invite.html", organisation=organisation)


def _may_deactivate(runs_node: bool) -> bool:
    return edge.actor().node and not runs_node
