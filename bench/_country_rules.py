"""The nodes of the simulated country, as functions of their names: zones, keys, statements, answers. No figures."""

import hashlib
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from sqlalchemy import Engine, insert

from app.domain import meshing as rules_of_mesh
from app.domain import resolution, zones
from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.messages import Ask, Fetch, Told
from app.domain.trust import PublicKey, Signed, public_key_of, sign
from app.services import certifying, meshing
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from app.store.tables import Delegation, Membership, MeshChange
from bench._levels import SUBJECT, Level

INDUSTRIES, EACH = 400, 1_200
COMPANIES = INDUSTRIES * EACH
BLOCK = 5_000
VALUE = {
    "index": 1,
    "type": "URL",
    "data": {"format": "string", "value": "https://example.com/"},
    "ttl": 86400,
}


def second_level() -> list[str]:
    return [f"88.{100 + number}" for number in range(INDUSTRIES)]


def companies(zone: str) -> list[str]:
    return [f"{zone}.{1000 + number}" for number in range(EACH)]


def every_company() -> Iterator[str]:
    for zone in second_level():
        yield from companies(zone)


def sample(count: int) -> list[str]:
    numbers = random.Random(1).sample(range(COMPANIES), count)
    return [f"88.{100 + number // EACH}.{1000 + number % EACH}" for number in numbers]


# --- statements ---


@lru_cache(maxsize=COMPANIES)
def seed_of(zone: str) -> bytes:
    return hashlib.sha256(b"country " + zone.encode()).digest()


def stated(zone: str, issuer: str, key: PublicKey, seed: bytes, now: datetime) -> Signed:
    body = {
        "zone": zone,
        "issuer": issuer,
        "serial": 1,
        "keys": [key.jwk],
        "endpoints": [{"url": f"https://n{zone.replace('.', '-')}.example"}],
        "state": "active",
        "not_before": time_text(now - timedelta(hours=1)),
        "not_after": time_text(now + timedelta(days=30)),
        "subject": SUBJECT,
    }
    return sign(KIND, body, seed)


# --- real nodes ---


def found(level: Level) -> int:
    """An empty node; the bytes of its database."""
    level.folder.mkdir(parents=True)
    migrate(Settings(data_dir=level.folder).sqlalchemy_url)
    return sum(file.stat().st_size for file in level.folder.glob("suyuan.db*"))


def fill(level: Level, below: Iterable[str]) -> int:
    """Statements on all these zones, as reviewers' approvals would have left them: the rows and the change log."""
    settings = Settings(data_dir=level.folder)
    seed, now = certifying.signing_key(settings.keys_dir), datetime.now(UTC)
    key = public_key_of(seed_of("companies"))  # whose it is makes no difference to what it takes
    engine = engine_for(settings.sqlalchemy_url)
    seq, chain = 0, rules_of_mesh.GENESIS
    rows: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for zone in below:
        signed = stated(zone, level.zone, key, seed, now)
        row = meshing.row_of(delegation_of(signed.peek()), signed, now).model_dump()
        seq, chain = seq + 1, rules_of_mesh.chained(chain, signed.digest)
        rows.append(row)
        kept = {name: row[name] for name in ("zone", "serial", "state", "digest", "statement", "record_time")}
        changes.append(kept | {"seq": seq, "chain": chain})
        if len(rows) == BLOCK:
            _insert(engine, rows, changes)
    _insert(engine, rows, changes)
    engine.dispose()
    with closing(sqlite3.connect(level.folder / "suyuan.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return seq


def _insert(engine: Engine, rows: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    if rows:
        with writing(engine) as session:
            session.execute(insert(Delegation), rows)
            session.execute(insert(MeshChange), changes)
        rows.clear()
        changes.clear()


def joined(levels: list[Level]) -> None:
    """The root states that these hold their zone together."""
    now = datetime.now(UTC)
    settings = [Settings(data_dir=each.folder) for each in levels]
    body = stated(levels[0].zone, "", public_key_of(seed_of("")), seed_of(""), now).peek() | {
        "keys": [certifying.public_jwk(each.keys_dir) for each in settings],
        "endpoints": [{"url": each.url} for each in levels],
    }
    wire: dict[str, object] = dict(sign(KIND, body, seed_of("")).wire)
    for each in settings:
        engine = engine_for(each.sqlalchemy_url)
        row = Membership(zone=levels[0].zone, parent_url="", state="active", statement=wire, record_time=now)
        with writing(engine) as session:
            session.merge(row)
        engine.dispose()


def sister(settings: Settings, engine: Engine) -> Fetch:
    """The way to a node that hands its changes over, without a server between."""

    def fetch(ask: Ask) -> Told:
        now = datetime.now(UTC)
        with writing(engine) as session:
            ours = meshing.standing(session, settings.zone, settings.base_url, now)
            if ours is None:
                raise RuntimeError("the node has no standing")
            wanted, nonce = meshing.accept(session, ours, orjson.loads(ask.body), now)
            page = meshing.page(session, wanted)
        seed = certifying.signing_key(settings.keys_dir)
        return Told(200, orjson.dumps(meshing.told(ours, page, nonce, seed, now)))

    return fetch


# --- nodes that are functions ---


class Country:
    """A `Fetch` behind which every node of the country answers by rule. `seconds` is what that took, to be left out."""

    def __init__(self) -> None:
        self.root_key = public_key_of(seed_of(""))
        self.seconds = 0.0

    def __call__(self, ask: Ask) -> Told:
        began = time.perf_counter()
        parts = urlsplit(ask.url)
        handle = unquote(parts.path.removeprefix("/api/network/answers/"))
        host = (parts.hostname or "").removesuffix(".example")
        zone = "" if host == "root" else host.removeprefix("n").replace("-", ".")
        body = self._answer(zone, handle, parts.query.removeprefix("nonce="))
        told = Told(200, orjson.dumps(sign("answer", body, seed_of(zone)).wire), address="127.0.0.1")
        self.seconds += time.perf_counter() - began
        return told

    def _answer(self, zone: str, handle: str, nonce: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        asked = zones.asked_for(handle)
        if zone == asked:
            told = resolution.Answer(resolution.RECORD, zone, 86_400, orjson.dumps([VALUE]))
        else:
            below = zones.lineage(asked)[-2 - zones.depth(zone)]
            statement = _statement(below, zone).wire
            told = resolution.Answer(resolution.REFERRAL, zone, resolution.REFERRAL_TTL, statement=statement)
        return resolution.body_of(handle, nonce, told, now)


@lru_cache(maxsize=10_000)
def _statement(zone: str, issuer: str) -> Signed:
    return stated(zone, issuer, public_key_of(seed_of(zone)), seed_of(issuer), datetime.now(UTC))
