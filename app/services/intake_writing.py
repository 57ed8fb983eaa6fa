"""Writes the good rows of a table: records a block at a time, items as parts of one mint that appear all at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.domain import handles
from app.domain.epcis import Event
from app.domain.people import Actor
from app.errors import N_, Conflict
from app.services import allotting, bulk_minting, mint_events, registering
from app.services.capturing import capture_mint
from app.services.intake import Draft, Fault, Plan, Reader
from app.services.mint_events import PER_EVENT
from app.services.naming import naming_of
from app.store import database

TRIES = 5  # where names are drawn by a short pattern


def write_records(
    session: Session, actor: Actor, plan: Plan, drafts: Sequence[Draft], now: datetime
) -> list[Fault]:
    """Registers them; what is refused meanwhile (somebody was faster) is told."""
    items = ((draft.handle, draft.values) for draft in drafts)
    done = registering.put_many(
        session, actor.organisation_id, items, now, overwrite=plan.overwrite, by=actor.name
    )
    return [
        Fault(draft.row, -1, draft.handle, one.error)
        for draft, one in zip(drafts, done, strict=True)
        if one.error
    ]


def grouped(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Neighbours that one event can name: alike in all but their names and serial numbers, at most a thousand."""
    group: list[Draft] = []
    for draft in drafts:
        if group and (len(group) == PER_EVENT or draft.kind != group[0].kind):
            yield group
            group = []
        group.append(draft)
    if group:
        yield group


def write_items(
    session: Session,
    actor: Actor,
    reader: Reader,
    groups: Sequence[Sequence[Draft]],
    run_id: str,
    parts: int,
    now: datetime,
) -> bulk_minting.State:
    """Records the next of the `parts` entries that the whole table makes. Raises Conflict for a name that was taken
    since it was looked for; then the caller rolls back, and withdraws the whole run."""
    database.lock_log(session)
    drafts = [draft for group in groups for draft in group]
    keys = [handles.key_of(draft.handle) for draft in drafts if draft.handle]
    if keys:
        allotting.require_rooms(session, actor.organisation_id, keys)
    if drawn := len(drafts) - len(keys):
        allotting.require_room(session, reader.plan.prefix, "", actor.organisation_id, drawn)
    for _ in range(TRIES):
        events = [_event(session, actor, reader, group, now) for group in groups]
        try:
            with session.begin_nested():
                for event in events:
                    capture_mint(session, [bulk_minting.marked(event, run_id, parts)], actor, now)
            return bulk_minting.state_of(session, run_id)
        except database.Taken:
            if not drawn or reader.known(session, drafts):
                break
    raise Conflict(
        "taken-meanwhile",
        N_("Something in the rows {first} to {last} was named by somebody else meanwhile."),
        N_("Check the table again."),
        first=drafts[0].row,
        last=drafts[-1].row,
    )


def _event(session: Session, actor: Actor, reader: Reader, group: Sequence[Draft], now: datetime) -> Event:
    request = reader.request_of(group)
    naming = naming_of(session, actor, request, reader.product)
    epcs = [f"hdl:{draft.handle}" if draft.handle else "" for draft in group]
    names = iter(naming.draw(session, epcs.count(""), now) if "" in epcs else ())
    epcs = [epc or next(names) for epc in epcs]
    event = mint_events.minted(session, actor, request, reader.product, naming, epcs, 0, now)
    if any(draft.serial for draft in group):
        ilmd = dict(event.ilmd) | {"suyuan:serials": [draft.serial for draft in group]}
        event = replace(event, ilmd=ilmd)
    return event
