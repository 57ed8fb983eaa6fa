"""The way back from a copy in escrow into an empty database, and a drill of it: restored aside, asked, compared."""

import gzip
import hashlib
import io
import secrets
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import orjson
from sqlalchemy import Engine

from app.domain import escrow
from app.domain.escrow import DIFFERENTIAL, Line
from app.domain.trust import PublicKey, Signed, verify
from app.errors import N_, Malformed, Refused, Unknown
from app.escrow import BLOCK, KIND, Copy
from app.services import escrowing, sealing
from app.services.rebuilding import Rebuilt
from app.settings import Settings
from app.store import database

ASKED = 200  # identifiers that a drill asks for


@dataclass(frozen=True, slots=True)
class Drill:
    """`answered` of `asked` identifiers were answered by a node on the restored copy; `same` of them as by this one."""

    copy: Copy
    rebuilt: Rebuilt
    asked: int
    answered: int
    same: int
    seconds: float

    @property
    def passed(self) -> bool:
        return self.answered == self.asked


def copies(folder: Path, key: PublicKey | None) -> list[tuple[Copy, str]]:
    """Every finished copy in a folder, the oldest first, with the log's verifier key it names. `key` is the node's own;
    None takes the signatures on the word of who hands the folder over. Raises as `verify` does."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            signed = Signed.from_wire(orjson.loads(path.read_bytes()))
        except orjson.JSONDecodeError:
            _damaged()
        told = verify(signed, [key], KIND) if key is not None else signed.peek()
        found.append((_read(told), str(told.get("log_key", ""))))
    return found


def _read(told: dict[str, Any]) -> Copy:
    try:
        parts = tuple((str(part["name"]), int(part["size"]), str(part["sha256"])) for part in told["parts"])
        copy = Copy(
            int(told["number"]), str(told["kind_of_copy"]), int(told["base"]), str(told["zone"]), str(told["time"]),
            int(told["entries"]), str(told["root"]), parts,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        _damaged()
    if any(Path(name).name != name for name, _, _ in parts):  # a name that leads out of the folder
        _damaged()
    return copy


def restore(
    folder: Path, private: str, engine: Engine, *, key: PublicKey | None = None, number: int = 0
) -> Rebuilt:
    """The newest copy, or the one of that number, into an empty migrated database, all or nothing.

    Unknown `no-escrow` for a folder without it, Malformed `bad-escrow` for a damaged one; as `rebuild` raises.
    """
    found = {copy.number: (copy, log_key) for copy, log_key in copies(folder, key)}
    wanted = number or max(found, default=0)
    if wanted not in found or found[wanted][0].base not in found:
        raise Unknown(
            "no-escrow",
            N_("There is no such copy in {folder}."),
            N_("Look which there are."),
            folder=str(folder),
        )
    copy, log_key = found[wanted]
    lines = _lines(folder, found[copy.base][0], private)
    if copy.kind == DIFFERENTIAL:
        lines = escrow.together(lines, list(_lines(folder, copy, private)))
    with database.writing(engine) as session:
        rebuilt = escrowing.restore(session, lines, log_key)
        if (rebuilt.entries, rebuilt.root.hex()) != (copy.entries, copy.root):
            raise Refused(
                "escrow-differs",
                N_("What was restored is not what the copy's manifest says."),
                N_("Take another copy, or an older one."),
            )
    return rebuilt


def _lines(folder: Path, copy: Copy, private: str) -> Iterator[Line]:
    stream = io.BufferedReader(_Stream(sealing.opened(_read_parts(folder, copy), private)))
    with gzip.GzipFile(mode="rb", fileobj=stream) as unzipped:
        try:
            for text in unzipped:
                yield escrow.line(text.decode().rstrip("\n"))
        except (EOFError, OSError, zlib.error, UnicodeDecodeError):
            _damaged()


def _read_parts(folder: Path, copy: Copy) -> Iterator[bytes]:
    for name, size, wanted in copy.parts:
        digest, seen = hashlib.sha256(), 0
        try:
            with (folder / name).open("rb") as file:
                while piece := file.read(BLOCK):
                    digest.update(piece)
                    seen += len(piece)
                    yield piece
        except FileNotFoundError:
            _damaged()
        if (seen, digest.hexdigest()) != (size, wanted):
            _damaged()


class _Stream(io.RawIOBase):
    """Pieces, as the file that gzip reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        some, self._held = self._held[: len(room)], self._held[len(room) :]
        room[: len(some)] = some
        return len(some)


def _damaged() -> NoReturn:
    raise Malformed(
        "bad-escrow",
        N_("This is no copy that a node left in escrow, or it is damaged."),
        N_("Take another copy, or an older one."),
    )


def drill(settings: Settings, folder: Path, private: str, key: PublicKey | None, number: int = 0) -> Drill:
    """Restores a copy into a database of its own, starts a node on it, and asks that for what this node answers."""
    from app import create_app
    from app.store.migrate import migrate

    began = time.monotonic()
    known = {copy.number: copy for copy, _ in copies(folder, key)}
    with tempfile.TemporaryDirectory(prefix="suyuan-drill-") as aside:
        stood_in = replace(
            settings,
            data_dir=Path(aside),
            database_url=f"sqlite:///{aside}/drill.db",
            secret_key=secrets.token_hex(),
        )
        migrate(stood_in.sqlalchemy_url)
        engine = database.engine_for(stood_in.sqlalchemy_url)
        rebuilt = restore(folder, private, engine, key=key, number=number)
        with database.reading(engine) as session:
            names = escrowing.names(session, ASKED)
        engine.dispose()
        there, here = create_app(stood_in), create_app(settings)
        try:
            told = [[_asked(app, name) for app in (there, here)] for name in names]
        finally:
            for app in (there, here):
                app.extensions["suyuan-fast"].close()
                app.extensions["suyuan"].engine.dispose()
    answered, same = sum(a[0] == 200 for a, _ in told), sum(a == b for a, b in told)
    seconds = time.monotonic() - began
    return Drill(known[number or max(known)], rebuilt, len(names), answered, same, seconds)


def _asked(app: Any, name: str) -> tuple[int, bytes]:
    answer = app.test_client().get(f"/api/handles/{name}")
    return answer.status_code, answer.data
