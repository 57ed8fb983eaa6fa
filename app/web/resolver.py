"""The URL on a label: a page for whoever scans it, JSON for programs; only what its owner made public."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from app.domain import identifiers
from app.errors import Malformed
from app.services import publishing
from app.services.capturing import unknown_identifier
from app.web import edge

blueprint = Blueprint("resolver", __name__)


class PrefixConverter(BaseConverter):
    """Only what begins like an identifier is one: no path of ours, mistyped or with the wrong method, ends here."""

    regex = r"(?:[0-9]{2}(?:\.[0-9]{1,32}){1,4}|0[01]|414|8004)"


@blueprint.get("/<identifier:prefix>/<path:suffix>")
@edge.public
def resolve(prefix: str, suffix: str) -> ResponseReturnValue:
    """404 in the same words for what does not exist and for what is no identifier at all."""
    try:
        name = identifiers.parse(request.base_url)
    except Malformed as error:
        raise unknown_identifier(f"{prefix}/{suffix}"[:100]) from error
    with edge.reading() as session:
        shown = publishing.public_view(session, name, edge.visitor())
    if _wants_json():
        return jsonify(_as_json(shown))
    return render_template("public/thing.html", thing=shown)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _as_json(shown: publishing.PublicView) -> dict[str, Any]:
    values = {name: getattr(shown, name) for name in publishing.PublicView.__slots__ if name != "traceable"}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
        if value
    }
