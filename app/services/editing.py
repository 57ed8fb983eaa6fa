"""Editing a record by hand: its texts as rows, whatever is no text kept as it is, nobody's change overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import Value
from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed
from app.services import registering, resolving
from app.services.capturing import unknown_identifier
from app.services.handle_rights import Who
from app.store import records

TEXT = "string"
HIDDEN, SHOWN = "1100", "1110"


@dataclass(frozen=True, slots=True)
class Row:
    """One value as it is typed; an empty `type` leaves it out."""

    index: int
    type: str
    text: str
    public: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is edited: the texts, and the types of what stays untouched. `version` 0 for what is not registered yet."""

    handle: str
    version: int
    rows: Sequence[Row]
    kept: Sequence[str]


def sheet(session: Session, actor: Actor, handle: str, base_url: str) -> Sheet:
    """Of one's own record, or of one's own minted thing that has none yet. Unknown for everything else."""
    actor.require("master")
    version, values = _values(session, actor, handle, base_url)
    rows = [
        Row(value.index, value.type, value.data["value"], value.public) for value in values if _is_text(value)
    ]
    kept = [f"{value.index} {value.type}" for value in values if not _is_text(value)]
    return Sheet(handle, version, rows, kept)


def save(
    session: Session,
    actor: Actor,
    handle: str,
    version: int,
    rows: Sequence[Row],
    now: datetime,
    base_url: str,
) -> None:
    """Replaces the texts of the record by the rows. Conflict when somebody changed it since `version` was read."""
    actor.require("master")
    records.find(session, handles.key_of(handle), for_update=True)
    current, values = _values(session, actor, handle, base_url)
    if current != version:
        raise Conflict(
            "record-changed",
            N_("Somebody has changed {handle} meanwhile."),
            N_("Open it again and repeat what you changed."),
            handle=handle,
        )
    before = {value.index: value for value in values}
    kept = [value for value in values if not _is_text(value)]
    _put(session, actor, handle, [*kept, *_made(rows, before)], now, base_url)


def register(
    session: Session, actor: Actor, handle: str, rows: Sequence[Row], now: datetime, base_url: str
) -> None:
    """A new record under one of one's own prefixes. Raises HandleError when the name exists."""
    actor.require("master")
    who = Who(actor=actor)
    values = _made(rows, {})
    registering.put(session, who, handle.strip(), values, overwrite=False, now=now, base_url=base_url)


def _put(
    session: Session, actor: Actor, handle: str, values: Sequence[Value], now: datetime, base_url: str
) -> None:
    registering.put(session, Who(actor=actor), handle, values, now=now, base_url=base_url)


def _values(session: Session, actor: Actor, handle: str, base_url: str) -> tuple[int, list[Value]]:
    stored = records.find(session, handles.key_of(handle))
    if stored is not None and stored.organisation_id == actor.organisation_id:
        return stored.version, handles.load(stored.values)
    thing = resolving.thing_of(session, handle) if stored is None else None
    if thing is None or thing.organisation_id != actor.organisation_id:
        raise unknown_identifier(handle)
    return 0, resolving.values_of_thing(session, thing, base_url)


def _is_text(value: Value) -> bool:
    return value.data["format"] == TEXT and value.permissions in (HIDDEN, SHOWN)


def _made(rows: Sequence[Row], before: dict[int, Value]) -> list[Value]:
    """What is typed as it was keeps its time to live and its references."""
    made = []
    for row in rows:
        if not row.type.strip():
            if row.text.strip():
                raise Malformed(
                    "type-missing",
                    N_("“{text}” has no type."),
                    N_("Type one, for example URL or TITLE; or leave both empty."),
                    text=row.text[:60],
                )
            continue
        old = before.get(row.index)
        value = Value(
            row.index,
            row.type.strip(),
            {"format": TEXT, "value": row.text},
            permissions=SHOWN if row.public else HIDDEN,
        )
        made.append(replace(value, ttl=old.ttl, references=old.references) if old else value)
    if not made:
        raise Malformed(
            "values-missing", N_("A record needs at least one value."), N_("Type one, for example a URL.")
        )
    return made
