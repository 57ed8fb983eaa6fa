"""Queries with names, and who is sent what they find: seen and ended here, made by programs (/epcis/queries)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.services import subscribing
from app.web import edge

blueprint = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")
PAGE = 50


@blueprint.get("")
@edge.require("trace")
def index() -> ResponseReturnValue:
    after = request.args.get("after", "")
    with edge.reading() as session:
        rows, following = subscribing.subscriptions_of(session, edge.actor(), "", after, PAGE)
        named, more_queries = subscribing.queries_of(session, edge.actor(), "", PAGE)
    return render_template(
        "epcis/subscriptions.html",
        rows=rows,
        named=named,
        more_queries=bool(more_queries),
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.post("/end")
@edge.require("master")
def end() -> ResponseReturnValue:
    name, subscription_id = request.form.get("query", ""), request.form.get("subscription", "")
    with edge.writing() as session:
        subscribing.unsubscribe(session, edge.actor(), name, subscription_id)
    flash(_("The subscription has ended; what waited to be sent is not sent any more."), "success")
    return redirect(url_for(".index"), 303)
