"""Partners show the head of their log, and get this node's signature under it where it continues what came before.

A stranger's call is not looked into: whose keys have to be found is settled before anybody is asked for them.
"""

from flask import Response, request

from app.domain import calls, zones
from app.errors import N_, Refused
from app.services import certifying, cosigning, hearing
from app.web import edge
from app.web.api.network import blueprint_of, wires

blueprint = blueprint_of("checkpoints")


@blueprint.post("/checkpoints")
@edge.own_credentials
def take() -> Response:
    node = edge.node()
    zone, now = _own_zone(), edge.now()
    signed = wires.sent()
    sender = calls.claimed_sender(signed)
    with edge.reading() as session:
        cosigning.partner_of(session, sender)
    keys = edge.recursor().keys_of(sender, key_id=signed.key_id, client=request.remote_addr or "")
    seed = certifying.signing_key(node.keys)
    with edge.writing() as session:
        call = hearing.accept(session, signed, cosigning.ASKING, keys, sender=sender, audience=zone, now=now)
        name = certifying.origin_of(node.settings.base_url)
        body = cosigning.take(session, sender, call.body, keys, name=name, seed=seed, now=now)
    reply = calls.seal(
        cosigning.ANSWER, body, seed=seed, sender=zone, audience=sender, nonce=call.nonce, now=now
    )
    return wires.told(reply.wire)


def _own_zone() -> str:
    zone = zones.zone(edge.node().settings.zone)
    if not zone:
        raise Refused(
            "no-zone",
            N_("This node has no zone, so nobody can ask it in the name of one."),
            N_("Set ZONE, and register it with the node above."),
        )
    return zone
