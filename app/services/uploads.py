"""Files that people bring, kept for a week in a folder of the node to be imported; each company sees its own."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import sheets
from app.services.sheets import Kind

KEPT_SECONDS = 7 * 24 * 3600
TOKEN = re.compile(r"[0-9a-f]{32}")
SHOWN = 5  # rows beside the header, to see what the columns hold
BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class Upload:
    """A table that was brought. `sample` are its first rows, as text."""

    token: str
    path: Path
    name: str
    kind: Kind
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]

    def beside(self, job_id: str, ending: str) -> Path:
        """A file of a job about this table, which outlives the tries of the job."""
        return self.path.with_name(f"{self.token}-{job_id}.{ending}")


def keep(folder: Path, actor: Actor, name: str, file: IO[bytes], now: float) -> Upload:
    """Takes the file in and looks what it is; raises Malformed for what is no table, and then keeps nothing."""
    actor.require("mint")
    folder.mkdir(parents=True, exist_ok=True)
    _drop_old(folder, now)
    token = secrets.token_hex(16)
    path = folder / token
    try:
        with path.open("wb") as out:
            while block := file.read(BLOCK):
                out.write(block)
        kind = sheets.kind_of(path)
        header = sheets.header_of(path, kind)
        told = {
            "organisation_id": actor.organisation_id,
            "name": name[-120:],
            "kind": asdict(kind),
            "header": header,
            "sample": [*_sample(path, kind, len(header))],
        }
        path.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return of_token(folder, actor.organisation_id, token)


def of_token(folder: Path, organisation_id: int, token: str) -> Upload:
    """Raises Unknown for what is not there, or another company's."""
    path = folder / token
    try:
        told = json.loads(path.with_suffix(".json").read_text()) if TOKEN.fullmatch(token) else {}
    except FileNotFoundError:
        told = {}
    if told.get("organisation_id") != organisation_id or not path.exists():
        raise Unknown(
            "unknown-upload",
            N_("This file is not here, or no longer."),
            N_("Files are kept for a week; bring it again."),
        )
    sample = tuple(tuple(row) for row in told["sample"])
    return Upload(token, path, told["name"], Kind(**told["kind"]), tuple(told["header"]), sample)


def _sample(path: Path, kind: Kind, width: int) -> Iterator[list[str]]:
    for count, (_, cells) in enumerate(sheets.rows_of(path, kind, width), 1):
        yield [(cell if isinstance(cell, str) else cell.text)[:80] for cell in cells]
        if count == SHOWN:
            return


def _drop_old(folder: Path, now: float) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < now - KEPT_SECONDS:
            path.unlink(missing_ok=True)
