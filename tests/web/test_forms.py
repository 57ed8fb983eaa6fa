"""What people type into fields."""

from decimal import Decimal

import pytest

from app.errors import Malformed
from app.web.forms import typed_amount


def test_an_amount_is_a_number_or_nothing() -> None:
    assert (typed_amount(" 12.5 "), typed_amount(""), typed_amount(None)) == (Decimal("12.5"), None, None)


@pytest.mark.parametrize("text", ["12,000.5", "12 000.5", "12\u00a0000.5", "１２０００．５"])
def test_an_amount_may_be_written_in_groups_of_three_and_in_full_width(text: str) -> None:
    assert typed_amount(text) == Decimal("12000.5")


@pytest.mark.parametrize("text", ["a", "1,5", "1,50", "12,00.5", "1,5 kg", "NaN", "sNaN", "Infinity", "-inf"])
def test_what_cannot_be_counted_is_told_at_its_field(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        typed_amount(text)
    assert (refused.value.code, refused.value.values["field"]) == ("not-a-number", "quantity")
