"""Single values as the event hash has them: one spelling for each number, moment, word and name."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.domain.epcis import naming, terms

NO_PART = {"recordTime", "eventID", "type", "errorDeclaration"}
COMMENTS = {"comment", "{http://www.w3.org/2000/01/rdf-schema#}comment"}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_MOST_REMEMBERED = 100  # characters: long values come once, and could fill the memory
_HALF = timedelta(microseconds=500)
_URNS = {terms.KINDS[kind][2]: terms.KINDS[kind][1] for kind in ("bizStep", "disposition", "bizTransaction")}
_URNS |= {terms.KINDS[kind][2]: terms.KINDS[kind][1] for kind in ("source", "reason", "component")}


def curie(value: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = value.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else value


def value_of(text: str) -> str:
    """A value in its one spelling: no space around it, words and names in full, numbers as short as they can be."""
    return _remembered(text) if len(text) <= _MOST_REMEMBERED else _value_of(text)


def _value_of(text: str) -> str:
    text = text.strip()
    if "urn:epcglobal:cbv:" in text:
        for start, web in _URNS.items():
            text = text.replace(start, web)
    if _NUMBER(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            return text
        return str(int(number)) if number.is_integer() else repr(number)
    return naming.for_hash(text)


def moment(text: str) -> str:
    """In UTC to the millisecond, halves up; a leap second stays one; what is no time stays as it is."""
    return _remembered_moment(text) if len(text) <= _MOST_REMEMBERED else _moment(text)


def _moment(text: str) -> str:
    leap = text[16:19] == ":60"
    try:
        found = datetime.fromisoformat(f"{text[:16]}:59{text[19:]}" if leap else text.upper())
        rounded = (found + _HALF).astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return text
    return (f"{rounded[:16]}:60{rounded[19:]}" if leap else rounded)[:-6] + "Z"


_remembered = lru_cache(maxsize=4096)(_value_of)
_remembered_moment = lru_cache(maxsize=1024)(_moment)
