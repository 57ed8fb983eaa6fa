"""Streams of octets sealed for one reader: X25519 for the key, AES-256-GCM piece by piece, nothing can be left out.

HKDF-SHA256 over the shared secret gives the key of one stream; each piece is sealed with its number and whether it is
the last. Another suite (SM2 with SM4) would be another row of the format's first line.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import NoReturn

from app.errors import N_, Malformed, Refused

MAGIC = b"suyuan-escrow 1 X25519-HKDF-SHA256-AES-256-GCM\n"
PIECE = 1 << 20
KEY_LENGTH = 32
TAG = 16


def new_key() -> tuple[str, str]:
    """(private, public) as text. The private one is for who restores, never for the node."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def seal(pieces: Iterable[bytes], public: str) -> Iterator[bytes]:
    """Refused `bad-escrow-key` for what is no public key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    reader = _raw(public)
    once = X25519PrivateKey.generate()
    try:
        shared = once.exchange(X25519PublicKey.from_public_bytes(reader))
    except ValueError:  # a point of small order
        _bad_key()
    own = once.public_key().public_bytes_raw()
    cipher = AESGCM(_derived(shared, own, reader))
    yield MAGIC + own
    number, waiting = 0, b""
    for piece in _even(pieces, first=PIECE, then=PIECE):
        if waiting:
            yield cipher.encrypt(_nonce(number, last=False), waiting, MAGIC)
            number += 1
        waiting = piece
    yield cipher.encrypt(_nonce(number, last=True), waiting, MAGIC)


def opened(sealed: Iterable[bytes], private: str) -> Iterator[bytes]:
    """What was sealed. Malformed `bad-escrow` for a stream that is damaged, cut off or for another reader."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = X25519PrivateKey.from_private_bytes(_raw(private))
    source = _even(sealed, first=len(MAGIC) + KEY_LENGTH, then=PIECE + TAG)
    head = next(source, b"")
    if len(head) != len(MAGIC) + KEY_LENGTH or not head.startswith(MAGIC):
        _damaged()
    own = head[len(MAGIC) :]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(own))
    except ValueError:
        _damaged()
    cipher = AESGCM(_derived(shared, own, key.public_key().public_bytes_raw()))
    number, waiting = 0, b""
    try:
        for piece in source:
            if waiting:
                yield cipher.decrypt(_nonce(number, last=False), waiting, MAGIC)
                number += 1
            waiting = piece
        yield cipher.decrypt(_nonce(number, last=True), waiting, MAGIC)
    except InvalidTag:
        _damaged()


def _derived(shared: bytes, own: bytes, reader: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_LENGTH, salt=own + reader, info=MAGIC).derive(shared)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _even(pieces: Iterable[bytes], first: int, then: int) -> Iterator[bytes]:
    """The same octets in pieces of equal length, the last one shorter and never empty unless all is."""
    held, size = bytearray(), first
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield bytes(held[:size])
            del held[:size]
            size = then
    if len(held) > size:
        yield bytes(held[:size])
        del held[:size]
    yield bytes(held)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip() + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        _bad_key()
    return raw if len(raw) == KEY_LENGTH else _bad_key()


def _bad_key() -> NoReturn:
    raise Refused(
        "bad-escrow-key",
        N_("This is no key for copies in escrow."),
        N_("Make a pair with ./dev escrow key; the public one is the node's setting ESCROW_KEY."),
    )


def _damaged() -> NoReturn:
    raise Malformed(
        "bad-escrow",
        N_("This is no copy that a node left in escrow, or it is damaged."),
        N_("Take another copy, or an older one."),
    )
