"""JSON that was sent, as values; what two readers could read differently, or nobody could write again, is refused."""

import json
from codecs import BOM_UTF8
from typing import Any

import orjson

from app.domain.epcis.sense import MOST_LEVELS
from app.errors import N_, Malformed

NO_JSON = "not-epcis"
_HINT = N_("Send an EPCIS 2.0 document as JSON or XML, or one of EPCIS 1.2 as XML.")


def read(raw: bytes) -> Any:
    """Malformed `not-epcis` for text that is no JSON, `named-twice`, `epcis-too-large` for what is nested too deep."""
    try:
        body = orjson.loads(raw.removeprefix(BOM_UTF8))  # some programs of Windows begin every text with it
    except orjson.JSONDecodeError as error:
        raise Malformed(NO_JSON, N_("This is no JSON: {value}."), _HINT, value=str(error)[:200]) from error
    try:
        written = orjson.dumps(body)  # what this cannot write is nested deeper than anything could keep
    except TypeError as error:
        raise Malformed(
            "epcis-too-large",
            N_("A document may be nested at most {most} levels deep."),
            N_("Send it in several smaller documents."),
            most=MOST_LEVELS,
        ) from error
    if _quotes(raw) != _quotes(written):
        raise Malformed(
            "named-twice",
            N_("“{value}” stands twice in one object."),
            N_("Which of the two is meant? Leave the other out."),
            value=_twin_in(raw)[:200],
        )
    return body


def _quotes(text: bytes) -> int:
    """Marks around texts. A field that is read over another takes its own with it; nothing else changes how many."""
    if b"\\" not in text:
        return text.count(b'"')
    plain = text.replace(b"\\\\", b"")
    return plain.count(b'"') - plain.count(b'\\"')


def _twin_in(raw: bytes) -> str:
    twins: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                twins.append(name)
            found[name] = value
        return found

    json.loads(raw.removeprefix(BOM_UTF8), object_pairs_hook=noted)
    return twins[0] if twins else ""
