"""The other nodes that hold our zone: how far their changes were read, and which zones two of us changed at once."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.errors import N_, Unknown
from app.services import meshing
from app.web import edge

blueprint = Blueprint("mesh", __name__, url_prefix="/mesh")
STATES = {
    "active": (N_("Active"), "green"),
    "suspended": (N_("Suspended"), "orange"),
    "left": (N_("Left"), "dark"),
}


@blueprint.get("")
@edge.require("audit")
def index() -> ResponseReturnValue:
    """For the company that runs the node; to others it does not exist."""
    node = edge.node()
    if not edge.actor().node:
        raise Unknown("no-sisters", N_("No other node is known to hold the zone of this one."))
    with edge.reading() as session:
        seen = meshing.view(session, node.settings.zone, node.settings.base_url, edge.now())
    return render_template("mesh.html", seen=seen, zone=node.settings.zone, states=STATES)
