"""Events that others sent as values, with loss: names canonical, words bare; and what an entry of the log holds.

That is either one of our own steps or an envelope around an event as its sender wrote it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from app.domain.epcis import naming, terms
from app.domain.epcis.forms import (
    EPCS,
    PAIRS,
    PLACES,
    QUANTITIES,
    TEXTS,
    declaration_of,
    from_json,
    time_of,
    unreadable,
)
from app.domain.epcis.values import Event, Quantity

CAPTURED = 2  # the version of an entry that holds an envelope
OURS = "suyuan:"


def parse(text: bytes | str) -> Event:
    """The event of an entry of the log, of either kind; Malformed when it is neither."""
    body = orjson.loads(text)
    return event_of(body["event"], body) if "event" in body else from_json(body)


def event_of(body: Mapping[str, Any], envelope: Mapping[str, Any] | None = None) -> Event:
    """An event as somebody sent it, as a value: names canonical, words of the CBV bare; what has no field is left out.

    Of an envelope it takes the rest: the hash where no eventID was given, our names of the things, and every key of
    ours as an extension `suyuan:…`, which no sender can claim. A class without an amount is in the plain list.
    """
    envelope = envelope or {}
    theirs: dict[str, Any] = {}
    values: dict[str, Any] = {"event_id": body.get("eventID") or envelope.get("hash", "")}
    try:
        read = _Reading(values, envelope)
        for key, value in body.items():
            if reader := _READERS.get(key):
                reader(read, key, value)
            elif ":" in key and not key.startswith(OURS):
                theirs[key] = value
        return Event(**values, extensions=theirs | read.extensions)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise unreadable(error) from error


class _Reading:
    """Takes the fields of one event into `values`, names as the envelope has them or else canonical."""

    def __init__(self, values: dict[str, Any], envelope: Mapping[str, Any]) -> None:
        self.values = values
        self.names: Mapping[str, str] = envelope.get("names", {})
        self.declares = envelope.get("declares", "")
        self.extensions = {
            OURS + key: v for key, v in envelope.items() if key not in ("event", "hash", "declares")
        }

    def named(self, name: str) -> str:
        return self.names.get(name) or naming.canonical(name)

    def text(self, key: str, value: Any) -> None:
        self.values[_FIELD[key]] = value

    def time(self, _: str, value: Any) -> None:
        self.values["event_time"] = time_of(value)

    def word(self, key: str, value: Any) -> None:
        self.values[_FIELD[key]] = terms.bare(key, value)

    def name(self, key: str, value: Any) -> None:
        self.values[_FIELD[key]] = self.named(value)

    def place(self, key: str, value: Any) -> None:
        self.values[_FIELD[key]] = self.named(value["id"])

    def epcs(self, key: str, value: Any) -> None:
        field = _FIELD[key]
        self.values[field] = (*map(self.named, value), *self.values.get(field, ()))

    def quantities(self, key: str, value: Any) -> None:
        known, unknown = [], []
        for row in value:
            name = self.named(row["epcClass"])
            if "quantity" in row:
                known.append(Quantity(name, Decimal(str(row["quantity"])), row.get("uom", "")))
            else:
                unknown.append(name)
        self.values[_FIELD[key]] = tuple(known)
        if unknown:
            field = _PLAIN[key]
            self.values[field] = (*self.values.get(field, ()), *unknown)

    def pairs(self, key: str, value: Any) -> None:
        """Parties by their canonical names; papers as their sender calls them."""
        inner = _INNER[key]
        named = naming.canonical if inner != "bizTransaction" else str
        self.values[_FIELD[key]] = tuple(
            (terms.bare(inner, pair.get("type", "")), named(pair[inner])) for pair in value
        )

    def ilmd(self, _: str, value: Any) -> None:
        self.values["ilmd"] = dict(value)

    def declaration(self, _: str, value: Any) -> None:
        self.values["error_declaration"] = declaration_of(value, self.declares)


_FIELD = {key: name for name, key in (*TEXTS, *PLACES, *EPCS, *QUANTITIES)} | {key: n for n, key, _ in PAIRS}
_INNER = {key: inner for _, key, inner in PAIRS}
_PLAIN = {counted[1]: plain[0] for plain, counted in zip(EPCS, QUANTITIES, strict=True)}
_READERS: dict[str, Callable[[_Reading, str, Any], None]] = {
    **dict.fromkeys(("type", "eventTimeZoneOffset", "action"), _Reading.text),
    **dict.fromkeys(("bizStep", "disposition"), _Reading.word),
    **dict.fromkeys(("parentID", "transformationID"), _Reading.name),
    **dict.fromkeys((key for _, key in PLACES), _Reading.place),
    **dict.fromkeys((key for _, key in EPCS), _Reading.epcs),
    **dict.fromkeys((key for _, key in QUANTITIES), _Reading.quantities),
    **dict.fromkeys((key for _, key, _ in PAIRS), _Reading.pairs),
    "eventTime": _Reading.time,
    "ilmd": _Reading.ilmd,
    "errorDeclaration": _Reading.declaration,
}
