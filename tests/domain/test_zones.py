"""Zones: what covers what, what is closer to an identifier, and how a zone may be written."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import zones
from app.errors import Malformed

LABEL = st.from_regex(r"[0-9A-Z]{1,6}", fullmatch=True)
ZONE = st.lists(LABEL, max_size=6).map(".".join)


def test_a_zone_does_not_cover_its_neighbour_with_the_same_start() -> None:
    assert not zones.covers("88.11", "88.118")
    assert not zones.covers("88.118.100", "88.118.1001")
    assert zones.covers("88.118", "88.118.1001")
    assert zones.covers("88.118", "88.118")
    assert zones.covers("", "88")


@given(ZONE, ZONE)
def test_a_zone_covers_another_when_its_labels_begin_it(one: str, other: str) -> None:
    begins = zones.labels(other)[: len(zones.labels(one))] == zones.labels(one)
    assert zones.covers(one, other) == begins


@given(ZONE, ZONE, ZONE)
def test_a_referral_that_is_strictly_closer_never_leads_back_or_aside(
    zone: str, child: str, prefix: str
) -> None:
    if zones.strictly_closer(zone, child, prefix):
        assert zones.depth(child) > zones.depth(zone)
        assert zones.covers(zone, child)
        assert zones.covers(child, prefix)
        assert not zones.strictly_closer(child, zone, prefix)
    assert not zones.strictly_closer(zone, zone, prefix)


@given(ZONE)
def test_the_lineage_of_a_prefix_is_every_zone_that_covers_it_the_closest_first(prefix: str) -> None:
    found = zones.lineage(prefix)
    assert found[0] == prefix
    assert found[-1] == zones.ROOT
    assert all(zones.covers(zone, prefix) for zone in found)
    assert [zones.depth(zone) for zone in found] == list(range(zones.depth(prefix), -1, -1))
    assert all(zones.parent(child) == above for child, above in itertools.pairwise(found))


@given(ZONE)
def test_a_child_is_exactly_one_label_below(zone: str) -> None:
    above = zones.parent(zone)
    assert (above is None) == (zone == "")
    if above is not None:
        assert zones.is_child(above, zone)
        assert not zones.is_child(zone, above)
        assert not any(zones.is_child(far, zone) for far in zones.lineage(zone)[2:])


@given(ZONE)
def test_a_zone_is_its_own_canonical_form(zone: str) -> None:
    assert zones.zone(zone) == zone
    assert zones.zone(zone.lower()) == zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (" 88.118 ", "88.118"),
        ("８８．１１８", "88.118"),
        ("88。118", "88.118"),
        ("", ""),
        (".", ""),
        ("20.500a", "20.500A"),
    ],
)
def test_a_zone_typed_by_a_person_is_read(text: str, zone: str) -> None:
    assert zones.zone(text) == zone


@pytest.mark.parametrize(
    "text",
    [
        "88.",
        ".88",
        "88..1",
        "88/1",
        "88 118",
        "88.1-1",
        "8\u0661",
        "88.\u00e9",
        "8" * 65,
        ".".join("1" * 9),
        "88\n118",
        "*",
    ],
)
def test_what_cannot_be_a_zone_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        zones.zone(text)
    assert caught.value.code == "bad-zone"


@given(st.text(max_size=80))
def test_any_text_is_a_zone_or_refused(text: str) -> None:
    try:
        zone = zones.zone(text)
    except Malformed:
        return
    assert zone == zones.zone(zone)
    assert len(zone) <= zones.LONGEST


@pytest.mark.parametrize(
    ("handle", "prefix"),
    [
        ("88.118.1001/X", "88.118.1001"),
        ("0.na/88.118", "88.118"),
        ("0.NA/88.118.1001", "88.118.1001"),
        ("88", "88"),
        ("20.a/b/c", "20.A"),
    ],
)
def test_the_prefix_a_handle_asks_about(handle: str, prefix: str) -> None:
    assert zones.asked_for(handle) == prefix
