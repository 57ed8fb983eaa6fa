"""The node's next signing key, and those it signed with before: drawn, made known, put in the present one's place.

    next_seed  drawn once and kept beside the present key; nothing is signed with it yet
    (the parent states it: joining.rotation, signed by the present key; both count for the overlap)
    swap       the next key takes the present one's place, whose public part is kept for ever

A lost key has no overlap: `secret_of` draws a new one, and the parent's operator enters it by hand.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from app.domain import checkpoints
from app.domain.delegations import time_of, time_text
from app.domain.trust import PublicKey, public_key_of
from app.errors import N_, Malformed, Refused
from app.services.certifying import KEY_FILE, SEED_LENGTH, signing_key
from app.services.keeping import secret_of

NEXT_FILE = "node.next.key"
FORMER_FILE = "former.json"


@dataclass(frozen=True, slots=True)
class Former:
    """A key that this node signed with, and until when."""

    key: PublicKey
    left: datetime


def next_seed(keys_dir: Path) -> bytes:
    """The seed of the key that comes next; drawn at the first call."""
    return secret_of(keys_dir / NEXT_FILE, SEED_LENGTH)


def next_key(keys_dir: Path) -> PublicKey | None:
    """The public part of it; None where none was drawn since the last swap."""
    return public_key_of(next_seed(keys_dir)) if (keys_dir / NEXT_FILE).exists() else None


def swap(keys_dir: Path, now: datetime) -> PublicKey:
    """The next key becomes the present one, which is given. Refused `no-next-key`.

    What was signed stays verifiable: the public part of the old key is kept before anything else is done, so that a
    power cut leaves either key in place and never none.
    """
    if not (keys_dir / NEXT_FILE).exists():
        raise Refused(
            "no-next-key",
            N_("No next key was drawn, so there is nothing to change to."),
            N_("Prepare a key, and have the node above state it first."),
        )
    new, present = public_key_of(next_seed(keys_dir)), public_key_of(signing_key(keys_dir))
    others = [each for each in former(keys_dir) if each.key != present]
    _write(keys_dir / FORMER_FILE, [*others, Former(present, now)])
    (keys_dir / NEXT_FILE).replace(keys_dir / KEY_FILE)
    _sync(keys_dir)
    return new


def former(keys_dir: Path) -> list[Former]:
    """The oldest first. Refused `bad-key-file` for a file that somebody has changed by hand."""
    path = keys_dir / FORMER_FILE
    if not path.exists():
        return []
    try:
        told = orjson.loads(path.read_bytes())
        return [Former(PublicKey.from_jwk(each["jwk"]), _moment(each["left"])) for each in told]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, Malformed):
        raise Refused(
            "bad-key-file",
            N_("The file {file} of former keys cannot be read."),
            N_("Put the file back from a backup."),
            file=str(path),
        ) from None


def own_keys(keys_dir: Path) -> tuple[PublicKey, ...]:
    """All that this node signs or ever signed with, the present one first."""
    present = public_key_of(signing_key(keys_dir))
    return (present, *(each.key for each in reversed(former(keys_dir)) if each.key != present))


def verifier_keys(keys_dir: Path, origin: str) -> list[str]:
    """What the log's checkpoints are checked with, whichever of the node's keys signed them; the present one first."""
    return [checkpoints.verifier_key(origin, key.raw) for key in own_keys(keys_dir)]


def _moment(text: object) -> datetime:
    found = time_of(text)
    if found is None:
        raise ValueError(text)
    return found


def _write(path: Path, keys: list[Former]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    told = [{"jwk": each.key.jwk, "left": time_text(each.left)} for each in keys]
    with draft.open("wb") as file:
        file.write(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
