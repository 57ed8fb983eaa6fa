"""Copies of the node in escrow: full and differential, sealed for one reader, in parts beside a signed manifest.

The way back is in `escrow_restoring`. The folder is the operator's to put elsewhere: a mounted share, or one for SFTP.
A copy is there when its manifest is: that is written last. Whoever seals cannot open; the private key stays with who
restores.
"""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from app.domain import escrow
from app.domain.escrow import DIFFERENTIAL, FULL, Line
from app.domain.trust import Signed, sign
from app.rounds import Turn
from app.services import certifying, escrowing, sealing
from app.settings import Settings
from app.store import database
from app.store.tables import EscrowCopy

KIND = "escrow"
PART = 1 << 30  # bytes: the docking guide's largest file
FULL_EVERY = timedelta(days=7)
DAILY = timedelta(hours=23)
BLOCK = 1 << 16
NEWLINE = b"\n"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as its manifest describes it, its signature verified. `parts` are (file name, size, SHA-256)."""

    number: int
    kind: str
    base: int
    zone: str
    time: str
    entries: int
    root: str
    parts: tuple[tuple[str, int, str], ...]


def leave(turn: Turn, kind: str = "") -> Copy | None:
    """Writes a copy: the kind asked for, else a full one once a week and differential ones between. None where escrow
    is not configured."""
    settings = turn.settings
    if not settings.escrow_dir or not settings.escrow_key:
        return None
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.reading(turn.engine) as session:
        base, last = escrowing.newest(session, FULL), escrowing.newest(session)
        known = _digests(settings, base.number) if base is not None else None
        old = base is None or turn.now - base.time >= FULL_EVERY
        full = kind == FULL or known is None or base is None or (not kind and old)
        number = max(_highest(folder), last.number if last else 0) + 1
        against = None if full or base is None or known is None else (base, known)
        copy, digests = _written(
            turn, folder, number, against, escrowing.lines(session, _key(settings), turn.now)
        )
    if full:
        _keep_digests(settings, number, digests)
    with database.writing(turn.engine) as session:
        row = EscrowCopy(
            number=number, kind=copy.kind, base=copy.base, entries=copy.entries, time=turn.now,
            size=sum(size for _, size, _ in copy.parts), files=[name for name, _, _ in copy.parts],
        )  # fmt: skip
        escrowing.note(session, row)
    return copy


def _written(
    turn: Turn,
    folder: Path,
    number: int,
    against: tuple[EscrowCopy, set[bytes]] | None,
    lines: Iterator[Line],
) -> tuple[Copy, set[bytes]]:
    """The files of a copy, then its manifest; and the digests of the lines that are no entries."""
    kind = DIFFERENTIAL if against else FULL
    seen: set[bytes] = set()
    head: dict[str, Any] = {"entries": 0, "root": ""}

    def watched() -> Iterator[Line]:
        for each in lines:
            if each.kind == "footer":
                head.update({name: orjson.loads(each.text)[name] for name in head})
            elif each.kind not in {"entry", "header"}:
                seen.add(each.digest)
            yield each

    def left() -> Iterator[Line]:
        if against is None:
            yield from watched()
            return
        base, known = against
        yield from escrow.differences(watched(), known, base.entries)
        yield from escrow.gone(known - seen)

    name = f"{number:06d}-{kind}"
    parts = _parts(folder, name, sealing.seal(_zipped(left()), turn.settings.escrow_key))
    copy = Copy(
        number, kind, against[0].number if against else number, turn.settings.zone, turn.now.isoformat(),
        int(head["entries"]), str(head["root"]), parts,
    )  # fmt: skip
    _put(folder / f"{name}.json", orjson.dumps(_stated(copy, turn.settings).wire))
    return copy, seen


def _stated(copy: Copy, settings: Settings) -> Signed:
    body = {
        "number": copy.number, "kind_of_copy": copy.kind, "base": copy.base, "zone": copy.zone, "time": copy.time,
        "entries": copy.entries, "root": copy.root, "log_key": _key(settings),
        "parts": [{"name": name, "size": size, "sha256": digest} for name, size, digest in copy.parts],
    }  # fmt: skip
    return sign(KIND, body, certifying.signing_key(settings.keys_dir))


def _zipped(lines: Iterable[Line]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's header
    for each in lines:
        if piece := packer.compress(each.text.encode() + NEWLINE):
            yield piece
    yield packer.flush()


def _parts(folder: Path, name: str, pieces: Iterator[bytes]) -> tuple[tuple[str, int, str], ...]:
    """Files of at most PART bytes, each synced to the disk."""
    made: list[tuple[str, int, str]] = []
    waiting = b""
    while waiting or (waiting := next(pieces, b"")):
        file_name = f"{name}.suy.{len(made) + 1:03d}"
        digest, size = hashlib.sha256(), 0
        with (folder / file_name).open("wb") as file:
            while waiting and size < PART:
                some, waiting = waiting[: PART - size], waiting[PART - size :]
                file.write(some)
                digest.update(some)
                size += len(some)
                waiting = waiting or next(pieces, b"")
            file.flush()
            os.fsync(file.fileno())
        made.append((file_name, size, digest.hexdigest()))
    return tuple(made)


def _put(path: Path, content: bytes) -> None:
    """Under its name only when it is whole and on the disk."""
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def folder_of(settings: Settings) -> Path:
    return Path(settings.escrow_dir) / (settings.zone or "node")


def _highest(folder: Path) -> int:
    """The largest number that any file there has, also of a copy that was never finished."""
    numbers = [path.name.partition("-")[0] for path in folder.iterdir()]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)


def _key(settings: Settings) -> str:
    return certifying.verifier_key(settings.keys_dir, certifying.origin_of(settings.base_url))


def _digest_file(settings: Settings, number: int) -> Path:
    return settings.data_dir / "escrow" / f"{number:06d}.digests"


def _keep_digests(settings: Settings, number: int, digests: set[bytes]) -> None:
    path = _digest_file(settings, number)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _put(path, b"".join(sorted(digests)))
    for older in path.parent.glob("*.digests"):
        if older != path:
            older.unlink()


def _digests(settings: Settings, number: int) -> set[bytes] | None:
    """Of the lines of a full copy; None when they are lost, and only a full copy can follow."""
    try:
        held = _digest_file(settings, number).read_bytes()
    except FileNotFoundError:
        return None
    return {held[at : at + escrow.DIGEST_LENGTH] for at in range(0, len(held), escrow.DIGEST_LENGTH)}


def leave_daily(turn: Turn) -> None:
    """Once a day, where escrow is configured; a node that is started anew leaves no second copy."""
    with database.reading(turn.engine) as session:
        last = escrowing.newest(session)
    if last is None or turn.now - last.time >= DAILY:
        leave(turn)
