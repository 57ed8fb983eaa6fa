"""Subscribers who want events as they come: a process that looks for new entries all the time and sends what they mean.

It lives only while there is such a subscription; the worker starts it. What it misses, the rounds of every minute find.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from app import rounds_of_subscriptions, rounds_of_webhooks
from app.errors import TraceError
from app.rounds import Turn
from app.services import streams, subscription_turns, webhooks
from app.settings import Settings
from app.store import database
from app.store.webhooks import Address

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.domain.messages import Fetch

PAUSE = 0.5  # seconds between two looks: one small query each
TROUBLE_PAUSE = 5.0
log = logging.getLogger(__name__)


class Stream:
    """One node's. `look` finds and queues, `send` sends what is queued, to each address one message after the other."""

    def __init__(self, settings: Settings, engine: "Engine", fetch: "Fetch") -> None:
        self.settings, self.engine, self.fetch = settings, engine, fetch
        self.seen = -1
        self.busy: set[Address] = set()
        self.guard = threading.Lock()
        self.pool = ThreadPoolExecutor(rounds_of_webhooks.AT_ONCE)

    def look(self, now: datetime) -> bool:
        """False where nobody waits for events at once any more."""
        with database.reading(self.engine) as session:
            waiting, due, size = subscription_turns.quick(session, now, self.seen)
        if not waiting:
            return False
        rounds_of_subscriptions.tell_each(self._turn(now), due)
        self.seen = size
        return True

    def send(self, now: datetime) -> None:
        """Begins to send to every address that something is due to and nobody here is sending to yet."""
        with database.reading(self.engine) as session:
            places = webhooks.addresses_due(session, now, rounds_of_webhooks.MOST_ADDRESSES)
        for place in places:
            with self.guard:
                if place in self.busy:
                    continue
                self.busy.add(place)
            self.pool.submit(self._send_to, place, now).add_done_callback(_complain)

    def close(self) -> None:
        """What is being sent is sent; the rest stays queued."""
        self.pool.shutdown(cancel_futures=True)

    def _send_to(self, place: Address, now: datetime) -> None:
        try:
            rounds_of_webhooks.send_to(self._turn(now), place)
        except TraceError as error:
            log.warning("a message waits: %s", error.english())
        finally:
            with self.guard:
                self.busy.discard(place)

    def _turn(self, now: datetime) -> Turn:
        return Turn(self.settings, self.engine, now, self.fetch)


def _complain(sent: Future[None]) -> None:
    if not sent.cancelled() and (error := sent.exception()) is not None:
        log.error("a message could not be sent, and waits: %r", error)


def run(stream: Stream, clock: Callable[[], datetime], wait: Callable[[float], bool]) -> None:
    """Until `wait` says that it is over, or nobody is subscribed any more."""
    pause = PAUSE
    while not wait(pause):
        try:
            if not stream.look(clock()):
                streams.over(stream.settings.data_dir)
                if not stream.look(clock()):  # somebody may have come meanwhile
                    return
                streams.ask(stream.settings.data_dir)
            stream.send(clock())
            pause = PAUSE
        except TraceError as error:
            log.warning("events are told later: %s", error.english())
            pause = TROUBLE_PAUSE


def main() -> None:
    """`python -m app.streaming PID`: ends with that process, however it ends."""
    from app.fetching import Fetcher

    logging.basicConfig(level=logging.WARNING)
    settings, parent, ending = Settings.from_env(), int(sys.argv[1]), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, and reaches us by its end
    stream = Stream(
        settings,
        database.engine_for(settings.sqlalchemy_url),
        Fetcher(allow_private=settings.allow_private_peers),
    )
    with rounds_of_webhooks.alone(settings.data_dir) as free:
        if free:
            run(
                stream, partial(datetime.now, UTC), lambda pause: ending.wait(pause) or os.getppid() != parent
            )
    stream.close()


if __name__ == "__main__":
    main()
