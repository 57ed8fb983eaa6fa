"""By which terms an event can be found: what an index keeps of its rarer parts, and what a clause looks for in it.

A clause's terms narrow a search and never decide: an event that matches has at least one of them. Things, times, steps
and places have columns and rows of their own (store/events.py); what is ours (`suyuan:`) has no terms at all.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.epcis import contexts, fields
from app.domain.epcis.fields import object_of, objects, place_of, text, texts
from app.domain.epcis.forms import time_of
from app.domain.epcis.measures import alike
from app.domain.epcis.queries import Clause
from app.domain.epcis.query_names import TYPED_LISTS
from app.domain.epcis.query_values import moment_of, number_of
from app.domain.epcis.sameness import same_name, same_word, scalars

WORDS = {  # kind of word -> the name of its column
    "type": "type", "bizStep": "biz_step", "disposition": "disposition", "readPoint": "read_point",
    "bizLocation": "biz_location",
}  # fmt: skip
LONGEST = 300  # characters of a word or a place that an index keeps
MOST = 400  # terms of one event; an event with more is a candidate for every clause
OVERFLOW = "…"
_OWN = "suyuan:"
_SENSOR = (
    "type",
    "deviceID",
    "dataProcessingMethod",
    "microorganism",
    "chemicalSubstance",
    "bizRules",
    "uriValue",
)
_MEASURES = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "percRank")


class Postings(NamedTuple):
    """What `facts_of` says of an event, and the numbers of its terms."""

    facts: Mapping[str, Any]
    terms: Sequence[int]


def number_of_term(term: str) -> int:
    """64 bits with a sign, for a column. Two terms of one number cost a look at an event, no more."""
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def facts_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What every event has, for columns of their own: words bare, places canonical."""
    return {
        "event_time": time_of(event["eventTime"]),
        "type": same_word("type", text(event.get("type")))[:LONGEST],
        "action": text(event.get("action"))[:8],
        "biz_step": same_word("bizStep", text(event.get("bizStep")))[:LONGEST],
        "disposition": same_word("disposition", text(event.get("disposition")))[:LONGEST],
        "read_point": place_of(event, "readPoint")[:LONGEST],
        "biz_location": place_of(event, "bizLocation")[:LONGEST],
        "declared": bool(event.get("errorDeclaration")),
    }


def postings_of(event: Mapping[str, Any]) -> Postings:
    """Facts and terms at once: all that an index keeps of an event, whatever entry of the log it becomes."""
    return Postings(facts_of(event), tuple(number_of_term(term) for term in terms_of(event)))


def terms_of(event: Mapping[str, Any]) -> set[str]:
    """All terms of one event, at most MOST (then OVERFLOW among them)."""
    found: set[str] = set()
    for term in _terms(event):
        found.add(term)
        if len(found) >= MOST:
            return found | {OVERFLOW}
    return found


def terms_for(clause: Clause) -> list[str] | None:
    """An event that the clause means has one of these terms; None where terms say nothing about it."""
    look_for = _LOOK_FOR.get(clause.how)
    return look_for(clause) if look_for else None


def _terms_for_sensor(clause: Clause) -> list[str] | None:
    if clause.field not in _SENSOR:
        return ["sensorElementList"]
    return [f"s {clause.field} {_sensor_value(clause.field, str(value))}" for value in clause.values]


def _terms_for_run(clause: Clause) -> list[str] | None:
    if clause.field != "transformationID":
        return None
    return [f"run {same_name(str(value))}" for value in clause.values]


def _terms_for_field(clause: Clause) -> list[str] | None:
    if clause.field.startswith((_OWN, "https://suyuan.dev/ns/")):
        return None
    start = f"{'i' if clause.inner else 'x'} {clause.detail}"
    names = [f"{start} {local}" for local in {_local(clause.field), _local(clause.parameter)}]
    if clause.op != "EQ":
        return names
    return [f"{name} {one}" for name in names for value in clause.values for one in _spellings(value)]


def _terms(event: Mapping[str, Any]) -> Iterator[str]:
    """Most events have few of these parts; what is not there costs a look."""
    for name, (listed, inner) in TYPED_LISTS.items():
        if listed in event:
            for pair in objects(event[listed]):
                yield f"{name} {same_name(text(pair.get(inner)))}"
    for name, terms in _PARTS.items():
        if event.get(name):
            yield from terms(event)
    if ":" in "".join(event):
        yield from _field_terms(event, "")


