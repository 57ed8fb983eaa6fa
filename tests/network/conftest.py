"""A simulated network for each test; see tests/support/simnet.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.simcountry import Country
from tests.support.simnet import SimNet


@pytest.fixture
def net(tmp_path: Path, migrated_file: Path) -> Iterator[SimNet]:
    made = SimNet(tmp_path / "net", migrated_file)
    yield made
    made.close()


@pytest.fixture
def country(net: SimNet) -> Iterator[Country]:
    made = Country(net)
    yield made
    made.close()
