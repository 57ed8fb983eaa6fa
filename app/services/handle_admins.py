"""Who administers a prefix through the Handle API: identities with a secret key of their own, made here, told once,
replaced and taken away. Everything is in the audit trail; the secrets are not.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import EVERYTHING, SECRET, Value, refused
from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import allotting, auditing
from app.services.handle_rights import PREFIX_HANDLE
from app.services.record_drafts import draft_of, indexed_of
from app.store import allotments, records
from app.store.records import Change, Stored
from app.store.tables import Allotment

INDEX = 300
NAME = "ADMIN"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LETTERS = 26  # of 31: 128 bits


@dataclass(frozen=True, slots=True)
class Admin:
    """`login` is what a client signs in with; `here` is false for an identity that is kept elsewhere or was deleted."""

    prefix: str
    handle: str
    index: int
    permissions: str
    here: bool

    @property
    def login(self) -> str:
        return f"{self.index}:{self.handle}"


def new_secret() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def prefixes(session: Session, actor: Actor) -> list[str]:
    """Whose administrators the actor may name: those of the own company, the first it got in front."""
    return allotting.prefixes_of(session, actor.organisation_id)


def listed(session: Session, actor: Actor) -> list[Admin]:
    """All administrators of all prefixes of the actor's company."""
    actor.require("people")
    found = []
    for allotment in allotments.of_organisation(session, actor.organisation_id):
        for entry in allotment.admins:
            handle, index = str(entry.get("handle")), entry.get("index")
            number = index if isinstance(index, int) else 0
            here = records.find(session, handles.key_of(handle)) is not None
            found.append(Admin(allotment.prefix, handle, number, str(entry.get("permissions")), here))
    return found


def create(session: Session, actor: Actor, prefix: str, name: str, key: Value, now: datetime) -> Admin:
    """Registers `prefix/name` with this secret key (hashed, see handle_keys) and lets it administer the whole prefix.

    Raises handle-exists for a name that is taken.
    """
    allotment = _own(session, actor, prefix)
    handle = f"{allotment.prefix}/{name.strip()}"
    folded = handles.check_name(handle)
    if records.find(session, folded, for_update=True) is not None:
        raise refused("handle-exists", handle=handle)
    group = {"handle": f"{PREFIX_HANDLE}/{allotment.prefix}", "index": 200, "permissions": EVERYTHING}
    values = handles.stamped([Value(100, "HS_ADMIN", {"format": "admin", "value": group}), key], now)
    allotting.require_room(session, allotment.prefix, folded, allotment.organisation_id)
    records.insert_many(
        session, [draft_of(handle, folded, allotment.organisation_id, handles.unique(values))], now
    )
    entry = {"handle": handle, "index": key.index, "permissions": EVERYTHING}
    allotment.admins = [*_without(allotment.admins, handle, key.index), entry]
    session.flush()
    auditing.record(session, actor, "handle-admin-created", now, subject=f"{key.index}:{handle}")
    return Admin(allotment.prefix, handle, key.index, EVERYTHING, here=True)


def rotate(session: Session, actor: Actor, prefix: str, handle: str, key: Value, now: datetime) -> None:
    """Another secret key in place of the one with this index; the old one opens nothing from now on."""
    allotment = _own(session, actor, prefix)
    _known(allotment, handle, key.index)
    before = records.find(session, handles.key_of(handle), for_update=True)
    if before is None:
        raise _unknown(handle, key.index)
    others = [value for value in handles.load(before.values) if value.index != key.index]
    _save(session, before, handles.unique([*others, *handles.stamped([key], now)]), now, actor)
    auditing.record(session, actor, "handle-admin-rotated", now, subject=f"{key.index}:{handle}")


def remove(session: Session, actor: Actor, prefix: str, handle: str, index: int, now: datetime) -> None:
    """Takes the prefix and the secret key away from it. The handle stays, since others may refer to it."""
    allotment = _own(session, actor, prefix)
    _known(allotment, handle, index)
    allotment.admins = _without(allotment.admins, handle, index)
    before = records.find(session, handles.key_of(handle), for_update=True)
    if before is not None and handles.prefix_of(before.key) == allotment.prefix:
        values = handles.load(before.values)
        kept = [value for value in values if not (value.type == SECRET and value.index == index)]
        if len(kept) != len(values):
            _save(session, before, kept, now, actor)
    session.flush()
    auditing.record(session, actor, "handle-admin-removed", now, subject=f"{index}:{handle}")


def _save(session: Session, before: Stored, values: Sequence[Value], now: datetime, actor: Actor) -> None:
    was = indexed_of(handles.load(before.values))
    draft = draft_of(before.handle, before.key, before.organisation_id, values)
    draft = replace(draft, template_id=before.template_id, template_version=before.template_version)
    records.replace_many(session, [Change(before, was, draft)], now, actor.name)


def _own(session: Session, actor: Actor, prefix: str) -> Allotment:
    """Locked: two who change the list of administrators take turns."""
    actor.require("people")
    found = allotments.locked(session, handles.key_of(prefix.strip()))
    if found is None or found.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-prefix",
            N_("{prefix} is no prefix of your organisation."),
            N_("Choose one from the list."),
            prefix=prefix[:64],
            field="prefix",
        )
    return found


def _known(allotment: Allotment, handle: str, index: int) -> None:
    if len(_without(allotment.admins, handle, index)) == len(allotment.admins):
        raise _unknown(handle, index)


def _unknown(handle: str, index: int) -> Unknown:
    return Unknown(
        "unknown-handle-admin",
        N_("{index}:{handle} is no administrator of this prefix."),
        N_("Choose one from the list."),
        handle=handle[:300],
        index=str(index),
    )


def _without(admins: Sequence[dict[str, object]], handle: str, index: int) -> list[dict[str, object]]:
    folded = handles.key_of(handle)
    return [
        entry
        for entry in admins
        if handles.key_of(str(entry.get("handle"))) != folded or entry.get("index") != index
    ]
