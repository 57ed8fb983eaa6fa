"""What a thing was minted with stands on the cover of its report, in the reader's language and within its room."""

from dataclasses import replace
from typing import Any

from app.domain import templates
from reports import cover
from reports.facts import Facts
from reports.reader import Reader
from tests.reports.support import battery

FIELDS: list[dict[str, Any]] = [
    {"name": "energy", "type": "decimal", "title_zh": "额定能量", "title_en": "Rated energy", "unit": "kWh"},
    {"name": "sealed", "type": "boolean", "title_zh": "密封", "title_en": "Sealed"},
    {"name": "note", "type": "text", "title_zh": "备注", "title_en": "Note"},
]


def told(reader: Reader, fields: list[dict[str, Any]], values: dict[str, Any]) -> dict[str, str]:
    shown = templates.shown_to("owner", templates.checked(fields), values)
    facts = Facts(replace(battery.pack(2), values=shown))
    return {label: value for line in cover.particulars(facts, reader, (), "Suyuan") for label, value in line}


def test_values_are_told_in_the_readers_language() -> None:
    values = {"energy": 80.5, "sealed": True, "note": "x" * 500}
    english, chinese = told(Reader("en", str), FIELDS, values), told(Reader("zh", str), FIELDS, values)
    assert (english["Rated energy"], english["Sealed"]) == ("80.5 kWh", "yes")
    assert (chinese["额定能量"], chinese["密封"]) == ("80.5 kWh", "是")
    assert len(english["Note"]) == cover.LONGEST_VALUE


def test_a_report_without_values_is_as_it_was() -> None:
    facts = Facts(battery.pack(2))
    plain = cover.particulars(facts, Reader("en", str), (), "Suyuan")
    assert ("", "") not in [line[0] for line in plain]


def test_there_is_room_for_so_many_and_no_more() -> None:
    many = [{"name": f"a{number}", "type": "integer", "title_en": f"A{number}"} for number in range(40)]
    labels = told(Reader("en", str), many, {f"a{number}": number for number in range(40)})
    assert f"A{cover.MOST_VALUES - 1}" in labels
    assert f"A{cover.MOST_VALUES}" not in labels
