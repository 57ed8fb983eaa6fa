"""The job that prints: takes the labels, makes and proves their files chunk by chunk, sends them, says what came out.

Whatever a try has done is on record when it dies, and the next one goes on there. What was being sent at that moment
nobody can know but who stands at the printer: then the run fails, and its resumption asks.
"""

import csv
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.domain.printers import TROUBLES, Chunk, Sent
from app.domain.spreadsheets import harmless
from app.errors import N_, Refused
from app.jobprint_taking import take_all
from app.jobrunner import Cancelled, Work
from app.services.contents import contents_of
from app.services.printing import choosing, files, settling, spans
from app.services.printing.press import Press
from app.services.printing.runs import sends
from app.store import database
from app.store import printing as rows
from app.store.tables import Job, PrintChunk, PrintPiece, PrintRun
from labels.fields import Content

LISTED = 2_000  # labels read at once for a list of them
LOOK_SECONDS = 0.5  # how often a run that is being sent looks whether somebody has stopped it


@dataclass(frozen=True, slots=True)
class At:
    """One try of one run."""

    work: Work
    run_id: int

    @property
    def folder(self) -> Path:
        return files.folder_of(self.work.settings.prints_dir, self.run_id)

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, PrintRun]]:
        """A transaction that is this try's and no other's."""
        with database.writing(self.work.engine) as session:
            self.work.still_mine(session)
            run = rows.run(session, self.run_id, lock=True)
            if run is None:
                raise Cancelled
            yield session, run

    def run(self) -> PrintRun:
        with database.reading(self.work.engine) as session:
            run = rows.run(session, self.run_id)
        if run is None:
            raise Cancelled
        return run

    def chunks(self) -> list[PrintChunk]:
        with database.reading(self.work.engine) as session:
            return rows.chunks(session, self.run_id)


