"""A chain over five companies' nodes: goods are received by asking their sender, and every report joins all."""

import pytest

from app.domain.provenance import Provenance
from tests.support.simchain import SimChain
from tests.support.simnet import SimNet


@pytest.fixture
def chain(net: SimNet) -> SimChain:
    return SimChain(net)


def steps(report: Provenance, zone: str = "") -> list[str]:
    return [record.step for record in report.records if record.zone == zone]


def names(report: Provenance) -> set[str]:
    return {node.epc for node in report.nodes}


def test_what_one_node_minted_is_received_at_the_next_and_traced_through_all(chain: SimChain) -> None:
    car = chain.car()
    report = chain.report("cars", car.car)
    assert {car.cells, car.module, car.pack, car.car} <= names(report)
    assert {source.party.prefix: (source.state, source.trust) for source in report.sources} == {
        "88.118.2002": ("told", "verified"),
        "88.118.3003": ("told", "verified"),
        "88.118.4004": ("told", "verified"),
    }
    assert "commission" in steps(report, "88.118.2002")
    assert not [gap for gap in report.gaps if gap.code.startswith("partner-")]
