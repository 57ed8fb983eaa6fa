"""What a template asks for: typed fields with titles in both languages, and the rules each kind of them can have."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as slots_of
from typing import Any

from app.errors import N_

TYPES = {
    "text": N_("Text"),
    "integer": N_("Whole number"),
    "decimal": N_("Number"),
    "boolean": N_("Yes or no"),
    "date": N_("Date"),
    "datetime": N_("Date and time"),
    "choice": N_("One of a list"),
    "url": N_("Web address"),
    "identifier": N_("Identifier of another thing"),
    "hash": N_("SHA-256 of a file"),
}
VISIBILITY = {  # from what everybody sees to what only the owner does
    "public": N_("Everyone"),
    "partners": N_("Partners who may trace it"),
    "private": N_("My organisation only"),
}
RULES = {  # what else can be asked of a field of that kind
    "text": ("min_length", "max_length", "pattern"),
    "integer": ("minimum", "maximum", "unit"),
    "decimal": ("minimum", "maximum", "unit"),
    "choice": ("choices",),
}
LIMIT = 2**53 - 1  # numbers up to here are exact in JSON everywhere
LONGEST_TEXT = 1_000
MOST_OF_A_LIST = 50
MOST_FIELDS = 100
MOST_CHOICES = 100
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Controls, lone surrogates, line separators, marks that turn the direction of writing: none is text of one line.
UNPRINTABLE = r"[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_UNPRINTABLE = re.compile(UNPRINTABLE)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a choice field offers."""

    value: str
    title_zh: str = ""
    title_en: str = ""

    def title(self, language: str) -> str:
        return (
            (self.title_zh if language == "zh" else self.title_en)
            or self.title_zh
            or self.title_en
            or self.value
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `many`: a list of up to `most`. Lengths count characters; `unit` is text such as `Ah` or `mg/kg`."""

    name: str
    type: str
    title_zh: str = ""
    title_en: str = ""
    required: bool = False
    visibility: str = "public"
    searchable: bool = False
    help_zh: str = ""
    help_en: str = ""
    unit: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False
    most: int | None = None

    @property
    def public(self) -> bool:
        return self.visibility == "public"

    def title(self, language: str) -> str:
        return (self.title_zh if language == "zh" else self.title_en) or self.title_zh or self.title_en

    def help(self, language: str) -> str:
        return (self.help_zh if language == "zh" else self.help_en) or self.help_zh or self.help_en


def as_json(field: Field) -> dict[str, Any]:
    """What is not the default, as it is stored and sent."""
    told = {slot.name: getattr(field, slot.name) for slot in slots_of(Field)}
    told["choices"] = [
        {slot.name: getattr(choice, slot.name) for slot in slots_of(Choice)} for choice in field.choices
    ]
    kept = {"name", "type", "title_zh", "title_en", "required", "visibility"}
    return {
        key: value
        for key, value in told.items()
        if key in kept or not (value is None or value is False or value in ("", []))
    }


def stored(rows: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """The fields of a version as they were checked when it was made: not checked again."""
    return tuple(
        Field(**{**row, "choices": tuple(Choice(**choice) for choice in row.get("choices", ()))})
        for row in rows
    )


def is_one_line(text: str) -> bool:
    return not _UNPRINTABLE.search(text)


def shown(value: object) -> str:
    """A value as an error names it: short, and without what is no text."""
    if isinstance(value, dict | list | tuple):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, int) and value.bit_length() > 200:
        return "10…0"
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    short = _UNPRINTABLE.sub("\ufffd", text[:61])
    return short if len(text) <= 60 else f"{short[:60]}…"
