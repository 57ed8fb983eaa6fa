"""Subscriptions of event queries are looked at every minute, one after the other; what they find is queued."""

from collections.abc import Iterable

from app.errors import TraceError
from app.rounds import Turn
from app.services import streams, subscription_turns
from app.store import database

MOST_TURNS = 20  # of one subscription that has much to catch up with, before the others have theirs


def tell(turn: Turn) -> None:
    """All that are due; and sees to it that those who want to be told at once are (`app.streaming`)."""
    with database.reading(turn.engine) as session:
        numbers = subscription_turns.due(session, turn.now)
        waiting, _, _ = subscription_turns.quick(session, turn.now, -1)
    if waiting:
        streams.ask(turn.settings.data_dir)
    tell_each(turn, numbers)


def tell_each(turn: Turn, numbers: Iterable[int]) -> None:
    """Each in transactions of its own: one that fails keeps no other from being told."""
    for number in numbers:
        for _ in range(MOST_TURNS):
            with database.reading(turn.engine) as session:
                found = subscription_turns.look(session, number, turn.now)
            if found is None or not _told(turn, found):
                break


def _told(turn: Turn, found: subscription_turns.Found) -> bool:
    try:
        with database.writing(turn.engine) as session:
            return subscription_turns.tell(session, found, turn.now)
    except TraceError as error:
        with database.writing(turn.engine) as session:
            subscription_turns.failed(session, found.number, error, turn.now)
        return False
