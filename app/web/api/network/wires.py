"""The body of a call between nodes: a signed statement as JSON, or Malformed."""

import orjson
from flask import Response, request

from app.domain.trust import Signed
from app.errors import N_, Malformed

MOST_BYTES = 65_536


def sent(most: int = MOST_BYTES) -> Signed:
    """The statement in the request, not verified. Malformed `bad-statement` for anything else or longer."""
    body = request.get_data(cache=False) if (request.content_length or 0) <= most else b""
    try:
        return Signed.from_wire(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise Malformed(
            "bad-statement",
            N_("This is not a signed statement of a node."),
            N_("It has the members payload, key, alg and signature, in base64url where they are bytes."),
        ) from None


def told(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
