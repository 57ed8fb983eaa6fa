"""Registration by program: a node applies for a zone, signed with the key it brings, and follows its application."""

from urllib.parse import unquote

from flask import Response, request, url_for

from app.services import applying, attaching, moving
from app.web import edge
from app.web.api.network import blueprint_of
from app.web.api.network.wires import sent, told
from app.web.zone_issuer import issuer

blueprint = blueprint_of("applications")


@blueprint.post("/applications")
@edge.own_credentials
def apply() -> Response:
    """201 with the secret under which the application is followed; shown this once."""
    signed = sent()
    with edge.writing() as session:
        row, token = moving.apply_signed(
            session, issuer(), signed, edge.now(), address=request.remote_addr or ""
        )
        body = {"id": row.id, "state": row.state, "follow": token}
    where = edge.node().settings.base_url.rstrip("/")
    return told(body | {"url": f"{where}{url_for('apply.followed', token=token)}"}, 201)


@blueprint.get("/applications/<token>")
@edge.own_credentials
def followed(token: str) -> Response:
    """Its state, the reasons given, and the statement once there is one."""
    with edge.reading() as session:
        found = applying.view(applying.followed(session, token))
    return told(found)


@blueprint.delete("/applications/<token>")
@edge.own_credentials
def withdraw(token: str) -> Response:
    with edge.writing() as session:
        row = applying.withdraw(session, token, edge.now())
        return told({"id": row.id, "state": row.state})


@blueprint.post("/applications/<token>/documents")
@edge.own_credentials
def attach(token: str) -> Response:
    """The document is the body; `kind` and `name` stand in the query."""
    too_long = (request.content_length or 0) > attaching.MOST_DOCUMENT
    content = b"" if too_long else request.get_data(cache=False)
    kind, name = request.args.get("kind", ""), unquote(request.args.get("name", ""))
    with edge.writing() as session:
        attaching.attach(session, token, kind, name, content, edge.now(), address=request.remote_addr or "")
    return told({}, 201)
