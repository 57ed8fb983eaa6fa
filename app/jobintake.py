"""The jobs about a table that somebody brought: the check that only tells, and the import.

Both look at every row first. What that gave is kept beside the table, so that a try that takes over need not look
again, when rows that were written already would seem to be taken.
"""

import csv
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from app import jobmint, jobtakeback
from app.domain.spreadsheets import harmless
from app.errors import N_, Refused, TraceError
from app.jobrunner import Work
from app.jobs import COMMITTED
from app.services import bulk_minting, intake_writing, sheets, uploads
from app.services.intake import Draft, Fault, Plan, Reader, names_of
from app.services.uploads import Upload
from app.store import database
from app.store.seen import Seen

BLOCK = 1_000
MOST_AT_ONCE = (
    20_000  # records that go in by one transaction: a few seconds. More of them could be taken back
)
FIRST = 20  # bad rows that the page itself shows
SUMMARY, WRITTEN = "summary", "written"  # keys in a job's parameters
COLUMNS = (N_("Row"), N_("Column"), N_("Value"), N_("Reason"), N_("What to do"))


@dataclass(slots=True)
class Looked:
    """What a look at every row gave: one byte for each, 1 for those that are bad."""

    bad: bytearray

    @property
    def rows(self) -> int:
        return len(self.bad)

    @property
    def good(self) -> int:
        return self.bad.count(0)


