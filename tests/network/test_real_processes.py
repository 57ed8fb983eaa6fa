"""The country as real processes that talk over TCP: killed, hanging, and back again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import realnet
from tests.support.realnet import RealCountry
from tests.support.simcountry import CAR, CELL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BUDGET = 5.6  # seconds for whoever waits, with what a busy machine adds


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[RealCountry]:
    with realnet.processes(tmp_path_factory.mktemp("real") / "net", migrated_file) as made:
        yield made


def test_an_identifier_is_resolved_through_all_levels_with_each_hop_verified(country: RealCountry) -> None:
    answer = country.resolve(CELL)
    assert answer.status == 200
    assert answer.body["values"][0]["data"]["value"] == f"https://cells.example/{CELL}"
    way = country.explain(CAR)
    assert [hop["zone"] for hop in way["hops"]][-1] == "88.118.5005"
    assert {hop["state"] for hop in way["hops"]} == {"verified"}


def test_a_killed_node_leaves_what_is_known_of_it_and_heals_when_it_is_back(country: RealCountry) -> None:
    assert country.resolve(CELL).status == 200
    country["cells"].kill()
    assert country.resolve(CELL).status == 200  # remembered
    began = time.monotonic()
    assert country.resolve("88.118.2002/UNKNOWN").status == 504
    assert time.monotonic() - began < BUDGET
    assert country.resolve(CAR, "?auth=true").status == 200
    country["cells"].start()
    assert country.resolve("88.118.2002/UNKNOWN", "?auth=true").status == 404
    assert country.resolve(CELL, "?auth=true").status == 200


def test_a_hanging_node_costs_its_askers_no_more_than_their_time(country: RealCountry) -> None:
    country.hang("cells")
    try:
        began = time.monotonic()
        answer = country.resolve("88.118.2002/HANGING", "?auth=true")
        assert time.monotonic() - began < BUDGET
        assert answer.status == 504
        assert country.resolve(CAR, "?auth=true").status == 200
    finally:
        country.go_on("cells")
    assert country.resolve("88.118.2002/HANGING", "?auth=true").status == 404


def test_with_one_national_node_killed_and_the_other_alive_all_resolves(country: RealCountry) -> None:
    country["beijing"].kill()
    try:
        assert country.resolve(CELL, "?auth=true").status == 200
        country.hang("wuhan")
        began = time.monotonic()
        assert country.resolve("88.101.7/X", "?auth=true").status == 504
        assert time.monotonic() - began < BUDGET
    finally:
        country.go_on("wuhan")
        country["beijing"].start()
    assert country.resolve("88.101.7/X", "?auth=true").status == 404
