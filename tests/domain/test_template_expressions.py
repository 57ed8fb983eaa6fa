"""Patterns of text fields: what they match, what is refused, and that none of them can make a match take long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.templates import expressions
from app.errors import Malformed

pieces = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\.", "[a-c1]"]),
    lambda inner: (
        st.builds(lambda one, two: f"{one}{two}", inner, inner)
        | st.builds(lambda one, two: f"(?:{one}|{two})", inner, inner)
        | st.builds(
            lambda one, sign: f"({one}){sign}",
            inner,
            st.sampled_from(["?", "*", "+", "{2}", "{0,2}", "{1,}", "{0}"]),
        )
    ),
    max_leaves=6,
)


@given(pieces, st.text("ab.1c", max_size=8))
def test_a_pattern_matches_what_other_engines_match(source: str, text: str) -> None:
    expression = expressions.compiled(source)
    assert expression.fits(text) == bool(re.fullmatch(source, text))
    assert expression.fits(text) == bool(re.search(expression.portable, text))


@pytest.mark.parametrize(
    "source",
    [
        "(", ")", "a)", "[", "[a", "[]", "*a", "a**", "a+?", "a{2", "a{3,2}", "a{,3}", "(?=a)", "(?P<x>a)", "\\1", "\\w", "a\\",
        "[b-a]", "[\\d-z]", "a" * 201, "(a{50}){50}", "((((){999}){999}){999}){999}", "(" * 50 + ")" * 50, "{", "a{99999}",
        "^a^", "[[a]", "?",
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_is_refused_with_its_place(source: str) -> None:
    with pytest.raises(Malformed) as refused:
        expressions.compiled(source)
    assert refused.value.code == "bad-field-pattern"
    assert 1 <= int(refused.value.values["position"]) <= 201


@pytest.mark.parametrize(
    "source", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)*x", "a*a*a*a*a*a*b", "(?:a?){30}a{30}"]
)
@pytest.mark.timeout(10)
def test_a_pattern_that_hangs_other_engines_is_answered_at_once(source: str) -> None:
    assert not expressions.compiled(source).fits("a" * 999 + "!")


def test_signs_have_one_meaning_in_every_engine() -> None:
    assert not expressions.compiled("\\d").fits("٣")
    assert re.search(expressions.compiled("[--/]\\-[a\\-z]").portable, ".--")
    assert expressions.compiled("[\U0001f50b-\U0001f50c]中").fits("\U0001f50b中")
