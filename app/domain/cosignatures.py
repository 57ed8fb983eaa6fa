"""A partner's signature under a checkpoint (C2SP tlog-cosignature): that it saw this log grow and nothing else change.

Beside the format, the one rule for when a partner may sign: what it is shown has to continue what it saw before.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain import checkpoints, merkle, trust
from app.domain.checkpoints import Checkpoint
from app.errors import N_, Malformed, Refused

FITS, BEHIND, OTHER_START, FORKED = "fits", "behind", "other-start", "forked"
MOST_PROOF = 63  # hashes: enough for every size that a checkpoint can name
_TYPE = b"\x04"  # in the key id: a signature with a time, by Ed25519
_LATEST = 2**53


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of a log that somebody has; nothing yet: size 0 and the empty root."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT


def judge(seen: Seen, shown: Checkpoint, old: int, proof: Sequence[bytes]) -> str:
    """Whether `shown` continues `seen`: FITS, or FORKED where it cannot; BEHIND for an earlier size, of which nothing
    can be said; OTHER_START where the proof begins at another size than ours and has to be made again."""
    if shown.size < seen.size:
        return BEHIND
    if shown.size == seen.size:
        return FITS if shown.root == seen.root else FORKED
    if old != seen.size:
        return OTHER_START
    fits = merkle.verify_consistency(old, shown.size, seen.root, shown.root, proof) if old else not proof
    return FITS if fits else FORKED


def line(body: str, name: str, key_seed: bytes, moment: datetime) -> str:
    """`— name base64(key id + time + signature)` with its newline, under the text of a checkpoint. One key signs under
    one name only, since the name is not signed."""
    public = trust.public_key_of(key_seed).raw
    seconds = int(moment.timestamp())
    signature = trust.SUITES["EdDSA"].sign(key_seed, _message(body, seconds))
    raw = key_id(name, public) + seconds.to_bytes(8, "big") + signature
    return f"— {name} {base64.b64encode(raw).decode()}\n"


def verify(body: str, signed: str, public: bytes) -> datetime:
    """When the holder of this key (32 bytes) signed the checkpoint, by its own clock. Refused `bad-signature`,
    Malformed `bad-note`."""
    found = signature_in(body, signed)
    seconds, signature = int.from_bytes(found.signature[:8], "big"), found.signature[8:]
    fitting = found.key_id == key_id(found.name, public) and len(signature) == 64 and seconds < _LATEST
    if not fitting or not trust.SUITES["EdDSA"].fits(public, signature, _message(body, seconds)):
        raise Refused(
            "bad-signature",
            N_("The signature of “{name}” does not fit the checkpoint: one of the two was changed."),
            N_("Fetch it again from the node itself; if it stays, tell its operator."),
            name=found.name,
        )
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        raise Malformed(
            "bad-note", N_("This is not a signed note: a signature line is not well formed.")
        ) from None


def signature_in(body: str, signed: str) -> checkpoints.Signature:
    """The one signature of a line; Malformed `bad-note` for none or several."""
    found = checkpoints.parse_note(f"{body}\n{signed}").signatures
    if len(found) != 1:
        raise Malformed("bad-note", N_("This is not a signed note: a signature line is not well formed."))
    return found[0]


def verifier_key(name: str, public: bytes) -> str:
    """What others check the line with: `name+key id+base64`."""
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(_TYPE + public).decode()}"


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _TYPE + public).digest()[:4]


def _message(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()
