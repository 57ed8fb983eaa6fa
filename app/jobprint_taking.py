"""The first part of a print run: what is to be minted is minted, and every label gets its row, step by step."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlmodel import Session

from app import jobmint, jobprint_tables
from app.jobprint_try import MINTED, At
from app.jobs import COMMITTED
from app.services import bulk_minting
from app.services.mint_requests import MintRequest
from app.services.printing import choosing
from app.services.printing.asked import check_quantity
from app.store import database
from app.store import printing as rows
from app.store.printing import Wanted
from app.store.tables import PrintRun

ONLY_NEW = "only_new"


def take_all(at: At) -> None:
    """Every label of the run has its row when this returns. Raises Conflict where somebody printed it meanwhile."""
    run = at.run()
    if run.taken == run.quantity and run.quantity:
        return
    if run.kind == "blanks":
        _mint_blanks(at, run)
    if run.kind == "table":
        _read_table(at, run)
    run = at.run()
    for block in _blocks(_left(at, run)):
        with at.writing() as (session, changed):
            choosing.take(session, changed, block)
            done = changed.taken
        at.work.progress(0, max(done, run.quantity))
    with at.writing() as (session, changed):
        check_quantity(changed.taken)
        changed.quantity = changed.taken  # less where something was declared void since
        session.add(changed)


def _blocks(wanted: Iterator[Wanted]) -> Iterator[Sequence[Wanted]]:
    while block := list(islice(wanted, choosing.AT_ONCE)):
        yield block


def _left(at: At, run: PrintRun) -> Iterator[Wanted]:
    """What has no row yet, in the order of printing."""
    if run.kind == "table":
        with database.reading(at.work.engine) as session:
            taken = rows.taken(session, at.run_id)
            wanted = list(jobprint_tables.wanted_of_table(at, run))
            if run.source.get(ONLY_NEW):
                taken |= _labelled(session, at, wanted)
        return (each for each in wanted if (each.epc, each.twin) not in taken)
    with database.reading(at.work.engine) as session:
        if run.kind == "blanks":
            epcs = [
                listed.epc
                for seq in bulk_minting.parts_of(session, run.source[MINTED])
                for listed in bulk_minting.listed_of(session, seq)
            ]
        else:
            epcs = choosing.chosen(session, at.work.actor, choosing.what_in(run.source))
            if run.source.get(ONLY_NEW):
                labelled = rows.with_labels(session, epcs, but=at.run_id)
                epcs = [epc for epc in epcs if epc not in labelled]
        taken = rows.taken(session, at.run_id)
    return (each for each in choosing.wanted_of(epcs, run.copies) if (each.epc, each.twin) not in taken)


def _labelled(session: Session, at: At, wanted: Sequence[Wanted]) -> set[tuple[str, int]]:
    labelled = rows.with_labels(session, [each.epc for each in wanted], but=at.run_id)
    return {(each.epc, each.twin) for each in wanted if each.epc in labelled}


def _mint_blanks(at: At, run: PrintRun) -> None:
    if MINTED in run.source:
        return
    count = int(run.source["blanks"])
    request = MintRequest("blank", count)
    jobmint.tidy(at.work.engine)
    jobmint.mint_all(at.work, request, lambda made: at.work.progress(made, 2 * count))
    note_minted(at, at.work.job.id)


def _read_table(at: At, run: PrintRun) -> None:
    """Nothing is minted for a table with a line that is wrong."""
    if not run.quantity:
        quantity = jobprint_tables.look_through(at, run)
        with at.writing() as (session, changed):
            changed.quantity = quantity
            session.add(changed)
    if MINTED not in run.source:
        jobmint.tidy(at.work.engine)
        if jobprint_tables.mint_lines(at, run):
            note_minted(at, at.work.job.id)


def note_minted(at: At, mint_id: str) -> None:
    """From now on the run can be cancelled again: what is minted stays, and another run can print it."""
    with at.writing() as (session, run):
        run.source = {**run.source, MINTED: mint_id}
        session.add(run)
        job = at.work.still_mine(session)
        job.parameters = _without(job.parameters, COMMITTED)
        session.add(job)


def _without(parameters: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name != key}
