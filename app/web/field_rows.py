"""The rows of the form that makes a template: one for each field, read into what `templates.checked` takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from app.domain.templates import Field, as_json
from app.domain.templates.fields import MOST_FIELDS, RULES
from app.errors import TraceError

SPARE = 2  # empty rows at the end
_INPUT = re.compile(r"f([0-9]{1,4})-([a-z_]+)")
_FLAGS = ("required", "searchable", "many")
_TEXTS = ("title_zh", "title_en", "help_zh", "help_en", "unit", "pattern")
_WHOLE = ("min_length", "max_length", "most")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in the inputs of one row, as text; `number` is in their names."""

    number: int
    texts: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        return not any(self.texts.get(name, "").strip() for name in ("name", "title_zh", "title_en"))


def rows_sent() -> list[Row]:
    """In the order in which they stand in the page; those marked to be left out are."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        if part := _INPUT.fullmatch(name):
            found.setdefault(int(part[1]), {})[part[2]] = value
    return [Row(number, texts) for number, texts in found.items() if "remove" not in texts][: MOST_FIELDS + 1]


def rows_of(fields: Sequence[Field]) -> list[Row]:
    """A version's fields, to be changed."""
    return [Row(number, _texts(field)) for number, field in enumerate(fields)]


def with_spare(rows: Sequence[Row], count: int = SPARE) -> list[Row]:
    first = max((row.number for row in rows), default=-1) + 1
    kept = [row for row in rows if not row.is_empty]
    return [*kept, *(Row(first + number, {}) for number in range(count))]


def definitions(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Of the rows that are filled in; a text where a number is needed stays, to be refused by name."""
    return [_definition(row.texts) for row in rows if not row.is_empty]


def place_of(error: TraceError, rows: Sequence[Row]) -> tuple[int, str] | None:
    """(number of the row, rule) that an error of `templates.checked` is about."""
    part = re.fullmatch(r"fields\.([0-9]+)\.(.+)", str(error.values.get("field", "")))
    filled = [row for row in rows if not row.is_empty]
    return (filled[int(part[1])].number, part[2]) if part and int(part[1]) < len(filled) else None


def name_from(title: str) -> str:
    """A name made of the English title, for who leaves it out: 'Rated capacity' becomes rated_capacity."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40].rstrip("_")


def _definition(texts: Mapping[str, str]) -> dict[str, Any]:
    kind = texts.get("type", "text")
    rules = set(RULES.get(kind, ()))
    found: dict[str, Any] = {
        "name": texts.get("name", "").strip() or name_from(texts.get("title_en", "")),
        "type": kind,
        "visibility": texts.get("visibility", "public"),
    }
    found |= {
        name: texts.get(name, "") for name in _TEXTS if name not in {"unit", "pattern"} or name in rules
    }
    found |= {name: name in texts for name in _FLAGS}
    found |= {name: _number(texts.get(name, "")) for name in ("minimum", "maximum") if name in rules}
    allowed = {name for name in _WHOLE if name in rules or (name == "most" and "many" in texts)}
    found |= {name: _number(texts.get(name, "")) for name in allowed}
    if kind == "choice":
        found["choices"] = _choices(texts.get("choices", ""))
    return found


def _number(text: str) -> int | float | str | None:
    tidy = text.strip()
    if not tidy:
        return None
    try:
        return int(tidy) if re.fullmatch(r"-?[0-9]{1,18}", tidy) else float(tidy)
    except ValueError:
        return tidy[:60]


def _choices(text: str) -> list[dict[str, str]]:
    """One a line: `value | Chinese | English`, the titles where they differ from the value."""
    keys = ("value", "title_zh", "title_en")
    lines = [[part.strip() for part in line.split("|", 2)] for line in text.splitlines() if line.strip()]
    return [dict(zip(keys, parts, strict=False)) for parts in lines]


def _texts(field: Field) -> dict[str, str]:
    stored = as_json(field)
    texts = {name: str(value) for name, value in stored.items() if name not in {*_FLAGS, "choices"}}
    texts |= {name: "on" for name in _FLAGS if stored.get(name)}
    lines = [
        " | ".join(part for part in (c.value, c.title_zh, c.title_en)).rstrip(" |") for c in field.choices
    ]
    return texts | {"choices": "\n".join(lines)}
