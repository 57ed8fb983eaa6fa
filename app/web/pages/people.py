"""The people of an organisation, for its administrators: who they are, what they may do, where they may scan."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField

from app.domain.people import ROLE_NAMES
from app.services import masterdata, people
from app.web import edge
from app.web.forms import required, respond, show_once
from app.web.i18n import localised

blueprint = Blueprint("people", __name__, url_prefix="/people")


class PersonForm(FlaskForm):
    name = StringField(_l("Full name"), required())
    role = SelectField(_l("Role"))
    site_ids = SelectMultipleField(_l("Places"), coerce=int)

    def offer(self, sites: list[tuple[int, str]]) -> None:
        self.role.choices = [(role, _(title)) for role, title in ROLE_NAMES.items()]
        self.site_ids.choices = sites


class InvitationForm(PersonForm):
    login = StringField(_l("Login"), required(100))


@blueprint.get("")
@edge.require("people")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = people.list_people(session, edge.actor())
        sites = {site.id: site for site in masterdata.sites(session, edge.actor())}
    return render_template("people/list.html", people=found, sites=sites)


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("people")
def new() -> ResponseReturnValue:
    form = InvitationForm()
    form.offer(_sites())

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            token = people.invite(
                session,
                edge.actor(),
                login=form.login.data,
                name=form.name.data,
                role=form.role.data,
                site_ids=form.site_ids.data or (),
                now=edge.now(),
            )
        tell_link(token, form.name.data)
        return redirect(url_for(".index"), 303)

    return respond(form, save, "people/form.html", person=None)


@blueprint.route("/<int:operator_id>", methods=["GET", "POST"])
@edge.require("people")
def edit(operator_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        person = people.person_of(session, edge.actor(), operator_id)
    form = PersonForm(
        data={"name": person.operator.name, "role": person.operator.role, "site_ids": person.site_ids}
    )
    form.offer(_sites())

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            people.change(
                session,
                edge.actor(),
                operator_id,
                name=form.name.data,
                role=form.role.data,
                site_ids=form.site_ids.data or (),
                now=edge.now(),
            )
        flash(_("Saved."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "people/form.html", person=person)


@blueprint.post("/<int:operator_id>/reset")
@edge.require("people")
def reset(operator_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        name = people.person_of(session, edge.actor(), operator_id).operator.name
        token = people.reset(session, edge.actor(), operator_id, edge.now())
    tell_link(token, name)
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:operator_id>/deactivate")
@edge.require("people")
def deactivate(operator_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        people.deactivate(session, edge.actor(), operator_id, edge.now())
    flash(_("The person is signed out and can no longer sign in."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:operator_id>/activate")
@edge.require("people")
def activate(operator_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        people.activate(session, edge.actor(), operator_id, edge.now())
    flash(_("The person can sign in again."))
    return redirect(url_for(".index"), 303)


def tell_link(token: str, name: str) -> None:
    """The one-time link, shown on the next page and nowhere else."""
    link = f"{edge.node().settings.base_url}{url_for('welcome.welcome', token=token)}"
    days = people.INVITATION_DAYS
    note = _("It works once, within %(days)d days. Hand it over yourself; it is shown only now.", days=days)
    show_once(_("Link for %(name)s", name=name), note, link)


def _sites() -> list[tuple[int, str]]:
    with edge.reading() as session:
        return [
            (site.id or 0, localised(site))
            for site in masterdata.sites(session, edge.actor(), active_only=True)
        ]
