"""Units of one thing in another: exactly where there is an exact number, and never by a guess."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.conversions import converted, rate, read, text_of, written
from app.errors import Malformed

OWN = {"BX": Decimal(12), "KGM": Decimal("0.5")}


@pytest.mark.parametrize(
    ("given_unit", "wanted", "expected"),
    [
        ("GRM", "KGM", Fraction(1, 1000)),
        ("TNE", "KGM", Fraction(1000)),
        ("LBR", "KGM", Fraction("0.45359237")),
        ("DZN", "H87", Fraction(12)),
        ("BX", "H87", Fraction(12)),
        ("KGM", "H87", Fraction(1, 2)),
        ("GRM", "H87", Fraction(1, 2000)),
        ("H87", "KGM", Fraction(2)),
        ("BX", "GRM", Fraction(24000)),
        ("H87", "H87", Fraction(1)),
        ("MTR", "H87", None),
        ("MTR", "KGM", None),
        ("QQQ", "H87", None),
    ],
)
def test_one_unit_in_another(given_unit: str, wanted: str, expected: Fraction | None) -> None:
    assert rate(given_unit, wanted, "H87", OWN) == expected


def test_what_people_write_is_read_and_written_back() -> None:
    assert read(" 1 bx = 12 h87; KGM=0.50", "H87") == {"BX": Decimal(12), "KGM": Decimal("0.5")}
    assert read(written(OWN), "H87") == OWN
    assert read("", "H87") == {}


@pytest.mark.parametrize(
    "text",
    [
        "BX", "BX = ", "BX = 0", "BX = -1", "BX = 1e9", "BX = 12, BX = 13", "H87 = 1", "BX = 12 KGM", "TOOLONG = 1",
        "GRM = 0.002", "BX = 12 = 13", ", ".join(f"A{n:02} = 1" for n in range(13)),
    ],
)  # fmt: skip
def test_what_says_nothing_or_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(text, "KGM" if "GRM" in text else "H87")
    assert refused.value.values["field"] == "conversions"


@given(
    st.decimals(min_value=0, max_value=10**9, places=6), st.sampled_from(["GRM", "KGM", "TNE", "BX", "H87"])
)
def test_a_quantity_survives_the_way_there_and_back(quantity: Decimal, unit: str) -> None:
    there, back = rate(unit, "GRM", "H87", OWN), rate("GRM", unit, "H87", OWN)
    assert there is not None
    assert back is not None
    assert converted(converted(quantity, there), back) == pytest.approx(quantity, abs=Decimal("0.000001"))
    assert Fraction(text_of(there)) == there
