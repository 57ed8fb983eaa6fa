"""The Handle API of a node that recurses and answers for nothing itself: reads alone, as other nodes give them."""

from flask import Blueprint, Response

from app.web import edge
from app.web.api.handles import PATH, elsewhere

blueprint = Blueprint("recursive", __name__)


@blueprint.get(PATH)
@edge.own_credentials
def show(handle: str) -> Response:
    return elsewhere(handle)
