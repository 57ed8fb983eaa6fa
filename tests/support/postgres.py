"""A PostgreSQL cluster of our own for the length of a test run: started here, reached by a socket in a private folder, gone after."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

START_SECONDS = 60
OWNER = "suyuan"
TEMPLATE = "suyuan_template"

# Durability is not what a throwaway cluster is for. The time zone is not UTC on purpose: code that forgets a zone shows.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "Asia/Shanghai",
    "log_min_messages": "panic",
}


INITDB_OPTIONS = ("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, wherever the distribution put it."""
    asked = shutil.which("pg_config")
    candidates = []
    if asked:
        told = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(told.stdout.strip() or "/nowhere"))
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return next(
        (folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()),
        None,
    )


@dataclass(frozen=True)
class Cluster:
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """A new database, copied from another file by file (a few ten milliseconds); returns its URL."""
        self._run(sql.SQL(f"CREATE DATABASE {{}} TEMPLATE {{}} {self._strategy}"), database, template)
        return self.url(database)

    @cached_property
    def _strategy(self) -> LiteralString:
        """Before 15 there was no other."""
        with self.connect() as connection:
            return "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    def drop(self, database: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), database)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user=OWNER, dbname=database, autocommit=True)


def _as_account(folder: Path) -> list[str]:
    """The words in front of a command, since PostgreSQL refuses to run as root; its server dies with us in any case."""
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return words
    account = _unprivileged()
    os.chown(folder, account.pw_uid, account.pw_gid)
    return [*words, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("neither a 'postgres' nor a 'nobody' account is here to run PostgreSQL with")


@contextlib.contextmanager
def running(binaries: Path) -> Iterator[Cluster]:
    """Starts a cluster (about two seconds) and removes it with all its files at the end."""
    # A socket's path may have 107 bytes at most, so not below pytest's long folder names.
    folder = Path(tempfile.mkdtemp(prefix="suyuan-pg-"))
    try:
        account, data = _as_account(folder), folder / "data"
        subprocess.run(
            [*account, binaries / "initdb", "-D", data, "-U", OWNER, *INITDB_OPTIONS],
            check=True,
            capture_output=True,
            cwd="/",
        )
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *account,
                    binaries / "postgres",
                    "-D",
                    data,
                    f"--unix_socket_directories={folder}",
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        try:
            yield _ready(Cluster(folder), server)
        finally:
            server.terminate()
            server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(cluster: Cluster, server: subprocess.Popen[bytes]) -> Cluster:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            cluster.connect().close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    "PostgreSQL did not start:\n" + (cluster.folder / "log").read_text()
                ) from None
            time.sleep(0.02)
        else:
            return cluster
