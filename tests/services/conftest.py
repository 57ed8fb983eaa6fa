"""Fixtures of the service tests: a small world of companies on each database in turn, or on SQLite alone."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from tests.support.world import World


@pytest.fixture
def world(engine: Engine, now: datetime) -> World:
    return World(engine, now)


@pytest.fixture
def sqlite_world(sqlite_engine: Engine, now: datetime) -> World:
    """For what does not depend on which database it is."""
    return World(sqlite_engine, now)
