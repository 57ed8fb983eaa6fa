"""Documents of events that wait in a folder of the node until the worker takes them in."""

from datetime import datetime
from pathlib import Path

KEPT_SECONDS = 7 * 24 * 3600  # of what nobody came for: its job was cancelled, or died


def keep(folder: Path, capture_id: str, raw: bytes, now: datetime) -> None:
    """Puts the document where the worker finds it, and clears up what was forgotten."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("capture-*"):
        if path.stat().st_mtime < now.timestamp() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
    _path(folder, capture_id).write_bytes(raw)


def read(folder: Path, capture_id: str) -> bytes:
    return _path(folder, capture_id).read_bytes()


def forget(folder: Path, capture_id: str) -> None:
    _path(folder, capture_id).unlink(missing_ok=True)


def _path(folder: Path, capture_id: str) -> Path:
    return folder / f"capture-{capture_id}"
