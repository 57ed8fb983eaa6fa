"""One value of a handle, and its JSON exactly as the reference server writes it. How it is read: see parsing.

Secret keys (HS_SECKEY) are kept in the format 'hashed', which never goes out (see services.handle_keys).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson

from app.domain.handles.errors import refused

MOST_BYTES = 262_144  # of a message of the protocol
MOST_VALUES = 2_048  # of a handle
MOST_SEARCHED = 200
DEFAULT_TTL = 86_400
PERMISSIONS = "1110"
SECRET = "HS_SECKEY"  # noqa: S105  (a type)
MASK = "********"  # in place of a secret; sent back, it leaves the secret as it is


@dataclass(frozen=True, slots=True)
class Value:
    """`data` is {"format", "value"}. `ttl` counts seconds, or is the moment (ISO 8601) until which it holds.
    `timestamp` is ISO 8601 to the second, '' when not yet kept. `permissions` are four letters 0 or 1: adminRead,
    adminWrite, publicRead, publicWrite."""

    index: int
    type: str
    data: dict[str, Any]
    ttl: int | str = DEFAULT_TTL
    timestamp: str = ""
    permissions: str = PERMISSIONS
    references: tuple[tuple[str, int], ...] = ()

    @property
    def public(self) -> bool:
        return self.permissions[2] == "1" and self.type != SECRET

    @property
    def text(self) -> str | None:
        """What it says, where it is text."""
        found = self.data["value"]
        return found if self.data["format"] == "string" and isinstance(found, str) else None


def text_value(index: int, type_: str, text: str, timestamp: str = "", ttl: int = DEFAULT_TTL) -> Value:
    return Value(index, type_, {"format": "string", "value": text}, ttl, timestamp)


# --- out ---


def json_of(value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {"index": value.index, "type": value.type, "data": value.data}
    if value.permissions != PERMISSIONS:
        found["permissions"] = value.permissions
    found["ttl"] = value.ttl
    if value.timestamp:
        found["timestamp"] = value.timestamp
    if value.references:
        found["references"] = [{"handle": handle, "index": index} for handle, index in value.references]
    return found


def dump(values: Iterable[Value]) -> bytes:
    """All values, as `Record.values` keeps them."""
    return orjson.dumps([json_of(value) for value in values])


def public_json(values: Iterable[Value]) -> bytes:
    """The JSON array exactly as anyone is sent it, as `Record.public` keeps it."""
    return orjson.dumps([json_of(value) for value in values if value.public])


def shown_json(values: Iterable[Value]) -> bytes:
    """The array for an administrator: what administrators may read, secrets behind a mask."""
    shown = (value for value in values if value.permissions[0] == "1" or value.public)
    return orjson.dumps([json_of(_masked(value)) for value in shown])


def _masked(value: Value) -> Value:
    return replace(value, data={"format": "string", "value": MASK}) if value.type == SECRET else value


def load(kept: bytes) -> list[Value]:
    """The inverse of `dump`; checks nothing."""
    return [
        Value(
            item["index"],
            item["type"],
            item["data"],
            item["ttl"],
            item.get("timestamp", ""),
            item.get("permissions", PERMISSIONS),
            tuple((each["handle"], each["index"]) for each in item.get("references", ())),
        )
        for item in orjson.loads(kept)
    ]


# --- on the way ---


def unique(values: Sequence[Value]) -> list[Value]:
    """In the order of their indexes; index-conflict when two have the same."""
    ordered = sorted(values, key=lambda value: value.index)
    for one, other in pairwise(ordered):
        if one.index == other.index:
            raise refused("index-conflict", index=one.index)
    return ordered


def stamped(values: Iterable[Value], now: datetime) -> list[Value]:
    text = moment_text(now)
    return [  # `replace` takes four times as long, and imports do this by the million
        Value(v.index, v.type, v.data, v.ttl, text, v.permissions, v.references) for v in values
    ]


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def searchable(text: str) -> str:
    """How a value is compared in searches: width, case and outer spaces do not count."""
    return unicodedata.normalize("NFKC", text).strip().upper()[:MOST_SEARCHED]
