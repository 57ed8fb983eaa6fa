"""Print runs: asked for, followed, their file, what became of each label; tables of labels."""

import time
from typing import Any

from flask import Response, send_file
from sqlmodel import Session

from app import jobs, printruns
from app.domain import identifiers
from app.errors import N_, Unknown
from app.services import printing, uploads
from app.services.printing import RunAsked, What, files, merging
from app.services.printing.runs import PrintRun
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, also, answer, idempotent, page, prepared
from app.web.api.v1.items import batch_of
from app.web.api.v1.label_run_models import (
    Again,
    Applied,
    AskedLabels,
    AskedRuns,
    Column,
    Counts,
    Label,
    LabelPage,
    Marked,
    NewRun,
    NewTable,
    Question,
    Resume,
    Run,
    RunPage,
    Table,
    WholeRun,
)

blueprint = blueprint_of("label_runs", "Labels")

MEDIA = {"pdf": "application/pdf", "csv": "text/csv"}


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
@blueprint.output(Table)
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
    return answer(Table(id=found.token, name=found.name, columns=columns))


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
        raise Unknown(
            "no-result",
            N_("This run has no file to download."),
            N_("Wait until it is printed; where it was cleared away, post here and it is made anew."),
        )
    media = MEDIA.get(path.suffix.removeprefix("."), "application/octet-stream")
    name = f"suyuan-run-{run.id}{path.suffix}"
    return send_file(path.absolute(), mimetype=media, as_attachment=True, download_name=name)


@blueprint.post(f"/labels/runs/{ID.replace(':id', ':run_id')}/file")
@edge.require("print")
@blueprint.doc(
    summary=N_("Make the file of a printed run anew"),
    description=N_(
        "Files are cleared away after a time, and their record stays. Nothing is printed, minted or counted."
    ),
)
@blueprint.output(WholeRun, 202)
@idempotent
def make_file(session: Session, run_id: int) -> Made:
    run = printing.run_of(session, edge.actor(), run_id)
    if files.file_of(edge.node().settings.prints_dir, run) is not None:
        return Made(_whole(session, run), 202)
    run, is_new = printruns.make_file(session, edge.actor(), run_id, i18n.language(), edge.now())
    return Made(_whole(session, run), 202, job_id=run.job_id if is_new else "")


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
