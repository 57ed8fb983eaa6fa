"""Print runs: asked for, followed, their file, what became of each label; blank labels and tables of labels."""

import time
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask.fields import UploadFile
from flask import Response, send_file, url_for
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app import jobs, printruns
from app.domain import identifiers
from app.errors import N_, Unknown
from app.services import printing, uploads
from app.services.printing import MOST, MOST_COPIES, RunAsked, What, files, merging
from app.services.printing.runs import PrintPiece, PrintRun
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, also, answer, idempotent, page, prepared
from app.web.api.v1.items import Batch, Code, batch_of
from app.web.api.v1.models import AskedAfter, Id, Line, Page, Sent, Text, Told, Whole

blueprint = blueprint_of("label_runs", "Labels")

MOST_BY_NAME = 2_000
MOST_PLACES = 1_000
Position = Annotated[Whole, Field(ge=1, le=MOST * MOST_COPIES)]
Positions = Annotated[list[Position], Field(min_length=1, max_length=MOST_BY_NAME)]
Reason = Annotated[Text, Field(min_length=1, max_length=500, examples=["Torn off crookedly"])]
State = Literal["waiting", "printed", "spoiled", "reprinted", "applied", "lost"]
MEDIA = {"pdf": "application/pdf", "csv": "text/csv"}


class NewRun(Sent):
    __doc__ = N_("What to print, and on what. Send exactly one of batch, identifiers, blanks and table.")

    batch: Batch | None = Field(None, description=N_("All that these entries of the log minted."))
    first: Position = Field(1, description=N_("Begin with this one of the batch, counted from 1."))
    count: Annotated[Whole, Field(ge=0, le=10**9)] = Field(
        0, description=N_("How many of the batch; 0 for all. A run prints at most 100,000.")
    )
    identifiers: list[Code] = Field([], max_length=MOST_BY_NAME)
    blanks: Annotated[Whole, Field(ge=0, le=10**9)] = Field(
        0, description=N_("Mint so many labels ahead that belong to nothing yet.")
    )
    table: Annotated[Line, Field(max_length=32)] = Field(
        "", description=N_("`id` of a table that was sent to /labels/tables.")
    )
    columns: list[Annotated[Line, Field(max_length=40)]] = Field(
        [],
        max_length=200,
        examples=[["identifier", "lot", "", "note1"]],
        description=N_(
            "Of a table: what each column means, empty for one that is left out; else as guessed."
        ),
    )
    product: Code = Field("", description=N_("Of a table without identifiers: what its rows are minted of."))
    template: Annotated[Line, Field(max_length=80, examples=["ready:product-70x37"])]
    template_version: Annotated[Whole, Field(ge=0, le=10**6)] = Field(0, description=N_("0 for the newest."))
    stock: Annotated[Line, Field(max_length=60)] = Field(
        "", examples=["a4-3x8"], description=N_("Label stock by its code, for PDF.")
    )
    printer: Id | None = Field(None, description=N_("Send it to this printer; else the run is a file."))
    form: Literal["pdf", "zpl", "tspl", "epl"] = "pdf"
    start: Annotated[Whole, Field(ge=1, le=MOST_PLACES)] = Field(
        1, description=N_("The first free label on the sheet, counted by rows.")
    )
    skip: list[Annotated[Whole, Field(ge=1, le=MOST_PLACES)]] = Field(
        [], max_length=MOST_PLACES, description=N_("Places of the first sheet that are used up as well.")
    )
    copies: Annotated[Whole, Field(ge=1, le=MOST_COPIES)] = Field(
        1, description=N_("Labels alike of each thing.")
    )
    dpi: Literal[150, 203, 300, 600] = 300
    language: Literal["zh", "en"] = "zh"
    cut_marks: bool = False
    reprint: Annotated[Text, Field(max_length=500)] = Field(
        "", description=N_("Why labels are printed that were printed before; without it they are refused.")
    )
    only_new: bool = Field(False, description=N_("Leave out what has a label already."))


