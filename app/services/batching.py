"""Many changes of records in one call: each is done or refused for itself, all that is done is done at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel import Session

from app.domain.handles import Value
from app.domain.people import Actor
from app.errors import TraceError
from app.services import registering
from app.services.handle_rights import Who

MOST = 2_000
ACTIONS = ("create", "replace", "delete")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`action` is one of ACTIONS; 'replace' also creates. `error` is what was wrong with how it was written."""

    action: str
    handle: str
    values: Sequence[Value] = ()
    error: TraceError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is 'created', 'replaced', 'deleted' or 'refused', then with the reason."""

    handle: str
    status: str
    error: TraceError | None = None


def run(session: Session, actor: Actor, changes: Sequence[Wanted], now: datetime) -> list[Outcome]:
    """In the order given, neighbours of one kind together. Raises Refused, and then nothing may be committed, where a
    quota refuses all."""
    actor.require("mint")
    outcomes: list[Outcome] = []
    for action, group in groupby(changes, key=lambda change: "" if change.error else change.action):
        together = list(group)
        if not action:
            outcomes += [Outcome(change.handle, "refused", change.error) for change in together]
        elif action == "delete":
            outcomes += [_deleted(session, actor, change.handle, now) for change in together]
        else:
            outcomes += _put(session, actor, together, now, overwrite=action == "replace")
    return outcomes


def _put(
    session: Session, actor: Actor, changes: Sequence[Wanted], now: datetime, *, overwrite: bool
) -> Iterator[Outcome]:
    items = ((change.handle, change.values) for change in changes)
    done = registering.put_many(
        session, actor.organisation_id, items, now, overwrite=overwrite, by=actor.name
    )
    return (Outcome(one.handle, one.status, one.error) for one in done)


def _deleted(session: Session, actor: Actor, handle: str, now: datetime) -> Outcome:
    """What is refused is refused before anything is written."""
    try:
        registering.delete(session, Who(actor=actor), handle, now=now)
    except TraceError as error:
        return Outcome(handle, "refused", error)
    return Outcome(handle, "deleted")
