"""What nodes sign for one another: public keys, and statements whose signature says of which kind they are.

No chains (see chains) and no private keys kept: a seed is handed in. A suite is a row of SUITES: Ed25519 now; SM2 with
SM3 would be another row.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from app.errors import N_, Malformed, Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_PAYLOAD = 4_000_000  # bytes; who fetches has a smaller limit of his own
MOST_KEYS = 16  # of one zone at one time: those of five national nodes, and those they are just leaving
_KIND = re.compile(r"[a-z][a-z-]{1,39}")
_FIELD = 2**255 - 19  # RFC 7748: the field of Curve25519
_ORDER_EIGHT = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The y of every point whose order divides 8, in all spellings: with such a key, one signature fits many statements.
_WEAK = {0, 1, _FIELD - 1, _FIELD, _FIELD + 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT}


@dataclass(frozen=True, slots=True)
class Suite:
    """One way of signing. `fixed` are the JWK's members that name it, `coordinates` those that the raw key is divided
    among in equal parts; `signature` is a signature's length. `fits` never raises."""

    fixed: tuple[tuple[str, str], ...]
    coordinates: tuple[str, ...]
    length: int
    signature: int
    sound: Callable[[bytes], bool]
    public_of: Callable[[bytes], bytes]
    sign: Callable[[bytes, bytes], bytes]
    fits: Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`alg` is the JWS name of the suite (RFC 8037: EdDSA); `raw` the key as the suite writes it."""

    alg: str
    raw: bytes

    @property
    def jwk(self) -> dict[str, str]:
        suite = SUITES[self.alg]
        part = len(self.raw) // len(suite.coordinates)
        return dict(suite.fixed) | {
            name: base64url(self.raw[at * part : (at + 1) * part])
            for at, name in enumerate(suite.coordinates)
        }

    @property
    def key_id(self) -> str:
        """RFC 7638 thumbprint, SHA-256 in base64url."""
        return _key_id(self)

    @classmethod
    def from_jwk(cls, jwk: object) -> "PublicKey":
        """Malformed `bad-key` for what is no public key of a known suite, a private key or a weak one among them.
        Members other than the key's own (kid, use) are passed over."""
        if not isinstance(jwk, dict) or "d" in jwk:
            _bad_key()
        for alg, suite in SUITES.items():
            if all(jwk.get(name) == value for name, value in suite.fixed):
                parts = [from_base64url(jwk.get(name)) or b"" for name in suite.coordinates]
                raw = b"".join(parts)
                even = len({len(part) for part in parts}) == 1
                if jwk.get("alg", alg) == alg and even and len(raw) == suite.length and suite.sound(raw):
                    return cls(alg, raw)
        return _bad_key()


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with its signature. Nothing in it is to be believed before `verify`."""

    payload: bytes
    key_id: str
    alg: str
    signature: bytes

    @property
    def wire(self) -> dict[str, str]:
        return {
            "payload": base64url(self.payload),
            "key": self.key_id,
            "alg": self.alg,
            "signature": base64url(self.signature),
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the payload in hex: the same for the same statement, whoever signed it."""
        return hashlib.sha256(self.payload).hexdigest()

    @classmethod
    def from_wire(cls, wire: object) -> "Signed":
        """Malformed `bad-statement` unless it has the four members, each in its one spelling and of fitting length."""
        if not isinstance(wire, dict):
            _bad_statement()
        payload, signature = from_base64url(wire.get("payload")), from_base64url(wire.get("signature"))
        key_id, alg = wire.get("key"), wire.get("alg")
        if payload is None or signature is None or not isinstance(key_id, str) or not isinstance(alg, str):
            _bad_statement()
        if (
            not 2 <= len(payload) <= MOST_PAYLOAD
            or len(key_id) != 43
            or len(signature) > 512
            or len(alg) > 20
        ):
            _bad_statement()
        return cls(payload, key_id, alg, signature)

    def peek(self) -> dict[str, Any]:
        """What it claims, not verified: to find out whose key to verify it with. Malformed `bad-statement`."""
        try:
            found = orjson.loads(self.payload)
        except orjson.JSONDecodeError:
            _bad_statement()
        if not isinstance(found, dict):
            _bad_statement()
        return found


