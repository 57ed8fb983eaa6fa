"""Two web processes and a third that writes: whoever is asked tells what was committed last."""

import http.client
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from app.domain.handles import text_value
from app.services import registering
from app.store.database import is_sqlite, writing
from tests.support.server import Server
from tests.support.world import World

HANDLE = "88.118.1001/A"
NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
ALLOWED = 0.1  # s; on SQLite nobody waits at all


def ask(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", f"/api/handles/{HANDLE}")
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return str(json.loads(text)["values"][0]["data"]["value"])


def test_every_web_process_tells_what_was_committed_last(
    start_server: Callable[..., Server], engine: Engine, database_url: str
) -> None:
    world = World(engine, NOW)

    def register(value: str) -> float:
        with writing(engine) as session:
            items = [(HANDLE, [text_value(1, "URL", value)])]
            registering.put_many(session, world.ana.organisation_id, items, NOW, overwrite=True)
        return time.monotonic()

    register("0")
    server = start_server(DATABASE_URL=database_url, workers=2)
    connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(8)]
    slack = 0.0 if is_sqlite(engine) else ALLOWED
    for number in range(1, 31):
        for connection in connections:  # each is kept by one of the processes, which remembers by now
            ask(connection)
        committed = register(str(number))
        for connection in connections:
            asked = time.monotonic()
            while (found := ask(connection)) != str(number):
                assert asked < committed + slack, f"told {found} instead of {number}"
                asked = time.monotonic()
    for connection in connections:
        connection.close()
