"""`./dev serve` as a process of a test: the whole thing, with its worker, on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from tests.support.processes import descendants, end_all, until
from tests.support.server import free_port
from tests.support.sources import ROOT


def clean_environment(**values: str) -> dict[str, str]:
    """Without settings that whoever runs the tests may have."""
    ours = {"DATA_DIR", "DATABASE_URL", "BASE_URL", "NODE_ROLES"}
    return {name: value for name, value in os.environ.items() if name not in ours} | values


@dataclass
class Serving:
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def told(self) -> str:
        return self.log.read_text()

    def ask(self, path: str, form: dict[str, str] | None = None, cookie: str = "") -> tuple[int, str, str]:
        """Status, body, and the cookie to send next."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": cookie} | ({"Content-Type": "application/x-www-form-urlencoded"} if form else {})
        try:
            connection.request("POST" if form else "GET", path, urlencode(form or {}), headers)
            answer = connection.getresponse()
            given = answer.headers.get("Set-Cookie", "").partition(";")[0]
            return answer.status, answer.read().decode(), given or cookie
        finally:
            connection.close()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.told
        try:
            return self.ask("/sign-in")[0] == 200
        except (OSError, HTTPException):
            return False

    def family(self) -> list[int]:
        return [self.process.pid, *descendants(self.process.pid)]


@contextmanager
def serving(data: Path, port: int = 0) -> Iterator[Serving]:
    """On the data in that folder, answering; at the end all of it is gone, whatever the test has done to it."""
    port = port or free_port()
    log = data.with_name(f"{data.name}-{port}.log")
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.serving", "--port", str(port), "--data", str(data)],
            cwd=ROOT,
            env=clean_environment(FAST_HASH="1"),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Serving(process, port, log)
    try:
        until(found.answers)
        yield found
    finally:
        end_all(found.family(), signal.SIGKILL)
        process.wait()
