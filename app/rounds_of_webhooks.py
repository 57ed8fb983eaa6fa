"""Messages to other systems sent every minute: several addresses at a time, the messages to each in their order."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from app.errors import PeerFailed, Refused
from app.rounds import Turn
from app.services import webhooks
from app.store import database
from app.store.webhooks import Address

MOST_ADDRESSES = 200  # of one turn, the longest waiting first
MOST_EACH = 20  # messages to one address before the others have their turn
AT_ONCE = 8
SECONDS = 45.0  # after that nothing is begun any more


def send(turn: Turn) -> None:
    """Sends what is due, in several passes while there is time; forgets what is long over."""
    began = time.monotonic()
    while True:
        with database.reading(turn.engine) as session:
            places = webhooks.addresses_due(session, _now(turn, began), MOST_ADDRESSES)
        if not places or time.monotonic() - began > SECONDS:
            break
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda place: _send_to(turn, place, began), places))
    with database.writing(turn.engine) as session:
        webhooks.forget(session, turn.now)


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
