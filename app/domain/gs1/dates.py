"""Dates and times as GS1 data write them; every function gives the place of what is wrong, from 0, or -1."""

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def bad_day(text: str) -> int:
    """YYMMDD. Of the years a code can mean (General Specifications 7.12), each divisible by four is a leap year."""
    return _bad_date(text, 2, int(text[:2]) % 4 == 0)


def bad_month(text: str) -> int:
    """YYMMDD, or YYMM00 for a month whose day does not matter."""
    return bad_day(text[:4] + "01" if text.endswith("00") else text)


def bad_birthday(text: str) -> int:
    """YYYYMMDD."""
    year = int(text[:4])
    return _bad_date(text, 4, year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def bad_time(text: str) -> int:
    """HHMM."""
    if bad_hour(text[:2]) >= 0:
        return 0
    return 2 if bad_minute(text[2:]) >= 0 else -1


def bad_hour(text: str) -> int:
    return 0 if text > "23" else -1


def bad_minute(text: str) -> int:
    """Also of seconds."""
    return 0 if text > "59" else -1


def _bad_date(text: str, at: int, leap: bool) -> int:
    month, day = int(text[at : at + 2]), int(text[at + 2 :])
    if not 1 <= month <= 12:
        return at
    most = _DAYS[month - 1] if month != 2 or leap else 28
    return -1 if 1 <= day <= most else at + 2
