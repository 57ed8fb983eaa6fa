"""Records created over HTTP, up to 2,000 a call, each call answered when all of it is on the disk.

The real application, one signed-in program on a kept connection; the baseline sends the same records one a call.
"""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from app.services import authenticating
from app.services.authenticating import actor_of_operator
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.tables import Operator
from bench._server import application
from bench._world import furnish

PREFIX = "88.118.1001"
A_CALL = 2_000
CALLS = 12
ONE_BY_ONE = 400
VALUES = (1, 8)


def figures() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
        data = Path(name) / "data"
        key = _key(data)
        with application(data) as (port, _):
            for values in VALUES:
                _rate(port, key, f"W{values}", values, calls=2, size=A_CALL)
                plain = _rate(port, key, f"P{values}", values, calls=ONE_BY_ONE, size=1)
                many = _rate(port, key, f"M{values}", values, calls=CALLS, size=A_CALL)
                of = "value" if values == 1 else "values"
                figure = f"batch, records of {values} {of}"
                yield {"figure": figure, "value": many, "unit": "records/s", "baseline": plain}


def _key(data: Path) -> str:
    now = datetime.now(UTC)
    furnish(data, 1, now - timedelta(days=1))
    engine = engine_for(Settings(data_dir=data).sqlalchemy_url)
    with writing(engine) as session:
        boss = session.execute(select(col(Operator.id)).where(col(Operator.login) == "boss")).scalar_one()
        key = authenticating.create_key(session, actor_of_operator(session, boss or 0), "bench", now)
    engine.dispose()
    return key


def _rate(port: int, key: str, name: str, values: int, *, calls: int, size: int) -> float:
    """Records a second; what the program itself takes to write its calls is not counted."""
    bodies = [_body(name, first, size, values) for first in range(0, calls * size, size)]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    began = time.perf_counter()
    for number, body in enumerate(bodies):
        connection.request(
            "POST", "/api/v1/records/batch", body, headers | {"Idempotency-Key": f"{name}{number}"}
        )
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200 or told["created"] != size:
            raise RuntimeError(f"not all records were created: {told}")
    connection.close()
    return calls * size / (time.perf_counter() - began)


def _body(name: str, first: int, size: int, values: int) -> bytes:
    return json.dumps(
        {
            "items": [
                {
                    "handle": f"{PREFIX}/{name}-{number}",
                    "values": [_value(number, n) for n in range(1, values + 1)],
                }
                for number in range(first, first + size)
            ]
        }
    ).encode()


def _value(number: int, index: int) -> dict[str, Any]:
    text = f"https://www.example.com/things/{number}/{index}"
    return {
        "index": index,
        "type": "URL" if index == 1 else f"PART{index}",
        "data": {"format": "string", "value": text},
    }
