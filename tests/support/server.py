"""The real application in a process of its own, on a free loopback port."""

import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


def free_port() -> int:
    """A port nobody listens on now, and none that the kernel lends to those who call.

    A caller that tries a server not yet up may be lent that server's own port, and then hears itself.
    """
    while True:
        port = 10_000 + secrets.randbelow(11_000)  # by no seed: many processes choose at once
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Server:
    """`environment` are settings; a stopped or killed server can be started again on the same data and port."""

    folder: Path
    environment: Mapping[str, str]
    workers: int = 1
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    host: str = "127.0.0.1"
    patience: float = START_SECONDS  # more for those that start beside many others

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def arguments(self) -> list[str]:
        """More words for granian's command line."""
        return []

    def within(self) -> list[str]:
        """Words before the command line, for a server in another place of this machine."""
        return []

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=5)

    def start(self) -> "Server":
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Begins to start; `wait` for it, perhaps after others were launched."""
        command = [
            sys.executable,
            "-m",
            "tests.support.web_processes",
            "--interface",
            "wsgi",
            "--workers",
            str(self.workers),
        ]
        command += ["--host", self.host, "--port", str(self.port), "--blocking-threads", "4"]
        command += [*self.arguments(), "wsgi:app"]
        settings = {
            "DATA_DIR": str(self.folder),
            "BASE_URL": self.base_url,
            "FAST_HASH": "1",
            "SECRET_KEY": "for tests only",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_dies_with_us(), *self.within(), *command],
                cwd=ROOT,
                env={**os.environ, **settings, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> "Server":
        assert self.process is not None
        self._wait_until_it_answers(self.process)
        return self

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and process.poll() is None:
            connection = self.connection()
            try:
                connection.request(
                    "GET", "/sign-in"
                )  # the port is open before a worker has loaded the application
                connection.getresponse()
            except (OSError, HTTPException):
                time.sleep(0.02)
            else:
                return
            finally:
                connection.close()
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log}")

    def stop(self) -> None:
        """Asks it to end, as a machine that shuts down does."""
        self._end("terminate")

    def kill(self) -> None:
        """As a power cut does: the workers too, without a word."""
        if self.process is None:
            return
        pid = self.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ends = [os.pidfd_open(each) for each in (pid, *map(int, workers))]
        for end in ends:  # the first one first, or it would see its workers go and tidy up
            signal.pidfd_send_signal(end, signal.SIGKILL)
        for end in ends:
            select.select([end], [], [], START_SECONDS)
            os.close(end)
        self._end("kill")

    def _end(self, how: str) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            getattr(self.process, how)()
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(START_SECONDS)
        self.process = None


def _dies_with_us() -> list[str]:
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
