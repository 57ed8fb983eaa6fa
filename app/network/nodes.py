"""The folder, settings, database and process of each node of the network; starting, waiting for and stopping them."""

import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import orjson
from sqlalchemy import Engine

from app import rounds, serving
from app.domain.people import Actor
from app.fetching import Fetcher
from app.network.nursery import Child, Nursery
from app.network.plan import ENTERPRISE, NODES, ROOT, Plan
from app.network.processes import HOST, NodeProcess, keep_turning
from app.network.visiting import Visitor, Wrong, answers
from app.services import certifying
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from app.web import security

NATIVE = frozenset({"cells", "recursive"})  # who speaks the native Handle protocol, too
START_SECONDS = 60.0
LOOK_SECONDS = 0.05


@dataclass
class Node:
    """One node: what it is, where it keeps its things, its process, and its administrator once there is one."""

    plan: Plan
    settings: Settings
    process: NodeProcess
    founder: Actor | None = None

    @property
    def key(self) -> str:
        return self.plan.key

    @property
    def url(self) -> str:
        return self.settings.base_url

    @cached_property
    def engine(self) -> Engine:
        return database.engine_for(self.settings.sqlalchemy_url)

    @property
    def seed(self) -> bytes:
        return certifying.signing_key(self.settings.keys_dir)

    @property
    def jwk(self) -> dict[str, str]:
        return certifying.public_jwk(self.settings.keys_dir)

    @property
    def actor(self) -> Actor:
        """Its administrator, for what is told to its services directly."""
        if self.founder is None:
            raise Wrong(f"nobody has set up the node {self.key}")
        return self.founder

    def visitor(self, login: str, password: str, language: str = "en") -> Visitor:
        return Visitor(self.url, language).sign_in(login, password)

    def answers(self) -> bool:
        return self.process.alive and answers(self.url)


class Network:
    """All nodes in one folder, on ports one after the other from `port` + 1. As a context: stops them in the end."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.nodes: dict[str, Node] = {}
        serving.check_free(HOST, port)
        self._nursery = Nursery()
        self._turning: Child | None = None
        self.fetch = Fetcher(allow_private=True)
        for number, plan in enumerate(NODES, 1):
            self.nodes[plan.key] = self._node(plan, plan.key, port + number)

    def _node(self, plan: Plan, name: str, port: int) -> Node:
        home = self.folder / name
        settings = _settings(plan, home, port, self.hints)
        process = NodeProcess(
            self._nursery, environment_of(settings), port, home / "node.log", works=plan in ENTERPRISE
        )
        return Node(plan, settings, process)

    def beside(self, key: str) -> Node:
        """Another node for the same zone: empty, with a key and an address of its own, known to nobody. Whoever starts
        it stops it."""
        node = self._node(self[key].plan, f"{key}-beside", self.port + 2 * len(NODES) + 1)
        migrate(node.settings.sqlalchemy_url)
        security.secret_key(node.settings.keys_dir)
        certifying.signing_key(node.settings.keys_dir)
        return node

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, key: str) -> Node:
        return self.nodes[key]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    @property
    def hints(self) -> Path:
        return self.folder / "root-hints.json"

    def prepare(self) -> None:
        """Empty databases and new keys for all, and the root's key and address for everybody to begin from."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        pattern = self.folder / "empty.db"
        migrate(f"sqlite:///{pattern.absolute()}")
        for node in self:
            node.settings.data_dir.mkdir()
            shutil.copyfile(pattern, node.settings.data_dir / "suyuan.db")
            security.secret_key(node.settings.keys_dir)
            certifying.signing_key(node.settings.keys_dir)
        pattern.unlink()
        root = self[ROOT.key]
        self.hints.write_bytes(orjson.dumps({"endpoints": [{"url": root.url}], "keys": [root.jwk]}))

    def empty(self, key: str) -> None:
        """Takes a stopped node's database away; its keys are kept."""
        node = self[key]
        node.engine.dispose()
        for file in node.settings.data_dir.glob("suyuan.db*"):
            file.unlink()
        migrate(node.settings.sqlalchemy_url)

    def start(self, keys: Iterable[str] = ()) -> None:
        """Starts these nodes (all by default) and waits until each answers."""
        chosen = [self[key] for key in keys] or list(self)
        for node in chosen:
            node.process.start()
        self.wait_for(chosen)

    def wait_for(self, nodes: Sequence[Node]) -> None:
        deadline = time.monotonic() + START_SECONDS
        for node in nodes:
            while not node.answers():
                if time.monotonic() > deadline or not node.process.alive:
                    raise Wrong(f"the node {node.key} does not answer on {node.url}; see {node.process.log}")
                time.sleep(LOOK_SECONDS)

    def turn(self, key: str, *names: str) -> None:
        """Does these rounds of a node now. Wrong when one fails."""
        node = self[key]
        told = rounds.run(node.settings, node.engine, datetime.now(UTC), self.fetch, names)
        if failed := {name: code for name, code in told.items() if code}:
            raise Wrong(f"rounds of {key} failed: {failed}")

    def keep_turning(self) -> None:
        """From now on every node's rounds are done when they are due."""
        environments = [node.process.environment for node in self]
        self._turning = self._nursery.start(keep_turning, environments, self.folder / "rounds.log")

    def stop(self) -> None:
        if self._turning is not None:
            self._turning.send(signal.SIGTERM)
            self._turning.wait()
            self._nursery.forget(self._turning)
        for node in self:
            node.process.tell(signal.SIGTERM)
        for node in self:
            node.process.wait()
            if "engine" in node.__dict__:
                node.engine.dispose()
        self._nursery.close()


def _settings(plan: Plan, home: Path, port: int, hints: Path) -> Settings:
    serving.check_free(HOST, port)
    return replace(
        Settings(),
        data_dir=home.absolute(),
        base_url=f"http://{HOST}:{port}",
        node_roles=(plan.role,),
        zone=plan.zone,
        root_hints=str(hints.absolute()) if plan.key != ROOT.key else "",
        allow_private_peers=True,
        handle_port=port + len(NODES) if plan.key in NATIVE else 0,
        native_secret=secrets.token_urlsafe(24) if plan.key in NATIVE else "",
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the variables a node reads; those of whoever runs this count for nothing."""
    plain = Settings()
    found: dict[str, str] = {}
    for name in Settings.__slots__:
        value = getattr(settings, name)
        if value != getattr(plain, name) or name.upper() in os.environ:
            found[name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found
