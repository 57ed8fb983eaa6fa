"""Photographs that people send: how large, and how many are looked at at a time. What is in them, services say."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from werkzeug.datastructures import FileStorage

from app.errors import N_, Malformed, Refused
from app.web import edge

AT_ONCE = 2  # pictures being decoded by one process: each may take a hundred megabytes and seconds
PATIENCE_SECONDS = 10
_turns = BoundedSemaphore(AT_ONCE)


class TooLarge(Malformed):
    http_status = 413


class Busy(Refused):
    http_status = 503


def received(photo: FileStorage) -> bytes:
    """TooLarge beyond MAX_UPLOAD_MB."""
    most = edge.node().settings.max_upload_mb
    picture = photo.stream.read(most * 1024 * 1024 + 1)
    if len(picture) > most * 1024 * 1024:
        raise TooLarge(
            "too-large",
            N_("What was sent is larger than {most} MB."),
            N_("Send a smaller file; a photo of the label alone is enough."),
            most=most,
        )
    return picture


@contextmanager
def turn() -> Iterator[None]:
    """Waits until this process may look at one more picture; Busy where that takes long."""
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Busy("busy", N_("The node is busy."), N_("Try again in a moment."))
    try:
        yield
    finally:
        _turns.release()