def make(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: run. Makes the run's file, which is also kept with the run; sends it where the run has a printer."""
    at = At(work, int(parameters["run"]))
    try:
        run = at.run()
        if run.state != "printed":
            _print(at)
        elif files.file_of(work.settings.prints_dir, run) is None:
            _make_file_anew(at)
    except (Cancelled, Refused):
        if at.run().state == "stopped":
            files.forget(work.settings.prints_dir, at.run_id)
        raise
    return _result(at)


def _print(at: At) -> None:
    _begin(at)
    take_all(at)
    _make_chunks(at)
    if sends(at.run()):
        _send(at)
    _finish(at)


def undo(session: Session, job: Job, now: datetime) -> None:
    """The job ended without having printed all."""
    from app import jobmint

    run = rows.run(session, int(job.parameters["run"]), lock=True)
    if run is None or run.job_id != job.id:
        return
    jobmint.undo(session, job, now)
    told = select(col(Job.state), col(Job.error_code), col(Job.error)).where(col(Job.id) == job.id)
    state, code, sentence = session.execute(told).one()  # the row in hand may be older than how it ended
    if state == "cancelled":
        run.stopping = True
    settling.note_failed(session, run, code or state, sentence, now)


def _begin(at: At) -> None:
    """What a try that died was sending is in doubt; what it has written must be whole."""
    with at.writing() as (session, run):
        found = rows.chunks(session, at.run_id)
        if any(chunk.state in ("sending", "unsure") for chunk in found):
            raise _unsure()
        for chunk in found:
            if chunk.state == "made" and not files.is_whole(at.folder, chunk):
                chunk.state = "torn"
                session.add(chunk)
        run.state, run.finished = "making", None
        session.add(run)


def _make_file_anew(at: At) -> None:
    """Of a printed run whose file was cleared away: the same labels, proven again, from what is on record now."""
    run, chunks = at.run(), at.chunks()
    if not sends(run):
        with Press(run) as press:
            for place, chunk in enumerate(chunks):
                chunks[place] = _made(at, run, press, chunk.first, chunk.count)
                at.work.progress(chunk.first + chunk.count - 1, run.quantity)
    written = _whole_file(at, run, chunks)
    with at.writing() as (_, changed):
        changed.file, changed.digest, changed.size = written
    files.forget_chunks(at.folder, chunks)


# --- making ---


def _make_chunks(at: At) -> None:
    run = at.run()
    span = spans.next_span(run, at.chunks())
    if span is None:
        return
    with Press(run) as press:
        while span is not None:
            _make_chunk(at, run, press, *span)
            span = spans.next_span(run, at.chunks())
    with at.writing() as (session, changed):
        changed.state = "proven"
        session.add(changed)


def _make_chunk(at: At, run: PrintRun, press: Press, first: int, count: int) -> None:
    chunk = _made(at, run, press, first, count)
    with at.writing() as (session, changed):
        settling.note_made(session, changed, chunk)
        done = changed.made + changed.sent
    at.work.progress(done, run.quantity * (2 if sends(run) else 1))


def _made(at: At, run: PrintRun, press: Press, first: int, count: int) -> PrintChunk:
    """The file of these labels, on the disk and proven."""
    with database.reading(at.work.engine) as session:
        pieces = rows.pieces(session, at.run_id, first, first + count - 1)
        if len(pieces) != count:
            raise LookupError(f"run {at.run_id} has {len(pieces)} of {count} labels from {first} on")
        contents = _contents(session, at.work, run, pieces)
    start, skip = spans.places_of(run, first)
    made = press.make(contents, start, skip)
    written = files.write(at.folder, f"{first:06d}.{files.SUFFIXES[run.form]}", [made.data])
    return PrintChunk(
        run_id=at.run_id, first=first, count=count, state="made",
        file=written.name, digest=written.digest, size=written.size, proof=made.proof,
    )  # fmt: skip


def _contents(session: Session, work: Work, run: PrintRun, pieces: Sequence[PrintPiece]) -> list[Content]:
    """What a table says of a label stands above what the registry says of its thing."""
    found: dict[tuple[str, int], Content] = {}
    for number in {piece.copy_number for piece in pieces}:
        epcs = list(dict.fromkeys(piece.epc for piece in pieces if piece.copy_number == number))
        copies = dict.fromkeys(epcs, number)
        made = contents_of(session, work.actor, epcs, work.settings.base_url, run.language, copies)
        found |= {(epc, number): content for epc, content in zip(epcs, made, strict=True)}
    return [_merged(found[piece.epc, piece.copy_number], piece.values) for piece in pieces]


def _merged(content: Content, values: dict[str, Any] | None) -> Content:
    if not values:
        return content
    return Content(content.payload, content.identifier, {**content.values, **values})


# --- sending ---


def _send(at: At) -> None:
    from app.printing import Printers
    from app.services import printers

    todo = [chunk for chunk in at.chunks() if chunk.state == "made"]
    with database.reading(at.work.engine) as session:
        target = printers.target_of(printers.printer_of(session, at.work.actor, at.run().printer_id or 0))
    way = Printers.of(at.work.settings)
    try:
        for sent in way.send(target, _handed_over(at, todo), _stopped(at)):
            _note_sent(at, todo[sent.index], sent)
    finally:
        way.close()


def _handed_over(at: At, todo: Sequence[PrintChunk]) -> Iterator[Chunk]:
    """Each chunk is marked before its first byte leaves: a try that takes over must not send it again unasked."""
    for chunk in todo:
        data = (at.folder / chunk.file).read_bytes()
        with at.writing() as (session, run):
            if run.stopping:
                return
            settling.begin_sending(session, run, session.merge(chunk))
        yield Chunk(data, chunk.count, f"{at.run_id}-{chunk.first}")


def _note_sent(at: At, chunk: PrintChunk, sent: Sent) -> None:
    certain = min(sent.certain, chunk.count)
    uncertain = min(sent.uncertain, chunk.count - certain)
    if not sent.trouble:  # a printer that says nothing has taken it all
        certain, uncertain = chunk.count, 0
    with at.writing() as (session, run):
        settling.note_sent(session, run, session.merge(chunk), certain, uncertain, datetime.now(UTC))
        done, total = run.made + run.sent, 2 * run.quantity
    at.work.progress(done, total)
    if uncertain:
        raise _unsure()
    if sent.trouble and not at.run().stopping:
        raise _printer_stopped(at, sent.trouble)


def _stopped(at: At) -> Callable[[], bool]:
    """Asked many times a second; looks at the database now and then."""
    looked, answer = 0.0, False

    def stopped() -> bool:
        nonlocal looked, answer
        if not answer and time.monotonic() - looked > LOOK_SECONDS:
            looked = time.monotonic()
            with database.reading(at.work.engine) as session:
                mine = select(col(Job.state), col(Job.attempts)).where(col(Job.id) == at.work.job.id)
                held = session.execute(mine).one_or_none() == ("running", at.work.job.attempts)
                run = rows.run(session, at.run_id)
            answer = not held or run is None or run.stopping
        return answer

    return stopped


# --- ending ---


def _finish(at: At) -> None:
    run, chunks = at.run(), at.chunks()
    if run.stopping and run.sent < run.quantity:
        with at.writing() as (session, changed):
            settling.stop(session, changed, datetime.now(UTC))
        raise _run_stopped(run)
    written = _whole_file(at, run, chunks)
    with at.writing() as (session, changed):
        settling.note_printed(session, changed, *written, datetime.now(UTC))
    files.forget_chunks(at.folder, chunks)


def _whole_file(at: At, run: PrintRun, chunks: Sequence[PrintChunk]) -> files.Written:
    """What people download: of a run that a printer has printed, the list of its labels."""
    if sends(run):
        return files.write(at.folder, "labels.csv", _listed(at, run))
    return files.joined(at.folder, chunks, run.form)


def _listed(at: At, run: PrintRun) -> Iterator[bytes]:
    """The list of labels that a printer has printed, whose commands nobody needs twice."""
    yield "\ufeffposition,identifier,copy\r\n".encode()
    for first in range(1, run.quantity + 1, LISTED):
        with database.reading(at.work.engine) as session:
            pieces = rows.pieces(session, at.run_id, first, first + LISTED - 1)
        text = io.StringIO()
        csv.writer(text).writerows(
            (each.position, harmless(choosing.name_of(each.epc)), each.copy_number) for each in pieces
        )
        yield text.getvalue().encode()


def _result(at: At) -> Path:
    """The run's file once more where the job has its own; the same bytes on the disk where that can be."""
    run = at.run()
    source, path = at.folder / run.file, at.work.folder / f"run-{run.id}{Path(run.file).suffix}"
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)
    return path


def _unsure() -> Refused:
    return Refused(
        "last-label-unknown",
        N_("It is not known which label came out last."),
        N_("Look at the printer, and say it on the page of the run: then it goes on behind that label."),
    )


def _printer_stopped(at: At, trouble: str) -> Refused:
    return Refused(
        "printer-stopped",
        N_("The printer stopped: {reason}"),
        N_("Put that right and let the run go on; it goes on behind the last label that came out."),
        reason=at.work.gettext(TROUBLES.get(trouble, trouble)),
    )


def _run_stopped(run: PrintRun) -> Refused:
    return Refused(
        "run-stopped",
        N_("The run was stopped after {count} labels."),
        N_("What was not printed can be printed by another run."),
        count=run.sent,
    )
