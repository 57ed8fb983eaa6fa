"""Rows of what a node measures of itself: times of answers, addresses of askers, busiest seconds, minutes at work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, text
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import LookupSecond, LookupSource, LookupTime, NodeDay


@dataclass(slots=True)
class Times:
    """How long so many answers took: microseconds, and the Unix time of the quickest and of the slowest."""

    count: int
    total: int
    least: int
    least_at: int
    most: int
    most_at: int

    def add(self, micros: int, at: int) -> None:
        self.count += 1
        self.total += micros
        if micros < self.least:
            self.least, self.least_at = micros, at
        if micros > self.most:
            self.most, self.most_at = micros, at

    def join(self, other: "Times") -> None:
        self.count += other.count
        self.total += other.total
        if other.least < self.least:
            self.least, self.least_at = other.least, other.least_at
        if other.most > self.most:
            self.most, self.most_at = other.most, other.most_at

    def copy(self) -> "Times":
        return replace(self)


# As text: the same words on both databases (see counts).
_ADDING_TIMES = text(
    "INSERT INTO lookup_time (day, prefix, kind, count, total, least, least_at, most, most_at)"
    " VALUES (:day, :prefix, :kind, :count, :total, :least, :least_at, :most, :most_at)"
    " ON CONFLICT (day, prefix, kind) DO UPDATE SET count = lookup_time.count + excluded.count,"
    " total = lookup_time.total + excluded.total,"
    " least_at = CASE WHEN excluded.least < lookup_time.least THEN excluded.least_at ELSE lookup_time.least_at END,"
    " least = CASE WHEN excluded.least < lookup_time.least THEN excluded.least ELSE lookup_time.least END,"
    " most_at = CASE WHEN excluded.most > lookup_time.most THEN excluded.most_at ELSE lookup_time.most_at END,"
    " most = CASE WHEN excluded.most > lookup_time.most THEN excluded.most ELSE lookup_time.most END"
)
_ADDING_SOURCES = text(
    "INSERT INTO lookup_source (day, prefix, address, count) VALUES (:day, :prefix, :address, :count)"
    " ON CONFLICT (day, prefix, address) DO UPDATE SET count = lookup_source.count + excluded.count"
)
_ADDING_SECONDS = text(
    "INSERT INTO lookup_second (second, count) VALUES (:second, :count)"
    " ON CONFLICT (second) DO UPDATE SET count = lookup_second.count + excluded.count"
)
_NOTING_PEAK = text(
    "INSERT INTO node_day (day, peak, peak_at, minutes, last_minute) VALUES (:day, :peak, :peak_at, 0, 0)"
    " ON CONFLICT (day) DO UPDATE SET"
    " peak_at = CASE WHEN excluded.peak > node_day.peak THEN excluded.peak_at ELSE node_day.peak_at END,"
    " peak = CASE WHEN excluded.peak > node_day.peak THEN excluded.peak ELSE node_day.peak END"
)
_NOTING_MINUTE = text(
    "INSERT INTO node_day (day, peak, peak_at, minutes, last_minute) VALUES (:day, 0, 0, 1, :minute)"
    " ON CONFLICT (day) DO UPDATE SET minutes = node_day.minutes +"
    " CASE WHEN excluded.last_minute > node_day.last_minute THEN 1 ELSE 0 END,"
    " last_minute = excluded.last_minute"
)


def add_times(session: Session, day: str, times: Mapping[tuple[str, str], Times]) -> None:
    """In one order, or two who add could wait in a circle; so below."""
    rows = [
        {
            "day": day, "prefix": prefix, "kind": kind, "count": each.count, "total": each.total,
            "least": each.least, "least_at": each.least_at, "most": each.most, "most_at": each.most_at,
        }
        for (prefix, kind), each in sorted(times.items(), key=lambda pair: pair[0])
    ]  # fmt: skip
    if rows:
        session.connection().execute(_ADDING_TIMES, rows)


def add_sources(session: Session, day: str, counts: Mapping[tuple[str, str], int]) -> None:
    rows = [
        {"day": day, "prefix": prefix, "address": address, "count": count}
        for (prefix, address), count in sorted(counts.items())
    ]
    if rows:
        session.connection().execute(_ADDING_SOURCES, rows)


def add_seconds(session: Session, counts: Mapping[int, int]) -> None:
    rows = [{"second": second, "count": count} for second, count in sorted(counts.items())]
    if rows:
        session.connection().execute(_ADDING_SECONDS, rows)


def known_addresses(
    session: Session, day: str, prefix: str, addresses: Iterable[str]
) -> tuple[int, set[str]]:
    """How many addresses a prefix has that day, and which of these are among them."""
    mine = (col(LookupSource.day) == day, col(LookupSource.prefix) == prefix)
    there = int(session.execute(select(func.count()).select_from(LookupSource).where(*mine)).scalar_one())
    kept: set[str] = set()
    for chunk in keyed.chunks(sorted(addresses)):
        query = select(col(LookupSource.address)).where(*mine, col(LookupSource.address).in_(chunk))
        kept.update(session.execute(query).scalars())
    return there, kept


def take_seconds(session: Session, before: int) -> list[tuple[int, int]]:
    """(second, count) of the seconds before this one, which are then forgotten; the busiest last."""
    over = col(LookupSecond.second) < before
    query = select(col(LookupSecond.second), col(LookupSecond.count)).where(over)
    found = [(int(second), int(count)) for second, count in session.execute(query)]
    session.execute(delete(LookupSecond).where(over))
    busiest: dict[str, tuple[int, int]] = {}
    for second, count in found:
        day = day_of(second)
        busiest[day] = max(busiest.get(day, (0, 0)), (count, -second))
    return [(-second, count) for count, second in busiest.values()]


def note_peak(session: Session, day: str, peak: int, second: int) -> None:
    session.connection().execute(_NOTING_PEAK, {"day": day, "peak": peak, "peak_at": second})


def note_minute(session: Session, day: str, minute: int) -> None:
    session.connection().execute(_NOTING_MINUTE, {"day": day, "minute": minute})


def forget_sources(session: Session, before: str) -> None:
    session.execute(delete(LookupSource).where(col(LookupSource.day) < before))


def day_of(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).date().isoformat()


def times_since(session: Session, day: str) -> Sequence[LookupTime]:
    query = select(LookupTime).where(col(LookupTime.day) >= day)
    order = (col(LookupTime.day), col(LookupTime.prefix), col(LookupTime.kind))
    return session.execute(query.order_by(*order)).scalars().all()


def times_of(session: Session, day: str) -> Sequence[LookupTime]:
    return session.execute(select(LookupTime).where(col(LookupTime.day) == day)).scalars().all()


def days_since(session: Session, day: str) -> Sequence[NodeDay]:
    query = select(NodeDay).where(col(NodeDay.day) >= day).order_by(col(NodeDay.day))
    return session.execute(query).scalars().all()


def sources_of(session: Session, day: str, limit: int) -> dict[str, list[tuple[str, int]]]:
    """prefix -> those who asked most that day, at most so many."""
    query = select(col(LookupSource.prefix), col(LookupSource.address), col(LookupSource.count))
    order = (col(LookupSource.prefix), col(LookupSource.count).desc(), col(LookupSource.address))
    found: dict[str, list[tuple[str, int]]] = {}
    for prefix, address, count in session.execute(query.where(col(LookupSource.day) == day).order_by(*order)):
        if len(mine := found.setdefault(prefix, [])) < limit:
            mine.append((address, int(count)))
    return found
