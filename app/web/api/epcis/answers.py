"""Answers in the form the client wants: lists of names, JSON objects, and events as a query document."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import Response

from app.domain.epcis import CONTEXT
from app.web.api.epcis import xml_bodies
from app.web.api.epcis.media import Wish

STANDARD_CONTEXT = CONTEXT[0]


def collection(members: Sequence[str], wish: Wish) -> Response:
    if wish.is_xml:
        return Response(xml_bodies.collection(list(members)), content_type=wish.media_type)
    return data({"@context": STANDARD_CONTEXT, "type": "Collection", "member": list(members)}, wish)


def data(body: Mapping[str, Any] | Sequence[Any], wish: Wish, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, content_type=wish.media_type)
