"""A root, a national, a second-level and an enterprise node with records, each really served, and one more server that
asks them. The statements are made by hand, as reviewers' approvals would make them. No figures."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.trust import sign
from app.services import certifying, meshing
from app.serving import RECURSING_THREADS, WEB_PROCESSES
from app.settings import Settings
from app.store import zones
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from bench import _records
from bench._server import running
from tests.support.server import free_port

RECORDS = 5_000
SUBJECT = {"name_zh": "某节点", "name_en": "Some node", "industry": "C36", "region": "420100"}


@dataclass(frozen=True, slots=True)
class Level:
    zone: str
    role: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        told = {
            "DATA_DIR": str(self.folder),
            "BASE_URL": self.url,
            "ZONE": self.zone,
            "NODE_ROLES": self.role,
        }
        return told | {"SECRET_KEY": "for a bench", "ALLOW_PRIVATE_PEERS": "1"}


def levels(folder: Path) -> list[Level]:
    """Founded and stated, from the root down; the last one has RECORDS records."""
    second = _records.PREFIX.rpartition(".")[0]
    kinds = [("", "root"), ("88", "national"), (second, "second-level")]
    made = [Level(zone, role, folder / role, free_port()) for zone, role in kinds]
    made.append(Level(_records.PREFIX, "enterprise", _records.furnish(RECORDS), free_port()))
    for level in made[:-1]:
        level.folder.mkdir(parents=True)
        migrate(Settings(data_dir=level.folder).sqlalchemy_url)
    for above, below in pairwise(made):
        state(above, below)
    return made


def hints(folder: Path, root: Level) -> Path:
    path = folder / "hints.json"
    keys = [certifying.public_jwk(Settings(data_dir=root.folder).keys_dir)]
    path.write_text(json.dumps({"endpoints": [{"url": root.url}], "keys": keys}))
    return path


@contextmanager
def served(levels: list[Level]) -> Iterator[None]:
    with ExitStack() as ends:
        for level in levels:
            log = level.folder / "server.log"
            ends.enter_context(running(command(level.port, "wsgi", 1), level.port, log, level.environment))
        yield


@contextmanager
def recursive(folder: Path, hints: Path) -> Iterator[int]:
    """The recursive node with as many processes and threads as the real one has; yields its port."""
    own = Level("", "recursive", folder / "recursive", free_port())
    own.folder.mkdir(parents=True)
    migrate(Settings(data_dir=own.folder).sqlalchemy_url)
    environment = own.environment | {"ROOT_HINTS": str(hints), "RECURSION_CLIENT_RATE": "0"}
    with running(command(own.port, "wsgi"), own.port, own.folder / "server.log", environment):
        yield own.port


@contextmanager
def plain_proxy(folder: Path, asks: Level, *, alone: bool) -> Iterator[int]:
    """As Flask serves it by itself (`alone`), or under our server with as many processes and threads."""
    port = free_port()
    words = ["-m", "flask", "--app", "bench._plain_proxy:app", "run", "--port", str(port)]
    run = [sys.executable, *words] if alone else command(port, "bench._plain_proxy")
    with running(run, port, folder / "plain.log", {"PLAIN_ASKS": asks.url}):
        yield port


@contextmanager
def bare(folder: Path) -> Iterator[int]:
    """Our server with an application that always says the same: faster than this nothing is under it."""
    port = free_port()
    with running(command(port, "bench._bare"), port, folder / "bare.log", {}):
        yield port


def command(port: int, module: str, workers: int = WEB_PROCESSES) -> list[str]:
    words = (
        f"-m granian --interface wsgi --host 127.0.0.1 --port {port} --log-level warning --workers {workers}"
    )
    return [sys.executable, *words.split(), "--blocking-threads", str(RECURSING_THREADS), f"{module}:app"]


def state(above: Level, below: Level) -> None:
    now = datetime.now(UTC)
    body = {
        "zone": below.zone,
        "issuer": above.zone,
        "serial": 1,
        "keys": [certifying.public_jwk(Settings(data_dir=below.folder).keys_dir)],
        "endpoints": [{"url": below.url}],
        "state": "active",
        "not_before": time_text(now - timedelta(hours=1)),
        "not_after": time_text(now + timedelta(days=1)),
        "subject": SUBJECT,
    }
    settings = Settings(data_dir=above.folder)
    signed = sign(KIND, body, certifying.signing_key(settings.keys_dir))
    engine = engine_for(settings.sqlalchemy_url)
    with writing(engine) as session:
        zones.put(session, meshing.row_of(delegation_of(signed.peek()), signed, now))
    engine.dispose()
