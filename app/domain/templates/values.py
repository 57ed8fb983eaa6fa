"""The values of a template's fields: checked as the JSON Schema has it, and brought into one spelling."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from app.domain import identifiers
from app.domain.templates import expressions
from app.domain.templates.faults import Wrong, fault, told
from app.domain.templates.fields import LIMIT, LONGEST_TEXT, MOST_OF_A_LIST, Field, is_one_line, shown
from app.errors import Malformed

LARGEST = 20_000  # bytes of all values together: they stand in every entry of their mint
DIGITS = 15  # what a JSON number keeps of a decimal everywhere
DATE = r"^(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
MOMENT = (
    DATE[:-1]
    + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])$"
)
URL = r"^https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]{0,1800})?$"
HASH = r"^sha256:[0-9a-f]{64}$"
MOST_TOLD = 20  # of fields that are not known
LONGEST_NAME = 300  # of an identifier, canonical
_PATTERNS = {
    kind: re.compile(text)
    for kind, text in (("date", DATE), ("datetime", MOMENT), ("url", URL), ("hash", HASH))
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Values in their one spelling, as they are kept, and what is wrong with the others."""

    values: dict[str, Any]
    faults: tuple[Malformed, ...]


def read(fields: Sequence[Field], raw: object) -> Reading:
    """Accepts exactly what `schema_of(fields)` does, short of the limit to all of it together."""
    if not isinstance(raw, Mapping):
        return Reading({}, (fault("values-not-an-object", "values"),))
    values: dict[str, Any] = {}
    known = [field.name for field in fields]
    strange = [str(name) for name in raw if name not in known][:MOST_TOLD]
    faults = [fault("unknown-field", name, name=shown(name), known=", ".join(known)) for name in strange]
    for field in fields:
        if field.name not in raw:
            faults += [fault("value-missing", field.name, name=field.name)] if field.required else []
            continue
        try:
            values[field.name] = _value(field, raw[field.name])
        except Wrong as wrong:
            faults.append(told(field, raw[field.name], wrong))
    if not faults and (size := len(orjson.dumps(values))) > LARGEST:
        faults.append(fault("values-too-large", "", count=str(size), most=str(LARGEST)))
    return Reading(values, tuple(faults))


def canonical(values: Mapping[str, Any]) -> bytes:
    """One text for equal values, to be hashed."""
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


# --- one value ---


def _value(field: Field, raw: object) -> Any:
    if not field.many:
        return _READERS[field.type](field, raw)
    if not isinstance(raw, list):
        raise Wrong("value-not-a-list")
    most = field.most or MOST_OF_A_LIST
    if not 1 <= len(raw) <= most:
        raise Wrong("value-bad-count", count=str(len(raw)), most=str(most))
    found = [_READERS[field.type](field, each) for each in raw]
    if field.type == "choice" and len(set(found)) < len(found):
        twice = next(one for number, one in enumerate(found) if one in found[:number])
        raise Wrong("value-twice", value=shown(twice))
    return found


def _text(field: Field, raw: object) -> str:
    text = _line(raw, field.type)
    least, most = field.min_length or 1, field.max_length or LONGEST_TEXT
    if not least <= len(text) <= most:
        raise Wrong(
            "value-bad-length", value=shown(text), length=str(len(text)), least=str(least), most=str(most)
        )
    if field.pattern and not _expression(field.pattern).fits(text):
        raise Wrong("value-bad-pattern", value=shown(text), pattern=field.pattern)
    return text


def _line(raw: object, kind: str) -> str:
    if not isinstance(raw, str):
        raise Wrong("value-wrong-kind", value=shown(raw), kind=kind)
    if not is_one_line(raw):
        raise Wrong("value-bad-text", value=shown(raw))
    return raw


def _number(field: Field, raw: object) -> int | float:
    if isinstance(raw, Decimal):
        if len(raw.normalize().as_tuple().digits) > DIGITS and raw.is_finite() and abs(raw) < LIMIT:
            raise Wrong("value-too-fine", value=shown(raw), digits=str(DIGITS))
        raw = float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Wrong("value-wrong-kind", value=shown(raw), kind=field.type)
    least = -LIMIT if field.minimum is None else field.minimum
    most = LIMIT if field.maximum is None else field.maximum
    if not least <= raw <= most:  # neither infinity nor what is no number is between the two
        raise Wrong("value-out-of-range", value=shown(raw), range=f"{least} – {most}")
    whole = raw == int(raw)
    if field.type == "integer" and not whole:
        raise Wrong("value-wrong-kind", value=shown(raw), kind=field.type)
    return int(raw) if whole else raw


def _boolean(field: Field, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise Wrong("value-wrong-kind", value=shown(raw), kind=field.type)
    return raw


def _formed(field: Field, raw: object) -> str:
    text = _line(raw, field.type)
    if not _PATTERNS[field.type].search(text):
        raise Wrong("value-wrong-kind", value=shown(text), kind=field.type)
    return text


def _date(field: Field, raw: object) -> str:
    return _calendar(field, raw, lambda text: date.fromisoformat(text).isoformat())


def _datetime(field: Field, raw: object) -> str:
    return _calendar(field, raw, lambda text: _moment_text(datetime.fromisoformat(text)))


def _calendar(field: Field, raw: object, written: Callable[[str], str]) -> str:
    text = _formed(field, raw)
    try:
        return written(text)
    except ValueError:  # 30 February
        raise Wrong("value-wrong-kind", value=shown(text), kind=field.type) from None


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _choice(field: Field, raw: object) -> str:
    offered = [choice.value for choice in field.choices]
    text = _line(raw, field.type)
    if text not in offered:
        raise Wrong("value-not-offered", value=shown(text), known=", ".join(offered)[:300])
    return text


def _identifier(field: Field, raw: object) -> str:
    text = _line(raw, field.type)
    try:
        epc = identifiers.parse(text).epc
    except Malformed:
        raise Wrong("value-bad-identifier", value=shown(text)) from None
    if len(epc) > LONGEST_NAME:
        raise Wrong("value-bad-identifier", value=shown(text))
    return epc


_READERS: dict[str, Callable[[Field, object], Any]] = {
    "text": _text,
    "integer": _number,
    "decimal": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "url": _formed,
    "identifier": _identifier,
    "hash": _formed,
}


@lru_cache(maxsize=256)
def _expression(pattern: str) -> expressions.Expression:
    return expressions.compiled(pattern)
