"""The job that mints many identifiers: step by step, and afterwards a list of them. See services/bulk_minting."""

import csv
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.domain.spreadsheets import harmless
from app.jobrunner import Work
from app.jobs import COMMITTED
from app.services import bulk_minting
from app.services.mint_requests import MintRequest
from app.store import database
from app.store.tables import Job, Operator, Organisation

ACTIVATED = "activated"  # the key in a job's parameters that says how many entries' worth is activated
STEP_SECONDS = 0.06  # of one transaction, waiting for others and for the disk included
LEAST_PARTS, MOST_PARTS = 2, 16
COLUMNS = ("identifier", "url", "lot", "serial")


def mint(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: the fields of MintRequest as JSON. Mints all or none, once, and lists the new identifiers as CSV.

    A try that takes over from one that died goes on where that one stopped.
    """
    request = mint_request(parameters)
    tidy(work.engine)  # what is withdrawn may hold serial numbers that are wanted again
    total = request.count * (2 if request.activate_at else 1)
    mint_all(work, request, lambda made: work.progress(made, total))
    if request.activate_at:
        _activate_all(work, request, lambda active: work.progress(request.count + active, total))
    return listed(work)


def mint_all(work: Work, request: MintRequest, progress: Callable[[int], None]) -> None:
    with database.writing(work.engine) as session:
        if bulk_minting.state_of(session, work.job.id).done:
            return
        wanted = bulk_minting.prepared(session, work.actor, request)
    done, parts = False, bulk_minting.PARTS_A_STEP
    while not done:
        began = time.monotonic()
        with database.writing(work.engine) as session:
            job = work.still_mine(session)
            state = bulk_minting.step(session, work.actor, wanted, job.id, datetime.now(UTC), parts)
            if state.done:
                job.parameters = job.parameters | {COMMITTED: [state.first, state.last]}
                session.add(job)
        done, parts = state.done, paced(parts, time.monotonic() - began)
        progress(state.made)


def paced(parts: int, took: float) -> int:
    """How many entries the next step has time for, since whoever scans waits for it."""
    if took > STEP_SECONDS:
        return max(parts // 2, LEAST_PARTS)
    return min(parts * 2, MOST_PARTS) if took < STEP_SECONDS / 3 else parts


def _activate_all(work: Work, request: MintRequest, progress: Callable[[int], None]) -> None:
    """Each entry's worth is activated in the transaction that notes it. What is minted stays, should it be refused."""
    with database.reading(work.engine) as session:
        parts = bulk_minting.parts_of(session, work.job.id)
    active = 0
    for number, seq in enumerate(parts, 1):
        with database.writing(work.engine) as session:
            job = work.still_mine(session)
            if number > job.parameters.get(ACTIVATED, 0):
                bulk_minting.commission_part(session, work.actor, request, seq, datetime.now(UTC))
                job.parameters = job.parameters | {ACTIVATED: number}
                session.add(job)
        active += min(bulk_minting.PER_EVENT, request.count - active)
        progress(active)


def listed(work: Work) -> Path:
    """What the run of this job minted, read from the log an entry at a time: a million lines take no more memory than a
    thousand."""
    path = work.folder / "identifiers.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file, database.reading(work.engine) as session:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for seq in bulk_minting.parts_of(session, work.job.id):
            rows.writerows(_lines(work.settings.base_url, bulk_minting.listed_of(session, seq)))
    return path


def _lines(base_url: str, listed: Iterator[bulk_minting.Listed]) -> Iterator[tuple[str, str, str, str]]:
    head = ""
    for one in listed:
        name, _, suffix = one.epc.removeprefix("hdl:").partition("/")
        plain = suffix.isascii() and suffix.isalnum() and suffix.isupper()
        if not plain or not head:
            url = identifiers.short_url(base_url, identifiers.from_epc(one.epc))
            head = url.removesuffix(suffix) if plain else ""
        else:
            url = head + suffix  # what short_url gives for a suffix without any character to encode
        yield f"{name}/{suffix}", url, harmless(one.lot), harmless(one.serial)


def undo(session: Session, job: Job, now: datetime) -> None:
    """Whoever asked for the job withdraws it, even where they may no longer act themselves."""
    person = session.get_one(Operator, job.operator_id)
    prefix = session.get_one(Organisation, job.organisation_id).prefix
    actor = Actor(job.operator_id, job.organisation_id, prefix, person.name, person.role)
    bulk_minting.withdraw(session, actor, job.id, now, "cancelled" if job.state == "cancelled" else "failed")


def tidy(engine: Engine) -> None:
    """Takes the rows of withdrawn mints out of the index, some at a time."""
    left = True
    while left:
        with database.writing(engine) as session:
            left = bulk_minting.remove_withdrawn(session)


def mint_request(parameters: dict[str, Any]) -> MintRequest:
    values = {name: parameters[name] for name in MintRequest.__slots__ if name in parameters}
    for name in ("produced_on", "expires_on"):
        values[name] = date.fromisoformat(values[name]) if values.get(name) else None
    if values.get("quantity") is not None:
        values["quantity"] = Decimal(str(values["quantity"]))
    return MintRequest(**values)
