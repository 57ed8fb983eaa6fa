"""The watch, every few minutes: batch after batch, each a transaction of its own, for a bounded time."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.rounds import Turn
from app.services import networks, watching, watching_look_ups
from app.store import database

SECONDS = 40.0
Look = Callable[[Session, datetime], bool]


def watch(turn: Turn) -> None:
    """Goes on at its next turn where this one ends. Raises Refused `bad-networks` after all else is done."""
    until = time.monotonic() + SECONDS
    for look in (watching.look_at_events, watching.look_at_scans):
        _through(turn, look, until)
    table = networks.read(turn.settings.geo_networks)
    _through(turn, lambda session, now: watching_look_ups.look_at_look_ups(session, now, table), until)


def _through(turn: Turn, look: Look, until: float) -> None:
    more = True
    while more and time.monotonic() < until:
        with database.writing(turn.engine) as session:
            more = look(session, turn.now)
