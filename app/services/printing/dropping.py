"""The watch folder: what the note of a company's folder says, and which of its files are whole and wait to be printed.

Files are taken by renaming them, so that of two who look at once one gets each; nothing is read before it is quiet.
"""

import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import N_, Malformed
from app.services.printing.asked import FORMS, LANGUAGES

NOTE = "settings.json"
WORKING, DONE, FAILED = "working", "done", "failed"
TABLES = (".csv", ".xlsx")
QUIET_SECONDS = 10.0  # since the last byte was written: a file that grows is not whole yet
LARGEST_NOTE = 65_536
MOST_FILES = 100  # of one company in one turn
_TAKEN = re.compile(r"([0-9a-f]{24})-(.{1,200})", re.DOTALL)
_TEXTS = ("operator", "template", "stock", "printer", "product", "reprint")


@dataclass(frozen=True, slots=True)
class Note:
    """How the files of a folder are printed: by whose right, with which template, on what, what its columns mean."""

    operator: str
    template: str
    version: int = 0
    stock: str = ""
    printer: str = ""
    form: str = "pdf"
    dpi: int = 300
    copies: int = 1
    language: str = "zh"
    product: str = ""
    reprint: str = ""
    columns: Mapping[str, str] | None = None

    def mapping(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """What each column means; empty where the note leaves that to be guessed."""
        return tuple(self.columns.get(title, "") for title in header) if self.columns else ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is ours now: under `token`, which no other has, and under the `name` it came by."""

    path: Path
    token: str
    name: str


def note_in(folder: Path) -> Note | None:
    """None where there is no note. Raises Malformed for one that cannot be used."""
    path = folder / NOTE
    try:
        if path.stat().st_size > LARGEST_NOTE:
            raise _bad_note("…")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise _bad_note(str(error)[:80]) from error
    if not isinstance(data, dict):
        raise _bad_note(type(data).__name__)
    return _note(data)


def _note(data: dict[str, Any]) -> Note:
    known = Note.__dataclass_fields__
    for name, value in data.items():
        if name not in known or not _is_right(name, value):
            raise _bad_note(f"{name}: {json.dumps(value, ensure_ascii=False)[:60]}")
    missing = [name for name in ("operator", "template") if not data.get(name)]
    if missing:
        raise _bad_note(", ".join(missing))
    return Note(**data)


def _is_right(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str) and len(value) <= 500
    if name == "columns":
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if name == "form":
        return value in FORMS
    if name == "language":
        return value in LANGUAGES
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000


def take(folder: Path, now: float) -> Iterator[Taken]:
    """Moves what waits and is whole among what is being worked on; the oldest first."""
    (folder / WORKING).mkdir(exist_ok=True)
    waiting: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        if path.suffix.lower() in TABLES and not path.name.startswith((".", "~", "_")):
            known = path.lstat()
            # the time of change is the system's own: who copies a file can set back the other one
            if stat.S_ISREG(known.st_mode) and now - max(known.st_mtime, known.st_ctime) >= QUIET_SECONDS:
                waiting.append((known.st_mtime, path))
    for _, path in sorted(waiting)[:MOST_FILES]:
        token = secrets.token_hex(12)
        ours = folder / WORKING / f"{token}-{path.name[-180:]}"
        try:
            path.rename(ours)
        except FileNotFoundError:
            continue  # another process was faster
        yield Taken(ours, token, path.name)


def at_work(folder: Path) -> Iterator[Taken]:
    """What was taken and is not told of yet, by this process or by one that died."""
    if (folder / WORKING).is_dir():
        for path in sorted((folder / WORKING).iterdir()):
            if match := _TAKEN.fullmatch(path.name):
                yield Taken(path, match[1], match[2])


def put_by(folder: Path, taken: Taken, where: str) -> None:
    """The file itself, when all is told of it. Under a name that no other file has."""
    (folder / where).mkdir(exist_ok=True)
    if taken.path.exists():
        taken.path.rename(folder / where / taken.path.name)


def tell(folder: Path, name: str, content: bytes) -> None:
    """A file of ours beside theirs, whole or not at all."""
    draft = folder / f".{name}.part"
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)


def _bad_note(wrong: str) -> Malformed:
    return Malformed(
        "bad-watch-note",
        N_("settings.json of the watch folder cannot be used: {wrong}"),
        N_("See docs/en/print-machines.md for what it says."),
        wrong=wrong,
    )
