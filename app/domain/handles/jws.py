"""JSON Web Signatures as values of handles hold them (RFC 7515): compact or in their JSON form, one signature each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import orjson

from app.domain import trust
from app.domain.chains import SKEW
from app.domain.handles import keys
from app.errors import N_, Malformed, Refused

MOST_TEXT = 262_144
# name in the header -> kind of the key, hash; whatever is not here (none, HMAC, SM2256) fits no key
_ALGORITHMS = {
    "RS256": ("RSA", "SHA256"),
    "RS384": ("RSA", "SHA384"),
    "RS512": ("RSA", "SHA512"),
    "DS256": ("DSA", "SHA256"),
    "ES256": ("EC", "SHA256"),
    "EdDSA": ("OKP", ""),
}
_HALF = 32  # bytes of r and of s in ES256


@dataclass(frozen=True, slots=True)
class Jws:
    """Taken apart, not verified. `signed` is what the signature covers."""

    alg: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def claim(self, name: str) -> str:
        """A claim that has to be a text. Malformed `bad-jws`."""
        found = self.claims.get(name)
        return found if isinstance(found, str) else bad()


def parse(text: object) -> Jws:
    """Malformed `bad-jws` for what is none, or holds no claims."""
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        bad()
    header, payload, signature = _parts(text.strip())
    head, claims, raw = _object(header), _object(payload), trust.from_base64url(signature)
    alg = head.get("alg")
    if raw is None or not isinstance(alg, str) or "crit" in head:  # an extension that has to be understood
        bad()
    return Jws(alg, claims, f"{header}.{payload}".encode(), raw)


def fits(jws: Jws, jwk: Mapping[str, Any]) -> bool:
    """Whether the holder of this key signed it; what the header says has to be of the key's kind."""
    kind, digest = _ALGORITHMS.get(jws.alg, ("", ""))
    if not kind or jwk.get("kty") != kind:
        return False
    try:
        signature = _der(jws.signature) if kind == "EC" else jws.signature
        return keys.signature_fits(dict(jwk), digest, signature, jws.signed)
    except ValueError:
        return False


def check(jws: Jws, holders: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Refused `bad-signature` unless one of these keys (JWKs) signed it, `not-yet-valid` or `no-longer-valid` out of
    the time that it names itself; Malformed `bad-jws` where it names none."""
    if not any(fits(jws, key) for key in holders):
        raise Refused(
            "bad-signature",
            N_("The signature does not fit the statement: one of the two was changed."),
            N_("Fetch it again from the node itself; if it stays, tell its operator."),
        )
    first, last = jws.claims.get("nbf"), jws.claims.get("exp")
    if type(first) is not int or type(last) is not int:
        bad()
    if now.timestamp() < first - SKEW.total_seconds():
        raise Refused(
            "not-yet-valid",
            N_("The statement is of a time to come."),
            N_("Compare the clocks of the two nodes with a time server."),
        )
    if now.timestamp() > last + SKEW.total_seconds():
        raise Refused(
            "no-longer-valid",
            N_("The statement's time is over."),
            N_("Ask again. If it stays, compare the clocks of the two nodes with a time server."),
        )


def sign(claims: Mapping[str, Any], key_seed: bytes) -> str:
    """Compact, with Ed25519."""
    parts = (orjson.dumps({"alg": "EdDSA"}), trust.canonical(claims))
    text = ".".join(trust.base64url(part) for part in parts)
    return f"{text}.{trust.base64url(trust.SUITES['EdDSA'].sign(key_seed, text.encode()))}"


def _parts(text: str) -> tuple[str, str, str]:
    if not text.startswith("{"):
        pieces = text.split(".")
        return (pieces[0], pieces[1], pieces[2]) if len(pieces) == 3 else bad()
    try:
        found = orjson.loads(text)
        (one,) = found["signatures"]
        header, payload, signature = one["protected"], found["payload"], one["signature"]
    except (KeyError, TypeError, ValueError):
        bad()
    if not all(isinstance(part, str) for part in (header, payload, signature)):
        bad()
    return header, payload, signature


def _object(part: str) -> dict[str, Any]:
    raw = trust.from_base64url(part)
    try:
        found = orjson.loads(raw or b"")
    except orjson.JSONDecodeError:
        bad()
    return found if isinstance(found, dict) else bad()


def _der(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(raw) != 2 * _HALF:
        raise ValueError("length")
    return encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))


def bad() -> NoReturn:
    raise Malformed(
        "bad-jws",
        N_("This is not a JSON Web Signature with claims."),
        N_("It has three parts in base64url between dots, or payload and signatures in JSON."),
    )
