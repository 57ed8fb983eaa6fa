"""What the columns of a table mean by their headers."""

import pytest

from app.domain import intake


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        ("标识", "handle"),
        ("Identifier", "handle"),
        ("标识 identifier", "handle"),
        ("批次号 / Lot number", "lot"),
        ("Serial number（序列号）", "serial"),
        ("后缀suffix", "suffix"),
        ("生产日期 Production date", "produced_on"),
        ("colour", ""),
        ("颜色 colour", ""),
    ],
)
def test_a_header_is_known_in_either_language_and_in_both(title: str, meaning: str) -> None:
    assert intake.guessed("items", [title], {}) == [meaning]


def test_a_field_of_a_template_is_known_by_its_two_titles_in_one_header() -> None:
    found = intake.guessed("items", ["额定容量 Rated capacity"], {"capacity": ("额定容量", "Rated capacity")})
    assert found == [f"{intake.VALUE}capacity"]


def test_a_meaning_is_given_once() -> None:
    assert intake.guessed("items", ["Lot", "批次"], {}) == ["lot", ""]
