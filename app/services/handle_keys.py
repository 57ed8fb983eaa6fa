"""Secret keys of identities (HS_SECKEY): what is kept of them, and whether somebody knows one.

Kept are an argon2id hash, which a password is compared with, and where the node allows it the secret itself sealed with
a key that is no part of the database: a challenge is answered with the secret, which no hash can check. See
docs/decisions/0009.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.handles import MASK, SECRET, Value, refused
from app.domain.handles.authorization import Proof
from app.domain.handles.keys import mac_fits, signature_fits
from app.errors import N_
from app.services.authenticating import hasher, nobody
from app.services.keeping import secret_of
from app.services.record_drafts import HASHED

KEY_FILE = "handles.key"
KEY_BYTES = 32
NONCE_BYTES = 12
PURPOSE = b"suyuan HS_SECKEY"
SHORTEST, LONGEST = 6, 200  # bytes
MOST_KEYS = 16  # at once: each takes tens of milliseconds
PUBLIC = ("HS_PUBKEY",)


def guarded(
    values: Iterable[Value], keys_dir: Path, *, sealed: bool = True, fast: bool = False
) -> list[Value]:
    """The values with their secret keys hashed. Slow for each of them; call it outside any transaction."""
    known = list(values)
    if sum(value.type == SECRET for value in known) > MOST_KEYS:
        raise refused(
            "invalid-value", index=known[-1].index, reason=N_("more secret keys than anybody needs")
        )
    return [_guarded(value, keys_dir, sealed, fast) if value.type == SECRET else value for value in known]


def secret_value(
    index: int, secret: str, keys_dir: Path, *, sealed: bool = True, fast: bool = False
) -> Value:
    """A new HS_SECKEY value, as it may be kept: administrators see a mask and may replace it, nobody else sees it."""
    plain = Value(index, SECRET, {"format": "string", "value": secret}, permissions="1100")
    return guarded([plain], keys_dir, sealed=sealed, fast=fast)[0]


def _guarded(value: Value, keys_dir: Path, sealed: bool, fast: bool) -> Value:
    if value.data["value"] == MASK:
        return value
    secret = _bytes(value)
    if not SHORTEST <= len(secret) <= LONGEST:
        raise refused("invalid-value", index=value.index, reason=N_("a secret key has 6 to 200 bytes"))
    kept = {"hash": hasher(fast).hash(secret)}
    if sealed:
        kept["sealed"] = base64.b64encode(_seal(secret, keys_dir)).decode()
    return replace(value, data={"format": HASHED, "value": kept})


def password_index(values: Sequence[Value], index: int, password: bytes, *, fast: bool = False) -> int:
    """The index of the secret key among `values` that this password is; 0 for none. `index` 0 tries them all.

    Takes as long where there is none. No session: never call it inside a transaction.
    """
    tried = 0
    for value in _of(values, (SECRET,), index):
        tried += 1
        if _verifies(value.data["value"].get("hash", ""), password, fast):
            return value.index
    if not tried:
        _verifies(nobody(fast), password, fast)
    return 0


def proof_index(values: Sequence[Value], proof: Proof, nonce: bytes, keys_dir: Path) -> int:
    """The index of the key among `values` that this proof was made with; 0 for none."""
    message, index = nonce + proof.cnonce, proof.identity.index if proof.identity else 0
    if proof.type == "HS_PUBKEY":
        for value in _of(values, PUBLIC, index):
            if value.data["format"] == "key" and signature_fits(
                value.data["value"], proof.alg, proof.signature, message
            ):
                return value.index
    if proof.type == SECRET:
        for value in _of(values, (SECRET,), index):
            secret = _open(base64.b64decode(value.data["value"].get("sealed", "")), keys_dir)
            if secret and mac_fits(
                secret,
                proof.alg,
                proof.signature,
                message,
                salt=proof.salt,
                iterations=proof.iterations,
                length=proof.length,
            ):
                return value.index
    return 0


def hashes_of(values: Sequence[Value], index: int) -> tuple[str, ...]:
    """What would change with the secret keys of an identity: for remembering that a password fitted."""
    return tuple(value.data["value"].get("hash", "") for value in _of(values, (SECRET,), index))


def _of(values: Sequence[Value], types: tuple[str, ...], index: int) -> list[Value]:
    return [
        value
        for value in values
        if index in (0, value.index)
        and any(value.type == t or (t[-1] == "." and value.type.startswith(t)) for t in types)
    ]


def _verifies(kept: str, password: bytes, fast: bool) -> bool:
    try:
        return hasher(fast).verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _bytes(value: Value) -> bytes:
    text: str = value.data["value"]
    match value.data["format"]:
        case "base64":
            return base64.b64decode(text)
        case "hex":
            return bytes.fromhex(text)
    return text.encode()


def _seal(secret: bytes, keys_dir: Path) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(secret_of(keys_dir / KEY_FILE, KEY_BYTES)).encrypt(nonce, secret, PURPOSE)


def _open(sealed: bytes, keys_dir: Path) -> bytes:
    """b'' for what is not sealed, or with another key: then only the hash is left, to compare a password with."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not sealed:
        return b""
    try:
        key = AESGCM(secret_of(keys_dir / KEY_FILE, KEY_BYTES))
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], PURPOSE)
    except InvalidTag:
        return b""
