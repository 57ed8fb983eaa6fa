"""Keys of identities: public ones as JSON Web Keys, and the proofs that HS_PUBKEY and HS_SECKEY sessions send.

A proof covers the server's nonce followed by the client's. Which hash a client may choose is the protocol's; MD5 is
left out, since it proves nothing any more.
"""

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MOST_ITERATIONS = 1_000_000  # of PBKDF2: the client chooses, and the server works
_CURVES = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}
_HASHES = {
    "SHA": "SHA1",
    "SHA1": "SHA1",
    "SHA2": "SHA256",
    "SHA256": "SHA256",
    "SHA384": "SHA384",
    "SHA512": "SHA512",
}
_PRIVATE = {
    "d",
    "p",
    "q",
    "dp",
    "dq",
    "qi",
    "oth",
    "k",
}  # of a DSA key `p` and `q` are public, and `x` is not


def checked(jwk: object) -> dict[str, Any]:
    """The key with nothing but its public parts; ValueError for anything else, and for a private key."""
    if not isinstance(jwk, dict):
        raise ValueError("no object")  # noqa: TRY004  (what a caller sent)
    kind = str(jwk.get("kty", ""))
    names = {"RSA": "n e", "DSA": "y p q g", "EC": "crv x y", "OKP": "crv x"}.get(kind, "").split()
    private = {"x"} if kind == "DSA" else _PRIVATE
    if not names or private & jwk.keys():
        raise ValueError("no public key")
    public = {"kty": kind} | {name: jwk.get(name) for name in names}
    if "alg" in jwk:
        public["alg"] = str(jwk["alg"])[:20]
    public_key(public)
    return public


def public_key(jwk: dict[str, Any]) -> "PublicKeyTypes":
    """RFC 7518 and 8037; DSA (which no RFC has) with y, p, q and g as the reference server writes it. ValueError."""
    # here and below: a web process that never sees a key does without these megabytes
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

    try:
        match jwk.get("kty"):
            case "RSA":
                key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
                if not 1_024 <= key.key_size <= 8_192:
                    raise ValueError("size")
                return key
            case "DSA":
                numbers = dsa.DSAParameterNumbers(*(_number(jwk[name]) for name in "pqg"))
                return dsa.DSAPublicNumbers(_number(jwk["y"]), numbers).public_key()
            case "EC":
                curve = getattr(ec, _CURVES[jwk["crv"]])()
                return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve).public_key()
            case "OKP" if jwk.get("crv") == "Ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
    except (KeyError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("no public key") from error
    raise ValueError("no public key")


def same_key(jwk: dict[str, Any], other: "PublicKeyTypes") -> bool:
    return _der(public_key(jwk)) == _der(other)


def signature_fits(jwk: dict[str, Any], alg: str, signature: bytes, message: bytes) -> bool:
    """RSA (PKCS #1 v1.5), DSA, ECDSA (DER), Ed25519."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa

    key = public_key(jwk)
    name = re.sub(r"[^A-Z0-9]", "", alg.upper())
    name = _HASHES.get(re.sub(r"WITH(RSA|DSA|ECDSA)$", "", name), "")
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
            return True
        if not name:
            return False
        digest: hashes.HashAlgorithm = getattr(hashes, name)()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, message, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def mac_fits(
    secret: bytes,
    alg: str,
    mac: bytes,
    message: bytes,
    *,
    salt: bytes = b"",
    iterations: int = 0,
    length: int = 0,
) -> bool:
    """Whether `mac` was made of the message with the secret: H(secret, message, secret), HMAC, or HMAC-SHA1 with a key
    of `length` bits out of PBKDF2-HMAC-SHA1."""
    name = re.sub(r"[^A-Z0-9]", "", alg.upper())
    match name:
        case "SHA" | "SHA1":
            made = hashlib.sha1(secret + message + secret).digest()  # noqa: S324  (what older clients of the protocol sign with)
        case "SHA2" | "SHA256":
            made = hashlib.sha256(secret + message + secret).digest()
        case "HMACSHA1":
            made = hmac.digest(secret, message, "sha1")
        case "HMACSHA256":
            made = hmac.digest(secret, message, "sha256")
        case "PBKDF2HMACSHA1" | "PBKDF2WITHHMACSHA1":
            if not (salt and 1 <= iterations <= MOST_ITERATIONS and 64 <= length <= 512):
                return False
            key = hashlib.pbkdf2_hmac("sha1", secret, salt, iterations, length // 8)
            made = hmac.digest(key, message, "sha1")
        case _:
            return False
    return hmac.compare_digest(made, mac)


def _der(key: "PublicKeyTypes") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _number(text: Any) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > 2_000:
        raise ValueError("no base64url")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error
