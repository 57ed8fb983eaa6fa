"""Sites: the places of the organisation, each with an identifier and a label that can be scanned to choose it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField

from app.services import masterdata
from app.web import edge
from app.web.forms import optional, respond

blueprint = Blueprint("sites", __name__, url_prefix="/sites")


class SiteForm(FlaskForm):
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    address = TextAreaField(_l("Address"), optional(500))


class NewForm(SiteForm):
    suffix = StringField(_l("Own short name in the identifier"), optional())


class EditForm(SiteForm):
    active = BooleanField(_l("Active"))


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = masterdata.sites(session, edge.actor())
    return render_template("sites/list.html", sites=found)


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = NewForm()

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.create_site(
                session,
                edge.actor(),
                form.name_zh.data or "",
                form.name_en.data or "",
                form.address.data or "",
                edge.now(),
                suffix=(form.suffix.data or "").strip(),
            )
        flash(_("The site is created. Print its label and put it up where people scan."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "sites/form.html", site=None)


@blueprint.route("/<int:site_id>", methods=["GET", "POST"])
@edge.require("master")
def edit(site_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        site = masterdata.site_of(session, edge.actor(), site_id)
    form = EditForm(obj=site)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.change_site(
                session,
                edge.actor(),
                site_id,
                edge.now(),
                name_zh=form.name_zh.data or "",
                name_en=form.name_en.data or "",
                address=form.address.data or "",
                active=form.active.data,
            )
        flash(_("Saved."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "sites/form.html", site=site)
