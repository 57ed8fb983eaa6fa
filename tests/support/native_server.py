"""The native protocol's sockets inside a test process, on a thread of their own, in front of a web process that is told
what to say."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from app.native.__main__ import replying
from app.native.answering import Web
from app.native.asking import Heard
from app.native.server import open_sockets
from tests.support.simnet import SimNode

VALUES: list[dict[str, Any]] = [
    {"index": 1, "type": "URL", "data": {"format": "string", "value": "https://a/"}, "ttl": 86_400,
     "timestamp": "2026-01-02T03:04:05Z"},
    {"index": 2, "type": "URL.ZH", "data": {"format": "string", "value": "值"}, "ttl": 60,
     "permissions": "1111"},
]  # fmt: skip


@dataclass
class FakeWeb:
    """Says what it was given for each handle; nothing else is here. Notes what it was asked."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    asked: list[tuple[str, ...]] = field(default_factory=list)
    clients: set[str] = field(default_factory=set)
    wait: Callable[[], None] = lambda: None
    status: int = 200
    described: dict[str, Any] = field(default_factory=dict)

    def record(self, handle: str, wishes: Collection[str], client: str) -> Heard:
        self.asked.append((handle, *wishes))
        self.clients.add(client)
        self.wait()
        if self.status != 200:
            return Heard(self.status, b"")
        if handle in self.records:
            body = {"responseCode": 1, "handle": handle, "values": self.records[handle]}
            return Heard(200, orjson.dumps(body))
        if handle.startswith(self.elsewhere) and self.elsewhere:
            return Heard(400, b'{"responseCode":301,"message":"That prefix doesn\'t live here"}')
        return Heard(404, b'{"responseCode":100}')

    def answer(self, handle: str) -> Heard:
        return Heard(200, orjson.dumps(self.answers.get(handle, {})))

    def site(self) -> Heard:
        return Heard(self.status, orjson.dumps(self.described))


class NodeWeb:
    """The web process of a simulated node, as the native server asks it."""

    def __init__(self, node: SimNode) -> None:
        self.node = node

    def record(self, handle: str, wishes: Collection[str], client: str) -> Heard:
        assert client == "127.0.0.1"
        query = "".join(f"&{wish}=true" for wish in wishes)
        return self._get(f"/api/handles/{quote(handle, safe='')}?{query}")

    def answer(self, handle: str) -> Heard:
        return self._get(f"/api/network/answers/{quote(handle, safe='')}")

    def site(self) -> Heard:
        return self._get("/api/site")

    def _get(self, path: str) -> Heard:
        told = self.node.get(path)
        return Heard(told.status, told.body)


@contextmanager
def listening(web: Web) -> Iterator[int]:
    """The port, the same for TCP and UDP."""
    started = threading.Event()
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    ending = asyncio.Event()

    async def run() -> None:
        with ThreadPoolExecutor(4) as pool:
            server, transport, port = await open_sockets("127.0.0.1", 0, replying(web, pool))
            ports.append(port)
            started.set()
            await ending.wait()
            server.close()
            transport.close()
            await asyncio.sleep(0)  # the transport closes in the loop's next round

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(20)
