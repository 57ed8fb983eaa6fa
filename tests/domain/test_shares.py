"""Who reads 100 % looks for nothing any more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.balance import MassBalance
from app.domain.recalls import Amount
from app.domain.shares import share


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (99_999, 100_000, "99.99"),
        (100_001, 100_000, "100.01"),
        (1, 1_000_000, "0.01"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (5, 5, "100"),
        (0, 5, "0"),
        (0, 0, "100"),
        (1, 0, "0"),
    ],
)
def test_a_share_is_rounded_but_never_to_all_or_none(part: int, whole: int, told: str) -> None:
    assert share(part, whole) == Decimal(told)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_all_is_all_and_none_is_none(part: int, whole: int) -> None:
    assert (share(part, whole) == 100) == (part == whole)
    assert (share(part, whole) == 0) == (part == 0)


def test_one_piece_lost_of_a_hundred_thousand_is_not_all_of_them() -> None:
    assert Amount("H87", Decimal(100_000), Decimal(99_999)).percent < 100
    lost = MassBalance("hdl:x/1", "x", "H87", {"produced": Decimal(100_000)}, Decimal(99_999))
    assert lost.percentage == Decimal("99.99")
    assert lost.in_unit("DZN", Decimal(1) / Decimal(12)).percentage == Decimal("99.99")
    kept = MassBalance("hdl:x/1", "x", "H87", {"produced": Decimal(7)}, Decimal(7))
    assert kept.in_unit("DZN", Decimal(1) / Decimal(12)).percentage == 100
