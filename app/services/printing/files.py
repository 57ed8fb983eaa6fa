"""The files of a run: each chunk written whole or not at all, and joined to one when all are there."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.store.tables import PrintChunk, PrintRun

SUFFIXES = {"pdf": "pdf", "zpl": "zpl", "tspl": "tspl", "epl": "epl"}


class Written(NamedTuple):
    name: str
    digest: str
    size: int


def folder_of(prints_dir: Path, run_id: int) -> Path:
    """Of a run, which outlives the tries of its job."""
    return prints_dir / str(run_id)


def file_of(prints_dir: Path, run: PrintRun) -> Path | None:
    """The finished file of a run; None before there is one, or when it was cleared away."""
    path = folder_of(prints_dir, run.id or 0) / (run.file or "-")
    return path if run.file and path.is_file() else None


def write(folder: Path, name: str, parts: Iterable[bytes]) -> Written:
    """On the disk under its name when this returns, and never in part. Raises OSError, a full disk say."""
    return _written(folder, name, lambda file: file.writelines(parts))


def _written(folder: Path, name: str, fill: Callable[[BinaryIO], None]) -> Written:
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / name, folder / f"{name}.part"
    try:
        with draft.open("w+b") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(folder)
    return Written(name, digest, size)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_whole(folder: Path, chunk: PrintChunk) -> bool:
    """Whether the chunk's file is there as it was written."""
    path = folder / chunk.file
    if not chunk.file or not path.is_file() or path.stat().st_size != chunk.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == chunk.digest


def joined(folder: Path, chunks: Sequence[PrintChunk], form: str) -> Written:
    """All chunks one after the other, as one file."""
    paths = [folder / chunk.file for chunk in chunks]
    name = f"labels.{SUFFIXES[form]}"
    if form != "pdf":
        return write(folder, name, (path.read_bytes() for path in paths))
    if len(paths) == 1:
        return write(folder, name, [paths[0].read_bytes()])
    from labels import pdf

    return _written(folder, name, lambda file: pdf.joined(file, paths))


def forget_chunks(folder: Path, chunks: Iterable[PrintChunk]) -> None:
    for chunk in chunks:
        if chunk.file:
            (folder / chunk.file).unlink(missing_ok=True)


class _Kept(NamedTuple):
    changed: float
    run_id: int
    size: int


def outdated(prints_dir: Path, now: float, days: int, megabytes: int) -> list[int]:
    """Runs whose files nobody wrote for so many days, oldest first; then the oldest of the others, while all that are
    left take more than that, but for those of the last day. 0 is no bound."""
    kept = sorted(_kept(prints_dir))
    room = sum(each.size for each in kept) - megabytes * 1_000_000
    found = []
    for each in kept:
        old = days > 0 and each.changed < now - days * 86_400
        if old or (megabytes > 0 and room > 0 and each.changed < now - 86_400):
            found.append(each.run_id)
            room -= each.size
    return found


def _kept(prints_dir: Path) -> Iterator[_Kept]:
    for folder in prints_dir.iterdir() if prints_dir.is_dir() else ():
        if not folder.name.isascii() or not folder.name.isdigit():
            continue
        try:
            states = [path.stat() for path in folder.iterdir()]
            newest = max((state.st_mtime for state in states), default=folder.stat().st_mtime)
        except FileNotFoundError:  # somebody writes there, or clears away
            continue
        yield _Kept(newest, int(folder.name), sum(state.st_size for state in states))


def forget(prints_dir: Path, run_id: int) -> None:
    """All files of a run."""
    shutil.rmtree(folder_of(prints_dir, run_id), ignore_errors=True)
