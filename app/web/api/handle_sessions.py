"""Sessions of the Handle API at /api/sessions, and what it says of this server at /api/site."""

from urllib.parse import urlsplit

import orjson
from flask import Response, request

from app.domain.handles.answers import Answer
from app.domain.handles.authorization import Basic, Proof, parse_header, proof_of
from app.domain.handles.sites import sites_of
from app.services import certifying, handle_sessions
from app.services.handle_sessions import Challenge
from app.web import edge
from app.web.api import handle_auth
from app.web.api.handle_auth import SessionEnded, Unproven
from app.web.api.handles import answered, blueprint, challenge_with

THIS = "/api/sessions/this"
MOST_BODY = 16_384


@blueprint.post("/api/sessions", strict_slashes=False)
@edge.own_credentials
def begin() -> Response:
    """201 with a session and its nonce; with `cnonce` the server proves itself too, with a password the session is
    one's own at once."""
    _need_security()
    shown = _shown()
    new = handle_auth.challenge()
    body = _told(new)
    if isinstance(shown, Proof) and shown.cnonce:
        body |= _server_proof(new, shown.cnonce)
    if isinstance(shown, Basic):
        who = handle_auth.required()
        if who.identity is not None:
            with edge.writing() as session:
                hours = edge.node().settings.session_hours
                handle_sessions.prove(session, new, who.identity, edge.now(), hours)
            body |= {"authenticated": True, "id": str(who.identity)}
    return answered(Answer(201, orjson.dumps(body)))


@blueprint.get(THIS)
@edge.own_credentials
def show_session() -> Response:
    _need_security()
    shown = _session_shown()
    identity = handle_auth.by_proof(shown)
    body = _told(_challenge_of(shown)) | {"authenticated": identity is not None}
    if identity:
        body["id"] = str(identity)
    return answered(Answer(200, orjson.dumps(body)))


@blueprint.route(THIS, methods=["PUT", "POST"])
@edge.own_credentials
def prove() -> Response:
    """Proves an identity with the session's nonce; the fields come in the header or as JSON."""
    _need_security()
    shown = _session_shown()
    try:
        identity = handle_auth.by_proof(shown)
    except Unproven as error:
        return _not_proven(error.reason)
    if identity is None:
        return _not_proven("Missing fields in authentication data")
    body = _told(_challenge_of(shown)) | {"authenticated": True, "id": str(identity)}
    return answered(Answer(200, orjson.dumps(body)))


@blueprint.delete(THIS)
@edge.own_credentials
def end() -> Response:
    _need_security()
    shown = _session_shown()
    handle_auth.by_proof(Proof(session_id=shown.session_id))
    with edge.writing() as session:
        handle_sessions.end(session, _challenge_of(shown), edge.now(), edge.node().settings.session_hours)
    return Response(status=204)


@blueprint.get("/api/site")
@edge.own_credentials
def site() -> Response:
    """As an HS_SITE value: one server, which answers and takes changes over HTTP, and may answer natively."""
    settings = edge.node().settings
    endpoints: list[dict[str, object]] = [{"url": settings.base_url}]
    if settings.handle_port:
        host, port = urlsplit(settings.base_url).hostname, settings.handle_port
        endpoints += [{"host": host, "port": port, "protocol": name} for name in ("hdl-tcp", "hdl-udp")]
    (site,) = sites_of(endpoints, keys=[certifying.public_jwk(settings.keys_dir)])
    site["attributes"].append({"name": "desc", "value": "Suyuan"})
    site["servers"][0]["interfaces"][0]["admin"] = True
    return answered(Answer(200, orjson.dumps(site)))


def _need_security() -> None:
    if not handle_auth.is_secure():
        raise Unproven


def _shown() -> Basic | Proof | None:
    if header := request.headers.get("Authorization", ""):
        return parse_header(header)
    request.max_content_length = MOST_BODY
    try:
        fields = orjson.loads(request.get_data(cache=False) or b"null")
    except orjson.JSONDecodeError:
        return None
    return proof_of(fields) if isinstance(fields, dict) else None


def _session_shown() -> Proof:
    """The session that a client means; SessionEnded where it means none."""
    shown = _shown()
    if not isinstance(shown, Proof) or not shown.session_id:
        raise SessionEnded
    return shown


def _challenge_of(shown: Proof) -> Challenge:
    with edge.reading() as session:
        state = handle_sessions.state_of(session, shown.session_id, edge.node().keys, edge.now())
    if state is None:
        raise SessionEnded
    return state.challenge


def _told(challenge: Challenge) -> dict[str, object]:
    return {"sessionId": challenge.session_id, "nonce": challenge.nonce_text}


def _server_proof(challenge: Challenge, cnonce: bytes) -> dict[str, object]:
    signature = certifying.proof_for_client(edge.node().keys, challenge.nonce + cnonce)
    return {"serverAlg": "Ed25519", "serverSignature": signature}


def _not_proven(reason: str) -> Response:
    answer = answered(Answer(401, orjson.dumps({"authenticated": False, "error": reason})))
    challenge_with(answer, reason)
    return answer
