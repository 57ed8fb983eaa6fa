"""The country of simcountry as real processes: on loopback ports, or each node in a network namespace of its own.

The databases are made in this process first; then every node is the real program, and what is between them real TCP.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.support.server import ROOT, Server, free_port
from tests.support.simcountry import BELOW, NATIONAL, RECURSIVE, Country
from tests.support.simcountry import ROOT as ROOT_NODE
from tests.support.simnet import SimNet

NAMES = (ROOT_NODE, *NATIONAL, *BELOW, RECURSIVE)
ASK = """import sys, urllib.request, urllib.error
try:
    with urllib.request.urlopen(sys.argv[1], timeout=20) as answer:
        print(answer.status); print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code); print(error.read().decode())
"""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]


class RealCountry:
    """`servers` by name. `get` asks a node as its neighbour would."""

    def __init__(self, servers: dict[str, Server]) -> None:
        self.servers = servers

    def __getitem__(self, name: str) -> Server:
        return self.servers[name]

    def get(self, name: str, path: str) -> Answer:
        try:
            with urlopen(Request(self[name].base_url + path), timeout=20) as answer:
                return Answer(answer.status, json.loads(answer.read()))
        except OSError as error:
            if not hasattr(error, "code"):
                raise
            return Answer(error.code, json.loads(error.read()))  # type: ignore[attr-defined]

    def resolve(self, handle: str, query: str = "") -> Answer:
        return self.get(RECURSIVE, f"/api/handles/{handle}{query}")

    def explain(self, handle: str) -> dict[str, Any]:
        return self.get(RECURSIVE, f"/api/network/explanations/{handle}").body

    def hang(self, name: str) -> None:
        """It takes connections and says nothing, until `go_on`."""
        self._signal(name, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, sign: int) -> None:
        process = self[name].process
        assert process is not None
        below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in (process.pid, *map(int, below)):
            os.kill(pid, sign)


def _made(folder: Path, migrated_file: Path, urls: dict[str, str]) -> dict[str, tuple[Path, dict[str, str]]]:
    """The nodes' folders and settings; this process lets go of them."""
    net = SimNet(folder, migrated_file, urls)
    net.clock.moment = datetime.now(UTC)
    country = Country(net, allow_private_peers=True)
    country.close()
    net.close()
    return {
        node.name: (
            node.settings.data_dir,
            {
                "BASE_URL": node.url,
                "NODE_ROLES": ",".join(node.settings.node_roles),
                "ZONE": node.zone,
                "ROOT_HINTS": node.settings.root_hints,
                "ALLOW_PRIVATE_PEERS": "1",
            },
        )
        for node in net
    }


def _start(servers: dict[str, Server]) -> None:
    """All at once, and back when all answer."""
    for server in servers.values():
        server.patience = 120
        server.launch()
    for server in servers.values():
        server.wait()


@contextmanager
def processes(folder: Path, migrated_file: Path) -> Iterator[RealCountry]:
    """Every node on a loopback port."""
    ports = {name: free_port() for name in NAMES}
    made = _made(folder, migrated_file, {name: f"http://127.0.0.1:{port}" for name, port in ports.items()})
    servers = {name: Server(data, settings, port=ports[name]) for name, (data, settings) in made.items()}
    try:
        _start(servers)
        yield RealCountry(servers)
    finally:
        for server in servers.values():
            server.stop()


# --- network namespaces ---


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def namespaces_allowed() -> bool:
    """Whether this machine lets us make one, and a cable into it."""
    name = f"sy{secrets.token_hex(3)}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        return False
    try:
        ip("-n", name, "link", "add", "near", "type", "veth", "peer", "name", "far")
        ip("-n", name, "link", "add", "bridge", "type", "bridge")
    except subprocess.CalledProcessError:
        return False
    finally:
        ip("netns", "del", name)
    return True


@dataclass
class FarServer(Server):
    """A server in a namespace: nobody here reaches it but from inside."""

    namespace: str = ""

    def within(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        url = f"http://{self.host}:{self.port}/sign-in"
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and process.poll() is None:
            asked = [*self.within(), sys.executable, "-c", ASK, url]
            if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
                return
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log}")


class FarCountry(RealCountry):
    """Each node at an address of its own on one bridge; `unplug` takes its cable out: packets go nowhere."""

    def __init__(self, servers: dict[str, Server], mark: str) -> None:
        super().__init__(servers)
        self.mark = mark

    def get(self, name: str, path: str) -> Answer:
        told = self.run(name, [sys.executable, "-c", ASK, self[name].environment["BASE_URL"] + path])
        status, _, body = told.partition("\n")
        return Answer(int(status), json.loads(body))

    def run(self, name: str, command: list[str], **environment: str) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", f"{self.mark}-{name}", *command],
            cwd=ROOT,
            env=os.environ
            | dict(self[name].environment)
            | {"DATA_DIR": str(self[name].folder)}
            | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout + done.stderr

    def unplug(self, name: str) -> None:
        ip("-n", f"{self.mark}-{name}", "link", "set", "eth0", "down")

    def plug(self, name: str) -> None:
        ip("-n", f"{self.mark}-{name}", "link", "set", "eth0", "up")


@contextmanager
def namespaces(folder: Path, migrated_file: Path) -> Iterator[FarCountry]:
    """Every node in a network namespace, all on one bridge in another one; nothing of it touches the machine's own."""
    mark = f"sy{secrets.token_hex(3)}"
    hosts = {name: f"10.77.0.{number}" for number, name in enumerate(NAMES, 1)}
    made = _made(folder, migrated_file, {name: f"http://{host}:8000" for name, host in hosts.items()})
    spaces: list[str] = []
    servers: dict[str, Server] = {}
    try:
        for space in (f"{mark}-hub", *(f"{mark}-{name}" for name in NAMES)):
            ip("netns", "add", space)
            spaces.append(space)
        ip("-n", f"{mark}-hub", "link", "add", "bridge", "type", "bridge")
        ip("-n", f"{mark}-hub", "link", "set", "bridge", "up")
        for number, (name, host) in enumerate(hosts.items()):
            _cable(mark, name, f"port{number}", host)
            data, settings = made[name]
            servers[name] = FarServer(data, settings, port=8000, host=host, namespace=f"{mark}-{name}")
        _start(servers)
        yield FarCountry(servers, mark)
    finally:
        for server in servers.values():
            server.stop()
        for space in spaces:
            ip("netns", "del", space)


def _cable(mark: str, name: str, port: str, host: str) -> None:
    hub, space = f"{mark}-hub", f"{mark}-{name}"
    ip("-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
    ip("-n", hub, "link", "set", port, "master", "bridge", "up")
    ip("-n", space, "addr", "add", f"{host}/24", "dev", "eth0")
    ip("-n", space, "link", "set", "eth0", "up")
    ip("-n", space, "link", "set", "lo", "up")
