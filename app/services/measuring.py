"""How long answers took, where questions came from, and the busiest second: measured in memory, kept every few seconds
beside the counts of `counting`. More addresses than are kept of a prefix and day count together."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from app.services.counting import OTHERS
from app.store import counts as known_prefixes
from app.store import measures as rows
from app.store.measures import Times
from app.store.tables import LookupTime, NodeDay

RESOLVE, REGISTER = "resolve", "register"
MOST_IN_MEMORY = 2_000  # pairs of prefix and address, between two keepings
MOST_ADDRESSES = 1_000  # of one prefix on one day
LONGEST_ADDRESS = 45  # of IPv6, written out
SETTLED_SECONDS = 10  # after which every process has kept what it counted in a second


@dataclass(slots=True)
class Taken:
    """What was measured since the last keeping: questions by (prefix, address), times by (prefix, kind), by second."""

    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: dict[tuple[str, str], Times] = field(default_factory=dict)
    seconds: Counter[int] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.times)

    def note(self, prefix: str, kind: str, address: str, micros: int, second: int) -> None:
        self.note_many(prefix, kind, address, Times(1, micros, micros, second, micros, second))

    def note_many(self, prefix: str, kind: str, address: str, these: Times) -> None:
        """Questions of one address in one second."""
        timed = (prefix, kind)
        if timed not in self.times and len(self.times) >= MOST_IN_MEMORY:
            timed = (OTHERS, kind)
        times = self.times.get(timed)
        if times is None:
            self.times[timed] = these.copy()
        else:
            times.join(these)
        if kind == RESOLVE:
            source = (prefix, address)
            if source not in self.sources and len(self.sources) >= MOST_IN_MEMORY:
                source = (OTHERS, "")
            self.sources[source] += these.count
            self.seconds[these.least_at] += these.count


class Measures:
    """For all threads of the process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = Taken()

    def __bool__(self) -> bool:
        return bool(self._taken)

    def note(self, prefix: str, kind: str, address: str, micros: int, second: int) -> None:
        with self._guard:
            self._taken.note(prefix, kind, address, micros, second)

    def note_many(self, prefix: str, kind: str, address: str, these: Times) -> None:
        with self._guard:
            self._taken.note_many(prefix, kind, address, these)

    def take(self) -> Taken:
        """All of it; who cannot keep it gives it back."""
        with self._guard:
            taken, self._taken = self._taken, Taken()
        return taken

    def give_back(self, taken: Taken) -> None:
        with self._guard:
            for timed, times in self._taken.times.items():
                if (before := taken.times.get(timed)) is not None:
                    before.join(times)
                else:
                    taken.times[timed] = times
            taken.sources.update(self._taken.sources)
            taken.seconds.update(self._taken.seconds)
            self._taken = taken


def keep(session: Session, taken: Taken, now: datetime) -> None:
    """Adds to what is known of the day of `now`. Prefixes that are nobody's here are taken together."""
    day = now.date().isoformat()
    asked = {prefix for prefix, _ in (*taken.sources, *taken.times)}
    known = known_prefixes.known(session, {prefix for prefix in asked if prefix.isprintable()})
    times: dict[tuple[str, str], Times] = {}
    for (prefix, kind), each in taken.times.items():
        place = (prefix if prefix in known else OTHERS, kind)
        if place in times:
            times[place].join(each)
        else:
            times[place] = each.copy()
    rows.add_times(session, day, times)
    sources: Counter[tuple[str, str]] = Counter()
    for (prefix, address), count in taken.sources.items():
        sources[prefix if prefix in known else OTHERS, tidy(address)] += count
    rows.add_sources(session, day, _bounded(session, day, sources))
    rows.add_seconds(session, taken.seconds)


def tidy(address: str) -> str:
    """An address as it is kept; '' for what can be none."""
    fits = 0 < len(address) <= LONGEST_ADDRESS and address.isascii() and address.isprintable()
    return address if fits else ""


def _bounded(session: Session, day: str, sources: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """The same, with the addresses beyond the most of a prefix counted under ''."""
    bounded: Counter[tuple[str, str]] = Counter()
    for prefix in {prefix for prefix, _ in sources}:
        mine = {address: count for (each, address), count in sources.items() if each == prefix}
        there, kept = rows.known_addresses(session, day, prefix, mine)
        room = MOST_ADDRESSES - there
        for address, count in sorted(mine.items(), key=lambda pair: (-pair[1], pair[0])):
            if address in kept or not address:
                bounded[prefix, address] += count
            elif room > 0:
                room -= 1
                bounded[prefix, address] += count
            else:
                bounded[prefix, ""] += count
    return bounded


def settle(session: Session, now: datetime) -> None:
    """Once a minute: the busiest second that is over goes into its day, and this minute counts as one at work."""
    second = int(now.timestamp())
    for when, count in rows.take_seconds(session, second - SETTLED_SECONDS):
        rows.note_peak(session, rows.day_of(when), count, when)
    rows.note_minute(session, now.date().isoformat(), second // 60)


def forget(session: Session, now: datetime, months: int) -> None:
    """Addresses older than they have to be kept."""
    rows.forget_sources(session, (now - timedelta(days=31 * months)).date().isoformat())


def times_since(session: Session, day: str) -> Iterable[LookupTime]:
    return rows.times_since(session, day)


def days_since(session: Session, day: str) -> Iterable[NodeDay]:
    return rows.days_since(session, day)
