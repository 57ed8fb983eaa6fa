"""The signed statements on the zones below ours, for everybody; and changes that a zone's own key signs."""

from flask import Response

from app.domain import zones
from app.errors import Malformed
from app.services import delegating, moving
from app.web import edge
from app.web.api.network import blueprint_of
from app.web.api.network.wires import sent, told
from app.web.zone_issuer import issuer

blueprint = blueprint_of("delegations")


@blueprint.get("/delegations/<zone>")
@edge.public
def show(zone: str) -> Response:
    """The newest statement on a zone, whatever its state: what is revoked has to be told, too."""
    try:
        name = zones.zone(zone)
    except Malformed:
        raise delegating.unknown_zone(zone) from None
    with edge.reading() as session:
        return told(delegating.statement_of(session, name))


@blueprint.post("/delegations")
@edge.own_credentials
def change() -> Response:
    """Moves the zone's node, changes its key or ends it; answers the new statement."""
    signed = sent()
    with edge.writing() as session:
        row = moving.change_signed(session, issuer(), signed, edge.now())
        return told({"state": row.state, "serial": row.serial, "delegation": row.statement})
