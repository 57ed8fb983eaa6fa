"""A value of a handle as octets (RFC 3651 §3.1): what native clients are sent, and what signatures of values cover."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.domain.handles import octets
from app.domain.handles.key_octets import key_octets
from app.domain.handles.sites import site_or_text
from app.domain.handles.values import Value

SIGNED_FROM = 8  # index and timestamp before it are no part of what a signature covers
_RELATIVE, _ABSOLUTE = b"\0", b"\1"


def encode_value(value: Value) -> bytes:
    """Index, timestamp, kind of ttl, ttl, permissions, type, data, references. Reads what `parse_value` has let in."""
    absolute = isinstance(value.ttl, str)
    return b"".join(
        (
            octets.number(value.index),
            octets.number(_seconds(value.timestamp)),
            _ABSOLUTE if absolute else _RELATIVE,
            octets.number(_seconds(value.ttl) if isinstance(value.ttl, str) else value.ttl),
            bytes((int(value.permissions, 2),)),
            octets.string(value.type),
            octets.string(data_octets(value.data)),
            _references(value.references),
        )
    )


def data_octets(data: dict[str, Any]) -> bytes:
    """The data by its format; as text where it has none that is known."""
    content = data["value"]
    make = _FORMATS.get(data["format"])
    return make(content) if make else str(content).encode("utf-8", "replace")


def _admin(content: dict[str, Any]) -> bytes:
    permissions = octets.number(int(content["permissions"], 2), 2)
    return permissions + octets.string(content["handle"]) + octets.number(int(content["index"]))


def _vlist(content: list[dict[str, Any]]) -> bytes:
    return _references(tuple((each["handle"], int(each["index"])) for each in content))


def _references(references: tuple[tuple[str, int], ...]) -> bytes:
    return octets.number(len(references)) + b"".join(
        octets.string(handle) + octets.number(index) for handle, index in references
    )


def _seconds(text: str) -> int:
    """Of a moment in ISO 8601, '' for none."""
    return int(datetime.fromisoformat(text).timestamp()) if text else 0


_FORMATS: dict[str, Callable[[Any], bytes]] = {
    "base64": base64.b64decode,
    "hex": bytes.fromhex,
    "admin": _admin,
    "vlist": _vlist,
    "key": key_octets,
    "site": site_or_text,
}
