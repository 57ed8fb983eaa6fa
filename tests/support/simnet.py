"""A network of nodes inside one process: each an application of its own with its own SQLite file, its own keys and its
own clock, which reach one another only through `Wire`, where a test makes them slow, deaf, cut off or lying.

    net = SimNet(folder, migrated_file)
    root = net.node("root", roles=("root",))
    beijing = net.node("beijing", zone="88", roles=("national",))
    net.wire.cut(["root"], ["beijing"]); net.wire.lie("beijing", simliars.redirects("http://127.0.0.1/"))
    told = net.fetch(Ask("https://beijing.test/api/network/answers/88.118.1/X"))      # as a stranger would ask

The application of a node is made when it is first needed, so that files its settings name can be written before.
"""

import contextvars
import ipaddress
import json
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import Client

from app import create_app
from app.domain.messages import Ask, Fetch, Told
from app.errors import PeerFailed, Refused
from app.services import certifying
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from tests.support import quicker
from tests.support.tenants import Visitor

Lie = Callable[[Ask, Fetch], Told]  # what a lying node tells; the second asks what it would tell honestly
OUTSIDE = "outside"  # who asks from no node
DOMAIN = ".test"


class Clock:
    """The true time, moved by hand; each node sees it with its own error."""

    def __init__(self, moment: datetime = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)) -> None:
        self.moment = moment
        self.skews: dict[str, timedelta] = {}

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **duration: float) -> None:
        self.moment += timedelta(**duration)

    def of(self, name: str) -> Callable[[], datetime]:
        return lambda: self.moment + self.skews.get(name, timedelta())


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that went over the wire. `end` is the status of its answer, or the code of the failure."""

    by: str
    to: str
    method: str
    path: str
    end: int | str


@dataclass
class Wire:
    """What is between the nodes. Hosts are told apart by the first label: `beijing.test` is the node `beijing`."""

    seed: int = 1
    pace: float = (
        0.0  # real seconds slept for a simulated one: 0 keeps tests quick, 1 is for what measures time
    )
    latency: dict[tuple[str, str], float] = field(
        default_factory=dict
    )  # (who asks or "*", who is asked) -> s
    loss: dict[tuple[str, str], float] = field(default_factory=dict)  # the same -> share of requests lost
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._guard = threading.Lock()
        self._cuts: list[tuple[frozenset[str], frozenset[str]]] = []
        self._down: set[str] = set()
        self._lies: dict[str, Lie] = {}

    def cut(self, some: Iterable[str], others: Iterable[str]) -> None:
        """No request passes between the two groups, in either direction, until `heal`."""
        self._cuts.append((frozenset(some), frozenset(others)))

    def heal(self) -> None:
        """All are up and reach each other again; nobody lies; no latency, no loss."""
        self._cuts.clear()
        self._down.clear()
        self._lies.clear()
        self.latency.clear()
        self.loss.clear()

    def down(self, *names: str) -> None:
        self._down.update(names)

    def up(self, *names: str) -> None:
        self._down.difference_update(names)

    def lie(self, name: str, lie: Lie | None) -> None:
        """From now on this node tells `lie`; None makes it honest again."""
        if lie is None:
            self._lies.pop(name, None)
        else:
            self._lies[name] = lie

    def asked(self, to: str, containing: str = "") -> list[Sent]:
        """The requests that were sent to a node, whether or not they arrived."""
        return [each for each in self.sent if each.to == to and containing in each.path]

    def carry(self, by: str, ask: Ask, deliver: Callable[[str, Ask], Told]) -> Told:
        """As `Fetch`: one request through the network's weather; `deliver` hands it to the node of that name."""
        to = _node_in(ask.url)
        path = ask.url.split("//", 1)[1].partition("/")[2]
        try:
            told = self._carried(by, to, ask, deliver)
        except (PeerFailed, Refused) as error:
            self.sent.append(Sent(by, to, ask.method, f"/{path}", error.code))
            raise
        self.sent.append(Sent(by, to, ask.method, f"/{path}", told.status))
        return told

    def _carried(self, by: str, to: str, ask: Ask, deliver: Callable[[str, Ask], Told]) -> Told:
        if to in self._down or self._is_cut(by, to):
            raise peer_failed("peer-unreachable", ask)
        seconds = self._between(self.latency, by, to)
        with self._guard:
            is_lost = self._chance.random() < self._between(self.loss, by, to)
        if is_lost or seconds > ask.seconds:
            time.sleep(self.pace * ask.seconds)
            raise peer_failed("peer-too-slow", ask)
        time.sleep(self.pace * seconds)
        lie = self._lies.get(to)
        told = lie(ask, lambda asked: deliver(to, asked)) if lie else deliver(to, ask)
        if len(told.body) > ask.most_bytes:
            raise peer_failed("peer-too-large", ask)
        return replace(told, seconds=told.seconds + seconds, address=told.address or to)

    def _is_cut(self, by: str, to: str) -> bool:
        return any((by in a and to in b) or (by in b and to in a) for a, b in self._cuts)

    def _between(self, table: dict[tuple[str, str], float], by: str, to: str) -> float:
        return table.get((by, to), table.get(("*", to), 0.0))


