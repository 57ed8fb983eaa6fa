"""How a run goes on and how it ends: each function is one step of a transaction of the job or of a person."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed
from app.services.printing.runs import OVER, run_of, unsure_chunk
from app.store import printing as rows
from app.store.tables import PrintChunk, PrintRun


def note_made(session: Session, run: PrintRun, chunk: PrintChunk) -> None:
    """The file of these labels is written and proven."""
    session.merge(chunk)
    run.state = "making"
    run.made = max(run.made, chunk.first + chunk.count - 1)
    run.proof = _summed(session, run)
    session.add(run)
    session.flush()


def _summed(session: Session, run: PrintRun) -> dict[str, Any]:
    """What the proofs of all chunks say together."""
    total: dict[str, Any] = {}
    session.flush()
    for chunk in rows.chunks(session, run.id or 0):
        for name, value in chunk.proof.items():
            total[name] = round(total.get(name, 0) + value, 3)
    return total


def begin_sending(session: Session, run: PrintRun, chunk: PrintChunk) -> None:
    run.state, chunk.state = "sending", "sending"
    session.add_all([run, chunk])


def note_sent(
    session: Session, run: PrintRun, chunk: PrintChunk, certain: int, uncertain: int, now: datetime
) -> None:
    """`certain` labels of the chunk came out for sure, `uncertain` more of them may have, the rest did not. Where that
    is not all of them, the rest becomes a chunk of its own: to be asked about, or to be made again."""
    total, first = chunk.count, chunk.first
    if certain:
        rows.came_out(session, run.id or 0, first, first + certain - 1, run.operator, now)
    run.sent = max(run.sent, first + certain - 1)
    if certain == total:
        chunk.state = "sent"
    else:
        session.delete(chunk)
        session.flush()
        if certain:
            session.add(_part(chunk, first, certain, "sent"))
        if uncertain:
            session.add(_part(chunk, first + certain, uncertain, "unsure"))
        if left := total - certain - uncertain:
            session.add(_part(chunk, first + certain + uncertain, left, "torn"))
    session.add(run)
    session.flush()


def _part(chunk: PrintChunk, first: int, count: int, state: str) -> PrintChunk:
    """A part of a chunk has the proof of none: its labels are proven again where they are made again."""
    return PrintChunk(
        run_id=chunk.run_id, first=first, count=count, state=state, file="", digest="", size=0, proof={}
    )


def note_printed(session: Session, run: PrintRun, file: str, digest: str, size: int, now: datetime) -> None:
    """All labels of the run are out, or in the file that whoever asked for them prints."""
    rows.came_out(session, run.id or 0, 1, run.quantity, run.operator, now)
    run = _again(session, run)
    run.state, run.finished, run.sent = "printed", now, run.quantity
    run.file, run.digest, run.size = file, digest, size
    run.error_code = run.error = ""
    session.add(run)


def note_failed(session: Session, run: PrintRun, code: str, sentence: str, now: datetime) -> None:
    """What was being sent when it broke off may have come out: that has to be asked."""
    if run.state in OVER:
        return
    for chunk in rows.chunks(session, run.id or 0):
        if chunk.state == "sending":
            chunk.state = "unsure"
            session.add(chunk)
    run.state, run.finished, run.error_code, run.error = "failed", now, code, sentence
    session.add(run)
    session.flush()
    if run.stopping and unsure_chunk(session, run) is None:
        stop(session, run, now)


def stop(session: Session, run: PrintRun, now: datetime) -> None:
    """What never came out can be printed by another run."""
    rows.release(session, run.id or 0)
    run.state, run.finished = "stopped", now
    session.add(run)
    session.flush()


def cancel(session: Session, actor: Actor, run_id: int, now: datetime) -> PrintRun:
    """Wants the run to end. One that is being sent ends with the label in hand, which its job does; the job of any
    other is cancelled by the caller. Raises Conflict where it has ended already."""
    run = run_of(session, actor, run_id, lock=True)
    if run.state in OVER:
        raise Conflict("run-over", N_("Print run {run} has ended already."), run=run.id)
    run.stopping = True
    session.add(run)
    if run.state == "failed" and unsure_chunk(session, run) is None:
        stop(session, run, now)
    return run


def answer(session: Session, actor: Actor, run_id: int, last: int | None, now: datetime) -> PrintRun:
    """Makes a run ready to go on: `last` is the position of the label that came out last, where that was asked.

    Raises Conflict `run-not-stuck` for a run that does not wait for anybody, Malformed for an answer that cannot be.
    """
    run = run_of(session, actor, run_id, lock=True)
    if run.state != "failed":
        raise Conflict(
            "run-not-stuck",
            N_("Print run {run} does not wait for anybody."),
            N_("Look at its page; somebody else may have set it going."),
            run=run.id,
        )
    chunk = unsure_chunk(session, run)
    if chunk is not None:
        ends = chunk.first + chunk.count - 1
        if last is None or not chunk.first - 1 <= last <= ends:
            raise Malformed(
                "last-label-missing",
                N_("Which label came out last: a number from {least} (none of these) to {most}?"),
                N_("Look at the printer, and at the roll it has printed."),
                least=chunk.first - 1,
                most=ends,
                field="last",
            )
        note_sent(session, run, chunk, last - chunk.first + 1, 0, now)
        run = _again(session, run)
    if run.stopping:
        stop(session, run, now)
    else:
        run.state, run.finished, run.error_code, run.error = "asked", None, "", ""
        session.add(run)
    session.flush()
    return run


def _again(session: Session, run: PrintRun) -> PrintRun:
    found = rows.run(session, run.id or 0, lock=True)
    if found is None:
        raise LookupError(f"run {run.id} is gone")
    return found
