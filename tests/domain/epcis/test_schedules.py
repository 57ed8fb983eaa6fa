"""When a subscription's query is asked: the six fields of the standard."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.epcis import schedules
from app.domain.epcis.schedules import FIELDS, BadControls

NOON = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"minute": "15"}, "2026-05-01 12:15:00"),
        ({"minute": "0"}, "2026-05-01 13:00:00"),
        ({"second": "31"}, "2026-05-01 12:00:31"),
        ({"second": "30"}, "2026-05-01 12:01:30"),  # later, not now
        ({"hour": "8,[12-14]", "minute": "30"}, "2026-05-01 12:30:00"),
        ({"hour": "8", "minute": "30"}, "2026-05-02 08:30:00"),
        ({"dayOfWeek": "1", "hour": "0", "minute": "0"}, "2026-05-04 00:00:00"),  # Monday is 1
        ({"dayOfMonth": "29", "month": "2", "hour": 6, "minute": "0"}, "2028-02-29 06:00:00"),
        ({"month": "12"}, "2026-12-01 00:00:00"),
    ],
)
def test_the_next_time_of_a_schedule(fields: dict[str, object], expected: str) -> None:
    assert str(schedules.parse(fields).after(NOON)).removesuffix("+00:00") == expected


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"year": "2026"}, {"minute": "60"}, {"hour": "24"}, {"dayOfMonth": "0"}, {"month": "13"}, {"dayOfWeek": "8"},
        {"second": ""}, {"second": "*"}, {"minute": "[9-5]"}, {"minute": "1,"}, {"minute": "1-5"}, {"minute": True},
        {"dayOfMonth": "31", "month": "2,4,6"}, {"minute": ["5"]},
    ],
)  # fmt: skip
def test_a_schedule_that_never_comes_or_says_nothing_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BadControls) as raised:
        schedules.parse(fields)
    assert (raised.value.code, raised.value.exception) == ("bad-schedule", "SubscriptionControlsException")


NUMBERS = {
    name: st.sets(st.integers(low, min(high, 28)), min_size=1, max_size=3)
    for name, (low, high) in FIELDS.items()
}


@given(
    st.fixed_dictionaries({"minute": NUMBERS["minute"]}, optional={k: v for k, v in NUMBERS.items() if k != "minute"}),
    st.integers(0, 8 * 366 * 86_400),
)  # fmt: skip
def test_what_comes_next_is_later_and_allowed_by_every_field(
    numbers: dict[str, set[int]], seconds: int
) -> None:
    schedule = schedules.parse({name: ",".join(map(str, each)) for name, each in numbers.items()})
    begin = NOON + timedelta(seconds=seconds)
    found = schedule.after(begin)
    assert found > begin
    read = {
        "second": found.second, "minute": found.minute, "hour": found.hour, "dayOfMonth": found.day,
        "month": found.month, "dayOfWeek": found.isoweekday(),
    }  # fmt: skip
    assert all(read[name] in allowed for name, allowed in numbers.items())
    between = begin + (found - begin) / 2
    assert schedule.after(between) == found or between + timedelta(seconds=1) > found
