"""Handle administrators: identities with which programs register under a prefix through the Handle API."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import NumberRange

from app.domain.handles import Value
from app.services import handle_admins, handle_keys
from app.web import edge
from app.web.forms import required, respond, show_once

blueprint = Blueprint("handle_admins", __name__, url_prefix="/handle-admins")
MOST_INDEX = 2**31 - 1


class AdminForm(FlaskForm):
    prefix = SelectField(_l("Prefix"))
    name = StringField(_l("Name"), required(60), default=handle_admins.NAME)
    index = IntegerField(
        _l("Index of its key"),
        [NumberRange(1, MOST_INDEX, _l("A number from 1 to 2147483647."))],
        default=handle_admins.INDEX,
    )


@blueprint.get("")
@edge.require("people")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = handle_admins.listed(session, edge.actor())
    return render_template("handle_admins/list.html", admins=found, base_url=edge.node().settings.base_url)


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("people")
def new() -> ResponseReturnValue:
    form = AdminForm()
    with edge.reading() as session:
        form.prefix.choices = [(each, each) for each in handle_admins.prefixes(session, edge.actor())]

    def save() -> ResponseReturnValue:
        secret = handle_admins.new_secret()
        key = _key(form.index.data, secret)
        with edge.writing() as session:
            made = handle_admins.create(
                session, edge.actor(), form.prefix.data, form.name.data, key, edge.now()
            )
        _tell(made.login, secret)
        return redirect(url_for(".index"), 303)

    return respond(form, save, "handle_admins/form.html")


@blueprint.post("/rotate")
@edge.require("people")
def rotate() -> ResponseReturnValue:
    prefix, handle, number = _chosen()
    secret = handle_admins.new_secret()
    key = _key(number, secret)
    with edge.writing() as session:
        handle_admins.rotate(session, edge.actor(), prefix, handle, key, edge.now())
    _tell(f"{number}:{handle}", secret)
    return redirect(url_for(".index"), 303)


@blueprint.post("/remove")
@edge.require("people")
def remove() -> ResponseReturnValue:
    prefix, handle, number = _chosen()
    with edge.writing() as session:
        handle_admins.remove(session, edge.actor(), prefix, handle, number, edge.now())
    flash(_("%(login)s administers %(prefix)s no more.", login=f"{number}:{handle}", prefix=prefix))
    return redirect(url_for(".index"), 303)


def _chosen() -> tuple[str, str, int]:
    """Which line of the list a button belongs to; a number that is none is nobody's."""
    text = request.args.get("index", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
    return request.args.get("prefix", ""), request.args.get("handle", ""), number


def _key(number: int, secret: str) -> Value:
    """Before the transaction, since a hash must not hold one."""
    node = edge.node()
    settings = node.settings
    return handle_keys.secret_value(
        number, secret, node.keys, sealed=settings.handle_sealed_secrets, fast=settings.fast_hash
    )


def _tell(login: str, secret: str) -> None:
    note = _("Copy it now: it is shown this once and cannot be shown again.")
    show_once(_("The secret of %(login)s", login=login), note, secret)
