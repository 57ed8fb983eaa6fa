"""Units of the same kind are said in each other, exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.epcis import unit_codes
from app.domain.epcis.measures import UNITS, alike, converted


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        ("50", "FAH", "CEL", "10"), ("-40", "FAH", "CEL", "-40"), ("0", "KEL", "CEL", "-273.15"),
        ("36", "KMH", "MTS", "10"), ("1", "LBR", "ONZ", "16"), ("12", "INH", "FOT", "1"), ("1", "KWH", "KJO", "3600"),
        ("1013.25", "MBR", "PAL", "101325"), ("5", "XYZ", "XYZ", "5"),
    ],
)  # fmt: skip
def test_a_value_in_another_unit(value: str, unit: str, wanted: str, expected: str) -> None:
    assert converted(Decimal(value), unit, wanted) == Fraction(expected)


def test_what_measures_something_else_is_not_said_in_it() -> None:
    assert converted(Decimal(1), "KGM", "LTR") is None
    assert converted(Decimal(1), "XYZ", "KGM") is None
    assert alike("XYZ") == ["XYZ"]


def test_a_deviation_has_no_zero_of_its_own() -> None:
    assert converted(Decimal(9), "FAH", "CEL", difference=True) == 5


@given(st.sampled_from(sorted(UNITS)), st.decimals(-1000, 1000, places=3), st.data())
def test_there_and_back_is_the_same(unit: str, value: Decimal, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(alike(unit)))
    there = converted(value, unit, other)
    assert there is not None
    known = UNITS[unit], UNITS[other]
    back = (there * known[1].factor + known[1].offset - known[0].offset) / known[0].factor
    assert back == Fraction(value)


def test_every_unit_is_one_of_the_recommendation() -> None:
    assert set(UNITS) <= unit_codes.known()
