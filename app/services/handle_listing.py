"""Handles by their prefix and by their values, as far as who asks may see them."""

from collections.abc import Mapping

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import Right, refused
from app.services import handle_rights
from app.services.handle_rights import Who
from app.store import record_lists


def page(session: Session, who: Who, prefix: str, offset: int, limit: int) -> tuple[int, list[str]]:
    """How many handles there are under a prefix, and these of them, in capitals as they are kept. Raises
    prefix-elsewhere, not-its-admin."""
    key = handles.key_of(prefix)
    allotment = handle_rights.serving(session, key)
    if allotment is None:
        raise refused("prefix-elsewhere")
    if Right.LIST not in handle_rights.rights_on(session, who, allotment):
        raise refused("not-its-admin", who=who.name, handle=prefix)
    found = record_lists.keys(session, key, offset, limit) if limit else []
    return record_lists.count(session, key), found


def with_values(session: Session, who: Who, wanted: Mapping[str, str], limit: int) -> list[str]:
    """The handles with all of these values (type -> text, * for anything); private ones only where `who` may read them:
    people those of their company, administrators of a prefix those of the company under that prefix."""
    normalised = {type_: handles.searchable(text) for type_, text in wanted.items()}
    organisation_ids, prefix = _own(session, who)
    return record_lists.with_values(
        session, normalised, anyone=False, organisation_ids=organisation_ids, prefix=prefix, limit=limit
    )


def _own(session: Session, who: Who) -> tuple[list[int], str]:
    if who.actor is not None:
        return ([who.actor.organisation_id] if who.actor.may("browse") else []), ""
    prefix = handles.prefix_of(who.identity.key) if who.identity else ""
    allotment = handle_rights.serving(session, prefix)
    if allotment is None or Right.READ not in handle_rights.rights_on(session, who, allotment):
        return [], ""
    return [allotment.organisation_id], allotment.prefix
