"""Mints of many: entries are recorded step by step, each step a short transaction, and appear all at once or never.

Why: docs/decisions/0011. A step is this try's and no other's because it shares its transaction with the job's row.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat

from sqlmodel import Session

from app.domain import epcis, serials
from app.domain.epcis import ErrorDeclaration, Event
from app.domain.people import Actor
from app.services import allotting, mint_events, minting
from app.services.capturing import capture, capture_mint
from app.services.mint_events import PER_EVENT
from app.services.mint_requests import MintRequest
from app.services.naming import Naming, naming_of
from app.store import database, log, mints
from app.store.tables import Product

PARTS_A_STEP = 4  # entries at first; whoever calls may give each step as many as it has time for


@dataclass(frozen=True, slots=True)
class State:
    """How far a mint of many is: identifiers made so far, and the log's first and last entry of it (-1 before any)."""

    made: int = 0
    first: int = -1
    last: int = -1
    done: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One new identifier, for the list that its minter gets."""

    epc: str
    lot: str
    serial: str


def state_of(session: Session, run_id: str) -> State:
    run = mints.run_of(session, run_id)
    return State(run.count, run.first_seq, run.last_seq, run.state == "done") if run else State()


def entries_made(session: Session, run_id: str) -> int:
    run = mints.run_of(session, run_id)
    return run.made if run else 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What all steps of a mint share: the request as it will be minted, its product, and how names are formed."""

    request: MintRequest
    product: Product | None
    naming: Naming


def prepared(session: Session, actor: Actor, request: MintRequest) -> Prepared:
    """Raises as `mint` does for what cannot be minted. To be asked once for all steps; quotas are looked at by each."""
    request, product = minting.checked(session, actor, request)
    return Prepared(request, product, naming_of(session, actor, request, product))


def step(
    session: Session, actor: Actor, mint: Prepared, run_id: str, now: datetime, parts: int = PARTS_A_STEP
) -> State:
    """Records the next identifiers of the mint `run_id`, at most so many entries. What it made exists for nobody before
    the last step. Raises as `mint` does; then the caller rolls back, and withdraws the whole mint."""
    request, product, naming = mint.request, mint.product, mint.naming
    if naming.reserved:  # a row that belongs to the session it was read in
        naming = naming_of(session, actor, request, product)
    database.lock_log(session)
    made = state_of(session, run_id).made
    count = min(parts * PER_EVENT, request.count - made)
    naming.take_room(session, count)
    of_all = -(-request.count // PER_EVENT)
    epcs = _drawn(session, naming, made // PER_EVENT, of_all, count, now)
    for _ in range(minting.tries_of(naming, count)):
        events = [
            mint_events.minted(
                session, actor, request, product, naming, epcs[first : first + PER_EVENT], made + first, now
            )
            for first in range(0, count, PER_EVENT)
        ]
        try:
            with session.begin_nested():
                capture_mint(session, [marked(event, run_id, of_all) for event in events], actor, now)
            return state_of(session, run_id)
        except database.Taken:
            epcs = minting.still_free(session, naming, request, epcs)
            epcs += naming.draw(session, count - len(epcs), now)
    raise minting.no_free_name(naming)


def marked(event: Event, run_id: str, parts: int) -> Event:
    """The event as one of so many parts of a run."""
    return replace(event, extensions=dict(event.extensions) | {"suyuan:run": run_id, "suyuan:parts": parts})


def _drawn(session: Session, naming: Naming, part: int, parts: int, count: int, now: datetime) -> list[str]:
    """Random names block by block out of slices that lie side by side, which an index takes in four times as fast."""
    if naming.pattern or naming.suffix:
        return naming.draw(session, count, now)
    drawn: list[str] = []
    while len(drawn) < count:
        size = min(PER_EVENT, count - len(drawn))
        data = secrets.token_bytes(serials.SLICE_BYTES * size)
        drawn += serials.slice_of(data, part + len(drawn) // PER_EVENT, parts)
    return [f"hdl:{naming.prefix}/{suffix}" for suffix in drawn]


def withdraw(session: Session, actor: Actor, run_id: str, now: datetime, reason: str) -> None:
    """Says in the log that what this mint has recorded so far was a mistake; nothing of it will ever exist. Does
    nothing for a mint that is complete, or that never began."""
    run = mints.run_of(session, run_id)
    if run is None or run.state != "open":
        return
    database.lock_log(session)
    first = log.entry_of(session, run.first_seq)
    if first is None:
        raise LookupError(f"entry {run.first_seq} of mint {run_id} is missing")
    minted = epcis.parse(first.body)
    event = Event(
        minted.type, now, action=minted.action, biz_step=minted.biz_step, disposition=minted.disposition,
        error_declaration=ErrorDeclaration(now, reason, of=first.event_id),
        extensions={"suyuan:step": "mint", "suyuan:run": run_id},
    )  # fmt: skip
    prefix = minted.epc_list[0].removeprefix("hdl:").partition("/")[0]
    allotting.give_back(session, prefix, run.count)
    capture(session, event, actor, now)


def remove_withdrawn(session: Session) -> bool:
    """Takes away some rows that withdrawn mints have left in the index; False when there are none."""
    for run_id in mints.withdrawn(session):
        mints.remove(session, run_id, PARTS_A_STEP)
        return True
    return False


def parts_of(session: Session, run_id: str) -> list[int]:
    """The entries of a mint of many, in order."""
    return mints.parts_of(session, run_id)


def commission_part(session: Session, actor: Actor, request: MintRequest, seq: int, now: datetime) -> int:
    """Activates what entry `seq` minted, at the site of the request; how many that were."""
    request, product = minting.checked(session, actor, request)
    epcs = [listed.epc for listed in listed_of(session, seq)]
    mint_events.commission(session, actor, request, product, epcs, now)
    return len(epcs)


def listed_of(session: Session, seq: int) -> Iterator[Listed]:
    """What one entry minted, in the order of serial numbers, read from the log alone."""
    entry = log.entry_of(session, seq)
    if entry is None:
        return
    event = epcis.parse(entry.body)
    session.expunge(entry)
    lot = event.ilmd.get("suyuan:lot", "")
    numbers = event.ilmd.get("suyuan:serials") or repeat("")
    yield from (Listed(epc, lot, number) for epc, number in zip(event.epc_list, numbers, strict=False))
