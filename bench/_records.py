"""Many records of eight values each, put in through the bulk service; kept in a folder for later runs. No figures."""

import hashlib
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.handles import Value, text_value
from app.services import people
from app.services.registering import put_many
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.migrate import HERE as MIGRATIONS
from app.store.migrate import migrate
from app.store.tables import Operator
from bench._world import PASSWORD

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache" / "bench"
PREFIX = "88.118.1001"
CHUNK = 5_000  # records a transaction
ADMIN = {"handle": f"0.NA/{PREFIX}", "index": 200, "permissions": "011111110011"}


def handle(number: int) -> str:
    return f"{PREFIX}/R{number:09d}"


def values(number: int, status: str = "在库") -> list[Value]:
    """Eight, as a company registers a part: text in both languages, a lot of 500, its administrators."""
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number // 50_000)
    return [
        text_value(1, "URL", f"https://id.example.cn/{handle(number)}"),
        text_value(2, "NAME_ZH", f"锂离子电池模组 {48 + number % 7 * 12}V"),
        text_value(3, "NAME_EN", f"Lithium-ion battery module {48 + number % 7 * 12}V"),
        text_value(4, "LOT", f"L{number // 500:07d}"),
        text_value(5, "SERIAL", f"S{number * 7919 % 1_000_000_007:010d}"),
        text_value(6, "PRODUCED_ON", day.date().isoformat()),
        text_value(7, "STATUS", status),
        Value(100, "HS_ADMIN", {"format": "admin", "value": ADMIN}),
    ]


def folder_of(count: int) -> Path:
    """A data folder with so many records; another one whenever the schema or the records here change."""
    sources = [Path(__file__), *sorted(MIGRATIONS.rglob("*.py"))]
    mark = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]
    return KEPT / f"records-{count}-{mark}"


def is_there(count: int) -> bool:
    return folder_of(count).is_dir()


def furnish(count: int) -> Path:
    """The folder, filled where it is not yet (about two minutes for a million). An unfinished one never counts."""
    folder = folder_of(count)
    if folder.is_dir():
        return folder
    for older in KEPT.glob(f"records-{count}-*"):
        shutil.rmtree(older)
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    building.mkdir(parents=True)
    settings = Settings(data_dir=building)
    migrate(settings.sqlalchemy_url)
    engine = engine_for(settings.sqlalchemy_url)
    began = time.monotonic()
    with writing(engine) as session:
        organisation_id = _company(session)
    for start in range(0, count, CHUNK):
        _chunk(engine, organisation_id, range(start, min(start + CHUNK, count)))
        if start % 100_000 == 0 and start:
            rate = start / (time.monotonic() - began)
            print(f"    {start:,} records, {rate:,.0f} a second", file=sys.stderr, flush=True)
    _tidy(engine)
    building.rename(folder)
    return folder


def _company(session: Session) -> int:
    now = datetime.now(UTC)
    token = people.first_invitation(session, now)
    operator_id = people.set_up_node(
        session, token or "", prefix=PREFIX, name_zh="测试公司", name_en="Bench Company", person="Boss",
        login="boss", password_hash=PASSWORD, now=now,
    )  # fmt: skip
    return session.get_one(Operator, operator_id).organisation_id


def _chunk(engine: Engine, organisation_id: int, numbers: Sequence[int]) -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        outcomes = put_many(session, organisation_id, [(handle(n), values(n)) for n in numbers], now)
    if any(outcome.status != "created" for outcome in outcomes):
        raise RuntimeError(f"not registered: {outcomes[0]}")


def _tidy(engine: Engine) -> None:
    """Nothing left in the write-ahead log: the first readers would wade through it."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def sample(count: int, size: int) -> Iterator[int]:
    """Numbers of some records, the same in every run."""
    return iter(random.Random(count).sample(range(count), size))
