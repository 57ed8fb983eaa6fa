"""The values of query parameters: texts, numbers, times and booleans, as a URL or a JSON body writes them."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from app.domain.epcis.forms import time_of
from app.errors import N_, Malformed, Refused

LONGEST = 2_000  # characters of one value
MOST_VALUES = 1_000  # in one parameter
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?")
_LOST_PLUS = re.compile(r"(\d) (\d\d:\d\d)$")  # a plus sign in a URL that nobody encoded
_ACTIONS = ("ADD", "OBSERVE", "DELETE")

Value = str | bool | Decimal | datetime


class BadQuery(Malformed):
    """A parameter that the language does not have, or a value that it cannot take."""

    exception = "QueryParameterException"


class TooLarge(Refused):
    """More events than the asker said it can take."""

    http_status = 413
    exception = "QueryTooLargeException"


class TooComplex(Refused):
    """More work than one request may cause."""

    http_status = 413
    exception = "QueryTooComplexException"


def values_of(name: str, op: str, kind: str, value: Any) -> tuple[Value, ...]:
    if kind == "nothing":
        return ()  # "the value is ignored"
    if kind == "time":
        return (_time(name, value),)
    given: Sequence[Any] = value if isinstance(value, list | tuple) else _split(value, op)
    if not given or len(given) > MOST_VALUES:
        bad_value(name, value)
    if kind == "boolean":
        return (_boolean(name, given),)
    if kind == "numbers" or (kind == "any" and op != "EQ"):
        read = tuple(_amount(name, one) if kind == "numbers" else _ordered(name, one) for one in given)
        return read if op == "EQ" or len(read) == 1 else bad_value(name, value)
    if kind == "any":
        return tuple(_scalar(name, one) for one in given)
    if any(not is_text(one) for one in given):
        bad_value(name, value)
    if kind == "actions" and not set(given) <= set(_ACTIONS):
        bad_value(name, value)
    return tuple(given)


def is_text(value: Any) -> bool:
    """Something, not too long, and nothing that no database can hold: NUL, halves of characters."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _split(value: Any, op: str) -> Sequence[Any]:
    return value.split("|") if isinstance(value, str) and op in {"EQ", "MATCH", "WD"} else [value]


def _scalar(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _amount(name, value)
    return value if is_text(value) else bad_value(name, value)


def _ordered(name: str, value: Any) -> Value:
    """A number or a time: what greater and less are said of."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        bad_value(name, value)
    number = number_of(value)
    return number if number is not None else _time(name, value)


def _amount(name: str, value: Any) -> Decimal:
    number = None if isinstance(value, bool) else number_of(value)
    return number if number is not None else bad_value(name, value)


def _boolean(name: str, given: Sequence[Any]) -> bool:
    texts = {"true": True, "false": False, True: True, False: False}
    one = given[0]
    if len(given) != 1 or not isinstance(one, bool | str) or one not in texts:
        bad_value(name, one)
    return texts[one]


def _time(name: str, value: Any) -> datetime:
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    moment = moment_of(_LOST_PLUS.sub(r"\1+\2", value)) if isinstance(value, str) else None
    return moment if moment is not None else bad_value(name, value)


def number_of(value: Any) -> Decimal | None:
    """A number, or a text that is written like one; exponents of two digits, so that nothing grows."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else repr(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment_of(value: Any) -> datetime | None:
    """An instant, from a text with a time zone in the form of ISO 8601."""
    if not isinstance(value, str) or not 20 <= len(value) <= 40 or "T" not in value:
        return None
    try:
        return time_of(value)
    except (ValueError, OverflowError):
        return None


def bad_value(name: str, value: Any) -> NoReturn:
    raise BadQuery(
        "bad-query-value",
        N_("“{value}” is no value for the query parameter {parameter}."),
        N_("See SimpleEventQuery in EPCIS 2.0, section 8.2.7.1."),
        value=(value if isinstance(value, str) else json.dumps(value, default=str))[:100],
        parameter=name[:100],
    )
