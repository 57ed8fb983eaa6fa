"""`./dev serve`: migrations, the first administrator's link, the worker, and two web processes under granian.

This process stays small: what needs the database runs in a child that ends before serving begins.
"""

import argparse
import ctypes
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

from app.roles import capabilities_of
from app.serving_beside import STOP_SECONDS, kept, native_port, shown
from app.settings import Settings

WEB_PROCESSES = 2
# Per process: enough to overlap fsync with Python, few enough that scans do not queue for the lock.
THREADS = 3
RECURSING_THREADS = 8  # where most of them may be waiting for other nodes (recursing.recursor.MOST_WALKS)
BACKPRESSURE = 64


def main() -> None:
    """Parses the command line and serves until it is told to stop."""
    _leave_docstrings()
    parser = argparse.ArgumentParser(
        prog="./dev serve", description="Serves one node until it is told to stop."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--data", type=Path, help="folder of the database, the keys and the results (default: data)"
    )
    parser.add_argument(
        "--tls-cert", type=Path, help="certificate chain in PEM; with --tls-key, serves HTTPS itself"
    )
    parser.add_argument("--tls-key", type=Path, help="its private key in PEM, without a passphrase")
    arguments = parser.parse_args()
    tls = _tls(arguments.tls_cert, arguments.tls_key)
    # Until granian takes SIGTERM over: ends through the cleaning up below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if arguments.data:
        os.environ["DATA_DIR"] = str(arguments.data)
    check_free(arguments.host, arguments.port)
    scheme = "https" if tls else "http"
    os.environ.setdefault("BASE_URL", f"{scheme}://{shown(arguments.host)}:{arguments.port}")
    spare_memory()
    prepared = subprocess.run([sys.executable, "-m", "app.serving_prepare"], check=False)
    if prepared.returncode:
        sys.exit(prepared.returncode)
    with kept("app.worker"), native_port(arguments.host, arguments.port, tls):
        serve(arguments.host, arguments.port, tls)


def _leave_docstrings() -> None:
    """Begins again as an interpreter that loads none, nor what is asserted for type checkers: 6 MB a web process."""
    if sys.flags.optimize < 2:
        os.execv(sys.executable, [sys.executable, "-OO", *sys.orig_argv[1:]])  # noqa: S606


def spare_memory() -> None:
    """Keeps glibc from an arena a thread, and from keeping the 20 MB that each password check needs for a moment.

    Told twice: by call to this process, from which the web processes are forked, and by variable to those it starts.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    for name, number, value in (("ARENA_MAX", -8, 2), ("MMAP_THRESHOLD_", -3, 1024 * 1024)):
        os.environ.setdefault(f"MALLOC_{name}", str(value))
        if mallopt is not None:
            mallopt(number, value)


def end_while_loading() -> None:
    """A web process told to end before it has loaded the application ends at once.

    It would otherwise have inherited granian's handlers, which only make a note for the process they were made in, and
    serve on after everybody else has gone.
    """

    signals = (signal.SIGTERM, signal.SIGINT)

    def forget() -> None:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signals),  # one that comes meanwhile waits
        after_in_child=forget,
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals),
    )


def check_free(host: str, port: int) -> None:
    """Granian shares its port with whoever else asks for it; half of the requests would go to other data."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        sys.exit(f"Nothing can be served on {host}:{port}: {reason}. Choose another with --host or --port.")


def _tls(cert: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both or none, each readable; told in a sentence, since granian's workers would only die of it."""
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        sys.exit("HTTPS needs both --tls-cert and --tls-key.")
    folder = Path(os.environ.get("SUYUAN_CALLER", "."))
    chain, private = folder / cert, folder / key
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, private)
    except OSError as error:  # an SSLError, too
        sys.exit(f"{chain} and {private} cannot be used for HTTPS: {error.strerror or error}.")
    return chain, private


def threads(settings: Settings) -> int:
    """Of each web process."""
    return RECURSING_THREADS if "recurse" in capabilities_of(settings.node_roles) else THREADS


def serve(
    host: str,
    port: int,
    tls: tuple[Path, Path] | None = None,
    *,
    workers: int = WEB_PROCESSES,
    stop_seconds: int = STOP_SECONDS,
) -> None:
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels
    from granian.server import Server

    end_while_loading()
    print(f"Suyuan 溯源 answers on {os.environ['BASE_URL']} (Ctrl-C ends it)", flush=True)
    Server(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads(Settings.from_env()),
        backpressure=BACKPRESSURE,
        websockets=False,
        ssl_cert=tls[0] if tls else None,
        ssl_key=tls[1] if tls else None,
        ssl_protocol_min=SSLProtocols.tls12,
        log_enabled=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=stop_seconds,
    ).serve()


if __name__ == "__main__":
    main()
