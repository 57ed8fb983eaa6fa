"""A node's month as the docking guide's third annex wants it told: availability, times, faults, six months in a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.errors import N_, Malformed

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Spell:
    """A fault or planned work from when to when; `end` None while it goes on."""

    cause: str
    fault_class: int
    planned: bool
    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, and when the slowest was; count 0 where nothing was measured."""

    count: int = 0
    mean: float = 0.0
    least: float = 0.0
    most: float = 0.0
    most_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """`minutes` are those of the month so far, `at_work` those the node was seen at work in."""

    name: str
    requests: int
    successes: int
    new: int
    resolve: Times
    register: Times
    peak: int
    peak_at: datetime | None
    minutes: int
    at_work: int
    spells: tuple[Spell, ...]
    down: timedelta
    maintenance: timedelta

    @property
    def available(self) -> float:
        """Percent of the month in which no fault was known that nobody had planned."""
        return 100.0 * (1 - self.down.total_seconds() / 60 / self.minutes) if self.minutes else 100.0


@dataclass(frozen=True, slots=True)
class Report:
    """`months` end with the one that is reported on; `total` identifiers or enterprises there are when it is made."""

    zone: str
    name_zh: str
    name_en: str
    base_url: str
    total: int
    enterprises: int
    days: tuple[tuple[str, int, int], ...]
    months: tuple[Month, ...]

    @property
    def month(self) -> Month:
        return self.months[-1]


def begin_of(month: str) -> datetime:
    """The first moment of '2026-05', in UTC as look-ups are counted; Malformed `bad-month` for what is none."""
    found = MONTH.fullmatch(month)
    if found is None:
        raise Malformed(
            "bad-month",
            N_("'{value}' is no month."),
            N_("Write it like 2026-05."),
            value=month[:20],
            field="month",
        )
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)


def after(begin: datetime, months: int = 1) -> datetime:
    """The first moment of the month so many later, or earlier."""
    count = begin.year * 12 + begin.month - 1 + months
    return begin.replace(year=count // 12, month=count % 12 + 1)


def covered(spells: Sequence[Spell], begin: datetime, end: datetime, *, planned: bool) -> timedelta:
    """How much of the time from `begin` to `end` lies in these spells; where several overlap it counts once."""
    inside = sorted(
        (max(spell.begin, begin), min(spell.end or end, end)) for spell in spells if spell.planned == planned
    )
    total, reached = timedelta(), begin
    for first, last in inside:
        if last > max(first, reached):
            total += last - max(first, reached)
            reached = last
    return total
