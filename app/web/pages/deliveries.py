"""Messages to other systems: what waits, what was taken, what was given up and may be tried again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.services import webhooks
from app.web import edge, numbers

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")
COLOURS = {"waiting": "yellow", "sent": "green", "given-up": "red"}


@blueprint.get("")
@edge.require("master")
def index() -> ResponseReturnValue:
    before = numbers.asked("before")
    with edge.reading() as session:
        rows, following = webhooks.messages(session, edge.actor(), before=before)
    return render_template(
        "alerts/deliveries.html",
        rows=rows,
        states=webhooks.STATES,
        colours=COLOURS,
        next_url=url_for(".index", before=following) if following else "",
        first_url=url_for(".index") if before else "",
    )


@blueprint.post("/<int:message_id>")
@edge.require("master")
def try_again(message_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        webhooks.try_again(session, edge.actor(), message_id, edge.now())
    flash(_("It is sent again within a minute."), "success")
    return redirect(url_for(".index"), 303)
