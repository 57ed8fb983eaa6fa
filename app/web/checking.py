"""A file that somebody hands over to be held against the log: taken in within bounds, looked at, told in sentences."""

import hashlib
import time
from contextlib import closing
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import IO, Any

from flask import current_app, request

from app.domain import evidence
from app.domain.evidence import Finding
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused
from app.services import certifying, evidencing, rotating
from app.services.recursing.limiting import Limits
from app.web import edge

A_SECOND = 1.0  # files of one address, on the average; a few at once are fine
AT_ONCE = 2  # texts being read by one process: each may become a hundred megabytes for a moment
PATIENCE_SECONDS = 10
PIECE = 1 << 20
_turns = BoundedSemaphore(AT_ONCE)


class TooOften(Refused):
    http_status = 429


class Busy(Refused):
    http_status = 503


@dataclass(frozen=True, slots=True)
class Looked:
    finding: Finding
    digest: str
    size: int


def look(file: IO[bytes], reader: Actor | None) -> Looked:
    """Malformed `no-file`, `bad-evidence`, and what events are refused for; TooOften, Busy."""
    if not limits().take(request.remote_addr or "", time.monotonic()):
        raise TooOften(
            "too-many-checks",
            N_("Many files were checked from your address just now."),
            N_("Wait a minute and try again."),
        )
    with closing(file):
        start, digest, size = _taken(file)
    if not size:
        raise Malformed(
            "no-file", N_("There is nothing to check."), N_("Choose a file, or paste its text."), field="file"
        )
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Busy("busy", N_("The node is busy."), N_("Try again in a moment."))
    try:
        dropped = evidence.read(start)
        with edge.reading() as session:
            finding = evidencing.examine(session, dropped, digest, reader, keys())
    finally:
        _turns.release()
    return Looked(finding, digest, size)


def keys() -> list[str]:
    """What this node signs with, and what it signed with before."""
    node = edge.node()
    return rotating.verifier_keys(node.keys, certifying.origin_of(node.settings.base_url))


def limits() -> Limits:
    kept: dict[str, Any] = current_app.extensions
    found: Limits = kept.setdefault("suyuan-checks", Limits(A_SECOND))
    return found


def _taken(file: IO[bytes]) -> tuple[bytes, str, int]:
    """The beginning (one byte more than is read as a text), the SHA-256 and the size, never all of it in memory."""
    whole, start, size = hashlib.sha256(), b"", 0
    while piece := file.read(PIECE):
        whole.update(piece)
        size += len(piece)
        if len(start) <= evidence.MOST_TEXT:
            start = (start + piece)[: evidence.MOST_TEXT + 1]
    return start, whole.hexdigest(), size
