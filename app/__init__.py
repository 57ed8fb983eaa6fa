"""Suyuan: identifiers for parts and batches, their labels, their scans and their provenance.

`create_app` is the composition root. It imports late so that the domain can be used without Flask.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiflask import APIFlask

    from app.domain.messages import Fetch
    from app.domain.printers import Printing
    from app.settings import Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: "Settings",
    *,
    fetch: "Fetch | None" = None,
    now: Callable[[], datetime] = utc_now,
    printing: "Printing | None" = None,
) -> "APIFlask":
    """The whole application over one database, already migrated; `fetch` and `printing` reach out of it."""
    from app.cli_late import Commands
    from app.fetching import Fetcher
    from app.name_servers import NameServers
    from app.native.tunnel import Tunnel
    from app.printing import Printers
    from app.roles import capabilities_of
    from app.store.database import engine_for
    from app.web import build
    from app.web.beside import Beside
    from app.web.edge import Node
    from app.web.layers import put_in_front

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    node = Node(
        settings=settings,
        engine=engine_for(settings.sqlalchemy_url),
        now=now,
        fetch=fetch or Fetcher(allow_private=settings.allow_private_peers),
        keys=settings.keys_dir,
        capabilities=capabilities_of(settings.node_roles),
        look_up=NameServers(settings.oid_servers),
        printing=printing or Printers.of(settings),
    )
    app = build(node)
    put_in_front(app, Tunnel)
    if settings.native_secret:
        put_in_front(app, lambda inner: Beside(inner, settings.native_secret))
    app.cli = Commands(app)
    return app
