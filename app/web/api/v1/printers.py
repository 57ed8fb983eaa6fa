"""Printers of the organisation: made and changed by administrators, asked and tried by all who print."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain.printers import Sent as Outcome
from app.errors import N_
from app.services import printer_trials, printers
from app.services.printers import RESOLUTIONS, Draft
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.models import Asked, Change, Flag, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("printers", "Labels")

Name = Annotated[Line, Field(min_length=1, max_length=printers.LONGEST_NAME, examples=["Packing line 2"])]
Connection = Annotated[
    Literal["raw", "ipp", "download"],
    Field(description=N_("raw: TCP, port 9100. ipp: IPP or a queue of CUPS. download: no address.")),
]
Address = Annotated[
    Line,
    Field(
        max_length=300, examples=["192.168.10.50:9100"], description=N_("host:port, or ipp://host:631/path.")
    ),
]
Dpi = Annotated[
    int, Field(description=N_("One of 150, 203, 300 and 600."), json_schema_extra={"enum": list(RESOLUTIONS)})
]
Millimetres = Annotated[float, Field(ge=-20, le=20)]
Darkness = Annotated[
    Annotated[Whole, Field(ge=0, le=100)] | None, Field(description=N_("Null: as the printer is set."))
]
Speed = Annotated[
    Annotated[Whole, Field(ge=1, le=printers.FASTEST)] | None,
    Field(description=N_("Inches a second; null: as the printer is set.")),
]
Stock = Annotated[
    Line, Field(max_length=printers.LONGEST_STOCK, description=N_("Code of the label stock loaded."))
]
Language = Literal["zpl", "tspl", "epl", "pdf"]
Drawing = Annotated[
    Literal["exact", "mixed", "native"],
    Field(
        description=N_(
            "exact: every dot as designed; mixed: plain text by the printer; native: codes as well."
        )
    ),
]
Media = Literal["gap", "mark", "continuous"]
Cutter = Literal["tear", "cut", "peel"]
Gap = Annotated[float, Field(ge=0, le=printers.LARGEST_GAP)]


class Printer(Told):
    __doc__ = N_("A printer of labels, and what it last said of itself.")

    id: int
    name: str
    connection: str
    address: str
    language: str
    dpi: int
    drawing: str
    media: str
    gap: float
    darkness: int | None
    speed: int | None
    cutter: str
    turned: bool
    offset_x: float
    offset_y: float
    stock: str
    active: bool
    state: str = Field(
        description=N_("ready, printing, waiting, off, silent or refused; empty before it was asked.")
    )
    troubles: list[str]
    model: str
    state_time: datetime | None
    record_time: datetime

    @classmethod
    def of(cls, row: Any) -> "Printer":
        values = {name: getattr(row, name) for name in cls.model_fields if name != "troubles"}
        return cls(**values, troubles=row.troubles.split())


class PrinterPage(Page[Printer]):
    pass


class AskedPrinters(Asked):
    active: bool = Field(False, description=N_("Only those in use."))


class Entered(Sent):
    name: Name = ""
    connection: Connection = "raw"
    address: Address = ""
    language: Language = "zpl"
    dpi: Dpi = 203
    drawing: Drawing = "exact"
    media: Media = "gap"
    gap: Gap = 3.0
    darkness: Darkness = None
    speed: Speed = None
    cutter: Cutter = "tear"
    turned: Flag = False
    offset_x: Millimetres = 0.0
    offset_y: Millimetres = 0.0
    stock: Stock = ""


class NewPrinter(Entered):
    __doc__ = N_("Its address must lie in a network that the operator of the node has named.")

    name: Name


class PrinterChange(Entered, Change):
    __doc__ = N_("What is not sent stays as it is.")

    active: Flag = True


class Trial(Told):
    __doc__ = N_("What became of a test label.")

    certain: bool = Field(description=N_("It came out, as the printer says itself."))
    uncertain: bool = Field(description=N_("It was handed over; nobody can tell whether it came out."))
    trouble: str = Field(examples=["out-of-paper"], description=N_("Empty when there was none."))


@blueprint.get("/labels/printers")
@edge.require("print")
@blueprint.doc(summary=N_("Printers of my organisation"))
@blueprint.input(AskedPrinters, location="query", arg_name="asked")
@blueprint.output(PrinterPage)
def index(asked: AskedPrinters) -> Response:
    with edge.reading() as session:
        found = printers.printers(session, edge.actor(), active_only=asked.active)
    return page(PrinterPage, [Printer.of(row) for row in found])


@blueprint.post("/labels/printers")
@edge.require("people")
@blueprint.doc(summary=N_("Enter a printer"))
@blueprint.input(NewPrinter, arg_name="sent")
@blueprint.output(Printer, 201)
@idempotent
def create(session: Session, sent: NewPrinter) -> Made:
    row = printers.create(session, edge.actor(), Draft(**sent.model_dump()), edge.now())
    return Made(Printer.of(row))


@blueprint.get(f"/labels/printers/{ID}")
@edge.require("print")
@blueprint.doc(summary=N_("One printer"))
@blueprint.output(Printer)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        found = printers.printer_of(session, edge.actor(), id)
    return answer(Printer.of(found))


@blueprint.patch(f"/labels/printers/{ID}")
@edge.require("people")
@blueprint.doc(summary=N_("Change a printer"))
@blueprint.input(PrinterChange, arg_name="sent")
@blueprint.output(Printer)
def change(id: int, sent: PrinterChange) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        row = printers.printer_of(session, edge.actor(), id)
        values = {name: getattr(row, name) for name in Draft.__dataclass_fields__} | changes(sent)
        row = printers.change(session, edge.actor(), id, Draft(**values), edge.now())
        return answer(Printer.of(row))


@blueprint.post(f"/labels/printers/{ID}/status")
@edge.require("print")
@blueprint.doc(
    summary=N_("Ask a printer how it is"),
    description=N_("It has some seconds to answer; what it says is kept."),
)
@blueprint.output(Printer)
def status(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        target = printers.target_of(printers.printer_of(session, edge.actor(), id))
    found = edge.node().printing.status(target)
    with edge.writing() as session:
        return answer(Printer.of(printers.note_status(session, edge.actor(), id, found, edge.now())))


@blueprint.post(f"/labels/printers/{ID}/test")
@edge.require("print")
@blueprint.doc(summary=N_("Print a test label"))
@blueprint.output(Trial)
def test(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        row = printers.printer_of(session, edge.actor(), id)
        target = printers.target_of(row)
        chunk = printer_trials.chunk(session, edge.actor(), row, edge.now())
    way = edge.node().printing
    sent = [*way.send(target, [chunk], lambda: False, patience=printer_trials.PATIENCE)] or [
        Outcome(0, 1, 0, 0)
    ]
    last = sent[-1]
    return answer(Trial(certain=bool(last.certain), uncertain=bool(last.uncertain), trouble=last.trouble))
