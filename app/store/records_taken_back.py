"""Rows of records for an import that is taken back: which it wrote, and what these were before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from app.store import keyed
from app.store.records import Stored
from app.store.tables import Record, RecordVersion

PAGE = 1_000


def written_at(
    session: Session, organisation_id: int, moment: datetime, after: int = 0
) -> list[tuple[int, str]]:
    """(id, key) of the next thousand records of an organisation that are as they were written at this moment."""
    query = select(col(Record.id), col(Record.key)).where(
        col(Record.organisation_id) == organisation_id, col(Record.modified) == moment, col(Record.id) > after
    )
    rows = session.connection().execute(query.order_by(col(Record.id)).limit(PAGE))
    return [(row.id, row.key) for row in rows]


def replaced_by(session: Session, rows: Sequence[Stored]) -> dict[str, bytes]:
    """By key, all values that these records replaced; nothing for those that replaced none."""
    query = select(col(RecordVersion.key), col(RecordVersion.version), col(RecordVersion.values)).where(
        col(RecordVersion.key).in_(bindparam("keys", expanding=True)), col(RecordVersion.deleted).is_(False)
    )
    version = {row.key: row.version - 1 for row in rows}
    found: dict[str, bytes] = {}
    for chunk in keyed.chunks(sorted(version)):
        told = session.connection().execute(query, {"keys": chunk})
        found |= {row.key: row.values for row in told if row.version == version[row.key]}
    return found