def check(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: upload (token), and the fields of Plan. Lists every bad row with its reason; writes nothing else."""
    upload, plan = _asked(work, parameters)
    _look(work, upload, plan)
    return _bad_rows(work, upload)


def bring(work: Work, parameters: dict[str, Any]) -> Path:
    """The same, and `mode`: 'all' brings in everything or nothing, 'good' leaves bad rows out. Makes the list of new
    identifiers for items, of bad rows for records."""
    upload, plan = _asked(work, parameters)
    jobtakeback.tidy(work.engine)  # what is withdrawn may hold names that are wanted again
    looked = _look(work, upload, plan)
    whole = parameters["mode"] == "all"
    if not looked.good or (whole and looked.good < looked.rows):
        raise _bad_rows_in_it(looked)
    with database.reading(work.engine) as session:
        reader = Reader(session, work.actor, plan)
    if plan.target == "items":
        bring_items(work, upload, reader, looked)
        return jobmint.listed(work)
    _bring_records(work, upload, reader, looked, whole=whole)
    return _bad_rows(work, upload)


def _asked(work: Work, parameters: dict[str, Any]) -> tuple[Upload, Plan]:
    folder = work.settings.uploads_dir
    upload = uploads.of_token(folder, work.actor.organisation_id, parameters["upload"])
    values = {name: parameters[name] for name in Plan.__slots__}
    return upload, Plan(**values | {"mapping": tuple(values["mapping"])})


# --- looking ---


def _look(work: Work, upload: Upload, plan: Plan) -> Looked:
    kept = upload.beside(work.job.id, "bits")
    if kept.exists():
        return Looked(bytearray(kept.read_bytes()))
    looked = Looked(bytearray())
    with database.reading(work.engine) as session:
        reader = Reader(session, work.actor, plan)
    first: list[dict[str, Any]] = []
    with (
        _bad_file(upload, work.job.id).open("w", newline="", encoding="utf-8-sig") as file,
        Seen() as seen,
    ):
        out = csv.writer(file)
        out.writerow([work.gettext(title) for title in COLUMNS])
        for block in _blocks(upload):
            faults = _faults_of(work, reader, block, seen)
            looked.bad += bytes(number in faults for number, _ in block)
            lines = [told_of(work, upload, fault) for each in sorted(faults) for fault in faults[each]]
            out.writerows([harmless(str(text)) for text in line] for line in lines)
            first += [
                dict(zip(("row", "column", "value", "reason", "hint"), line, strict=True)) for line in lines
            ]
            del first[FIRST:]
            work.progress(looked.rows, 0)
    _note(work, {SUMMARY: {"rows": looked.rows, "good": looked.good, "first": first}})
    kept.write_bytes(looked.bad)
    return looked


def _blocks(upload: Upload) -> Iterator[list[sheets.Row]]:
    rows = sheets.rows_of(upload.path, upload.kind, len(upload.header))
    while block := list(islice(rows, BLOCK)):
        yield block


def _faults_of(work: Work, reader: Reader, block: list[sheets.Row], seen: Seen) -> dict[int, list[Fault]]:
    """By row; a block at a time is held against the registry, in a transaction of its own."""
    faults: dict[int, list[Fault]] = {}
    drafts: list[Draft] = []
    for row in block:
        found = reader.read(row)
        if isinstance(found, Draft):
            repeated = [
                fault for pair in names_of(reader, found) if (fault := _repeated(reader, found, pair, seen))
            ]
            if repeated:
                faults[found.row] = repeated
            else:
                drafts.append(found)
        else:
            faults[row[0]] = found
    with database.reading(work.engine) as session:
        for fault in reader.known(session, drafts):
            faults.setdefault(fault.row, []).append(fault)
    return faults


def _repeated(reader: Reader, draft: Draft, pair: tuple[str, str], seen: Seen) -> Fault | None:
    what, name = pair
    row = seen.before(f"{what}:{name}", draft.row)
    return None if row is None else reader.repeated(draft, what, name, row)


def told_of(work: Work, upload: Upload, fault: Fault) -> tuple[int, str, str, str, str]:
    error = fault.error
    values = {
        name: work.gettext(value) if name == "reason" and isinstance(value, str) else value
        for name, value in error.values.items()
    }
    message, hint = (
        work.gettext(text).format(**values) if text else "" for text in (error.message, error.hint)
    )
    column = upload.header[fault.column] if fault.column >= 0 else ""
    return fault.row, column, fault.value, message, hint


def _bad_file(upload: Upload, job_id: str) -> Path:
    return upload.beside(job_id, "csv")


def _bad_rows(work: Work, upload: Upload) -> Path:
    path = work.folder / "bad-rows.csv"
    shutil.copyfile(_bad_file(upload, work.job.id), path)
    return path


def _bad_rows_in_it(looked: Looked) -> TraceError:
    return Refused(
        "bad-rows",
        N_("{bad} of {rows} rows cannot be brought in; nothing was."),
        N_("Look at the list, correct them and bring the table again, or import the good rows only."),
        bad=looked.rows - looked.good,
        rows=looked.rows,
    )


def _note(work: Work, values: dict[str, Any]) -> None:
    with database.writing(work.engine) as session:
        job = work.still_mine(session)
        job.parameters = job.parameters | values
        session.add(job)


# --- writing ---


def _good(upload: Upload, reader: Reader, looked: Looked) -> Iterator[Draft]:
    rows = sheets.rows_of(upload.path, upload.kind, len(upload.header))
    for place, row in enumerate(rows):
        if not looked.bad[place]:
            found = reader.read(row)
            if isinstance(found, Draft):  # it was when it was looked at
                yield found


def _bring_records(work: Work, upload: Upload, reader: Reader, looked: Looked, *, whole: bool) -> None:
    at_once = whole and looked.good <= MOST_AT_ONCE
    moment = _moment(work) if whole and not at_once else None
    size = looked.good if at_once else BLOCK
    done = int(work.job.parameters.get(WRITTEN, 0))
    drafts = islice(_good(upload, reader, looked), done, None)
    while block := list(islice(drafts, size)):
        done += len(block)
        with database.writing(work.engine) as session:
            job = work.still_mine(session)
            now = moment or datetime.now(UTC)
            late = intake_writing.write_records(session, work.actor, reader.plan, block, now)
            if late and whole:
                raise late[0].error
            ended = {COMMITTED: done} if whole and done == looked.good else {}
            job.parameters = job.parameters | {WRITTEN: done} | ended
            session.add(job)
        if late:
            with _bad_file(upload, work.job.id).open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(
                    [harmless(str(text)) for text in told_of(work, upload, fault)] for fault in late
                )
        work.progress(done, looked.good)


def _moment(work: Work) -> datetime:
    """When all these records will have been written, whichever try writes them: so they can be taken back."""
    began = work.job.parameters.get(jobtakeback.BEGAN) or datetime.now(UTC).isoformat()
    _note(work, {jobtakeback.BEGAN: began})
    return datetime.fromisoformat(began)


def bring_items(work: Work, upload: Upload, reader: Reader, looked: Looked) -> None:
    """Mints what the good rows say, as parts of the mint that this job is; a try that takes over goes on."""
    parts = sum(1 for _ in intake_writing.grouped(_good(upload, reader, looked)))
    with database.reading(work.engine) as session:
        made = bulk_minting.entries_made(session, work.job.id)
    groups = islice(intake_writing.grouped(_good(upload, reader, looked)), made, None)
    size, done = bulk_minting.PARTS_A_STEP, made == parts
    while not done:
        block = list(islice(groups, size))
        began = time.monotonic()
        with database.writing(work.engine) as session:
            job = work.still_mine(session)
            state = intake_writing.write_items(
                session, work.actor, reader, block, work.job.id, parts, datetime.now(UTC)
            )
            if done := state.done:
                job.parameters = job.parameters | {COMMITTED: [state.first, state.last], WRITTEN: state.made}
                session.add(job)
        size = jobmint.paced(size, time.monotonic() - began)
        work.progress(state.made, looked.good)
