"""Secrets that a node makes for itself and keeps in files: made once, whole or not at all, for their owner alone."""

import os
import secrets
from pathlib import Path

from app.errors import N_, Refused


def secret_of(path: Path, length: int) -> bytes:
    """The `length` random bytes kept in that file, drawn at the first call. Processes that start at once agree on one.

    Refused when the file holds something else: a key is never replaced, since what it signed would lose its proof.
    """
    if not path.exists():
        _create(path, secrets.token_bytes(length))
    found = path.read_bytes()
    if len(found) != length:
        raise Refused(
            "bad-key-file",
            N_("The key file {file} has {found} bytes instead of {length}."),
            N_("Put the file back from a backup."),
            file=str(path),
            found=len(found),
            length=length,
        )
    return found


def _create(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails when another process was first, and never shows a half-written key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else a power cut could take the name away after the key has signed
    finally:
        os.close(folder)
