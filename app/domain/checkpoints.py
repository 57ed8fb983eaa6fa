"""Signed checkpoints of the log: a C2SP tlog-checkpoint body in a C2SP signed note, Ed25519. Keeps no keys.

A private key is the 32-byte RFC 8032 seed; a verifier key the text `name+hex key id+base64` partners exchange.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from app.errors import N_, Malformed, Refused

MAX_NOTE = 65_536
MAX_SIGNATURES = 64  # the specification asks for at least 16
_ED25519 = b"\x01"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: `size` entries with this Merkle `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """`text` is what was signed, its last newline included; not to be trusted before a signature is verified."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"


def body(origin: str, size: int, root: bytes) -> str:
    """The note text of a checkpoint: three lines, each ended by a newline."""
    text = f"{origin}\n{size}\n{_base64(root)}\n"
    if checkpoint_of(text) != Checkpoint(origin, size, root):
        _bad_checkpoint(N_("This is not a checkpoint: its name has a line break or its size is too large."))
    return text


def sign(body: str, name: str, private_key_bytes: bytes) -> str:
    """The whole note with this one signature. More signers append their own signature_line()."""
    return f"{body}\n{signature_line(body, name, private_key_bytes)}"


def signature_line(body: str, name: str, private_key_bytes: bytes) -> str:
    """`— name base64(key id + signature)` with its newline; `body` must end in a newline."""
    _check_text(body)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private_key_bytes)
    verifier = _checked_key(name, key.public_key().public_bytes_raw())
    return f"— {name} {_base64(verifier.key_id + key.sign(body.encode()))}\n"


def verifier_key(name: str, public: bytes) -> str:
    """The text `name+hex key id+base64` for a 32-byte public key."""
    return str(_checked_key(name, public))


def parse_verifier_key(text: str) -> VerifierKey:
    """Malformed `bad-verifier-key` unless well formed, Ed25519, and with the key id of this name and key."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _from_base64(encoded)
    if raw is None or len(raw) != 33 or raw[:1] != _ED25519:
        _bad_key(text)
    key = _checked_key(name, raw[1:])
    if key.key_id.hex() != key_id:
        _bad_key(text)
    return key


def parse_note(text: str) -> Note:
    """Takes a signed note apart without verifying it. Malformed `bad-note` when it is not one."""
    if len(text) > MAX_NOTE:
        _bad_note(N_("This is not a signed note: it is too long."))
    signed, gap, tail = text.rpartition("\n\n")
    signed += "\n"
    if not gap or not tail.endswith("\n"):
        _bad_note(N_("This is not a signed note: a blank line or the last newline is missing."))
    _check_text(signed)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        _bad_note(N_("This is not a signed note: it has too many signatures."))
    return Note(signed, tuple(_signature_of(line) for line in lines))


def verify(note: str, verifier_key: str) -> Checkpoint:
    """The checkpoint, once the holder of `verifier_key` is seen to have signed it.

    Signatures of other keys are ignored. Refused `bad-signature` when this key's is false, `not-signed` without one.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key, parsed = parse_verifier_key(verifier_key), parse_note(note)
    ours = [s for s in parsed.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
    if not ours:
        raise Refused(
            "not-signed",
            N_("The checkpoint is not signed by “{name}”."),
            N_("Check that the key on file is the one that node uses today."),
            name=key.name,
        )
    for signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature, parsed.text.encode())
        except InvalidSignature:
            raise Refused(
                "bad-signature",
                N_("The signature of “{name}” does not fit the checkpoint: one of the two was changed."),
                N_("Fetch it again from the node itself; if it stays, tell its operator."),
                name=key.name,
            ) from None
    return checkpoint_of(parsed.text)


def checkpoint_of(text: str) -> Checkpoint:
    """What a note's text states, whoever signed it. Malformed `bad-checkpoint`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        _bad_checkpoint(N_("This is not a checkpoint: it needs three lines or more, none of them empty."))
    origin, size, encoded = lines[:3]
    root = _from_base64(encoded)
    if not _SIZE.fullmatch(size):
        _bad_checkpoint(N_("This is not a checkpoint: its second line is not a tree size."))
    if root is None or len(root) != 32:
        _bad_checkpoint(N_("This is not a checkpoint: its third line is not a root hash."))
    _check_text(text)
    return Checkpoint(origin, int(size), root)


def _signature_of(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    raw = _from_base64(match[2]) if match else None
    if match is None or "+" in match[1] or raw is None or len(raw) < 5:
        _bad_note(N_("This is not a signed note: a signature line is not well formed."))
    return Signature(match[1], raw[:4], raw[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        _bad_note(N_("This is not a signed note: the last newline of its text is missing."))
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
        _bad_note(N_("This is not a signed note: it holds a control character."))


def _checked_key(name: str, public: bytes) -> VerifierKey:
    if not name or len(public) != 32 or any(c == "+" or c.isspace() or not c.isprintable() for c in name):
        _bad_key(name)
    return VerifierKey(name, public)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes | None:
    """Strict RFC 4648 section 4, one spelling per value: else a note could change and its signature still hold."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _bad_note(message: str) -> NoReturn:
    hint = N_("Fetch it again as plain text, without changing line ends or spaces.")
    raise Malformed("bad-note", message, hint)


def _bad_checkpoint(message: str) -> NoReturn:
    hint = N_("Fetch the checkpoint again from the node that signed it.")
    raise Malformed("bad-checkpoint", message, hint)


def _bad_key(text: str) -> NoReturn:
    hint = N_("It is written name+8 hexadecimal digits+base64, on one line, as the node shows it.")
    raise Malformed("bad-verifier-key", N_("“{value}” is not a verifier key."), hint, value=text[:120])
