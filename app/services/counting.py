"""How often identifiers were asked for, and with what outcome: counted in memory, kept every few seconds."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_
from app.store import counts as rows
from app.store.tables import ResolveCount

FOUND, EMPTY, MISSING = "found", "empty", "missing"
ELSEWHERE, REFUSED, FAILED = "elsewhere", "refused", "failed"
OUTCOMES = {
    FOUND: N_("Found"),
    EMPTY: N_("Without such values"),
    MISSING: N_("Not found"),
    ELSEWHERE: N_("Of another node"),
    REFUSED: N_("Refused"),
    FAILED: N_("Could not be answered"),
}
OTHERS = ""  # the prefix under which everything is counted that is nobody's here
MOST_PREFIXES = 1_000  # in memory: strangers may ask for as many as they like
MOST_DAYS = 400


class Tally:
    """What has been counted and not been kept yet. For all threads of the process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def note(self, prefix: str, outcome: str, count: int = 1) -> None:
        with self._guard:
            counted = (prefix, outcome)
            if counted not in self._counts and len(self._counts) >= MOST_PREFIXES:
                counted = (OTHERS, outcome)
            self._counts[counted] += count

    def take(self) -> Counter[tuple[str, str]]:
        """All of it; who cannot keep it gives it back."""
        with self._guard:
            taken, self._counts = self._counts, Counter()
        return taken

    def give_back(self, taken: Counter[tuple[str, str]]) -> None:
        with self._guard:
            self._counts.update(taken)


def keep(session: Session, taken: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Adds to the counts of the day of `now`. Prefixes that are nobody's here are counted together."""
    # What cannot be printed is no prefix, and not every database takes it as a text.
    known = rows.known(session, {prefix for prefix, _ in taken if prefix.isprintable()})
    added: Counter[tuple[str, str]] = Counter()
    for (prefix, outcome), count in taken.items():
        added[prefix if prefix in known else OTHERS, outcome] += count
    rows.add(session, _day(now), added)


def counts(session: Session, actor: Actor, days: int, now: datetime) -> Sequence[ResolveCount]:
    """Counts of the last days, today's among them: of the actor's own prefixes, and of everything for people of the
    company that runs the node (there prefix '' is what belongs to nobody here). The newest day first."""
    actor.require("browse")
    first = now - timedelta(days=min(days, MOST_DAYS) - 1)
    return rows.since(session, _day(first), None if actor.node else actor.organisation_id)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
