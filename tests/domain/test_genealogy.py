"""Walks over ties: what was together when, and what a withdrawn record does not prove."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.genealogy import Tie, depths, reach

START = datetime(2026, 1, 1, tzinfo=UTC)


def tie(
    source: int,
    target: int,
    kind: str = "packed",
    since: int = 0,
    until: int | None = None,
    *,
    mistaken: bool = False,
) -> Tie:
    return Tie(
        source, target, kind, None, (START + timedelta(hours=since), since),
        None if until is None else (START + timedelta(hours=until), until), mistaken,
    )  # fmt: skip


def test_what_was_taken_out_of_a_box_before_the_box_was_loaded_was_never_on_that_pallet() -> None:
    ties = [tie(1, 2, since=1, until=5), tie(2, 3, since=7)]
    assert set(reach(ties, 1, "down").windows) == {1, 2}
    assert set(reach(ties, 3, "up").windows) == {3, 2}


def test_what_was_in_the_box_while_it_was_on_the_pallet_went_along_though_all_is_unpacked_now() -> None:
    ties = [tie(1, 2, since=1, until=20), tie(2, 3, since=3, until=10)]
    assert set(reach(ties, 1, "down").windows) == {1, 2, 3}
    assert set(reach(ties, 3, "up").windows) == {3, 2, 1}


def test_a_withdrawn_tie_is_shown_and_not_followed() -> None:
    ties = [tie(1, 2, "assembled", 1, 2, mistaken=True), tie(2, 3, "assembled", 3)]
    found = reach(ties, 1, "down")
    assert set(found.windows) == {1, 2}
    assert found.ties == (ties[0],)


def test_what_came_into_an_assembly_after_it_was_used_up_is_no_origin() -> None:
    ties = [tie(1, 2, "assembled", 9, 12), tie(2, 3, "consumed", 5), tie(3, 4, "produced", 6)]
    assert set(reach(ties, 4, "up").windows) == {4, 3, 2}


def test_a_process_makes_something_new_whatever_its_inputs_were_packed_in() -> None:
    ties = [
        tie(1, 2, since=1, until=2),
        tie(1, 5, "consumed", 3),
        tie(5, 6, "produced", 4),
        tie(6, 7, since=9),
    ]
    assert set(reach(ties, 1, "down").windows) == {1, 2, 5, 6, 7}


def test_a_cycle_ends() -> None:
    ties = [tie(1, 2, "consumed"), tie(2, 3, "produced"), tie(3, 1, "assembled", until=9)]
    assert set(reach(ties, 1, "down").windows) == {1, 2, 3}
    assert depths([1, 2, 3], ties, 1, frozenset()) == {1: 0, 2: 1, 3: 2}


def test_the_layer_of_a_thing_is_its_longest_way_to_the_subject() -> None:
    ties = [tie(1, 2), tie(2, 3), tie(1, 3), tie(3, 4)]
    assert depths([1, 2, 3, 4], ties, 3, frozenset({1, 2})) == {1: -2, 2: -1, 3: 0, 4: 1}


PAIRS = st.lists(
    st.tuples(
        st.integers(0, 8), st.integers(0, 8), st.sampled_from(["packed", "consumed", "produced", "assembled"])
    )
)


@given(PAIRS)
def test_without_anything_undone_a_walk_finds_what_a_plain_search_finds(
    pairs: list[tuple[int, int, str]],
) -> None:
    ties = [tie(a, b, kind) for a, b, kind in pairs]
    seen, queue = {0}, [0]
    while queue:
        here = queue.pop()
        more = {b for a, b, _ in pairs if a == here} - seen
        seen |= more
        queue += more
    assert set(reach(ties, 0, "down").windows) == seen


TIMED = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(0, 6),
        st.sampled_from(["packed", "assembled"]),
        st.integers(0, 9),
        st.integers(1, 9),
    )
)


@given(TIMED)
def test_up_and_down_agree_on_what_was_ever_in_what(rows: list[tuple[int, int, str, int, int]]) -> None:
    ties = [tie(a, b, kind, since, since + length) for a, b, kind, since, length in rows if a != b]
    for target in range(7):
        above = set(reach(ties, target, "up").windows)
        assert above == {source for source in range(7) if target in reach(ties, source, "down").windows}


@given(PAIRS)
def test_every_tie_that_is_on_no_cycle_goes_to_a_lower_layer(pairs: list[tuple[int, int, str]]) -> None:
    ties = [tie(min(a, b), max(a, b), kind) for a, b, kind in pairs if a != b]
    found = depths(range(9), ties, 4, frozenset(range(4)))
    for one in ties:
        if one.source in found and one.target in found and (one.source >= 4) == (one.target > 4):
            assert found[one.source] < found[one.target]
