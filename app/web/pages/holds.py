"""Open holds: what must not be used or leave, why and since when; and the decision to hold or to release."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain import identifiers
from app.services import holding
from app.web import edge, numbers, telling

blueprint = Blueprint("holds", __name__)


@blueprint.get("/holds")
@edge.require("hold")
def index() -> ResponseReturnValue:
    after = numbers.asked("after")
    with edge.reading() as session:
        holds, following = holding.open_holds(session, edge.actor(), limit=50, after=after)
    return render_template(
        "holds.html",
        holds=holds,
        tell=telling.Teller(),
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.post("/holds")
@edge.require("hold")
def hold() -> ResponseReturnValue:
    code = request.form.get("code", "")
    with edge.writing() as session:
        holding.hold(session, edge.actor(), code, request.form.get("reason", ""), edge.now())
    flash(gettext("%(name)s is on hold now.", name=identifiers.parse(code)), "success")
    return _back()


@blueprint.post("/holds/release")
@edge.require("hold")
def release() -> ResponseReturnValue:
    code = request.form.get("code", "")
    with edge.writing() as session:
        holding.release(session, edge.actor(), code, request.form.get("reason", ""), edge.now())
    flash(gettext("%(name)s is released.", name=identifiers.parse(code)), "success")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(edge.safe_next(request.form.get("next")) or url_for(".index"), 303)
