"""One-time links: the first sets up the node, every other lets a colleague choose a password."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo

from app.services import authenticating, people
from app.web import edge, i18n
from app.web.forms import optional, required, respond

blueprint = Blueprint("welcome", __name__)


class PasswordForm(FlaskForm):
    password = PasswordField(_l("Password"), required())
    again = PasswordField(_l("The same again"), [EqualTo("password", _l("The two passwords differ."))])


class SetUpForm(PasswordForm):
    prefix = StringField(_l("Prefix of your organisation"), required(64))
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    person = StringField(_l("Your name"), required())
    login = StringField(_l("Your login"), required(100))


@blueprint.route("/welcome/<token>", methods=["GET", "POST"])
@edge.public
def welcome(token: str) -> ResponseReturnValue:
    with edge.reading() as session:
        invited = people.invitation_of(session, token, edge.now())
    form = PasswordForm() if invited.operator else SetUpForm()

    def save() -> ResponseReturnValue:
        _accept(token, form)
        flash(_("Welcome to Suyuan."))
        return redirect(url_for("home.home"), 303)

    return respond(form, save, "welcome.html", invited=invited)


def _accept(token: str, form: PasswordForm) -> None:
    """Hashes before the transaction; the person is signed in at once."""
    hashed = edge.hashed(form.password.data)
    with edge.writing() as session:
        if isinstance(form, SetUpForm):
            operator_id = people.set_up_node(
                session,
                token,
                prefix=form.prefix.data,
                name_zh=form.name_zh.data or "",
                name_en=form.name_en.data or "",
                person=form.person.data,
                login=form.login.data,
                password_hash=hashed,
                now=edge.now(),
            )
        else:
            operator_id = people.accept_invitation(session, token, hashed, edge.now())
        signed_in = authenticating.sign_in_as(
            session, operator_id, edge.now(), edge.node().settings.session_hours
        )
    edge.enter(signed_in, i18n.language())
