"""The watch, every few minutes: batch after batch, for a bounded time."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.rounds import Turn
from app.services import networks, watching, watching_look_ups, watching_refused
from app.services.watching import Watch
from app.store import database

SECONDS = 40.0
Look = Callable[[Session, datetime], Watch]


def watch(turn: Turn) -> None:
    """Goes on at its next turn where this one ends. Raises Refused `bad-networks` after all else is done."""
    until = time.monotonic() + SECONDS
    for look in (watching.look_at_events, watching_refused.look_at_scans, watching_refused.look_at_captures):
        _through(turn, look, until)
    table = networks.read(turn.settings.geo_networks)
    _through(turn, lambda session, now: watching_look_ups.look_at_look_ups(session, now, table), until)
    with database.writing(turn.engine) as session:
        watching_look_ups.forget(session, turn.now)


def _through(turn: Turn, look: Look, until: float) -> None:
    """Read in one transaction and kept in another, which is short: scans wait for that one only."""
    more = True
    while more and time.monotonic() < until:
        more = through_once(turn.engine, look, turn.now)


def through_once(engine: Engine, look: Look, now: datetime) -> bool:
    """One batch; True while there are more."""
    with database.reading(engine) as session:
        seen = look(session, now)
    if seen.moves:
        with database.writing(engine) as session:
            watching.keep(session, seen, now)
    return seen.more
