"""Lists of links that other resolvers send: what is usable of them, whatever they are."""

from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import linkset, linkset_reading
from app.domain.handles.value_octets import encode_value
from app.domain.linkset import Level, Link

SHOP = "https://shop.example/rice"


def test_our_own_list_is_read_back() -> None:
    links = (
        Link("gs1:pip", SHOP, "Rice", is_default=True),
        Link("gs1:instructions", f"{SHOP}/manual.pdf", "Manual"),
        Link("license", f"{SHOP}/license", "Licence"),
    )
    sent = orjson.loads(linkset.encoded(linkset.document([Level("https://id.example/01/1", "Rice", links)])))
    told = [(value.index, value.type, value.text) for value in linkset_reading.values_of(sent, 60)]
    assert told == [
        (1, "URL", SHOP),
        (2, "gs1:pip", SHOP),
        (3, "gs1:instructions", f"{SHOP}/manual.pdf"),
        (4, "license", f"{SHOP}/license"),
    ]


@pytest.mark.parametrize("name", ["gs1:pip", "https://gs1.org/voc/pip", "https://ref.gs1.org/voc/pip"])
def test_all_spellings_of_a_relation_are_one(name: str) -> None:
    sent = {"linkset": [{"anchor": "x", name: [{"href": SHOP}]}]}
    assert [value.type for value in linkset_reading.values_of(sent, 60)] == ["URL", "gs1:pip"]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//shop.example",
        "https://",
        "https://a b/",
        "http://[",
        7,
        None,
    ],
)
def test_what_is_no_address_of_the_web_is_left_out(href: object) -> None:
    assert linkset_reading.values_of({"linkset": [{"gs1:pip": [{"href": href}]}]}, 60) == []


names = st.sampled_from(["linkset", "anchor", "href", "gs1:pip", "gs1:defaultLink", "a b", ""]) | st.text(
    max_size=9
)
scalars = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=9) | st.just(SHOP)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


@given(documents | st.builds(lambda found: {"linkset": [{"gs1:pip": found}]}, documents))
def test_whatever_comes_is_read_or_passed_over(document: object) -> None:
    told = linkset_reading.values_of(document, 60)
    assert all(encode_value(value) and urlsplit(value.text or "").hostname for value in told)


def test_a_list_without_end_is_cut() -> None:
    many = [{"href": f"{SHOP}/{number}"} for number in range(10_000)]
    told = linkset_reading.values_of({"linkset": [{f"gs1:x{n}": many for n in range(50)}]}, 60)
    assert len(told) == linkset_reading.MOST_LINKS + 1