def peer_failed(code: str, ask: Ask) -> PeerFailed:
    return PeerFailed(code, "The node {host} failed.", host=urlsplit(ask.url).netloc)


def _node_in(url: str) -> str:
    """Which node an address means; Refused for what the true way out refuses: other schemes, addresses of no host."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
        is_number = True
    except ValueError:
        is_number = False
    if parts.scheme not in {"http", "https"} or is_number or host == "localhost" or parts.username:
        raise Refused("address-refused", "The address {url} may not be asked.", url=url[:200])
    return host.removesuffix(DOMAIN)


class SimNode:
    """One node. `settings` may be changed with `again()`, which starts its program anew on the same database."""

    def __init__(self, net: "SimNet", name: str, settings: Settings) -> None:
        self.net, self.name, self.settings = net, name, settings
        self._app: Flask | None = None
        self._engine: Engine | None = None
        self._guard = threading.Lock()

    @property
    def app(self) -> Flask:
        with self._guard:
            if self._app is None:
                self._app = create_app(self.settings, fetch=self.fetch, now=self.now)
                self._app.config["TESTING"] = True
                quicker.share_templates(self._app)
            return self._app

    @property
    def url(self) -> str:
        return self.settings.base_url

    @property
    def zone(self) -> str:
        return self.settings.zone

    @property
    def engine(self) -> Engine:
        """Of the test's own, so that what only keeps rows needs no application."""
        with self._guard:
            if self._engine is None:
                self._engine = engine_for(self.settings.sqlalchemy_url)
            return self._engine

    @property
    def now(self) -> Callable[[], datetime]:
        return self.net.clock.of(self.name)

    @property
    def seed(self) -> bytes:
        """The node's private key, for whoever plays its part by hand."""
        return certifying.signing_key(self.settings.keys_dir)

    @property
    def jwk(self) -> dict[str, str]:
        return certifying.public_jwk(self.settings.keys_dir)

    def fetch(self, ask: Ask) -> Told:
        return self.net.wire.carry(self.name, ask, self.net.deliver)

    def writing(self) -> Any:
        return writing(self.engine)

    def reading(self) -> Any:
        return reading(self.engine)

    def get(self, path: str, **headers: str) -> Told:
        """As somebody next to the node: past the wire."""
        return self.net.deliver(self.name, Ask(self.url + path, headers=tuple(headers.items())))

    def visitor(self, login: str = "") -> Visitor:
        """A browser at this node over HTTPS, signed in as one of its people."""
        self.app.config["PREFERRED_URL_SCHEME"] = "https"
        visitor = Visitor(self.app)
        visitor.client.environ_base |= {"HTTP_REFERER": "https://localhost/"}
        if login:
            assert visitor.sign_in(login).status_code == 303
        return visitor

    def loses_its_key(self) -> None:
        """A new program with a new key on the same database."""
        shutil.rmtree(self.settings.keys_dir, ignore_errors=True)
        self.again()

    def again(self, **changes: Any) -> None:
        self.close()
        self.settings = replace(self.settings, **changes)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._app is not None:
            for recursor in ("suyuan-recursor", "suyuan-test-recursor"):
                if recursor in self._app.extensions:
                    self._app.extensions[recursor].close()
            self._app.extensions["suyuan-fast"].close()
            self._app.extensions["suyuan"].engine.dispose()
            self._app = None


