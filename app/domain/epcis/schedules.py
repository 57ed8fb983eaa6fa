"""When a query of a subscription is asked: EPCIS 2.0 §8.2.5.3, six fields of numbers and ranges, in UTC.

`{"hour": "8,[12-14]", "minute": "30"}` is at 8:30, 12:30, 13:30 and 14:30 of every day. A field that is left out allows
everything, seconds apart: without them it is the full minute.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from app.errors import N_, Malformed

FIELDS = {  # name -> lowest and highest number; Monday is the first day of a week
    "second": (0, 59), "minute": (0, 59), "hour": (0, 23), "dayOfMonth": (1, 31), "month": (1, 12), "dayOfWeek": (1, 7),
}  # fmt: skip
_ELEMENT = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]")
LONGEST = 200
YEARS = 8  # the longest between two 29ths of February is eight years


class BadControls(Malformed):
    """What says when and where a subscription is told cannot be."""

    exception = "SubscriptionControlsException"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The numbers that each field allows; all of them where it is left out."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, moment: datetime) -> datetime:
        """The first time of the schedule later than `moment`."""
        moment = moment.astimezone(UTC)
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(366 * YEARS):
            if self._on(day):
                for time in self._times():
                    if (found := day + time) > moment:
                        return found
            day += timedelta(days=1)
        raise ValueError("a schedule was read that never comes")

    def _on(self, day: datetime) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() in self.weekdays

    def _times(self) -> "list[timedelta]":
        return [
            timedelta(hours=hour, minutes=minute, seconds=second)
            for hour in self.hours
            for minute in self.minutes
            for second in self.seconds
        ]


def parse(fields: Mapping[str, Any]) -> Schedule:
    """Raises BadControls for an unknown field, a number out of its range, or a day that no month has."""
    if unknown := sorted(set(fields) - set(FIELDS)):
        _refuse(unknown[0], "")
    if not fields:
        _refuse("schedule", "{}")
    values = {name: _numbers(name, fields.get(name)) for name in FIELDS}
    if "second" not in fields:
        values["second"] = (0,)
    months, days = values["month"], values["dayOfMonth"]
    if min(days) > max(calendar.monthrange(2024, month)[1] for month in months):
        _refuse("dayOfMonth", str(fields["dayOfMonth"]))
    return Schedule(
        values["second"],
        values["minute"],
        values["hour"],
        frozenset(days),
        frozenset(months),
        frozenset(values["dayOfWeek"]),
    )


def _numbers(name: str, text: Any) -> tuple[int, ...]:
    low, high = FIELDS[name]
    if text is None:
        return tuple(range(low, high + 1))
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or len(text) > LONGEST:
        _refuse(name, text)
    found: set[int] = set()
    for element in text.replace(" ", "").split(","):
        match = _ELEMENT.fullmatch(element)
        if match is None:
            _refuse(name, text)
        first, last = (int(match[1]),) * 2 if match[1] else (int(match[2]), int(match[3]))
        if not low <= first <= last <= high:
            _refuse(name, text)
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def _refuse(name: str, value: Any) -> NoReturn:
    raise BadControls(
        "bad-schedule",
        N_("“{value}” is no time for “{field}” of a schedule."),
        N_(
            "Write numbers and ranges such as 8,[12-14] for second, minute, hour, dayOfMonth, month, dayOfWeek."
        ),
        value=str(value)[:100],
        field=name[:40],
    )
