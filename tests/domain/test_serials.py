"""Random bytes to suffixes and back."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identifiers import check_suffix_for_minting
from app.domain.serials import ALPHABET, collision_probability, suffix_from, suffixes_from

ten_bytes = st.binary(min_size=10, max_size=10)


def number_in(suffix: str) -> int:
    number = 0
    for character in suffix:
        number = number * 32 + ALPHABET.index(character)
    return number


@given(ten_bytes)
def test_a_suffix_holds_all_eighty_bits_in_order(random_bytes: bytes) -> None:
    suffix = suffix_from(random_bytes)
    assert len(suffix) == 16
    assert number_in(suffix) == int.from_bytes(random_bytes, "big")


@given(ten_bytes)
def test_a_suffix_may_be_minted_as_it_is(random_bytes: bytes) -> None:
    suffix = suffix_from(random_bytes)
    assert check_suffix_for_minting(suffix) == suffix


def test_the_alphabet_has_no_letter_that_is_misread() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert suffix_from(bytes(10)) == "0" * 16
    assert suffix_from(b"\xff" * 10) == "Z" * 16


@given(st.lists(ten_bytes, max_size=50))
def test_many_at_once_are_the_same_as_one_by_one(chunks: list[bytes]) -> None:
    assert suffixes_from(b"".join(chunks), len(chunks)) == [suffix_from(chunk) for chunk in chunks]


@pytest.mark.parametrize(("length", "count"), [(9, 1), (11, 1), (10, 2), (10, 0), (0, -1), (0, 1)])
def test_a_wrong_number_of_bytes_is_an_error_and_not_a_short_list(length: int, count: int) -> None:
    with pytest.raises(ValueError):
        suffixes_from(bytes(length), count)


def test_a_hundred_thousand_take_well_under_half_a_second() -> None:
    random_bytes = b"".join(index.to_bytes(10, "big") for index in range(100_000))
    start = time.process_time()
    suffixes = suffixes_from(random_bytes, 100_000)
    assert time.process_time() - start < 0.5
    assert len(set(suffixes)) == 100_000
    assert suffixes == sorted(suffixes)


def test_the_chance_of_a_collision_follows_the_birthday_bound() -> None:
    assert collision_probability(0, 0) == collision_probability(10**9, 0) == collision_probability(0, 1) == 0
    assert collision_probability(0, 23, bits=0) == 1
    assert math.isclose(collision_probability(0, 2**40), 1 - math.exp(-0.5), rel_tol=1e-6)
    assert math.isclose(collision_probability(10**9, 100_000), 1e14 / 2**80, rel_tol=1e-3)
    assert collision_probability(10**12, 10**6) < 1e-6


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_minting_in_two_runs_is_as_risky_as_in_one(existing: int, first: int, second: int) -> None:
    apart = 1 - (1 - collision_probability(existing, first)) * (
        1 - collision_probability(existing + first, second)
    )
    assert math.isclose(apart, collision_probability(existing, first + second), rel_tol=1e-6, abs_tol=1e-15)
