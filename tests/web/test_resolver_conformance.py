"""GS1's conformance statements for resolvers, each held against the application and against a node over HTTPS."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.store.database import engine_for, writing
from tests.support import links_world, tenants
from tests.support.https import SecureServer
from tests.support.links_world import BARE, POWDER, RICE
from tests.support.resolver_checks import CHECKS, Resolver
from tests.support.tenants import Tenants
from tests.support.vectors import FOLDER

STATEMENTS = FOLDER / "resolver" / "conformance_checks.json"
NAMED = (  # a product, a piece and a lot that exist, a lot and a piece that do not, a product without links
    f"/01/{RICE}",
    f"/01/{RICE}/21/SN-0001",
    f"/01/{POWDER}/10/L-7",
    f"/01/{POWDER}/10/NEVER",
    f"/01/{RICE}/10/X/21/NEVER",
    f"/01/{BARE}",
)


@pytest.fixture
def resolver(app: Flask, world: Tenants, clock: Callable[[], object]) -> Resolver:
    node = app.extensions["suyuan"]
    root = node.settings.base_url
    with writing(node.engine) as session:
        links_world.found(session, world.ana, node.now(), root)
    return Resolver(links_world.asker(app), root)


@pytest.mark.parametrize("statement", CHECKS)
def test_the_statement_holds(resolver: Resolver, statement: str) -> None:
    for dl in NAMED:
        CHECKS[statement](resolver, dl)


@pytest.mark.skipif(not STATEMENTS.exists(), reason="the shared vectors are not here")
def test_every_statement_of_the_suite_is_checked() -> None:
    statements = [each["id"] for each in json.loads(STATEMENTS.read_text())["vectors"]]
    assert len(statements) == 29
    assert set(statements) == set(CHECKS)


def test_they_hold_over_https(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    server = SecureServer(tmp_path_factory.mktemp("secure"), {"DATABASE_URL": sqlite_url})
    engine = engine_for(sqlite_url)
    now = datetime.now(UTC)
    with writing(engine) as session:
        people = tenants.found(session, now)
        links_world.found(session, people.ana, now, server.base_url)
    engine.dispose()
    try:
        server.start()
        resolver = links_world.over(server.connection, server.base_url)
        assert resolver.root.startswith("https://")
        for name, check in CHECKS.items():
            for dl in NAMED if name.startswith("loFor") else NAMED[:2]:
                check(resolver, dl)
    finally:
        server.stop()
