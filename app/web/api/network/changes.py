"""The log of changes to our zone's delegations, a page at a time, for the other nodes that hold the zone."""

import orjson
from flask import Response, request

from app.errors import N_, Malformed, Unknown
from app.services import certifying, meshing
from app.web import edge
from app.web.api.network import blueprint_of

blueprint = blueprint_of("changes")
MOST_BYTES = 8_192  # of a signed question


@blueprint.post("/changes")
@edge.own_credentials
def changes() -> Response:
    """Signed by a key that our parent names for our zone; to anybody else there is nothing here to ask for."""
    node = edge.node()
    wire = _wire()
    with edge.writing() as session:
        ours = meshing.standing(session, node.settings.zone, node.settings.base_url, edge.now())
        if ours is None:
            raise Unknown("no-sisters", N_("No other node is known to hold the zone of this one."))
        wanted, nonce = meshing.accept(session, ours, wire, edge.now())
    with edge.reading() as session:
        page = meshing.page(session, wanted)
    told = meshing.told(ours, page, nonce, certifying.signing_key(node.keys), edge.now())
    return Response(orjson.dumps(told), content_type="application/json")


def _wire() -> object:
    body = request.get_data(cache=False) if (request.content_length or 0) <= MOST_BYTES else b""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed(
            "bad-statement",
            N_("This is not a signed statement of a node."),
            N_("It has the members payload, key, alg and signature, in base64url where they are bytes."),
        ) from None
