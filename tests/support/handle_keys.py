"""Keys of identities for tests, made anew: their public half as a JWK, and what a client signs with the other."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa


@dataclass(frozen=True)
class Key:
    jwk: dict[str, Any]
    sign: Callable[[bytes], bytes]
    private: Any


def text(number: int | bytes) -> str:
    data = number if isinstance(number, bytes) else number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def rsa_key() -> Key:
    key = rsa.generate_private_key(65_537, 2_048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": text(numbers.n), "e": text(numbers.e)}
    return Key(jwk, lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256()), key)


def ec_key() -> Key:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": text(numbers.x), "y": text(numbers.y)}
    return Key(jwk, lambda message: key.sign(message, ec.ECDSA(hashes.SHA256())), key)


def ed25519_key() -> Key:
    key = ed25519.Ed25519PrivateKey.generate()
    return Key(
        {"kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().public_bytes_raw())}, key.sign, key
    )


def dsa_key() -> Key:
    key = dsa.generate_private_key(1_024)  # what the reference server made for twenty years
    public = key.public_key().public_numbers()
    group = public.parameter_numbers
    jwk = {"kty": "DSA", "y": text(public.y), "p": text(group.p), "q": text(group.q), "g": text(group.g)}
    return Key(jwk, lambda message: key.sign(message, hashes.SHA256()), key)


KINDS = {"RSA": rsa_key, "EC": ec_key, "Ed25519": ed25519_key, "DSA": dsa_key}
