"""Public keys as the native protocol has them: RSA and DSA; what it does not know goes out as its JSON Web Key."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from app.domain.handles import octets

_MOST = 2_000  # characters of a number of a key
# kty -> name in the protocol, the order of its numbers (RFC 3651 §3.2.1; Wireshark's dissector has the same)
_KINDS = {"RSA": ("RSA_PUB_KEY", ("e", "n")), "DSA": ("DSA_PUB_KEY", ("q", "p", "g", "y"))}
_RESERVED = b"\0\0"


def key_octets(jwk: Mapping[str, Any]) -> bytes:
    name, numbers = _KINDS.get(str(jwk.get("kty")), ("", ()))
    try:
        parts = [octets.string(_signed(str(jwk[number]))) for number in numbers]
    except (KeyError, ValueError):
        name = ""
    if not name:
        return orjson.dumps(dict(jwk))
    trailer = octets.number(0) if name.startswith("RSA") else b""  # a field that nothing uses
    return octets.string(name) + _RESERVED + b"".join(parts) + trailer


def _signed(text: str) -> bytes:
    """The number with a leading zero octet where its first bit is set: clients read it as a signed one."""
    if len(text) > _MOST:
        raise ValueError("too long")
    try:
        found = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error
    plain = found.lstrip(b"\0") or b"\0"
    return b"\0" + plain if plain[0] & 0x80 else plain
