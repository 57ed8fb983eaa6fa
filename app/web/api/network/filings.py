"""Where nodes below file (备案): signed by the zone's node, answered with how far it has come."""

import orjson
from flask import Response, request

from app.errors import N_, Malformed
from app.services import certifying, filing, filing_hearing, filing_push
from app.web import edge, security
from app.web.api.network import blueprint_of

blueprint = blueprint_of("filings")
MOST_BYTES = 4_000_000  # of a signed push: its rows, escaped twice and in base64url


@blueprint.post("/filings")
@edge.own_credentials
@security.may_send(MOST_BYTES)
def take() -> Response:
    node = edge.node()
    wire = _wire()
    with edge.writing() as session:
        me = filing.filer(session, node.settings.zone, node.capabilities, node.settings.base_url)
        sender, nonce, have = filing_hearing.heard(session, me, wire, edge.now())
    seed = certifying.signing_key(node.keys)
    told = filing_push.reply(me, sender, have, seed=seed, nonce=nonce, now=edge.now())
    return Response(orjson.dumps(told.wire), content_type="application/json")


def _wire() -> object:
    try:
        return orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        raise Malformed(
            "bad-statement",
            N_("This is not a signed statement of a node."),
            N_("It has the members payload, key, alg and signature, in base64url where they are bytes."),
        ) from None
