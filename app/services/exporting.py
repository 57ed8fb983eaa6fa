"""The log as JSON Lines: header, master data, label templates and stock, records, each entry with its text exactly as
stored, checkpoints, footer.

An empty database can be rebuilt from it (see rebuilding). People, their keys and sign-ins, the numbers of single scans,
jobs and the audit trail are no part of it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import checkpoints, epcis
from app.services import record_carrying
from app.store import copying, label_copying, log
from app.store.tables import Entry

FORMAT = "suyuan-log"
VERSION = 1


def export(
    session: Session,
    verifier_key: str,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    former: Sequence[str] = (),
) -> Iterator[str]:
    """Lines without their newline, one block of entries in memory at a time. `session` should be a snapshot. `former`
    are the verifier keys of keys that the node signed with before."""
    size, root = log.head(session)
    yield _line("header", {
        "format": FORMAT, "version": VERSION, "origin": checkpoints.parse_verifier_key(verifier_key).name,
        "key": verifier_key, "size": size, "root": root.hex(), "time": epcis.time_text(now),
        **({"former": list(former)} if former else {}),
    })  # fmt: skip
    for kind, values in copying.master_rows(session):
        yield _line(kind, values)
    prefixes = copying.prefixes_by_id(session)
    for kind, values in label_copying.exported(session, prefixes):
        yield _line(kind, values)
    for kind, values in record_carrying.exported(session, prefixes):
        yield _line(kind, values)
    for entry in log.entries(session):
        yield _line("entry", _entry(entry, prefixes))
        if progress and entry.seq % log.BLOCK == 0:
            progress(entry.seq, size)
    for row in log.checkpoints(session):
        yield _line(
            "checkpoint", {"size": row.size, "record_time": row.record_time.isoformat(), "note": row.note}
        )
    yield _line("footer", {"entries": size, "root": root.hex()})


def _entry(entry: Entry, prefixes: dict[int, str]) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "record_time": entry.record_time.isoformat(),
        "organisation": prefixes[entry.organisation_id],
        "step": entry.step,
        "version": entry.version,
        "leaf": entry.leaf.hex(),
        "body": entry.body,  # as a string: parsed and written again its hash might not survive
    }


def _line(kind: str, values: dict[str, Any]) -> str:
    return orjson.dumps({"kind": kind} | values).decode()
