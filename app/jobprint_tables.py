"""Labels of a table: every line is looked at first, and one that is wrong keeps all from being printed."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from app import jobintake
from app.domain.spreadsheets import harmless
from app.errors import N_, Malformed, Refused
from app.jobprint_try import MINTED, At
from app.services import bulk_minting, sheets, uploads
from app.services.intake import Draft, Fault, Reader, names_of
from app.services.printing import choosing, files, merging
from app.services.printing.asked import check_quantity
from app.services.printing.merging import Line
from app.services.uploads import Upload
from app.store import database
from app.store.printing import Wanted
from app.store.seen import Seen
from app.store.tables import PrintRun

BLOCK = 1_000
BAD_LINES = "bad-lines.csv"


def wanted_of_table(at: At, run: PrintRun) -> Iterator[Wanted]:
    """A label for each line, or several alike, in the order of the table; its things are there already."""
    upload, mapping = _table(at, run)
    minted = merging.IDENTIFIER not in mapping
    epcs = _minted(at, run) if minted else None
    for line in _lines(upload, mapping):
        epc = next(epcs) if epcs else line.epc
        for twin in range(1, run.copies + 1):
            yield Wanted(epc, twin, merging.on_label(line, minted=minted))


def look_through(at: At, run: PrintRun) -> int:
    """How many labels the table makes. Raises Refused `bad-lines`, with a list of them beside the run, for anything
    wrong in it, and for more labels than a run may have."""
    upload, mapping = _table(at, run)
    reader = None
    if merging.IDENTIFIER not in mapping:
        with database.reading(at.work.engine) as session:
            plan = merging.plan_of(mapping, at.work.actor.prefix, run.source["product"])
            reader = Reader(session, at.work.actor, plan)
    count, faults = 0, list[Fault]()
    with Seen() as seen:
        rows = sheets.rows_of(upload.path, upload.kind, len(upload.header))
        while block := list(islice(rows, BLOCK)):
            count += len(block)
            faults += _faults_of(at, run, block, mapping, reader, seen)
            at.work.progress(0, 0)
    if faults:
        _tell(at, run, upload, faults, count)
    check_quantity(count * run.copies)
    return count * run.copies


def mint_lines(at: At, run: PrintRun) -> bool:
    """Mints what the lines are of, where no column names it; False where one does. For lines that were looked at."""
    upload, mapping = _table(at, run)
    if merging.IDENTIFIER in mapping:
        return False
    with database.reading(at.work.engine) as session:
        reader = Reader(
            session, at.work.actor, merging.plan_of(mapping, at.work.actor.prefix, run.source["product"])
        )
    lines = sum(1 for _ in sheets.rows_of(upload.path, upload.kind, len(upload.header)))
    jobintake.bring_items(at.work, upload, reader, jobintake.Looked(bytearray(lines)))
    return True


def _table(at: At, run: PrintRun) -> tuple[Upload, tuple[str, ...]]:
    folder = at.work.settings.uploads_dir
    upload = uploads.of_token(folder, at.work.actor.organisation_id, run.source["upload"])
    return upload, merging.checked_mapping(upload, run.source["mapping"], run.source["product"])


def _lines(upload: Upload, mapping: Sequence[str]) -> Iterator[Line]:
    for row in sheets.rows_of(upload.path, upload.kind, len(upload.header)):
        line = merging.read(row, mapping)
        if isinstance(line, Line):  # it was when it was looked at
            yield line


def _minted(at: At, run: PrintRun) -> Iterator[str]:
    with database.reading(at.work.engine) as session:
        parts = bulk_minting.parts_of(session, run.source[MINTED])
    for seq in parts:
        with database.reading(at.work.engine) as session:
            listed = [each.epc for each in bulk_minting.listed_of(session, seq)]
        yield from listed


def _faults_of(
    at: At,
    run: PrintRun,
    block: Sequence[sheets.Row],
    mapping: Sequence[str],
    reader: Reader | None,
    seen: Seen,
) -> list[Fault]:
    lines, drafts, faults = list[Line](), list[Draft](), list[Fault]()
    for row in block:
        found = merging.read(row, mapping)
        if not isinstance(found, Line):
            faults += found
            continue
        lines.append(found)
        if reader is None:
            faults += _repeated(found.epc, found.row, mapping.index(merging.IDENTIFIER), seen)
            continue
        draft = reader.read(row)
        if isinstance(draft, Draft):
            drafts.append(draft)
            for what, name in names_of(reader, draft):
                if (before := seen.before(f"{what}:{name}", draft.row)) is not None:
                    faults.append(reader.repeated(draft, what, name, before))
        else:
            faults += draft
    with database.reading(at.work.engine) as session:
        if reader is not None:
            return faults + reader.known(session, drafts)
        if not (run.reason or run.source.get("only_new")):
            choosing.refuse_printed(session, [line.epc for line in lines], but=run.id)
        return faults + merging.held_against(session, at.work.actor, lines, mapping)


def _repeated(epc: str, row: int, place: int, seen: Seen) -> list[Fault]:
    before = seen.before(epc, row)
    if before is None:
        return []
    name = epc.removeprefix("hdl:")
    error = Malformed(
        "row-repeated",
        N_("'{name}' stands in row {row} already."),
        N_("Leave one of the two out."),
        name=name,
        row=before,
    )
    return [Fault(row, place, name, error)]


def _tell(at: At, run: PrintRun, upload: Upload, faults: list[Fault], lines: int) -> None:
    """Writes the list of bad lines beside the run, and raises with the first of them in words."""
    told = [jobintake.told_of(at.work, upload, fault) for fault in sorted(faults, key=lambda one: one.row)]
    head = [at.work.gettext(title) for title in jobintake.COLUMNS]
    folder = files.folder_of(at.work.settings.prints_dir, run.id or 0)
    written = files.write(folder, BAD_LINES, [_csv([head, *told]).encode("utf-8-sig")])
    with at.writing() as (session, changed):
        changed.file, changed.digest, changed.size = written
        session.add(changed)
    row, column, value, reason, _ = told[0]
    raise Refused(
        "bad-lines",
        N_("{bad} of {lines} lines cannot be printed; nothing was. Line {row}, {column} “{value}”: {reason}"),
        N_("The file of the run lists them all. Correct them and send the table again."),
        bad=len({fault.row for fault in faults}),
        lines=lines,
        row=row,
        column=column,
        value=value,
        reason=reason,
    )


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    from io import StringIO

    out = StringIO(newline="")
    csv.writer(out).writerows([[harmless(str(cell)) for cell in row] for row in rows])
    return out.getvalue()
