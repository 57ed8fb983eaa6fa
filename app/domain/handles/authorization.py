"""The Authorization header of the Handle API taken apart: Basic with an escaped identity, and `Handle key="value"`."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote

from app.domain.handles.rights import Identity, identity_of

_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(?:,|$)')
MOST_SECRET = 1_000  # bytes


@dataclass(frozen=True, slots=True)
class Basic:
    identity: Identity
    password: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A session, and where `signature` is not empty the proof of an identity made with its nonce. `alg` and the lower
    three are the client's choice."""

    session_id: str = ""
    identity: Identity | None = None
    type: str = ""
    alg: str = ""
    cnonce: bytes = b""
    signature: bytes = b""
    client_cert: bool = False
    version: str = "0"
    salt: bytes = b""
    iterations: int = 0
    length: int = 0

    @property
    def proves(self) -> bool:
        return self.identity is not None and bool(self.signature)


def parse_header(header: str) -> Basic | Proof | None:
    """What a client shows of itself; None for a header that is neither of the two, or cannot be read."""
    scheme, _, rest = header.strip().partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(rest.strip())
        case "handle":
            return _handle(rest)
    return None


def proof_of(fields: dict[str, object]) -> Proof | None:
    """The fields of a `Handle` header, or of the JSON that a client sends in its place."""
    texts = {name.lower(): str(value) for name, value in fields.items() if isinstance(value, str | int)}
    try:
        return Proof(
            session_id=texts.get("sessionid", ""),
            identity=identity_of(texts["id"]) if texts.get("id") else None,
            type=texts.get("type", ""),
            alg=texts.get("alg", ""),
            cnonce=_bytes(texts.get("cnonce", "")),
            signature=_bytes(texts.get("signature", "")),
            client_cert=texts.get("clientcert", "").lower() == "true",
            version=texts.get("version", "0"),
            salt=_bytes(texts.get("salt", "")),
            iterations=int(texts.get("iterations", "0")[:9]),
            length=int(texts.get("length", "0")[:9]),
        )
    except ValueError:
        return None


def _basic(encoded: str) -> Basic | None:
    """The identity holds a colon itself, so clients escape it; it ends at the first colon that is not escaped."""
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        identity = identity_of(unquote(name.decode(), errors="strict"))
    except ValueError:  # of base64 or UTF-8
        return None
    return Basic(identity, password) if colon and len(password) <= MOST_SECRET else None


def _handle(rest: str) -> Proof | None:
    fields: dict[str, object] = {}
    place = 0
    while place < len(rest.rstrip()):
        match = _PAIR.match(rest, place)
        if match is None:
            return None
        fields[match[1]] = match[2] if match[2] is not None else match[3]
        place = match.end()
    return proof_of(fields)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
