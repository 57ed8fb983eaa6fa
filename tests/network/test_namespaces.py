"""The country with each node in a network namespace of its own, where the machine allows it: a cable that is out is
not a closed port. Packets go nowhere, and nobody says so.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import realnet
from tests.support.realnet import FarCountry
from tests.support.simcountry import CAR, CELL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BUDGET = 6.5  # seconds; a Python that asks from inside a namespace has to start first


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[FarCountry]:
    if not realnet.namespaces_allowed():
        pytest.xfail("this machine allows no network namespaces")
    with realnet.namespaces(tmp_path_factory.mktemp("far") / "net", migrated_file) as made:
        yield made


def test_an_identifier_is_resolved_across_hosts(country: FarCountry) -> None:
    assert country.resolve(CELL).status == 200
    addresses = [hop["address"] for hop in country.explain(CAR)["hops"] if hop["address"]]
    assert addresses
    assert all(each.startswith("10.77.0.") for each in addresses)


def test_a_cable_taken_out_is_noticed_in_time_and_healed_when_it_is_back(country: FarCountry) -> None:
    country.unplug("cells")
    began = time.monotonic()
    assert country.resolve("88.118.2002/AWAY", "?auth=true").status == 504
    assert time.monotonic() - began < BUDGET
    assert country.resolve(CAR, "?auth=true").status == 200
    country.plug("cells")
    assert country.resolve("88.118.2002/AWAY", "?auth=true").status == 404


def test_national_nodes_cut_off_from_each_other_answer_alone_and_fall_into_step_again(
    country: FarCountry,
) -> None:
    pull = [sys.executable, "-m", "flask", "--app", "wsgi", "mesh", "pull"]
    country.unplug("wuhan")
    assert country.resolve(CELL, "?auth=true").status == 200
    began = time.monotonic()
    told = country.run("beijing", pull)
    assert "Not all could be read." in told
    assert time.monotonic() - began < 30
    country.plug("wuhan")
    told = country.run("beijing", pull)
    assert "0 not believed" in told
    status = country.run("beijing", [*pull[:-1], "status"])
    assert "in step" in status
