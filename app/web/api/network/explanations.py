"""How a name is resolved, as JSON: the answer, every hop, and the signed statements to check it all by."""

import orjson
from flask import Response, request

from app.web import edge, recursion
from app.web.api.network import blueprint_of

blueprint = blueprint_of("explanations")


@blueprint.get("/explanations/<handle:handle>")
@edge.public
def show(handle: str) -> Response:
    """`?fresh=1` asks all the way from the root. 200 whatever came of it; 429 for whoever asks too much."""
    found = recursion.explained(handle, fresh=request.args.get("fresh") == "1")
    return Response(orjson.dumps(found.told), content_type="application/json")
