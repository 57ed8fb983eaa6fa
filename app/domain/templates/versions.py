"""What a new version of a template changes, and whether what fitted the old one still fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.templates.fields import LONGEST_TEXT, MOST_OF_A_LIST, Field
from app.errors import N_

WORDS = {
    "added": N_("new"),
    "removed": N_("gone"),
    "required": N_("needed now"),
    "narrowed": N_("takes less than before"),
    "widened": N_("takes more than before"),
    "revealed": N_("seen by more people from now on"),
    "hidden": N_("seen by fewer people from now on"),
}
INCOMPATIBLE = frozenset({"removed", "required", "narrowed"})
_SEEN = {"private": 0, "partners": 1, "public": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the field `name`; `kind` is a key of WORDS."""

    name: str
    kind: str


def changes(old: Sequence[Field], new: Sequence[Field]) -> tuple[Change, ...]:
    """In the order of the old fields, then the new ones. Titles, help and units change nothing that is checked."""
    before, after = {field.name: field for field in old}, {field.name: field for field in new}
    found: list[Change] = []
    for name, field in before.items():
        if name not in after:
            found.append(Change(name, "removed"))
            continue
        found += [Change(name, kind) for kind in _kinds(field, after[name])]
    for name, field in after.items():
        if name not in before:
            found.append(Change(name, "required" if field.required else "added"))
    return tuple(found)


def compatible(found: Sequence[Change]) -> bool:
    """Whether every set of values that fitted the old version fits the new one."""
    return not any(change.kind in INCOMPATIBLE for change in found)


def _kinds(old: Field, new: Field) -> list[str]:
    kinds = ["required"] if new.required and not old.required else []
    if not _takes_all_of(new, old):
        kinds.append("narrowed")
    elif not _takes_all_of(old, new):
        kinds.append("widened")
    seen: Mapping[str, int] = _SEEN
    if seen[new.visibility] != seen[old.visibility]:
        kinds.append("revealed" if seen[new.visibility] > seen[old.visibility] else "hidden")
    return kinds


def _takes_all_of(wide: Field, narrow: Field) -> bool:
    """Whether `wide` takes every value that `narrow` does; a pattern that merely differs counts as another one."""
    same_kind = wide.type == narrow.type or (wide.type, narrow.type) == ("decimal", "integer")
    if not same_kind or wide.many != narrow.many:
        return False
    if wide.many and (wide.most or MOST_OF_A_LIST) < (narrow.most or MOST_OF_A_LIST):
        return False
    if wide.type == "choice":
        return {choice.value for choice in wide.choices} >= {choice.value for choice in narrow.choices}
    if wide.type == "text":
        shorter = (wide.min_length or 1) > (narrow.min_length or 1)
        longer = (wide.max_length or LONGEST_TEXT) < (narrow.max_length or LONGEST_TEXT)
        return not shorter and not longer and wide.pattern in {"", narrow.pattern}
    low_fits = wide.minimum is None or (narrow.minimum is not None and narrow.minimum >= wide.minimum)
    high_fits = wide.maximum is None or (narrow.maximum is not None and narrow.maximum <= wide.maximum)
    return low_fits and high_fits
