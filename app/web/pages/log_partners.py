"""Partners who sign under this node's checkpoints, and whose checkpoints it signs."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from app.domain.zones import LONGEST
from app.services import certifying, cosigning, exchanging
from app.services.cosigning import DIVERGED, REASONS
from app.web import edge, log_desk
from app.web.forms import required, respond

blueprint = Blueprint("log_partners", __name__, url_prefix="/log/partners")


class PartnerForm(FlaskForm):
    zone = StringField(_l("Prefix of the partner"), required(LONGEST))


@blueprint.route("", methods=["GET", "POST"])
@edge.require("audit")
def index() -> ResponseReturnValue:
    edge.actor().require_node("audit")
    form = PartnerForm()
    own = edge.node().settings.zone
    with edge.reading() as session:
        standings = cosigning.standings(session)
        size = certifying.head(session)[0]
        session.expunge_all()

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            zone = cosigning.name_partner(session, edge.actor(), form.zone.data, edge.now(), own)
        flash(_("%(zone)s is on the list. It has to name this node as well.", zone=zone), "success")
        return redirect(url_for(".index"), 303)

    return respond(
        form, save, "log/partners.html", standings=standings, size=size, diverged=DIVERGED, reasons=REASONS
    )


@blueprint.post("/remove/<zone>")
@edge.require("people")
def remove(zone: str) -> ResponseReturnValue:
    with edge.writing() as session:
        cosigning.drop_partner(session, edge.actor(), zone, edge.now())
    flash(_("%(zone)s is off the list. What was signed stays.", zone=zone), "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/exchange")
@edge.require("people")
def exchange() -> ResponseReturnValue:
    """Signs the log's head and shows it to all partners now."""
    edge.actor().require_node("people")
    node, desk = edge.node(), log_desk.desk()
    with edge.writing() as session:
        certifying.checkpoint(session, node.keys, desk.origin, edge.now())
        zones = [row.zone for row in cosigning.partners(session)]
    told = exchanging.with_all(desk, zones)
    failed = [zone for zone, error in told.items() if error is not None]
    if failed:
        flash(_("No signature from %(zones)s.", zones=", ".join(failed)), "warning")
    else:
        flash(_("All partners were shown the log."), "success")
    return redirect(url_for(".index"), 303)
