"""Ways to ask the roots of other systems in tests, and a node of ours that is one for others."""

from datetime import UTC, datetime
from pathlib import Path

import orjson

from app.domain.ors import LookUp, Pointers
from app.fetching import Fetcher
from app.services.recursing.others import Others, Roots
from app.services.recursing.results import Resolution
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from tests.support import handle_desk, links_world, tenants
from tests.support.server import Server

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


def no_names(_name: str, _seconds: float) -> Pointers:
    raise AssertionError("nobody asks DNS here")


def others(look_up: LookUp = no_names, *, private: bool = True, **roots: str) -> Others:
    return Others(Fetcher(allow_private=private), look_up, Roots(**roots), lambda: NOW)


def values(found: Resolution | None) -> list[tuple[str, str]]:
    assert found is not None
    assert found.state == "unsigned"
    return [(value["type"], value["data"]["value"]) for value in orjson.loads(found.array or b"[]")]


def furnished(folder: Path) -> Server:
    """A company of ours with handles, and GS1 keys with links; not started."""
    server = Server(folder, {})
    settings = Settings(data_dir=folder)
    migrate(settings.sqlalchemy_url)
    engine = database.engine_for(settings.sqlalchemy_url)
    with database.writing(engine) as session:
        ana = tenants.found(session, NOW).ana
        handle_desk.furnish(session, ana, settings.keys_dir, NOW)
        links_world.found(session, ana, NOW, server.base_url)
    engine.dispose()
    return server
