"""Which rows can be the fields of a template, and what a new version of them changes."""

from typing import Any

import pytest

from app.domain import templates
from app.errors import Malformed


def fields(*rows: dict[str, Any]) -> tuple[templates.Field, ...]:
    titled = {"title_zh": "名", "title_en": "Name"}
    return templates.checked([titled | row for row in rows])


@pytest.mark.parametrize(
    ("row", "code", "at"),
    [
        ({"name": "Größe", "type": "text"}, "bad-field-name", "name"),
        ({"name": "9lives", "type": "text"}, "bad-field-name", "name"),
        ({"name": None, "type": "text"}, "bad-field-name", "name"),
        ({"name": "a", "type": "blob"}, "bad-field-rule", "type"),
        ({"name": "a", "type": ["text"]}, "bad-field-rule", "type"),
        ({"name": "a", "type": "text", "title_zh": "", "title_en": " "}, "field-title-missing", "title_zh"),
        ({"name": "a", "type": "text", "minimum": 1}, "bad-field-rule", "minimum"),
        ({"name": "a", "type": "integer", "minimum": 1.5}, "bad-field-rule", "minimum"),
        ({"name": "a", "type": "decimal", "minimum": 3, "maximum": 2}, "bad-field-rule", "maximum"),
        ({"name": "a", "type": "decimal", "minimum": float("nan")}, "bad-field-rule", "minimum"),
        ({"name": "a", "type": "text", "max_length": 5000}, "bad-field-rule", "max_length"),
        ({"name": "a", "type": "text", "min_length": 5, "max_length": 4}, "bad-field-rule", "max_length"),
        ({"name": "a", "type": "choice"}, "choices-missing", "choices"),
        ({"name": "a", "type": "choice", "choices": [{"value": "x"}, {"value": "x"}]}, "bad-field-rule", "choices"),
        ({"name": "a", "type": "choice", "choices": ["x"]}, "bad-field-rule", "choices"),
        ({"name": "a", "type": "text", "pattern": "(a"}, "bad-field-pattern", "pattern"),
        ({"name": "a", "type": "text", "colour": "red"}, "bad-field-rule", "colour"),
        ({"name": "a", "type": "text", "required": "yes"}, "bad-field-rule", "required"),
        ({"name": "a", "type": "text", "visibility": "friends"}, "bad-field-rule", "visibility"),
        ({"name": "a", "type": "text", "title_en": "x\u202ey"}, "bad-field-rule", "title_en"),
        ({"name": "a", "type": "text", "many": True, "most": 900}, "bad-field-rule", "most"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_by_name(row: dict[str, Any], code: str, at: str) -> None:
    with pytest.raises(Malformed) as refused:
        fields(row)
    assert (refused.value.code, refused.value.values["field"]) == (code, f"fields.0.{at}")


def test_a_template_has_some_fields_each_once() -> None:
    for rows_given, code in (
        ([], "no-fields"),
        ([{"name": f"a{n}", "type": "text"} for n in range(101)], "no-fields"),
    ):
        with pytest.raises(Malformed) as refused:
            fields(*rows_given)
        assert refused.value.code == code
    with pytest.raises(Malformed) as refused:
        fields({"name": "a", "type": "text"}, {"name": "a", "type": "date"})
    assert (refused.value.code, refused.value.values["field"]) == ("field-twice", "fields.1.name")


# --- versions ---


def test_a_new_version_tells_what_went_what_came_and_what_takes_less() -> None:
    old = fields(
        {"name": "gone", "type": "text"},
        {"name": "grade", "type": "text", "max_length": 10},
        {"name": "mass", "type": "integer", "maximum": 10},
        {"name": "secret", "type": "text", "visibility": "private"},
        {"name": "kind", "type": "choice", "choices": [{"value": "A"}, {"value": "B"}]},
    )
    new = fields(
        {"name": "grade", "type": "text", "max_length": 5, "required": True},
        {"name": "mass", "type": "decimal", "maximum": 20},
        {"name": "secret", "type": "text"},
        {"name": "kind", "type": "choice", "choices": [{"value": "A"}, {"value": "B"}, {"value": "C"}]},
        {"name": "added", "type": "date"},
        {"name": "asked", "type": "date", "required": True},
    )
    found = templates.changes(old, new)
    assert [(change.name, change.kind) for change in found] == [
        ("gone", "removed"), ("grade", "required"), ("grade", "narrowed"), ("mass", "widened"), ("secret", "revealed"),
        ("kind", "widened"), ("added", "added"), ("asked", "required"),
    ]  # fmt: skip
    assert not templates.compatible(found)
    assert templates.compatible(templates.changes(old[:1], old[:1] + new[4:5]))
