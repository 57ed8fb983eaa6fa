"""The values of a thing as readers are told them: with titles and units, and only those meant for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.templates.fields import Field

AUDIENCES = {
    "owner": ("public", "partners", "private"),
    "partner": ("public", "partners"),
    "public": ("public",),
}
_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field with its values (one, or those of a list), typed as JSON has them."""

    field: Field
    values: tuple[Any, ...]

    @property
    def value(self) -> Any:
        """As it was given: a list for a field of many."""
        return list(self.values) if self.field.many else self.values[0]

    def option(self, value: str, language: str) -> str:
        """The title of a choice."""
        return next((choice.title(language) for choice in self.field.choices if choice.value == value), value)

    def text(self, language: str) -> str:
        """All of it in one line of plain text, for documents: `en` or `zh`."""
        told = [self._one(value, language) for value in self.values]
        joined = ("、" if language == "zh" else ", ").join(told)
        return f"{joined} {self.field.unit}" if self.field.unit else joined

    def _one(self, value: Any, language: str) -> str:
        if isinstance(value, bool):
            return _YES_NO["zh" if language == "zh" else "en"][value]
        if self.field.type == "choice":
            return self.option(value, language)
        return str(value).removeprefix("hdl:")


def shown_to(audience: str, fields: Sequence[Field], values: Mapping[str, Any]) -> tuple[Shown, ...]:
    """In the template's order; `audience` is owner, partner or public."""
    meant = AUDIENCES[audience]
    return tuple(
        Shown(field, tuple(value) if field.many else (value,))
        for field in fields
        if field.visibility in meant and (value := values.get(field.name)) is not None
    )
