"""Signing in and out, the language and the colours: what works before one is signed in."""

from flask import Blueprint, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms import HiddenField, PasswordField, StringField

from app.services import accounts, authenticating
from app.web import edge, i18n
from app.web.forms import required, respond

blueprint = Blueprint("sign_in", __name__)
THEMES = {"light", "dark", "auto"}


class SignInForm(FlaskForm):
    login = StringField(_l("Login"), required())
    password = PasswordField(_l("Password"), required())
    next = HiddenField()


@blueprint.route("/sign-in", methods=["GET", "POST"])
@edge.public
def form() -> ResponseReturnValue:
    """Keeps the login that was typed, never the password. The way on is only ever a path of ours."""
    target = edge.safe_next(request.values.get("next"))
    if request.method == "GET" and edge.visitor():
        return redirect(target or url_for("home.home"))
    fields = SignInForm()
    fields.next.data = target

    def enter() -> ResponseReturnValue:
        sign_in(fields.login.data, fields.password.data)
        return redirect(target or url_for("home.home"), 303)

    return respond(fields, enter, "sign_in.html")


def sign_in(login: str, password: str) -> None:
    candidate = edge.try_password(login, password)
    hours = edge.node().settings.session_hours
    with edge.writing() as session:
        token = authenticating.finish_sign_in(session, candidate, edge.now(), hours)
        chosen = accounts.language_of(session, candidate.operator_id)
    edge.enter(token, chosen or i18n.language())


@blueprint.post("/sign-out")
@edge.public
def sign_out() -> ResponseReturnValue:
    if token := cookie.get("token"):
        with edge.writing() as session:
            authenticating.sign_out(session, token)
    edge.leave()
    return redirect(url_for(".form"), 303)


@blueprint.get("/session.json")
@edge.public
def state() -> ResponseReturnValue:
    """For a page that stayed open over a sign-out: who is signed in now, and the CSRF token for its next call."""
    person = edge.visitor()
    answer = jsonify(signed_in=person is not None, name=person.name if person else "", csrf=generate_csrf())
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/language")
@edge.public
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen in i18n.LANGUAGES:
        cookie["language"] = chosen
        if person := edge.visitor():
            with edge.writing() as session:
                accounts.choose_language(session, person, chosen)
    return _back()


@blueprint.post("/theme")
@edge.public
def choose_theme() -> ResponseReturnValue:
    if (chosen := request.form.get("theme", "")) in THEMES:
        cookie["theme"] = chosen
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(edge.safe_next(request.form.get("next")) or url_for("home.home"), 303)
