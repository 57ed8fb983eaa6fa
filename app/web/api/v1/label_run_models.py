"""What the calls about print runs take and answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask.fields import UploadFile
from flask import url_for
from pydantic import BaseModel, ConfigDict, Field

from app.domain import identifiers
from app.errors import N_
from app.services.printing import MOST, MOST_COPIES
from app.services.printing.runs import PrintPiece, PrintRun
from app.web.api.v1.items import Batch, Code
from app.web.api.v1.models import AskedAfter, Id, Line, Page, Sent, Text, Told, Whole

MOST_BY_NAME = 2_000
MOST_PLACES = 1_000
Position = Annotated[Whole, Field(ge=1, le=MOST * MOST_COPIES)]
Positions = Annotated[list[Position], Field(min_length=1, max_length=MOST_BY_NAME)]
Reason = Annotated[Text, Field(min_length=1, max_length=500, examples=["Torn off crookedly"])]
State = Literal["waiting", "printed", "spoiled", "reprinted", "applied", "lost"]


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
        description=N_(
            "What reading every label back gave: labels, symbols, how many zxing-cpp read, how many ZBar and "
            "libdmtx read of those whose kind they know, seconds."
        )
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