class SimNet:
    """All nodes by name, the wire between them and the clock. `close` at the end."""

    def __init__(self, folder: Path, migrated_file: Path, urls: Mapping[str, str] | None = None) -> None:
        """`urls` are the addresses of nodes that shall be real ones later, by name."""
        self.folder, self._migrated = folder, migrated_file
        self.urls = dict(urls or {})
        self.clock, self.wire = Clock(), Wire()
        self.nodes: dict[str, SimNode] = {}

    def __getitem__(self, name: str) -> SimNode:
        return self.nodes[name]

    def __iter__(self) -> Iterator[SimNode]:
        return iter(list(self.nodes.values()))

    def node(self, name: str, *, zone: str = "", roles: tuple[str, ...] = (), **settings: Any) -> SimNode:
        """A new node, at `https://<name>.test`; further `settings` are the program's."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        shutil.copyfile(self._migrated, folder / "suyuan.db")
        standard: dict[str, Any] = {"secret_key": f"tests of {name}", "fast_hash": True}
        made = Settings(
            data_dir=folder,
            base_url=self.urls.get(name, f"https://{name}{DOMAIN}"),
            node_roles=roles,
            zone=zone,
            **(standard | settings),
        )
        self.nodes[name] = SimNode(self, name, made)
        return self.nodes[name]

    def fetch(self, ask: Ask) -> Told:
        """Asked from outside, by no node."""
        return self.wire.carry(OUTSIDE, ask, self.deliver)

    def deliver(self, name: str, ask: Ask) -> Told:
        """Hands a request to a node and gives its answer; in a context of its own, as another process would."""
        if name not in self.nodes:
            raise peer_failed("peer-unreachable", ask)
        return contextvars.Context().run(_call, self.nodes[name], ask)

    def root_hints(self, *names: str) -> Path:
        """A file of root hints that names these nodes (default: `root`), their keys and addresses."""
        nodes = [self.nodes[name] for name in names or ("root",)]
        told = {"endpoints": [{"url": each.url} for each in nodes], "keys": [each.jwk for each in nodes]}
        path = self.folder / f"hints-{'-'.join(each.name for each in nodes)}.json"
        path.write_text(json.dumps(told))
        return path

    @contextmanager
    def cut_off(self, *names: str) -> Iterator[None]:
        """These nodes reach none of the others, nor are reached, within the block."""
        before = list(self.wire._cuts)
        self.wire.cut(names, [*(set(self.nodes) - set(names)), OUTSIDE])
        try:
            yield
        finally:
            self.wire._cuts[:] = before

    def close(self) -> None:
        for node in self:
            node.close()


def _call(node: SimNode, ask: Ask) -> Told:
    parts = urlsplit(ask.url)
    answer = Client(node.app.wsgi_app, use_cookies=False).open(
        parts.path,
        base_url=f"{parts.scheme}://{parts.netloc}",
        query_string=parts.query,
        method=ask.method,
        headers=list(ask.headers),
        data=ask.body,
    )
    try:
        return Told(answer.status_code, answer.get_data(), tuple(answer.headers.items()), address=node.name)
    finally:
        answer.close()
