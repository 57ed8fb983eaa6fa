"""The same figures on SQLite and, where its binaries are, on a PostgreSQL that syncs every commit. No figures."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support import postgres

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}

Measured = Callable[[str, Path, str], Iterator[dict[str, Any]]]


def on_both(measured: Measured) -> Iterator[dict[str, Any]]:
    """`measured` gets the name of the database, an empty folder, and the URL of an empty database ('' for SQLite)."""
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
        yield from measured("SQLite", Path(name) / "sqlite", "")
    binaries = postgres.find_binaries()
    if binaries is None:
        return
    with (
        patch.dict(postgres.SETTINGS, DURABLE),
        postgres.running(binaries) as cluster,
        tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name,
    ):
        yield from measured("PostgreSQL", Path(name) / "data", cluster.create("bench"))