class NewTable(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    table: UploadFile


class Column(Told):
    __doc__ = N_("One column of a table.")

    title: str
    meaning: str = Field(description=N_("identifier, or a field of labels; empty for a column left out."))
    sample: list[str] = Field(description=N_("Its first cells."))


class Table(Told):
    __doc__ = N_("A table of labels, as it was taken in.")

    id: str
    name: str
    columns: list[Column]


class Counts(Told):
    __doc__ = N_("Labels of a run by what became of them; the others add up to `asked`.")

    asked: int
    waiting: int
    printed: int = Field(description=N_("Out, and nothing more is known of them."))
    applied: int = Field(description=N_("On their things: scanned, or said so."))
    spoiled: int
    reprinted: int = Field(description=N_("A later copy took their place."))
    lost: int
    dropped: int = Field(description=N_("Never printed, since the run was stopped."))


class Question(Told):
    __doc__ = N_("What only somebody at the printer knows: which of these labels came out last.")

    first: int
    last: int
    first_name: str
    last_name: str


class Run(Told):
    __doc__ = N_("A print run. Ask for it again until its state is printed, stopped or failed.")

    id: int
    state: str = Field(description=N_("asked, making, proven, sending, printed, stopped or failed."))
    kind: str = Field(description=N_("things, blanks, table or reprint."))
    operator: str
    template: str
    template_version: int
    stock: str
    printer: int | None
    form: str
    dpi: int
    quantity: int
    made: int
    sent: int
    first_name: str = Field(description=N_("Identifier of the first label."))
    last_name: str
    reason: str = Field(description=N_("Why it is a reprint."))
    of_run: int | None = Field(description=N_("The run whose labels these are printed for again."))
    error_code: str
    error: str
    proof: dict[str, float] = Field(
        description=N_("What reading every label back gave: labels, symbols, by_zxing, by_zbar, seconds.")
    )
    digest: str = Field(description=N_("SHA-256 of its file."))
    record_time: datetime
    finished: datetime | None
    url: str
    job_url: str
    file_url: str | None = Field(
        description=N_("Where its file is, or the list of bad lines of a table; null until there is one.")
    )

    @classmethod
    def of(cls, row: PrintRun) -> "Run":
        shared = cls.model_fields.keys() & PrintRun.model_fields.keys()
        values: dict[str, Any] = {name: getattr(row, name) for name in shared}
        at: dict[str, Any] = {"run_id": row.id}
        return cls(
            **values,
            template_version=row.version,
            printer=row.printer_id,
            url=url_for("v1_label_runs.show", **at),
            job_url=url_for("v1_jobs.show", job_id=row.job_id),
            file_url=url_for("v1_label_runs.file", **at) if row.file else None,
        )


class WholeRun(Run):
    __doc__ = N_("A print run with what became of its labels.")

    counts: Counts
    question: Question | None = Field(description=N_("Answer it with `last` when you resume the run."))


class RunPage(Page[Run]):
    pass


class Label(Told):
    __doc__ = N_("One label of a run.")

    position: int
    identifier: str
    copy_number: int = Field(description=N_("2 for the first reprint."))
    state: str
    reason: str
    operator: str
    changed: datetime | None

    @classmethod
    def of(cls, row: PrintPiece) -> "Label":
        names = ("position", "copy_number", "state", "reason", "operator", "changed")
        identifier = str(identifiers.from_epc(row.epc))
        return cls(identifier=identifier, **{name: getattr(row, name) for name in names})


class LabelPage(Page[Label]):
    pass


class AskedLabels(AskedAfter):
    state: State | None = None


class AskedRuns(AskedAfter):
    kind: Literal["things", "blanks", "table", "reprint"] | None = None


class Resume(Sent):
    last: Annotated[Whole, Field(ge=0, le=MOST * MOST_COPIES)] | None = Field(
        None,
        description=N_(
            "The label that came out last, where the run asks; one less than its `first` for none."
        ),
    )


class Marked(Sent):
    labels: Positions = Field(description=N_("Positions in the run, from 1."))
    reason: Reason


class Applied(Sent):
    labels: Positions = Field(description=N_("Positions in the run, from 1."))


class Again(Marked):
    printer: Id | None = Field(None, description=N_("Another printer than that of the run."))
    start: Annotated[Whole, Field(ge=1, le=MOST_PLACES)] = 1


def asked_of(sent: NewRun) -> RunAsked:
    batch = batch_of(sent.batch)
    epcs = tuple(identifiers.parse(name).epc for name in sent.identifiers)
    product = identifiers.parse(sent.product).epc if sent.product else ""
    first, count = (sent.first, sent.count) if batch else (1, 0)
    what = What(epcs=epcs, batch=batch, first=first, count=count, blanks=sent.blanks, upload=sent.table)
    if sent.table and what == What(upload=sent.table):
        folder = edge.node().settings.uploads_dir
        what = merging.what_of(folder, edge.actor(), sent.table, sent.columns, product)
    return RunAsked(
        what, sent.template, sent.template_version, sent.stock, sent.printer, sent.form, sent.start,
        frozenset(sent.skip), sent.copies, sent.dpi, sent.language, sent.cut_marks, sent.reprint, sent.only_new,
    )  # fmt: skip


@blueprint.post("/labels/tables")
@edge.require("print")
@blueprint.doc(
    summary=N_("Send a table of labels"),
    description=N_("CSV or XLSX, kept for a week. Tells what its columns probably mean; print it by a run."),
)
@blueprint.input(NewTable, location="files", arg_name="sent")
@blueprint.output(Table, 201)
def bring(sent: NewTable) -> Response:
    settings = edge.node().settings
    found = uploads.keep(
        settings.uploads_dir, edge.actor(), sent.table.filename or "", sent.table.stream, time.time()
    )
    guessed = merging.guessed(found.header)
    columns = [
        Column(title=title, meaning=meaning, sample=[row[place] for row in found.sample])
        for place, (title, meaning) in enumerate(zip(found.header, guessed, strict=True))
    ]
    return answer(Table(id=found.token, name=found.name, columns=columns), 201)


@blueprint.post("/labels/runs")
@edge.require("print")
@blueprint.doc(
    summary=N_("Print labels"),
    description=N_("A job makes every label, reads it back, and sends it to the printer or keeps the file."),
)
@blueprint.input(NewRun, arg_name="sent")
@blueprint.output(Run, 202)
@prepared(asked_of)
@idempotent
def create(session: Session, ready: RunAsked) -> Made:
    run = printruns.ask(session, edge.actor(), ready, i18n.language(), edge.now())
    return Made(Run.of(run), 202, job_id=run.job_id)


@blueprint.get("/labels/runs")
@edge.require("print")
@blueprint.doc(summary=N_("Print runs of my organisation, newest first"))
@blueprint.input(AskedRuns, location="query", arg_name="asked")
@blueprint.output(RunPage)
def index(asked: AskedRuns) -> Response:
    with edge.reading() as session:
        found = printing.runs_of(session, edge.actor(), asked.limit + 1, asked.after, asked.kind or "")
    shown = found[: asked.limit]
    return page(RunPage, [Run.of(row) for row in shown], shown[-1].id if len(found) > len(shown) else None)


@blueprint.get(f"/labels/runs/{ID.replace(':id', ':run_id')}")
@edge.require("print")
@blueprint.doc(summary=N_("One print run, and what became of its labels"))
@blueprint.output(WholeRun)
def show(run_id: int) -> Response:
    with edge.reading() as session:
        return answer(_whole(session, printing.run_of(session, edge.actor(), run_id)))


@blueprint.get(f"/labels/runs/{ID.replace(':id', ':run_id')}/labels")
@edge.require("print")
@blueprint.doc(summary=N_("The labels of a run, one by one"))
@blueprint.input(AskedLabels, location="query", arg_name="asked")
@blueprint.output(LabelPage)
def labels(run_id: int, asked: AskedLabels) -> Response:
    with edge.reading() as session:
        found = printing.pieces_of(
            session, edge.actor(), run_id, asked.after or 0, asked.limit + 1, asked.state or ""
        )
    shown = found[: asked.limit]
    following = shown[-1].position if len(found) > len(shown) else None
    return page(LabelPage, [Label.of(row) for row in shown], following)


@blueprint.get(f"/labels/runs/{ID.replace(':id', ':run_id')}/file")
@edge.require("print")
@blueprint.doc(
    summary=N_("The file of a run"),
    description=N_("PDF or printer commands; of a run that a printer printed, the list of its labels."),
    responses=also(
        200, N_("The file."), {kind: {} for kind in (*MEDIA.values(), "application/octet-stream")}
    ),
)
def file(run_id: int) -> Response:
    with edge.reading() as session:
        run = printing.run_of(session, edge.actor(), run_id)
    path = files.file_of(edge.node().settings.prints_dir, run)
    if path is None:
        raise Unknown("no-result", N_("This run has no file to download."), N_("Wait until it is printed."))
    media = MEDIA.get(path.suffix.removeprefix("."), "application/octet-stream")
    name = f"suyuan-run-{run.id}{path.suffix}"
    return send_file(path.absolute(), mimetype=media, as_attachment=True, download_name=name)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/cancel")
@edge.require("print")
@blueprint.doc(
    summary=N_("Stop a run"),
    description=N_("What is on its way to the printer comes out; the rest can be printed by another run."),
)
@blueprint.output(WholeRun)
def cancel(run_id: int) -> Response:
    with edge.writing() as session:
        run = printruns.cancel(session, edge.actor(), run_id, edge.now())
        told = _whole(session, run)
    if run.state == "stopped":
        jobs.discard(edge.node().settings, run.job_id)
    return answer(told)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/resume")
@edge.require("print")
@blueprint.doc(summary=N_("Let a run go on that failed"))
@blueprint.input(Resume, arg_name="sent")
@blueprint.output(WholeRun)
@idempotent
def resume(session: Session, run_id: int, sent: Resume) -> Made:
    run = printruns.resume(session, edge.actor(), run_id, i18n.language(), edge.now(), sent.last)
    return Made(_whole(session, run), 200, job_id="" if run.state == "stopped" else run.job_id)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/spoil")
@edge.require("print")
@blueprint.doc(summary=N_("Labels that came out spoiled"))
@blueprint.input(Marked, arg_name="sent")
@blueprint.output(WholeRun)
@idempotent
def spoil(session: Session, run_id: int, sent: Marked) -> Made:
    printing.spoil(session, edge.actor(), run_id, sent.labels, sent.reason, edge.now())
    return _told(session, run_id)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/lose")
@edge.require("print")
@blueprint.doc(summary=N_("Labels that cannot be found"))
@blueprint.input(Marked, arg_name="sent")
@blueprint.output(WholeRun)
@idempotent
def lose(session: Session, run_id: int, sent: Marked) -> Made:
    printing.lose(session, edge.actor(), run_id, sent.labels, sent.reason, edge.now())
    return _told(session, run_id)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/apply")
@edge.require("print")
@blueprint.doc(
    summary=N_("Labels that are on their things"), description=N_("What is scanned is noted by itself.")
)
@blueprint.input(Applied, arg_name="sent")
@blueprint.output(WholeRun)
@idempotent
def apply(session: Session, run_id: int, sent: Applied) -> Made:
    printing.apply(session, edge.actor(), run_id, sent.labels, edge.now())
    return _told(session, run_id)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/reprint")
@edge.require("print")
@blueprint.doc(
    summary=N_("Print labels of a run again"),
    description=N_("A run of its own, whose labels are copies: no identifier is minted."),
)
@blueprint.input(Again, arg_name="sent")
@blueprint.output(Run, 202)
@idempotent
def reprint(session: Session, run_id: int, sent: Again) -> Made:
    changes: dict[str, Any] = {"start": sent.start} | ({"printer": sent.printer} if sent.printer else {})
    actor, now = edge.actor(), edge.now()
    run = printruns.reprint(session, actor, run_id, sent.labels, sent.reason, i18n.language(), now, **changes)
    return Made(Run.of(run), 202, job_id=run.job_id)


def _told(session: Session, run_id: int) -> Made:
    return Made(_whole(session, printing.run_of(session, edge.actor(), run_id)), 200)


def _whole(session: Session, run: PrintRun) -> WholeRun:
    question = printing.question_of(session, run)
    sums = printing.reconciliation(session, run)
    return WholeRun(
        **Run.of(run).model_dump(),
        counts=Counts.model_validate(sums),
        question=Question.model_validate(question) if question else None,
    )
