"""OIDs as names in DNS, and what the pointers there say, whoever wrote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import ors
from app.domain.handles.value_octets import encode_value
from app.domain.ors import Pointer

NAME = "1.102.101818.156.16.2.oid-res.org"


def rinf(regexp: str, flags: str = "u", service: str = "ORS+RINF", order: int = 1) -> Pointer:
    return Pointer(order, 1, flags, service, regexp)


def test_the_arcs_are_turned_round() -> None:
    assert ors.name_of("2.16.156.101818.102.1") == NAME
    assert ors.name_of("1.2", "oid.test.") == "2.1.oid.test"


@pytest.mark.parametrize("arcs", ["2.999." + "9" * 64, "2." + ".".join(["1"] * 130)])
def test_what_dns_cannot_name_has_no_name(arcs: str) -> None:
    assert ors.name_of(arcs) is None


@pytest.mark.parametrize(
    ("regexp", "leads"),
    [
        ("!^.*$!https://a.example/rinf.xml!", "https://a.example/rinf.xml"),
        ("/^.*$/https:\\1/", f"https:{NAME}"),
        ("!^(.*)$!https://a.example/?oid=\\1!i", f"https://a.example/?oid={NAME}"),
        ("!^.*$!https://a.example/!g", None),
        ("!^(a+)+$!https://a.example/!", None),
        ("!^.*$!https://a.example/", None),
        ("!^.*$!https://a!b/!", None),
        ("!^.*$!has a space!", None),
        ("!^.*$!!", None),
        ("!^.*$!" + "x" * 2_001 + "!", None),
        ("", None),
        ("!", None),
    ],
)
def test_a_substitution_leads_somewhere_or_nowhere(regexp: str, leads: str | None) -> None:
    assert ors.target(rinf(regexp), NAME) == leads


def test_only_pointers_that_end_in_an_address_count() -> None:
    assert ors.target(rinf("!^.*$!https://a.example/!", "s"), NAME) is None
    assert ors.target(rinf("!^.*$!https://a.example/!", ""), NAME) is None


def test_a_script_is_no_url_for_people() -> None:
    told = ors.values_of([rinf("!^.*$!javascript:alert(1)!")], NAME, 60)
    assert [value.type for value in told] == ["ORS.RINF"]


def test_the_owners_order_counts_and_services_of_others_do_not() -> None:
    pointers = [
        rinf("!^.*$!https://b.example/!", order=2),
        rinf("!^.*$!https://a.example/!", order=1),
        rinf("!^.*$!sip:a!", service="E2U+sip"),
        rinf("!^.*$!https://c.example/!", service="ORS+R INF"),
    ]
    told = ors.values_of(pointers, NAME, 60)
    assert [value.text for value in told] == [
        "https://a.example/",
        "https://a.example/",
        "https://b.example/",
    ]


texts = st.text(max_size=60) | st.sampled_from(["!^.*$!https://a.example/!", "ORS+RINF", "u", "ORS+", "!!!"])
pointers = st.builds(Pointer, st.integers(0, 9), st.integers(0, 9), texts, texts, texts, texts)


@given(st.lists(pointers, max_size=70))
def test_whatever_a_name_server_says_becomes_values_that_can_be_sent(found: list[Pointer]) -> None:
    told = ors.values_of(found, NAME, 60)
    assert [value.index for value in told] == list(range(1, len(told) + 1))
    assert len(told) <= ors.MOST_POINTERS + 1
    assert all(encode_value(value) for value in told)
    ors.follows(found)
