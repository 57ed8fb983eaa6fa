"""Processes beside the web processes: kept alive while these serve, and ended with them."""

import hashlib
import os
import secrets
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings

STOP_SECONDS = 10
LOOK_SECONDS = 0.5  # between two looks whether it lives


@contextmanager
def kept(module: str, *arguments: str) -> Iterator[None]:
    """`python -m module arguments`, started again when it dies; ends with the block."""
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=([sys.executable, "-m", module, *arguments], ending))
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join()


def _keep(command: list[str], ending: threading.Event) -> None:
    """Jobs that nobody does would wait for ever."""
    while not ending.is_set():
        process = subprocess.Popen(command)
        while process.poll() is None and not ending.wait(LOOK_SECONDS):
            pass
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        ending.wait(LOOK_SECONDS)  # one that cannot start must not keep the machine busy


@contextmanager
def native_port(host: str, port: int, tls: tuple[Path, Path] | None) -> Iterator[None]:
    """The native Handle protocol on HANDLE_PORT, answered from the web processes on host and port; nothing where it
    is 0. These are to be started within the block: both have to know the same secret. Ends the process with a sentence
    where the port is taken."""
    handle_port = Settings.from_env().handle_port
    if not handle_port:
        yield
        return
    _check_free(host, handle_port)
    os.environ.setdefault("NATIVE_SECRET", secrets.token_hex(32))
    scheme = "https" if tls else "http"
    pin = ["--pin", _pin(tls[0])] if tls else []
    ask = f"{scheme}://{_bracketed(shown(host))}:{port}"
    with kept("app.native", "--host", host, "--port", str(handle_port), "--ask", ask, *pin):
        yield


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(family, kind) as probe:
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            sys.exit(f"HANDLE_PORT is {port}; nothing can be served on {host}:{port}: {reason}.")


def _pin(chain: Path) -> str:
    """The SHA-256 of the server's own certificate, the first of the chain."""
    text = chain.read_text()
    end = "-----END CERTIFICATE-----"
    first = text[text.index("-----BEGIN CERTIFICATE-----") : text.index(end) + len(end)]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()


def shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
