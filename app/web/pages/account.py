"""One's own account: language, colours, password, API keys, signed-in browsers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo

from app.errors import TraceError
from app.services import accounts, authenticating, masterdata
from app.web import edge
from app.web.forms import required, show_error, show_once

blueprint = Blueprint("account", __name__, url_prefix="/account")


class PasswordForm(FlaskForm):
    current = PasswordField(_l("Present password"), required())
    password = PasswordField(_l("New password"), required())
    again = PasswordField(_l("The same again"), [EqualTo("password", _l("The two passwords differ."))])


class KeyForm(FlaskForm):
    name = StringField(_l("What will use it"), required(100))


@blueprint.get("")
def show() -> ResponseReturnValue:
    return _page(PasswordForm(), KeyForm())


@blueprint.post("/password")
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _page(form, KeyForm(formdata=None)), 422
    try:
        _change_password(form)
    except TraceError as error:
        if error.code == "sign-in-failed":
            form.current.errors = [_("This is not your present password.")]
        else:
            show_error(form, error)
        return _page(form, KeyForm(formdata=None)), error.http_status
    flash(_("The password is changed; your other browsers are signed out."))
    return redirect(url_for(".show"), 303)


def _change_password(form: PasswordForm) -> None:
    """The present password counts as a try, so that a browser left open cannot be used to guess it."""
    person = edge.actor()
    with edge.reading() as session:
        login = accounts.login_of(session, person)
    candidate = edge.try_password(login, form.current.data)
    hashed = edge.hashed(form.password.data)
    with edge.writing() as session:
        authenticating.forget_attempts(session, candidate)
        accounts.change_password(session, person, hashed, edge.now(), keep_token=cookie.get("token", ""))


@blueprint.post("/keys")
def create_key() -> ResponseReturnValue:
    form = KeyForm()
    if not form.validate_on_submit():
        return _page(PasswordForm(formdata=None), form), 422
    with edge.writing() as session:
        key = authenticating.create_key(session, edge.actor(), form.name.data, edge.now())
    note = _("Copy it now: it is shown this once and cannot be shown again.")
    show_once(_("The new API key"), note, key)
    return redirect(url_for(".show"), 303)


@blueprint.post("/keys/<int:key_id>/revoke")
def revoke_key(key_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        authenticating.revoke_key(session, edge.actor(), key_id, edge.now())
    flash(_("The key is revoked; programs that use it are shut out at once."))
    return redirect(url_for(".show"), 303)


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    with edge.writing() as session:
        authenticating.sign_out_everywhere(
            session, edge.actor(), edge.now(), but_token=cookie.get("token", "")
        )
    flash(_("Every other browser is signed out."))
    return redirect(url_for(".show"), 303)


def _page(password: PasswordForm, key: KeyForm) -> str:
    person = edge.actor()
    with edge.reading() as session:
        keys = authenticating.api_keys(session, person)
        sign_ins = authenticating.sign_ins(session, person, edge.now())
        login = accounts.login_of(session, person)
        organisation = masterdata.own_organisation(session, person)
    this = authenticating.digest(cookie.get("token", ""))
    return render_template(
        "account.html",
        password=password,
        key=key,
        keys=keys,
        sign_ins=sign_ins,
        this=this,
        login=login,
        organisation=organisation,
    )
