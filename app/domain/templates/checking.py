"""Whether rows can be the fields of a template: names, types, titles, and rules that do not contradict each other."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as slots_of
from typing import Any, NoReturn

from app.domain.templates import expressions
from app.domain.templates.fields import (
    LIMIT,
    LONGEST_TEXT,
    MOST_CHOICES,
    MOST_FIELDS,
    MOST_OF_A_LIST,
    NAME,
    RULES,
    TYPES,
    VISIBILITY,
    Choice,
    Field,
    is_one_line,
    shown,
)
from app.errors import N_, Malformed


def checked(rows: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """A new template's fields. Malformed for the first rule that cannot be; its `field` is `fields.<row>.<rule>`."""
    found = tuple(_Checker(number, row).field() for number, row in enumerate(rows))
    if not 1 <= len(found) <= MOST_FIELDS:
        raise Malformed(
            "no-fields",
            N_("A template has 1 to {most} fields, not {count}."),
            N_("Name at least one field."),
            most=str(MOST_FIELDS),
            count=str(len(found)),
            field="fields",
        )
    names = [field.name for field in found]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Malformed(
                "field-twice",
                N_("There are two fields called {name}."),
                N_("Give each field a name of its own."),
                name=name,
                field=f"fields.{number}.name",
            )
    return found


@dataclass(slots=True)
class _Checker:
    """Checks one row; `row` may hold anything that JSON can."""

    number: int
    row: Mapping[str, Any]

    def field(self) -> Field:
        self._check_names()
        kind = self.row.get("type")
        if not isinstance(kind, str) or kind not in TYPES:
            self._refuse("type", kind)
        allowed = {"unit", "minimum", "maximum", "min_length", "max_length", "pattern", "choices"}
        for rule in allowed - set(RULES.get(kind, ())):
            if self.row.get(rule) not in (None, "", [], ()):
                self._refuse(rule, self.row[rule])
        values: dict[str, Any] = {name: self._text(name, 500) for name in ("help_zh", "help_en")}
        values |= {name: self._text(name, 100) for name in ("title_zh", "title_en")}
        if not values["title_zh"] and not values["title_en"]:
            raise Malformed(
                "field-title-missing",
                N_("The field {name} has no title."),
                N_("Give it one in Chinese or in English: people see it, not the name."),
                name=self.row["name"],
                field=self._at("title_zh"),
            )
        values |= self._bounds(kind) | self._lengths()
        many = self._flag("many")
        return Field(
            name=self.row["name"],
            type=kind,
            required=self._flag("required"),
            visibility=self._visibility(),
            searchable=self._flag("searchable"),
            unit=self._text("unit", 20),
            pattern=self._pattern(),
            choices=self._choices() if kind == "choice" else (),
            many=many,
            most=self._whole("most", 1, MOST_OF_A_LIST) if many else None,
            **values,
        )

    def _check_names(self) -> None:
        name = self.row.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Malformed(
                "bad-field-name",
                N_("'{name}' cannot be the name of a field."),
                N_("Use a to z, digits and underscores, beginning with a letter; at most 40."),
                name=shown(name),
                field=self._at("name"),
            )
        known = {slot.name for slot in slots_of(Field)}
        if strange := sorted(str(key) for key in self.row if key not in known):
            self._refuse(strange[0][:40], self.row.get(strange[0]))

    def _at(self, rule: str) -> str:
        return f"fields.{self.number}.{rule}"

    def _refuse(self, rule: str, value: object) -> NoReturn:
        raise Malformed(
            "bad-field-rule",
            N_("{name}: '{value}' cannot be its {rule}."),
            N_("Correct it, or leave it out."),
            name=str(self.row.get("name"))[:40],
            value=shown(value),
            rule=rule,
            field=self._at(rule),
        )

    def _text(self, rule: str, most: int) -> str:
        value = self.row.get(rule) or ""
        if not isinstance(value, str):
            self._refuse(rule, value)
        tidy = unicodedata.normalize("NFC", " ".join(value.split()))
        if len(tidy) > most or not is_one_line(tidy):
            self._refuse(rule, value)
        return tidy

    def _flag(self, rule: str) -> bool:
        value = self.row.get(rule, False)
        if not isinstance(value, bool):
            self._refuse(rule, value)
        return value

    def _visibility(self) -> str:
        value = self.row.get("visibility", "public")
        if not isinstance(value, str) or value not in VISIBILITY:
            self._refuse("visibility", value)
        return value

    def _whole(self, rule: str, least: int, most: int) -> int | None:
        value = self.row.get(rule)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._refuse(rule, value)
        return value

    def _lengths(self) -> dict[str, Any]:
        low, high = (self._whole(rule, 1, LONGEST_TEXT) for rule in ("min_length", "max_length"))
        if low is not None and high is not None and low > high:
            self._refuse("max_length", high)
        return {"min_length": low, "max_length": high}

    def _bounds(self, kind: str) -> dict[str, Any]:
        found: dict[str, int | float | None] = {}
        for rule in ("minimum", "maximum"):
            value = self.row.get(rule)
            found[rule] = value
            if value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not -LIMIT <= value <= LIMIT or (kind == "integer" and value != int(value)):
                self._refuse(rule, value)
            found[rule] = int(value) if value == int(value) else float(value)
        low, high = found["minimum"], found["maximum"]
        if low is not None and high is not None and low > high:
            self._refuse("maximum", high)
        return found

    def _pattern(self) -> str:
        pattern = self.row.get("pattern") or ""
        if not isinstance(pattern, str) or not is_one_line(pattern):
            self._refuse("pattern", pattern)
        try:
            expressions.compiled(pattern)
        except Malformed as error:
            error.values["field"] = self._at("pattern")
            raise
        return pattern

    def _choices(self) -> tuple[Choice, ...]:
        rows = self.row.get("choices")
        if not isinstance(rows, list | tuple) or not 1 <= len(rows) <= MOST_CHOICES:
            raise Malformed(
                "choices-missing",
                N_("The field {name} has no list to choose from, or too long a one."),
                N_("Give it 1 to {most} values."),
                name=self.row["name"],
                most=str(MOST_CHOICES),
                field=self._at("choices"),
            )
        return tuple(
            self._choice(row, [each.get("value") for each in rows[:number] if isinstance(each, Mapping)])
            for number, row in enumerate(rows)
        )

    def _choice(self, row: object, before: list[object]) -> Choice:
        texts = (
            [row.get(key, "") for key in ("value", "title_zh", "title_en")]
            if isinstance(row, Mapping)
            else [""]
        )
        for text in texts:
            if not isinstance(text, str) or len(text) > 100 or not is_one_line(text) or text != text.strip():
                self._refuse("choices", text)
        if not texts[0] or texts[0] in before:
            self._refuse("choices", texts[0])
        return Choice(*texts)
