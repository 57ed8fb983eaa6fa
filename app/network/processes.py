"""The processes of a node: what serves it and, where it has slow work, its worker. And the one that does the periodic
work of all nodes: a worker each for that would keep a small machine busy with starting processes.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import rounds, serving, worker
from app.fetching import Fetcher
from app.native import __main__ as native
from app.network.nursery import Child, Nursery, end_with_parent
from app.settings import Settings
from app.store import database

HOST = "127.0.0.1"
STOP_SECONDS = 2  # connections that others hold open are no reason to wait longer
LOOK_SECONDS = 1.0  # between two looks whether a round is due


class NodeProcess:
    """Can be stopped or killed, and started again on the same data. `environment` holds the node's settings."""

    def __init__(
        self, nursery: Nursery, environment: Mapping[str, str], port: int, log: Path, *, works: bool
    ) -> None:
        self._nursery = nursery
        self.environment = dict(environment)
        self.port = port
        self.log = log
        self.works = works
        self.children: list[Child] = []

    @property
    def alive(self) -> bool:
        return bool(self.children) and not any(child.ended() for child in self.children)

    def start(self) -> None:
        """Returns at once; whether it answers is to be asked over the network."""
        self.stop()
        self.children.append(self._nursery.start(_web, self.environment, self.port, self.log))
        if self.works:
            self.children.append(self._nursery.start(_work, self.environment, self.log))
        if "HANDLE_PORT" in self.environment:
            self.children.append(self._nursery.start(_answer_natively, self.environment, self.log))

    def stop(self) -> None:
        """As a machine that shuts down does; whoever does not end in time is ended."""
        self.tell(signal.SIGTERM)
        self.wait()

    def kill(self) -> None:
        """As a power cut does: without a word, and what it started with it."""
        for child in self.children:
            child.kill()
        self.wait()

    def freeze(self) -> None:
        """It accepts connections, as the kernel does for it, and never says a word."""
        for child in self.children:
            child.freeze()

    def thaw(self) -> None:
        for child in self.children:
            child.freeze(signal.SIGCONT)

    def tell(self, sign: signal.Signals) -> None:
        for child in self.children:
            child.send(sign)

    def wait(self) -> None:
        for child in self.children:
            child.wait()
            self._nursery.forget(child)
        self.children.clear()


def _web(environment: Mapping[str, str], port: int, log: Path) -> None:
    _settle(environment, log)
    serving.spare_memory()
    # granian forks its web process: that one goes with us even when we are killed and cannot tell it
    os.register_at_fork(after_in_child=lambda: end_with_parent(signal.SIGKILL))
    serving.serve(HOST, port, workers=1, stop_seconds=STOP_SECONDS)


def _work(environment: Mapping[str, str], log: Path) -> None:
    _settle(environment, log)
    worker.main(turning=False)


def _answer_natively(environment: Mapping[str, str], log: Path) -> None:
    _settle(environment, log)
    port, base_url = environment["HANDLE_PORT"], environment["BASE_URL"]
    sys.argv = ["app.native", "--host", HOST, "--port", port, "--ask", base_url]
    native.main()


def keep_turning(environments: Sequence[Mapping[str, str]], log: Path) -> None:
    """Does the rounds of all these nodes when they are due, for ever."""
    _settle({}, log)
    nodes = [Settings.from_env(environment) for environment in environments]
    engines = [database.engine_for(settings.sqlalchemy_url) for settings in nodes]
    fetch = Fetcher(allow_private=True)
    last: dict[tuple[int, timedelta], datetime] = {}
    never = threading.Event()
    while not never.wait(LOOK_SECONDS):
        for number, settings in enumerate(nodes):
            for every, names in rounds.groups(settings).items():
                now = datetime.now(UTC)
                if now - last.get((number, every), now - every) >= every:
                    last[number, every] = now
                    rounds.run(settings, engines[number], now, fetch, names)


def _settle(environment: Mapping[str, str], log: Path) -> None:
    os.environ.update(environment)
    out = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, number in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(handle, number)
