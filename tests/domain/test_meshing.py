"""Which of two statements counts, and what a page of a change log must be."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import meshing, trust
from app.domain.meshing import GENESIS, Page, Wanted
from app.errors import Malformed

SEED = bytes(range(32))
STATEMENTS = st.tuples(
    st.integers(1, 4), st.sampled_from(["active", "suspended", "left"]), st.sampled_from(["a" * 64, "b" * 64])
)


def signed(number: int) -> trust.Signed:
    return trust.sign("delegation", {"serial": number}, SEED)


def log_of(count: int) -> tuple[tuple[trust.Signed, ...], bytes]:
    changes = tuple(signed(number) for number in range(count))
    return changes, meshing.chained_all(GENESIS, (each.digest for each in changes))


@given(st.lists(STATEMENTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_whatever_the_order_in_which_statements_are_heard_the_same_one_counts(
    heard: list[tuple[int, str, str]], chance: random.Random
) -> None:
    expected = max(heard, key=lambda each: meshing.order_of(*each))
    again = heard * 2
    chance.shuffle(again)
    counts = again[0]
    for each in again[1:]:
        if meshing.order_of(*each) > meshing.order_of(*counts):
            counts = each
    assert counts == expected


def test_a_newer_statement_counts_whatever_its_state() -> None:
    assert meshing.order_of(3, "active", "0") > meshing.order_of(2, "left", "f")


@pytest.mark.parametrize(
    ("strict", "mild"), [("suspended", "active"), ("left", "active"), ("left", "suspended")]
)
def test_of_two_made_at_once_a_revocation_outlives_a_move(strict: str, mild: str) -> None:
    assert meshing.order_of(2, strict, "0") > meshing.order_of(2, mild, "f")


def test_only_two_different_statements_of_one_serial_are_a_conflict() -> None:
    assert meshing.differ(2, "a", 2, "b")
    assert not meshing.differ(2, "a", 2, "a")
    assert not meshing.differ(2, "a", 3, "b")


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_page_that_continues_what_we_have_is_read_as_it_was_written(have: int, more: int) -> None:
    changes, chain = log_of(have + more)
    wanted = Wanted(have, meshing.chained_all(GENESIS, (each.digest for each in changes[:have])))
    page = Page(have, have + more, follows=True, chain=chain, changes=changes[have:])
    assert Wanted.of(wanted.body) == wanted
    assert Page.of(page.body, wanted) == page
    assert page.last == have + more


def good() -> tuple[dict[str, object], Wanted]:
    changes, chain = log_of(3)
    return Page(0, 3, follows=True, chain=chain, changes=changes).body, Wanted(0, GENESIS)


@pytest.mark.parametrize(
    "change",
    [
        {"after": 1},
        {"after": -1},
        {"after": True},
        {"after": "0"},
        {"total": 2},  # fewer than it brings
        {"total": 2**60},
        {"chain": "00" * 32},
        {"chain": "zz" * 32},
        {"chain": "00"},
        {"changes": []},  # promises more, brings nothing: we would ask for ever
        {"changes": None},
        {"changes": [{"payload": "e30"}]},
        {"changes": [signed(0).wire] * (meshing.MOST_CHANGES + 1)},
        {"follows": False},  # at the beginning everything follows
        {"follows": "yes"},
    ],
    ids=str,
)
def test_a_page_that_is_not_what_was_asked_for_is_refused(change: dict[str, object]) -> None:
    body, wanted = good()
    with pytest.raises(Malformed):
        Page.of(body | change, wanted)


def test_a_page_with_a_change_left_out_does_not_fit_its_chain() -> None:
    changes, chain = log_of(3)
    with pytest.raises(Malformed):
        Page.of(Page(0, 3, follows=True, chain=chain, changes=changes[:2]).body, Wanted(0, GENESIS))


def test_a_statement_larger_than_any_delegation_is_refused() -> None:
    large = trust.sign("delegation", {"x": "y" * meshing.MOST_STATEMENT}, SEED)
    page = Page(0, 1, follows=True, chain=meshing.chained(GENESIS, large.digest), changes=(large,))
    with pytest.raises(Malformed):
        Page.of(page.body, Wanted(0, GENESIS))


def test_who_is_told_that_the_log_is_another_begins_anew() -> None:
    page = Page(0, 7, follows=False, chain=GENESIS)
    assert Page.of(page.body, Wanted(3, bytes(31) + b"x")) == page


@pytest.mark.parametrize("wrong", [{"after": None}, {"chain": 3}, {"chain": "٠" * 64}, {}])
def test_a_question_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    body = {"after": 0, "chain": "00" * 32} | wrong if wrong else {}
    with pytest.raises(Malformed):
        Wanted.of(body)


def test_a_set_of_keys_has_one_name_in_whatever_order() -> None:
    assert meshing.key_set(["a", "b"]) == meshing.key_set(["b", "a", "a"]) != meshing.key_set(["a"])


def test_a_node_is_no_sister_of_its_own() -> None:
    endpoints = [
        {"url": "https://Beijing.test/"},
        {"host": "x", "port": 2641, "protocol": "hdl-tcp"},
        {"url": "https://wuhan.test"},
        {"url": "https://wuhan.test/"},
    ]
    assert meshing.others(endpoints, "https://beijing.test") == ["https://wuhan.test"]
