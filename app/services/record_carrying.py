"""Records and their history in an export of the log, and out of one. Secret keys stay behind, as people's passwords do:
an export is handed on, and `handles admin rotate` gives new ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import handles
from app.domain.handles import SECRET, key_of
from app.services.record_drafts import draft_of
from app.store import record_lists, records
from app.store.records import Draft

KINDS = ("record", "record_version")
BLOCK = 1_000


def exported(session: Session, prefixes: dict[int, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, values) of every record and of what each was before."""
    for row in record_lists.every(session):
        yield (
            "record",
            {
                "handle": row.handle,
                "organisation": prefixes[row.organisation_id],
                "values": _without_secrets(row.values),
                "version": row.version,
                "modified": row.modified.isoformat(),
            },
        )
    for old in record_lists.every_version(session):
        yield (
            "record_version",
            {
                "key": old.key,
                "version": old.version,
                "handle": old.handle,
                "organisation": prefixes[old.organisation_id],
                "values": _without_secrets(old.values),
                "since": old.since.isoformat(),
                "until": old.until.isoformat(),
                "deleted": old.deleted,
                "changed_by": old.changed_by,
            },
        )


def _without_secrets(kept: bytes) -> list[dict[str, Any]]:
    return [value for value in orjson.loads(kept) if value["type"] != SECRET]


@dataclass
class Carried:
    """Takes the lines of an export one by one; rows wait until a block is full."""

    session: Session
    drafts: list[tuple[Draft, int, datetime]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, values: dict[str, Any], organisations: dict[str, int]) -> None:
        """Raises KeyError, TypeError, ValueError or a TraceError for values that are no such row."""
        organisation_id = organisations[values["organisation"]]
        if kind == "record":
            handle = str(values["handle"])
            checked = handles.unique(handles.load(orjson.dumps(values["values"])))
            draft = draft_of(handle, key_of(handle), organisation_id, checked)
            self.drafts.append((draft, int(values["version"]), _moment(values["modified"])))
        else:
            self.versions.append(
                {
                    "key": str(values["key"]),
                    "version": int(values["version"]),
                    "handle": str(values["handle"]),
                    "organisation_id": organisation_id,
                    "values": orjson.dumps(values["values"]),
                    "since": _moment(values["since"]),
                    "until": _moment(values["until"]),
                    "deleted": bool(values["deleted"]),
                    "changed_by": str(values["changed_by"]),
                }
            )
        if len(self.drafts) + len(self.versions) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        records.restore(self.session, self.drafts)
        records.restore_versions(self.session, self.versions)
        self.drafts, self.versions = [], []


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment
