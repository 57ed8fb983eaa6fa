"""The text of templates: fields in it as `{lot}` or `{made:DD.MM.YYYY}`, a brace as `{{`. Taken apart and filled in."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from labels.errors import N_, LabelError
from labels.fields import FIELDS, Content, Language

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z0-9_]*)(?::([^{}]*))?\}|[{}]")
_DATE_PART = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_PATTERN = 40


class Slot(NamedTuple):
    """A place for a field; `pattern` says how a date is written, empty for ISO."""

    field: str
    pattern: str


Piece = str | Slot


@lru_cache(maxsize=1024)
def pieces(text: str) -> tuple[Piece, ...]:
    """Raises LabelError `unknown-label-field`, `bad-label-field` (a lone brace, a form of date where there is none)."""
    found: list[Piece] = []
    position = 0
    for match in _TOKEN.finditer(text):
        found.append(text[position : match.start()])
        position = match.end()
        token = match.group()
        found.append(token[0] if token in ("{{", "}}") else _slot(token, match.group(1), match.group(2)))
    found.append(text[position:])
    return tuple(piece for piece in found if piece)


def _slot(token: str, name: str | None, pattern: str | None) -> Slot:
    if name is None:
        raise LabelError(
            "bad-label-field",
            N_("“{token}” stands alone in a text of the template."),
            N_("Write a field as {example}, and a brace twice."),
            token=token,
            example="{lot}",
        )
    check_field(name)
    if pattern is not None and not (FIELDS[name].date and 0 < len(pattern) <= _MOST_PATTERN):
        raise LabelError(
            "bad-label-field",
            N_("“{token}” is no field with a form of date."),
            N_("A date is written as {example}."),
            token=token,
            example="{made:YYYY-MM-DD}",
        )
    return Slot(name, pattern or "")


def check_field(name: str) -> None:
    """Raises LabelError `unknown-label-field`."""
    if name not in FIELDS:
        raise LabelError(
            "unknown-label-field",
            N_("A label has no field “{field}”."),
            N_("Its fields are {fields}."),
            field=name,
            fields=", ".join(FIELDS),
        )


def fields_of(text: str) -> tuple[str, ...]:
    return tuple(piece.field for piece in pieces(text) if isinstance(piece, Slot))


def filler(text: str, language: Language) -> Callable[[Content], str]:
    """A function that puts a content's values into `text`; the usual cases are a look-up or two."""
    makers = [piece if isinstance(piece, str) else getter(piece, language) for piece in pieces(text)]
    if not makers:
        return lambda _: ""
    if len(makers) == 1:
        only = makers[0]
        return only if not isinstance(only, str) else lambda _: only
    if len(makers) == 2 and isinstance(makers[0], str) and not isinstance(makers[1], str):
        before, then = makers[0], makers[1]
        return lambda content: before + then(content)
    return lambda content: "".join([maker if isinstance(maker, str) else maker(content) for maker in makers])


def getter(slot: Slot, language: Language) -> Callable[[Content], str]:
    name, pattern = slot
    if pattern:
        return lambda content: written(content.values.get(name, ""), pattern, name)
    if name == "payload":
        return lambda content: content.payload
    if name == "identifier":
        return lambda content: content.identifier
    if FIELDS[name].translated:
        return lambda content: content.value(name, language)
    key = "lot" if name == "batch" else name
    return lambda content: content.values.get(key, "")


@lru_cache(maxsize=4096)
def written(value: str, pattern: str, field: str) -> str:
    """An ISO date in the form of `pattern`: YYYY YY MMM MM M DD D. Raises LabelError `bad-date-value`."""
    if not value:
        return ""
    try:
        day = date.fromisoformat(value[:10])
    except ValueError as error:
        raise LabelError(
            "bad-date-value",
            N_("“{value}” in the field {field} is not a date."),
            N_("Write it as {example}."),
            value=value[:40],
            field=field,
            example="2026-11-22",
        ) from error
    forms = {
        "YYYY": f"{day.year:04}", "YY": f"{day.year % 100:02}", "MMM": _MONTHS[day.month - 1],
        "MM": f"{day.month:02}", "M": str(day.month), "DD": f"{day.day:02}", "D": str(day.day),
    }  # fmt: skip
    return _DATE_PART.sub(lambda match: forms[match.group()], pattern)
