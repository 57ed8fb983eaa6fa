"""A template as JSON Schema, draft 2020-12: what `values.read` accepts, for programs of others."""

from collections.abc import Sequence
from typing import Any

from app.domain.templates import expressions
from app.domain.templates.fields import LIMIT, LONGEST_TEXT, MOST_OF_A_LIST, UNPRINTABLE, Field
from app.domain.templates.values import DATE, HASH, MOMENT, URL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE_LINE = {"not": {"pattern": UNPRINTABLE}}
_FORMED: dict[str, dict[str, Any]] = {
    "date": {"format": "date", "pattern": DATE},
    "datetime": {"format": "date-time", "pattern": MOMENT},
    "url": {"format": "uri", "pattern": URL},
    "hash": {"pattern": HASH},
    "identifier": {
        "format": "identifier",
        "minLength": 1,
    },  # no format of the standard's: any scheme this node reads
}


def schema_of(fields: Sequence[Field], **head: Any) -> dict[str, Any]:
    """`head` goes first (`$id`, title …). Titles in English with both under `x-title`; units under `x-unit`."""
    return {
        "$schema": DIALECT,
        **head,
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, Any]:
    about: dict[str, Any] = {
        "title": field.title("en"),
        "x-title": {"zh": field.title("zh"), "en": field.title("en")},
    }
    if field.help("en"):
        about |= {
            "description": field.help("en"),
            "x-description": {"zh": field.help("zh"), "en": field.help("en")},
        }
    if field.unit:
        about["x-unit"] = field.unit
    about["x-visibility"] = field.visibility
    if not field.many:
        return about | _one(field)
    unique = {"uniqueItems": True} if field.type == "choice" else {}
    return about | {
        "type": "array", "items": _one(field), "minItems": 1, "maxItems": field.most or MOST_OF_A_LIST, **unique
    }  # fmt: skip


def _one(field: Field) -> dict[str, Any]:
    if field.type == "boolean":
        return {"type": "boolean"}
    if field.type in {"integer", "decimal"}:
        return {
            "type": "integer" if field.type == "integer" else "number",
            "minimum": -LIMIT if field.minimum is None else field.minimum,
            "maximum": LIMIT if field.maximum is None else field.maximum,
        }
    if field.type == "choice":
        offered = [
            {"value": one.value, "zh": one.title("zh"), "en": one.title("en")} for one in field.choices
        ]
        return {"type": "string", "enum": [one.value for one in field.choices], "x-choices": offered}
    if field.type != "text":
        return {"type": "string", **_FORMED[field.type], **_ONE_LINE}
    pattern = {"pattern": expressions.compiled(field.pattern).portable} if field.pattern else {}
    lengths = {"minLength": field.min_length or 1, "maxLength": field.max_length or LONGEST_TEXT}
    return {"type": "string", **lengths, **pattern, **_ONE_LINE}
