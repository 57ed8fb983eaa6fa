"""`./dev serve`: migrations, the first administrator's link, the worker, and two web processes under granian.

This process stays small: what needs the database runs in a child that ends before serving begins.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WEB_PROCESSES = 2
THREADS = (
    4  # per process: enough to overlap fsync with Python, few enough that scans do not queue for the lock
)
BACKPRESSURE = 64
STOP_SECONDS = 10


def main() -> None:
    """Parses the command line and serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="./dev serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--data", type=Path, help="folder of the database, the keys and the results (default: data)"
    )
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["DATA_DIR"] = str(arguments.data)
    os.environ.setdefault("BASE_URL", f"http://{_shown(arguments.host)}:{arguments.port}")
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # glibc's arena per thread costs tens of megabytes and gains nothing
    prepared = subprocess.run([sys.executable, "-m", "app.serving_prepare"], check=False)
    if prepared.returncode:
        sys.exit(prepared.returncode)
    with _worker():
        serve(arguments.host, arguments.port)


def serve(host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    print(f"Suyuan 溯源 answers on {os.environ['BASE_URL']} (Ctrl-C ends it)", flush=True)
    Server(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WEB_PROCESSES,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        websockets=False,
        log_enabled=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


@contextmanager
def _worker() -> Iterator[None]:
    """The job worker beside the web processes; a SIGTERM to us reaches it too."""
    worker = subprocess.Popen([sys.executable, "-m", "app.worker"])
    try:
        yield
    finally:
        worker.send_signal(signal.SIGINT)
        try:
            worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104


if __name__ == "__main__":
    main()
