"""Partners ask: what is on its way to them, and where things came from or went, as far as our companies' policy allows.

Both are signed calls by the zone that asks and signed replies to that very call. There is no refusal to tell: whatever
may not be known is not there.
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request

from app.domain import calls, told
from app.domain.calls import Call
from app.domain.disclosed import DEFLATE
from app.domain.disclosure import Introduction
from app.domain.shipments import to_json
from app.errors import N_, Refused
from app.services import adopting, asking, certifying, disclosing, hearing, introducing
from app.services.disclosing import Asker, Question
from app.services.disclosing.telling import MOST_NAMES
from app.services.recursing import too_many_look_ups
from app.services.recursing.limiting import Limits
from app.web import edge, security
from app.web.api.network import blueprint_of, wires

blueprint = blueprint_of("partners")
LIMITS = "suyuan-partner-limits"
MOST_BYTES = 4_000_000


@blueprint.post("/shipments")
@edge.own_credentials
@security.may_send(MOST_BYTES)
def shipments() -> Response:
    call = _heard(adopting.ASKING)
    names = [told.epc(name, "things") for name in told.rows(call.body.get("things"), "things", 50)]
    with edge.reading() as session:
        found = disclosing.shipments(session, names, call.sender)
        nodes = disclosing.goods_as_told(found)
        introductions = disclosing.introduced(session, nodes, Asker(call.sender), **_signing())
    with edge.writing() as session:
        disclosing.note(session, Asker(call.sender), "receive", len(names), len(found), edge.now())
    body = {"shipments": [to_json(row) for row in found], "introductions": introductions}
    return _replied(call, adopting.ANSWER, body)


@blueprint.post("/provenance")
@edge.own_credentials
@security.may_send(MOST_BYTES)
def provenance() -> Response:
    call = _heard(asking.ASKING)
    question = Question(_names(call, "up"), _names(call, "down"))
    asker = Asker(call.sender, _introductions(call))
    _sign_log()
    with edge.reading() as session:
        found = disclosing.disclosed(session, asker, question, edge.now())
        introductions = disclosing.introduced(session, found, asker, **_signing())
    with edge.writing() as session:
        asked = len(question.up) + len(question.down)
        disclosing.note(session, asker, "trace", asked, len(found.nodes), edge.now())
    body = disclosing.body_of(found, [*question.up, *question.down], packs=_reads_packed(call))
    return _replied(call, asking.ANSWER, body | {"introductions": disclosing.words(introductions)})


def _reads_packed(call: Call) -> bool:
    packs = call.body.get("packs")
    return isinstance(packs, list) and DEFLATE in packs


def _heard(kind: str) -> Call:
    """Who asks, proven, and that it asks for the first time."""
    zone = edge.node().settings.zone
    if not zone:
        raise Refused(
            "no-zone",
            N_("This node has no zone, so nobody can ask it in the name of one."),
            N_("Set ZONE, and register it with the node above."),
        )
    signed = wires.sent(MOST_BYTES)
    sender = calls.claimed_sender(signed)
    _limit()
    keys = edge.recursor().keys_of(sender, key_id=signed.key_id)
    with edge.writing() as session:
        return hearing.accept(session, signed, kind, keys, sender=sender, audience=zone, now=edge.now())


def _limit() -> None:
    """A stranger may name any zone, and finding its keys may mean a walk: so many a second for one address."""
    limits: Limits | None = current_app.extensions.get(LIMITS)
    if limits is None:
        made = Limits(edge.node().settings.recursion_client_rate)
        limits = current_app.extensions.setdefault(LIMITS, made)
    if not limits.take(request.remote_addr or "", edge.now().timestamp()):
        raise too_many_look_ups()


def _names(call: Call, part: str) -> tuple[str, ...]:
    rows = told.rows(call.body.get(part), part, MOST_NAMES)
    return tuple(dict.fromkeys(told.epc(name, part) for name in rows))


def _introductions(call: Call) -> tuple[Introduction, ...]:
    wires = told.rows(call.body.get("introductions"), "introductions", introducing.MOST)
    return introducing.verified(wires, edge.recursor().keys_of)


def _sign_log() -> None:
    """What is told is told with a signed state of the log that it is from, so that it cannot be changed later."""
    node = edge.node()
    with edge.writing() as session:
        certifying.checkpoint(session, node.keys, certifying.origin_of(node.settings.base_url), edge.now())


def _signing() -> dict[str, Any]:
    node = edge.node()
    return {"zone": node.settings.zone, "seed": certifying.signing_key(node.keys), "now": edge.now()}


def _replied(call: Call, kind: str, body: Mapping[str, Any]) -> Response:
    node = edge.node()
    sealed = calls.seal(
        kind,
        body,
        seed=certifying.signing_key(node.keys),
        sender=node.settings.zone,
        audience=call.sender,
        nonce=call.nonce,
        now=edge.now(),
    )
    return wires.told(sealed.wire)
