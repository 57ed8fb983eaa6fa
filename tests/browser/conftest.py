"""One running server for the tests that each want a shop floor of their own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.store.database import engine_for, writing
from tests.support import tenants
from tests.support.floor import Floor
from tests.support.server import Server


@pytest.fixture(scope="session")
def long_server(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Server]:
    """Answers for all files of a test process, over its own `suyuan.db`; to start one takes as long as most of these tests."""
    folder = tmp_path_factory.mktemp("server")
    _fill(folder / "suyuan.db", migrated_file)
    server = Server(folder, {})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(long_server: Server, migrated_file: Path) -> Server:
    """Answering, with an empty database. A test may stop it."""
    _fill(long_server.folder / "suyuan.db", migrated_file)
    return long_server if long_server.process else long_server.start()


@pytest.fixture
def floor(server: Server) -> Iterator[Floor]:
    now = datetime.now(UTC) - timedelta(hours=1)
    engine = engine_for(f"sqlite:///{server.folder / 'suyuan.db'}")
    with writing(engine) as session:
        people = tenants.found(session, now)
    yield Floor(engine, people, now)
    engine.dispose()


def _fill(path: Path, source: Path) -> None:
    """Everything in it is replaced in one transaction, whoever has it open."""
    with closing(sqlite3.connect(source)) as pristine, closing(sqlite3.connect(path)) as target:
        pristine.backup(target)
