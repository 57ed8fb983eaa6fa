"""Charts stand inside their frame, in proportion, under round rules."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.domain import charts

values = st.lists(
    st.tuples(st.just("2026-05-20"), st.integers(0, 10**12), st.integers(0, 10**12)), max_size=90
)


@given(values)
def test_columns_stand_on_the_ground_inside_the_frame(found: list[tuple[str, int, int]]) -> None:
    chart = charts.columns(found)
    for column, (_, value, _) in zip(chart.columns, found, strict=True):
        assert chart.left <= column.x <= column.x + column.width <= chart.width
        assert 0 <= column.y <= chart.ground + 0.01
        assert 0 <= column.part <= column.height + 0.01
        assert column.value == value
        assert abs(column.y + column.height - chart.ground) < 0.02
    assert [line.value for line in chart.lines] == sorted({line.value for line in chart.lines})
    assert len(chart.lines) <= charts.LINES + 1


@given(st.integers(0, 10**15))
def test_rules_are_round_few_and_reach_the_highest(highest: int) -> None:
    rules = charts.ruled(highest)
    assert rules[0] == 0
    assert rules[-1] >= max(highest, 1)
    assert 2 <= len(rules) <= charts.LINES + 1
    assert str(rules[1]).rstrip("0") in {"1", "2", "5"}
    assert {later - earlier for earlier, later in itertools.pairwise(rules)} == {rules[1]}


def test_bars_are_shares_of_the_longest() -> None:
    assert charts.shares([4, 2, 0]) == [100.0, 50.0, 0.0]
    assert charts.shares([0, 0]) == [0.0, 0.0]
    assert charts.shares([]) == []
