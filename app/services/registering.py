"""Registering: handles with their values put in, changed and deleted, one by one as the Handle API does it or in bulk.

Every change keeps what was before. Not here: who has proven to be whom, and the hashing of secret keys (handle_keys).
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import MASK, SECRET, Right, Value, refused
from app.errors import N_
from app.services import allotting, handle_rights, resolving
from app.services.bulk_registering import Outcome, put_many
from app.services.handle_rights import Who
from app.services.record_drafts import draft_of, indexed_of, protected_change, same
from app.store import allotments, database, listening, records
from app.store.records import Change, Draft, Stored
from app.store.tables import Allotment

__all__ = ["Indexes", "Outcome", "Put", "confirm", "delete", "put", "put_many"]

Indexes = Collection[int] | Literal["various"] | None


@dataclass(frozen=True, slots=True)
class Put:
    """`handle` as it was asked for, or as it was minted; `new` when the handle or a value was not there before."""

    handle: str
    new: bool


def confirm(engine: Any) -> None:
    """After the commit of a change and before it is confirmed: a client that asks next sees what it has written,
    whichever process answers. Takes up to 80 ms on PostgreSQL. Never inside a transaction."""
    listening.outlast(engine)


def put(
    session: Session,
    who: Who,
    handle: str,
    values: Sequence[Value],
    *,
    overwrite: bool = True,
    indexes: Indexes = None,
    mint_suffix: bool = False,
    now: datetime,
    base_url: str = "",
) -> Put:
    """Registers a handle with these values, or replaces it; with `indexes` adds or replaces those values only.

    'various' takes the indexes of the values. `mint_suffix` appends a UUID to the handle. Raises HandleError (see
    domain.handles.errors), and Refused for quotas and reserved ranges. Two writers of one handle take turns.
    """
    if mint_suffix:
        handle = f"{handle}{'' if '/' in handle else '/'}{uuid.uuid4()}"
    key = handles.check_name(handle)
    allotment = _served(session, key)
    before = records.find(session, key, for_update=True)
    minted = None if before else resolving.thing_of(session, handle)
    if before is not None:
        old = handles.load(before.values)
    else:
        old = resolving.values_of_thing(session, minted, base_url) if minted else []
    exists = before is not None or minted is not None
    owner_id = before.organisation_id if before else minted.organisation_id if minted else _owner_of(who)
    rights = handle_rights.rights_on(session, who, allotment, old, owner_id if exists else None)
    if not rights and not exists and who.actor is not None:
        rights = _rights_in_a_range(session, who, key, allotment)
    if not rights:
        raise refused("not-its-admin", who=who.name, handle=handle)
    if allotment.state != "active":
        raise refused("prefix-suspended", handle=handle)
    new = _result(handle, values, old, exists=exists, overwrite=overwrite, indexes=indexes)
    _check_rights(who, handle, old if exists else None, new, rights)
    new = _stamp_what_came(_lasting(new) if minted else new, now)
    draft = draft_of(
        handle if before is None else before.handle, key, owner_id or allotment.organisation_id, new
    )
    if before is not None:
        if indexes is not None:
            draft = _described_as(draft, before)
        records.replace_many(session, [Change(before, indexed_of(old), draft)], now, who.name)
    else:
        if not exists:
            allotting.require_room(session, allotment.prefix, key, draft.organisation_id, 1)
        _insert(session, draft, now)
    known = {value.index for value in old}
    added = not exists if indexes is None else bool(values) and not any(v.index in known for v in values)
    return Put(handle, added)


def delete(session: Session, who: Who, handle: str, *, indexes: Collection[int] = (), now: datetime) -> None:
    """Deletes the handle, or the values with these indexes; its history stays. Raises HandleError."""
    key = handles.key_of(handle)
    allotment = _served(session, key)
    before = records.find(session, key, for_update=True)
    if before is None:
        if thing := resolving.thing_of(session, handle):
            rights = handle_rights.rights_on(session, who, allotment, (), thing.organisation_id)
            raise refused("minted-stays" if rights else "not-its-admin", handle=handle, who=who.name)
        raise refused("handle-not-found", handle=handle)
    old = handles.load(before.values)
    rights = handle_rights.rights_on(session, who, allotment, old, before.organisation_id)
    if not rights:
        raise refused("not-its-admin", who=who.name, handle=handle)
    if allotment.state != "active":
        raise refused("prefix-suspended", handle=handle)
    if not indexes:
        if Right.DELETE not in rights:
            raise refused("handle-right-missing", who=who.name, handle=handle)
        records.remove_many(session, [(before, indexed_of(old))], now, who.name)
        if resolving.thing_of(session, handle) is None:
            allotting.give_back(session, allotment.prefix, 1)
        return
    if set(indexes) - {value.index for value in old}:
        raise refused("values-not-found", handle=handle)
    new = [value for value in old if value.index not in indexes]
    _check_rights(who, handle, old, new, rights)
    draft = _described_as(draft_of(before.handle, key, before.organisation_id, new), before)
    records.replace_many(session, [Change(before, indexed_of(old), draft)], now, who.name)


def _result(
    handle: str,
    values: Sequence[Value],
    old: Sequence[Value],
    *,
    exists: bool,
    overwrite: bool,
    indexes: Indexes,
) -> list[Value]:
    """The values as they will be, but for their timestamps."""
    known = {value.index: value for value in old}
    values = [_with_kept_secret(value, known) for value in values]
    if indexes is None:
        if exists and not overwrite:
            raise refused("handle-exists", handle=handle)
        return handles.unique(values)
    if not exists:
        raise refused("handle-not-found", handle=handle)
    for value in handles.unique(values):
        if indexes != "various" and value.index not in indexes:
            raise refused(
                "invalid-value", index=value.index, reason=N_("its index is none of those in the address")
            )
        if value.index in known and not overwrite:
            raise refused("index-conflict", index=value.index)
    given = {value.index for value in values}
    return handles.unique([*values, *(value for value in old if value.index not in given)])


def _with_kept_secret(value: Value, known: dict[int, Value]) -> Value:
    """A secret that comes back as the mask it was shown as stays what it is."""
    if value.type != SECRET or value.data["value"] != MASK:
        return value
    kept = known.get(value.index)
    if kept is None or kept.type != SECRET:
        raise refused("invalid-value", index=value.index, reason=N_("a secret key cannot be a row of stars"))
    return replace(value, data=kept.data)


def _check_rights(
    who: Who, handle: str, old: Sequence[Value] | None, new: Sequence[Value], rights: frozenset[Right]
) -> None:
    """`old` is None for a new handle."""
    if old is None:
        needed = {Right.ADD}
    else:
        if index := protected_change(old, new):
            raise refused("value-protected", index=index)
        needed = set()
        before, after = ({value.index: value for value in values} for values in (old, new))
        for index in before.keys() | after.keys():
            was, now = before.get(index), after.get(index)
            if was is None or not same(was, now):
                needed |= _rights_for(was, now)
    if not needed <= rights:
        raise refused("handle-right-missing", who=who.name, handle=handle)


def _rights_for(was: Value | None, now: Value | None) -> set[Right]:
    admin, plain = (Right.MODIFY_ADMIN, Right.MODIFY_VALUE)
    if was is None:
        admin, plain = (Right.ADD_ADMIN, Right.ADD_VALUE)
    elif now is None:
        admin, plain = (Right.REMOVE_ADMIN, Right.REMOVE_VALUE)
    return {admin if value.type == "HS_ADMIN" else plain for value in (was, now) if value is not None}


def _lasting(new: Sequence[Value]) -> list[Value]:
    """Without what was known of a minted thing and changes in its life: a record would go on telling it as it was."""
    return [value for value in new if not (value.timestamp and value.type in resolving.PASSING)]


def _stamp_what_came(new: Sequence[Value], now: datetime) -> list[Value]:
    """Only values that were sent have no timestamp yet."""
    return [value if value.timestamp else handles.stamped([value], now)[0] for value in new]


def _served(session: Session, key: str) -> Allotment:
    allotment = handle_rights.serving(session, handles.prefix_of(key))
    if allotment is None:
        raise refused("prefix-elsewhere")
    return allotment


def _rights_in_a_range(session: Session, who: Who, key: str, allotment: Allotment) -> frozenset[Right]:
    """A supplier may add names in a range that the prefix's owner reserved for it."""
    actor = who.actor
    if actor is None or not actor.may("mint"):
        return frozenset()
    ranges = allotments.ranges_of(session, [allotment.prefix])
    found = allotting.range_holding(ranges, *handles.split(key))
    return frozenset({Right.ADD}) if found and found.supplier_id == actor.organisation_id else frozenset()


def _owner_of(who: Who) -> int | None:
    return who.actor.organisation_id if who.actor else None


def _described_as(draft: Draft, before: Stored) -> Draft:
    """What a record is described by stays while only some of its values change."""
    return replace(draft, template_id=before.template_id, template_version=before.template_version)


def _insert(session: Session, draft: Draft, now: datetime) -> None:
    """The constraint is the judge of who was first."""
    try:
        with session.begin_nested():
            records.insert_many(session, [draft], now)
    except database.Taken:
        raise refused("handle-exists", handle=draft.handle) from None
