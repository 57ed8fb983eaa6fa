"""Partners: companies with nodes of their own; added by their prefix, once the network vouches for them."""

from flask import Blueprint, Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from app.domain.disclosure import TRUST
from app.services import partnering
from app.web import edge, partner_line
from app.web.forms import required, respond

blueprint = Blueprint("partners", __name__, url_prefix="/partners")


class PartnerForm(FlaskForm):
    prefix = StringField(_l("Prefix"), required(64))


@blueprint.route("", methods=["GET", "POST"])
@edge.require("browse")
def index() -> ResponseReturnValue:
    form = PartnerForm()

    def save() -> ResponseReturnValue:
        edge.actor().require("master")
        delegation = partner_line.found(form.prefix.data or "")
        with edge.writing() as session:
            row = partnering.add(session, edge.actor(), delegation, edge.now())
        flash(_("%(name)s is a partner now.", name=row.name_en or row.name_zh), "success")
        return redirect(url_for(".index"), 303)

    with edge.reading() as session:
        found = partnering.partners(session, edge.actor())
        kept = partnering.kept(session, edge.actor())
    return respond(form, save, "partners.html", partners=found, kept=kept, trust=TRUST)


@blueprint.get("/kept/<zone>/<about>")
@edge.require("trace")
def statement(zone: str, about: str) -> ResponseReturnValue:
    """A partner's statement as it came, with its signature: for whoever wants to verify it by other means."""
    with edge.reading() as session:
        wire = partnering.statement_of(session, edge.actor(), zone, about)
    return Response(wire, mimetype="application/json")