def sign(kind: str, body: Mapping[str, Any], key_seed: bytes, alg: str = "EdDSA") -> Signed:
    """The statement `body` with its `kind`, in canonical JSON, signed with the private key of this seed."""
    if not _KIND.fullmatch(kind):
        raise ValueError(kind)
    payload = canonical({**body, "kind": kind})
    key = public_key_of(key_seed, alg)
    return Signed(payload, key.key_id, alg, SUITES[alg].sign(key_seed, _message(kind, payload)))


def verify(signed: Signed, keys: Iterable[PublicKey], kind: str) -> dict[str, Any]:
    """What was stated, once one of `keys` is seen to have signed it as a statement of this kind.

    Refused `wrong-kind`, `unknown-key` (none of these keys) or `bad-signature`; Malformed `bad-statement`. Says nothing
    about times.
    """
    body = signed.peek()
    if body.get("kind") != kind:
        raise Refused(
            "wrong-kind",
            N_("This is not a signed statement of the kind “{kind}”."),
            N_("Whoever sent it took one statement for another, or wants it taken for another."),
            kind=kind,
        )
    key = next((key for key in keys if key.key_id == signed.key_id), None)
    if key is None or key.alg != signed.alg:
        raise Refused(
            "unknown-key",
            N_("The statement is signed with the key {key}, which is none of the signer's keys."),
            N_("The key may be new, or withdrawn; ask again after the time for which answers are kept."),
            key=signed.key_id,
        )
    suite = SUITES[key.alg]
    fitting = len(signed.signature) == suite.signature
    if not fitting or not suite.fits(key.raw, signed.signature, _message(kind, signed.payload)):
        raise Refused(
            "bad-signature",
            N_("The signature does not fit the statement: one of the two was changed."),
            N_("Fetch it again from the node itself; if it stays, tell its operator."),
        )
    return body


def public_key_of(key_seed: bytes, alg: str = "EdDSA") -> PublicKey:
    return PublicKey(alg, SUITES[alg].public_of(key_seed))


def keys_of(jwks: object) -> tuple[PublicKey, ...]:
    """The keys of a list of JWKs, as delegations and root hints hold them: 1 to MOST_KEYS. Malformed `bad-key`."""
    if not isinstance(jwks, list) or not 1 <= len(jwks) <= MOST_KEYS:
        _bad_key()
    return tuple(PublicKey.from_jwk(jwk) for jwk in jwks)


def canonical(body: Mapping[str, Any]) -> bytes:
    """JSON with sorted members and without spaces: one spelling for one content."""
    return orjson.dumps(dict(body), option=orjson.OPT_SORT_KEYS)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: object) -> bytes | None:
    """RFC 4648 section 5 without padding, one spelling per value; None for anything else."""
    if not isinstance(text, str) or len(text) > MOST_PAYLOAD * 4 // 3 + 4 or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error:
        return None
    return raw if base64url(raw) == text else None


def _message(kind: str, payload: bytes) -> bytes:
    return b"suyuan " + kind.encode() + b"\n" + payload


@lru_cache(maxsize=1024)
def _key_id(key: PublicKey) -> str:
    return base64url(hashlib.sha256(canonical(key.jwk)).digest())


# --- Ed25519 (RFC 8032) ---


@lru_cache(maxsize=8)  # loading takes as long as signing
def _private(seed: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=1024)
def _public(raw: bytes) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=8)
def _ed25519_public_of(seed: bytes) -> bytes:
    return _private(seed).public_key().public_bytes_raw()


def _ed25519_sign(seed: bytes, message: bytes) -> bytes:
    return _private(seed).sign(message)


def _ed25519_fits(raw: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        _public(raw).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _ed25519_sound(raw: bytes) -> bool:
    return int.from_bytes(raw, "little") & (2**255 - 1) not in _WEAK


SUITES: dict[str, Suite] = {
    "EdDSA": Suite(
        fixed=(("kty", "OKP"), ("crv", "Ed25519")),
        coordinates=("x",),
        length=32,
        signature=64,
        sound=_ed25519_sound,
        public_of=_ed25519_public_of,
        sign=_ed25519_sign,
        fits=_ed25519_fits,
    )
}


def _bad_key() -> NoReturn:
    raise Malformed(
        "bad-key",
        N_("This is not a public key that nodes sign with."),
        N_("Send a JSON Web Key of the kind OKP with the curve Ed25519, its public part only."),
    )


def _bad_statement() -> NoReturn:
    raise Malformed(
        "bad-statement",
        N_("This is not a signed statement of a node."),
        N_("It has the members payload, key, alg and signature, in base64url where they are bytes."),
    )
