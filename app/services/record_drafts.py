"""Rows of records out of values: as they are kept, as anyone is sent them, and by what they are found."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain import handles
from app.domain.handles import SECRET, Value, refused
from app.errors import N_
from app.store.records import Draft, Indexed

HASHED = "hashed"  # the format of a secret key that may be kept


def draft_of(handle: str, key: str, organisation_id: int, values: Sequence[Value]) -> Draft:
    """The row of a record. Raises invalid-value when it is too much, or holds a secret key in clear."""
    for value in values:
        if value.type == SECRET and value.data["format"] != HASHED:
            raise refused(
                "invalid-value", index=value.index, reason=N_("a secret key is registered by itself")
            )
    if len(values) > handles.MOST_VALUES:
        raise refused("invalid-value", index=values[-1].index, reason=N_("a handle has at most 2048 values"))
    whole = handles.dump(values)
    if len(whole) > handles.MOST_BYTES:
        raise refused("invalid-value", index=values[-1].index, reason=N_("all values together are too large"))
    public = whole if all(value.public for value in values) else handles.public_json(values)
    return Draft(key, handle, organisation_id, whole, public, indexed_of(values))


def indexed_of(values: Iterable[Value]) -> Indexed:
    """By what a record is found: its texts, but for those of the system's own types and those that nobody may read."""
    found: dict[tuple[str, str], bool] = {}
    for value in values:
        text = value.text
        readable = value.public or value.permissions[0] == "1"
        if text and readable and not value.type.startswith("HS_"):
            name = (handles.searchable(text), value.type)
            found[name] = found.get(name, False) or value.public
    return tuple((text, type_, public) for (text, type_), public in found.items())


def protected_change(old: Iterable[Value], new: Iterable[Value]) -> int:
    """The index of a value that administrators may not write and that would change all the same; 0 for none."""
    after = {value.index: value for value in new}
    for was in old:
        if was.permissions[1] != "1" and not same(was, after.get(was.index)):
            return was.index
    return 0


def same(was: Value, now: Value | None) -> bool:
    """But for when it was written."""
    return now is not None and replace(was, timestamp="") == replace(now, timestamp="")
