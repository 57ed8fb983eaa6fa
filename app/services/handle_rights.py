"""What somebody may do to a handle: administrators of its prefix, its own HS_ADMIN values, groups (HS_VLIST), and
people of the company that a prefix is allotted to. Not here: whether they are who they say (handle_sessions)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.domain import handles
from app.domain.handles import Identity, Right, Value
from app.domain.people import Actor
from app.store import allotments, records
from app.store.tables import Allotment

MOST_GROUPS = 64  # looked into for one request; groups of groups end here, and a circle does too
PREFIX_HANDLE = (
    "0.NA"  # `0.NA/88.118.8` names the prefix; its index 200 is the group of the prefix's administrators
)
_ALL = handles.rights_in(handles.EVERYTHING)
_LOOK = frozenset({Right.LIST, Right.READ})


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: an identity of the Handle System that has been proven, or a person of a company of this node."""

    identity: Identity | None = None
    actor: Actor | None = None

    @property
    def name(self) -> str:
        return str(self.identity) if self.identity else f"{self.actor.name}" if self.actor else ""


def serving(session: Session, prefix: str) -> Allotment | None:
    """The allotment by which a prefix is served here: active, or suspended, when what is registered still resolves."""
    found = allotments.by_prefix(session, prefix)
    return found if found is not None and found.state in {"active", "suspended"} else None


def rights_on(
    session: Session,
    who: Who,
    allotment: Allotment,
    values: Iterable[Value] = (),
    owner_id: int | None = None,
) -> frozenset[Right]:
    """What `who` may do to a handle of this prefix that has these values and belongs to `owner_id`."""
    if who.actor is not None:
        own = who.actor.organisation_id in (allotment.organisation_id, owner_id)
        return _ALL if own and who.actor.may("mint") else _LOOK if own else frozenset()
    if who.identity is None:
        return frozenset()
    references: list[dict[str, Any]] = list(allotment.admins)
    references += [value.data["value"] for value in values if value.type == "HS_ADMIN"]
    groups = _Groups(session, who.identity)
    found: frozenset[Right] = frozenset()
    for reference in references:
        if isinstance(reference, dict) and groups.mean(reference.get("handle"), reference.get("index")):
            found |= handles.rights_in(str(reference.get("permissions", "")))
    return found


class _Groups:
    """Whether references lead to one identity, directly or through groups; each group is looked into once."""

    def __init__(self, session: Session, identity: Identity) -> None:
        self.session, self.identity = session, identity
        self.seen: set[tuple[str, int]] = set()

    def mean(self, handle: object, index: object) -> bool:
        waiting = [(str(handle), index)]
        while waiting:
            name, number = waiting.pop()
            if self.identity.is_meant_by(name, number):
                return True
            group = (handles.key_of(name), number if isinstance(number, int) else 0)
            if group not in self.seen and len(self.seen) < MOST_GROUPS:
                self.seen.add(group)
                waiting += self._members(*group)
        return False

    def _members(self, key: str, index: int) -> list[tuple[str, object]]:
        """A group that was denied stays denied, so that it is not looked into again."""
        prefix, name = handles.split(key)
        if prefix == PREFIX_HANDLE and (allotment := allotments.by_prefix(self.session, name)):
            return [(str(admin.get("handle")), admin.get("index")) for admin in allotment.admins]
        stored = records.find(self.session, key)
        return [
            (member["handle"], member["index"])
            for value in (handles.load(stored.values) if stored else ())
            if value.type == "HS_VLIST" and value.data["format"] == "vlist" and index in (0, value.index)
            for member in value.data["value"]
        ]
