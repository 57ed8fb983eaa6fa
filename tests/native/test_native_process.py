"""`./dev serve` with HANDLE_PORT: the native protocol, answered by the same rules as the Handle API beside it."""

import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from tests.support import handle_desk, tenants
from tests.support.https import certificate
from tests.support.native_client import NativeClient
from tests.support.processes import descendants, end_all, until
from tests.support.server import free_port
from tests.support.serving import clean_environment
from tests.support.sources import ROOT

HANDLE = f"{handle_desk.PREFIX}/P0000001"
MOST_MEGABYTES = 40

pytestmark = pytest.mark.slow


@dataclass
class Node:
    """A node that serves: its ports, its certificate where it has one, its process."""

    process: "subprocess.Popen[str]"
    port: int
    native: int
    chain: Path | None = None

    def ask(self, path: str) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if self.chain:
            trusting = ssl.create_default_context(cafile=str(self.chain))
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=trusting)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()[0]
        try:
            return NativeClient(self.native, seconds=10).resolve(HANDLE).code == 1
        except OSError:
            return False

    def server(self) -> int:
        """The process id of the native server."""
        family = descendants(self.process.pid)
        return next(pid for pid in family if b"app.native" in Path(f"/proc/{pid}/cmdline").read_bytes())


def furnished(folder: Path) -> Path:
    settings = Settings(data_dir=folder / "data")
    settings.data_dir.mkdir()
    migrate(settings.sqlalchemy_url)
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    engine = database.engine_for(settings.sqlalchemy_url)
    with database.writing(engine) as session:
        ana = tenants.found(session, now).ana
        handle_desk.furnish(session, ana, settings.keys_dir, now)
    engine.dispose()
    return settings.data_dir


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """start(tls=…) -> a node that answers natively."""
    nodes: list[Node] = []

    def started(*, tls: bool = False) -> Node:
        data, port, native = furnished(tmp_path), free_port(), free_port()
        command = [sys.executable, "-m", "app.serving", "--data", str(data), "--port", str(port)]
        chain = None
        if tls:
            chain, key = certificate(tmp_path)
            command += ["--tls-cert", str(chain), "--tls-key", str(key)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(FAST_HASH="1", HANDLE_PORT=str(native)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        nodes.append(Node(process, port, native, chain))
        until(nodes[-1].answers)
        return nodes[-1]

    yield started
    for node in nodes:
        family = [node.process.pid, *descendants(node.process.pid)]
        node.process.terminate()
        node.process.communicate(timeout=60)
        end_all(family, signal.SIGKILL)


def test_a_handle_is_the_same_over_tcp_udp_and_http(start: Callable[..., Node]) -> None:
    node = start()
    _, body = node.ask(f"/api/handles/{HANDLE}")
    wanted = [(value["index"], value["type"], value["data"]["value"]) for value in body["values"]]  # type: ignore[attr-defined]
    for transport in ("tcp", "udp"):
        client = NativeClient(node.native, transport)
        reply = client.resolve(HANDLE.lower())
        assert [(value["index"], value["type"], value["data"].decode()) for value in reply.values] == wanted
        assert reply.handle == HANDLE.lower()  # the spelling of whoever asks
        assert client.resolve(f"{handle_desk.PREFIX}/nothing").code == 100
        assert client.resolve("10.5555/elsewhere").code == 301
        (admin,) = client.resolve(f"{handle_desk.PREFIX}/ADMIN", types=("HS_ADMIN",)).values
        assert admin["admin"] == (f"0.NA/{handle_desk.PREFIX}", 200, "1" * 12)
        assert not client.resolve(f"{handle_desk.PREFIX}/ADMIN", types=("HS_SECKEY",)).values
        interfaces = client.site().site["servers"][0]["interfaces"]
        assert ("TCP", node.native, True, False) in interfaces
        assert ("UDP", node.native, True, False) in interfaces
    resident = Path(f"/proc/{node.server()}/status").read_text().split("VmRSS:")[1].split()[0]
    assert int(resident) < MOST_MEGABYTES * 1_024


def test_a_node_that_serves_https_is_asked_by_its_certificate(start: Callable[..., Node]) -> None:
    node = start(tls=True)
    reply = NativeClient(node.native, "udp").resolve(HANDLE)
    assert (reply.code, reply.values[0]["data"]) == (1, b"https://id.example.cn/88.118.8/P1")
    assert ("HTTPS", node.port, True, True) in NativeClient(node.native).site().site["servers"][0][
        "interfaces"
    ]


def test_a_native_server_that_dies_is_started_again_and_ends_with_the_rest(
    start: Callable[..., Node],
) -> None:
    node = start()
    first = node.server()
    end_all([first], signal.SIGKILL)
    until(node.answers)
    second = node.server()
    assert second != first
    node.process.terminate()
    node.process.wait(60)
    until(lambda: not Path(f"/proc/{second}").exists())


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        native = taken.getsockname()[1]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "app.serving",
                "--data",
                str(tmp_path / "data"),
                "--port",
                str(free_port()),
            ],
            cwd=ROOT,
            env=clean_environment(HANDLE_PORT=str(native)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"HANDLE_PORT is {native}; nothing can be served on 127.0.0.1:{native}" in done.stderr


def test_odd_names_never_reach_another_address(start: Callable[..., Node]) -> None:
    """What a handle holds is escaped whole: it can be no query and no other path of the web process."""
    node = start()
    client = NativeClient(node.native)
    for suffix in ("a b", "a//b", "?index=1", "a%2Fb", "#x", "/", "x/", "值", "..", "../../api/site", "a\nb"):
        handle = f"{handle_desk.PREFIX}/{suffix}"
        assert client.resolve(handle).code == 100, suffix
        assert client.resolve(handle + "\0").code == 102
    assert client.resolve("../site").code in {100, 102, 301}
    assert client.resolve(quote(HANDLE, safe="")).code in {100, 102, 301}
