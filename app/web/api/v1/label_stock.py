"""Label stock: the catalogue and the organisation's own, by their measures, and how far its printer is off on each."""

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import stock_measures, stocks
from app.services.stocks import Loaded
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, answer, idempotent, page
from app.web.api.v1.models import Asked, Flag, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("label_stock", "Labels")

Millimetres = Annotated[float, Field(ge=0, le=2_000)]
Count = Annotated[Whole, Field(ge=1, le=200)]
Moved = Annotated[float, Field(ge=-stocks.FURTHEST, le=stocks.FURTHEST)]


class LabelStock(Told):
    __doc__ = N_("Sheets or rolls of labels; lengths in millimetres from the top left corner of the page.")

    code: str = Field(description=N_("By which print runs and printers name it."), examples=["avery-l7160"])
    name: str
    own: bool
    kind: str
    page_width: float
    page_height: float
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    pitch_x: float
    pitch_y: float
    gap: float
    radius: float
    round: bool
    maker: str
    numbers: list[str]
    x: float = Field(description=N_("How far print is moved to the right."))
    y: float = Field(description=N_("How far print is moved down."))

    @classmethod
    def of(cls, loaded: Loaded) -> "LabelStock":
        own = {"code", "own", "numbers", "x", "y"}
        values: dict[str, Any] = {
            name: getattr(loaded.stock, name) for name in cls.model_fields if name not in own
        }
        numbers = list(loaded.stock.numbers)
        return cls(**values, code=loaded.code, own=loaded.own, numbers=numbers, x=loaded.x, y=loaded.y)


class LabelStockPage(Page[LabelStock]):
    pass


class AskedStock(Asked):
    q: Line = Field("", max_length=100, description=N_("Maker, number or size."))


class NewStock(Sent):
    __doc__ = N_(
        "Measures that are null have a usual value: labels touch, and lie in the middle of the page."
    )

    name: Annotated[Line, Field(min_length=1, max_length=stock_measures.LONGEST_NAME, examples=["Our rolls"])]
    kind: Literal["sheet", "roll", "continuous", "receipt"] = "sheet"
    page_width: Millimetres | None = None
    page_height: Millimetres | None = None
    columns: Count | None = None
    rows: Count | None = None
    width: Millimetres | None = None
    height: Millimetres | None = None
    left: Millimetres | None = None
    top: Millimetres | None = None
    pitch_x: Millimetres | None = None
    pitch_y: Millimetres | None = None
    gap: Millimetres | None = None
    radius: Millimetres | None = None
    round: Flag = False


class NewCorrection(Sent):
    __doc__ = N_("How far what is printed on this stock is moved from now on, in millimetres.")

    x: Moved
    y: Moved


@blueprint.get("/labels/stock")
@edge.require("print")
@blueprint.doc(summary=N_("Label stock, my organisation's own first"))
@blueprint.input(AskedStock, location="query", arg_name="asked")
@blueprint.output(LabelStockPage)
def index(asked: AskedStock) -> Response:
    with edge.reading() as session:
        found = stocks.matching(stocks.stocks_of(session, edge.actor()), asked.q)
    return page(LabelStockPage, [LabelStock.of(each) for each in found])


@blueprint.post("/labels/stock")
@edge.require("print")
@blueprint.doc(summary=N_("Add label stock by its measures"))
@blueprint.input(NewStock, arg_name="sent")
@blueprint.output(LabelStock, 201)
@idempotent
def create(session: Session, sent: NewStock) -> Made:
    measures = sent.model_dump(exclude={"name"}, exclude_none=True)
    row = stocks.create(session, edge.actor(), sent.name, measures, edge.now())
    return Made(LabelStock.of(stocks.stock_of(session, edge.actor(), stocks.code_of(row))))


@blueprint.get("/labels/stock/<code>")
@edge.require("print")
@blueprint.doc(summary=N_("One label stock"))
@blueprint.output(LabelStock)
def show(code: str) -> Response:
    with edge.reading() as session:
        return answer(LabelStock.of(stocks.stock_of(session, edge.actor(), code)))


@blueprint.put("/labels/stock/<code>/correction")
@edge.require("print")
@blueprint.doc(summary=N_("Correct where print lies on label stock"))
@blueprint.input(NewCorrection, arg_name="sent")
@blueprint.output(LabelStock)
def correct(code: str, sent: NewCorrection) -> Response:
    with edge.writing() as session:
        return answer(
            LabelStock.of(stocks.calibrate(session, edge.actor(), code, sent.x, sent.y, edge.now()))
        )
