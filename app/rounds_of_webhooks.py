"""Messages to other systems sent every minute: several addresses at a time, the messages to each in their order."""

import fcntl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from app.errors import PeerFailed, Refused
from app.rounds import Turn
from app.services import webhooks
from app.store import database
from app.store.webhooks import Address

MOST_ADDRESSES = 200  # of one turn, the longest waiting first
MOST_EACH = 20  # messages to one address before the others have their turn
AT_ONCE = 8
SECONDS = 45.0  # after that nothing is begun any more
LOCK = "sending.lock"


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether no other process of this node's folder sends; none will while the block lasts. Two would not send a
    message twice, but could overtake each other on the way to one address."""
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def send(turn: Turn) -> None:
    """Sends what is due, in several passes while there is time; forgets what is long over."""
    began = time.monotonic()
    with alone(turn.settings.data_dir) as free:
        if free:
            _send_all(turn, began)
    with database.writing(turn.engine) as session:
        webhooks.forget(session, turn.now)


def _send_all(turn: Turn, began: float) -> None:
    while True:
        with database.reading(turn.engine) as session:
            places = webhooks.addresses_due(session, _now(turn, began), MOST_ADDRESSES)
        if not places or time.monotonic() - began > SECONDS:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda place: _send_to(turn, place, began), places))


def send_to(turn: Turn, place: Address) -> None:
    """The next messages to this address alone."""
    _send_to(turn, place, time.monotonic())


def _send_to(turn: Turn, place: Address, began: float) -> None:
    with database.writing(turn.engine) as session:
        ids = webhooks.lease(session, place, _now(turn, began), MOST_EACH)
    for done, message_id in enumerate(ids):
        if time.monotonic() - began > SECONDS:
            with database.writing(turn.engine) as session:
                webhooks.release(session, ids[done:], _now(turn, began))
            return
        if not _send(turn, message_id, began):
            return


def _send(turn: Turn, message_id: int, began: float) -> bool:
    """False when the address is in trouble, so that nothing else goes there now. Any answer but a 2xx is a no."""
    status, trouble = 0, ""
    try:
        with database.reading(turn.engine) as session:
            ask = webhooks.request_of(session, message_id, turn.settings.keys_dir)
        if ask is None:
            return True
        status = turn.fetch(ask).status
    except (PeerFailed, Refused) as error:
        trouble = error.code
    now = _now(turn, began)
    with database.writing(turn.engine) as session:
        if 200 <= status < 300:
            webhooks.delivered(session, message_id, status, now)
            return True
        return not webhooks.failed(session, message_id, status, trouble, now)


def _now(turn: Turn, began: float) -> datetime:
    return turn.now + timedelta(seconds=time.monotonic() - began)
