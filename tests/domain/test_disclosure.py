"""Who may be told what: the policy of a company as pure rules, and the words by which a stranger may ask."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import disclosed, told
from app.domain.disclosure import AUDIENCES, WHAT, Introduction, Rule, allowed, rule, witnesses
from app.errors import Malformed

NOW = datetime(2026, 5, 20, tzinfo=UTC)
CUSTOMER, MEMBER, STRANGER = frozenset({"customer"}), frozenset({"member"}), frozenset[str]()


def test_closed_by_default_but_one_step() -> None:
    assert set(allowed([], "neighbours", "88.118.2", CUSTOMER, NOW)) == set(WHAT)
    assert not any(allowed([], "neighbours", "88.118.2", CUSTOMER, NOW).values()), "one step, not the chain"
    assert allowed([], "neighbours", "88.118.2", MEMBER, NOW) == {}
    assert allowed([], "chain", "88.118.2", STRANGER, NOW) == {}


def test_who_proves_a_part_of_the_chain_is_told_all_of_it() -> None:
    assert all(allowed([], "chain", "88.118.2", MEMBER, NOW).values())


def test_without_the_item_there_is_nothing() -> None:
    rules = [Rule("item", "nobody"), Rule("events", "public")]
    assert allowed(rules, "chain", "88.118.2", MEMBER, NOW) == {}


def test_the_newest_rule_in_force_counts_and_one_that_is_over_does_not() -> None:
    rules = [Rule("events", "nobody"), Rule("events", "public", until=NOW + timedelta(days=1))]
    assert "events" in allowed(rules, "chain", "88.118.2", MEMBER, NOW)
    assert "events" not in allowed(rules, "chain", "88.118.2", MEMBER, NOW + timedelta(days=2))


@given(st.sampled_from(sorted(WHAT)), st.sampled_from(sorted(set(AUDIENCES) - {"party"})))
def test_a_rule_for_one_company_opens_nothing_for_another(what: str, audience: str) -> None:
    rules = [Rule(what, audience), Rule(what, "party", "88.118.9")]
    without = allowed(rules[:1], "neighbours", "88.118.2", CUSTOMER, NOW)
    assert allowed(rules, "neighbours", "88.118.2", CUSTOMER, NOW) == without


@pytest.mark.parametrize(
    "values", [("origin", "somebody", ""), ("colour", "chain", ""), ("item", "party", "")]
)
def test_a_rule_that_is_none_is_refused(values: tuple[str, str, str]) -> None:
    with pytest.raises(Malformed):
        rule(*values)


def test_words_lead_from_the_asker_back_and_end_on_circles() -> None:
    words = [
        Introduction("B", "C", frozenset({"x"})),
        Introduction("A", "B", frozenset({"x"})),
        Introduction("C", "A", frozenset({"x"})),
        Introduction("D", "C", frozenset({"y"})),
    ]
    assert witnesses("C", "x", words) == {"A", "B"}
    assert witnesses("E", "x", words) == frozenset()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["things", "links", "events", "shared", "log", "introductions"]), ANYTHING
    )
)
def test_whatever_a_partner_says_is_read_or_refused(body: dict[str, object]) -> None:
    try:
        disclosed.read(body, "88.118.2")
    except Malformed as error:
        assert error.code == "bad-answer"


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1e30", "0.0000001", "x"])
def test_an_amount_that_cannot_be_kept_is_refused(amount: str) -> None:
    with pytest.raises(Malformed):
        told.amount(amount, "quantity")


@pytest.mark.parametrize("text", ["a\nb", "a\u2028b", "\ud800", "x" * 301, 7])
def test_text_of_more_than_a_line_or_none_at_all_is_refused(text: object) -> None:
    with pytest.raises(Malformed):
        told.text(text, "name")
