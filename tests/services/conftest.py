"""Fixtures of the service tests: a small world of companies on each database in turn, or on SQLite alone."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.store.database import engine_for
from tests.support import postgres
from tests.support.world import World


@pytest.fixture
def world(engine: Engine, now: datetime) -> World:
    return World(engine, now)


@pytest.fixture
def sqlite_world(sqlite_engine: Engine, now: datetime) -> World:
    """For what does not depend on which database it is."""
    return World(sqlite_engine, now)


@pytest.fixture
def empty_engine(
    request: pytest.FixtureRequest, database_url: str, migrated_file: Path, tmp_path: Path
) -> Iterator[Engine]:
    """A second, empty database of the same kind."""
    if database_url.startswith("sqlite"):
        path = tmp_path / "empty.db"
        shutil.copyfile(migrated_file, path)
        engine = engine_for(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        return
    cluster = request.getfixturevalue("postgres_cluster")
    name = database_url.rpartition("/")[2].partition("?")[0] + "_empty"
    engine = engine_for(cluster.create(name, postgres.TEMPLATE))
    yield engine
    engine.dispose()
    cluster.drop(name)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The folder of the node's keys."""
    return tmp_path / "keys"
