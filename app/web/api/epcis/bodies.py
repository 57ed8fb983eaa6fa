"""What is sent to be read here: its kind, its size, and JSON objects out of it."""

from typing import Any

import orjson
from flask import request

from app.errors import N_, Malformed
from app.web.api.epcis import media


def raw(taken: tuple[str, ...]) -> tuple[bytes, str]:
    """The body and its media type, one of `taken`. What is larger than may be sent is 413 (`problems.of_flask`)."""
    kind = media.kind_sent(request.content_type or "", taken)
    return request.get_data(cache=False), kind


def json_object() -> dict[str, Any]:
    """Malformed for what is no JSON object."""
    body, _kind = raw(media.DATA)
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(
            "not-json",
            N_("What was sent is no JSON."),
            N_("Send one JSON object, in UTF-8."),
        ) from error
    if not isinstance(sent, dict):
        raise Malformed(
            "not-json", N_("What was sent is no JSON object."), N_("Send one JSON object, in UTF-8.")
        )
    return sent


def text_of(sent: dict[str, Any], name: str) -> str:
    """A text that must be there."""
    value = sent.get(name)
    if isinstance(value, str) and value.strip():
        return value
    raise _missing(name)


def object_of(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that must be there."""
    value = sent.get(name)
    if isinstance(value, dict):
        return value
    raise _missing(name)


def _missing(name: str) -> Malformed:
    return Malformed(
        "member-missing",
        N_("The object has no {member}, or it is of another kind."),
        N_("See the description of the API."),
        member=name,
    )