def _run_terms(event: Mapping[str, Any]) -> Iterator[str]:
    yield f"run {same_name(text(event['transformationID']))}"


def _persistent_terms(event: Mapping[str, Any]) -> Iterator[str]:
    for which, words in object_of(event["persistentDisposition"]).items():
        for word in texts(words):
            yield f"{which} {same_word('disposition', word)}"


def _declared_terms(event: Mapping[str, Any]) -> Iterator[str]:
    yield "errorDeclaration"
    yield from _field_terms(event, "ERROR_DECLARATION")


def _sensor_terms(event: Mapping[str, Any]) -> Iterator[str]:
    yield "sensorElementList"
    for part in ("SENSORELEMENT", "SENSORMETADATA", "SENSORREPORT"):
        yield from _field_terms(event, part)
    for holder in (*fields.metadata_of(event), *fields.reports_of(event)):
        for name in _SENSOR:
            if value := text(holder.get(name)):
                yield f"s {name} {_sensor_value(name, value)}"
    for report in fields.reports_of(event):
        for name in _MEASURES:
            if name in report:
                yield f"m {name}"
                yield f"m {name} {text(report.get('uom'))}".rstrip()


def _sensor_value(name: str, value: str) -> str:
    return same_word("measurement", value) if name == "type" else same_name(value)


def _field_terms(event: Mapping[str, Any], part: str) -> Iterator[str]:
    in_event: dict[str, str] | None = None
    for holder in fields.holders(event, part):
        known: dict[str, str] | None = None
        for name, value in holder.items():
            if ":" in name and not name.startswith(_OWN):
                if known is None:
                    in_event = in_event or contexts.namespaces_of(event)
                    own = holder is not event and "@context" in holder
                    known = in_event | contexts.defined(holder["@context"]) if own else in_event
                yield from _terms_of_field(f"x {part}", name, value, known)
                yield from _inner_terms(f"i {part}", value, known)


def _inner_terms(start: str, value: Any, known: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            if isinstance(one, list | dict):
                yield from _inner_terms(start, one, known)
    elif isinstance(value, Mapping):
        here = {**known, **contexts.defined(value["@context"])} if "@context" in value else known
        for name, one in value.items():
            if not name.startswith("@"):
                yield from _terms_of_field(start, name, one, here)
                yield from _inner_terms(start, one, here)


def _terms_of_field(start: str, name: str, value: Any, known: Mapping[str, str]) -> Iterator[str]:
    values = [spelling for one in scalars(value) for spelling in _spellings(one)]
    for local in {_local(name), _local(fields.whole(name, known))}:
        yield f"{start} {local}"
        for spelling in values:
            yield f"{start} {local} {spelling}"


def _local(name: str) -> str:
    """The last part of a field's name: mostly the same whether its prefix is spelt out or not."""
    return name[max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1 :]


def _spellings(value: Any) -> Iterator[str]:
    """A plain value as text, and as number or instant if it can be read as one."""
    if isinstance(value, bool):
        yield str(value).lower()
        return
    if isinstance(value, str):
        yield value.lower() if value.lower() in ("true", "false") else value
    number = number_of(value)
    if number is not None:
        yield f"={_plain(number)}"
    elif (moment := moment_of(value)) is not None:
        yield f"@{moment.isoformat()}"


def _plain(number: Decimal) -> str:
    return str(number.normalize() + 0)


_LOOK_FOR: dict[str, Callable[[Clause], list[str] | None]] = {
    "typed": lambda clause: [f"{clause.field} {same_name(str(value))}" for value in clause.values],
    "persistent": lambda clause: [
        f"{clause.field} {same_word('disposition', str(value))}" for value in clause.values
    ],
    "exists": lambda clause: [clause.field],
    "declared": lambda _: ["errorDeclaration"],
    "declared-time": lambda _: ["errorDeclaration"],
    "name": _terms_for_run,
    "sensor": _terms_for_sensor,
    "sensor-time": lambda _: ["sensorElementList"],
    "measure": lambda clause: [f"m {clause.field} {unit}".rstrip() for unit in alike(clause.detail)],
    "extension": _terms_for_field,
}
_PARTS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "transformationID": _run_terms,
    "persistentDisposition": _persistent_terms,
    "errorDeclaration": _declared_terms,
    "sensorElementList": _sensor_terms,
    "ilmd": lambda event: _field_terms(event, "ILMD"),
    "readPoint": lambda event: _field_terms(event, "readPoint"),
    "bizLocation": lambda event: _field_terms(event, "bizLocation"),
}
