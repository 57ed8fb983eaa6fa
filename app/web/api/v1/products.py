"""Products: the part numbers of the organisation, how each is traced and counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain.masterdata import LONGEST_SHELF_LIFE
from app.errors import N_
from app.services import gtins, masterdata, templating
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.models import LARGEST_ID, AskedAfterText, Change, Flag, Line, Page, Sent, Told, Whole
from app.web.api.v1.sites import Suffix

blueprint = blueprint_of("products", "Products")

NameZh = Annotated[Line, Field(max_length=200, examples=["磷酸铁锂电芯"])]
NameEn = Annotated[Line, Field(max_length=200, examples=["LFP cell"])]
Tracing = Annotated[
    Literal["serial", "lot"], Field(description=N_("serial: piece by piece; lot: by lot, with a quantity."))
]
Unit = Annotated[
    Literal["H87", "KGM", "GRM", "TNE", "LTR", "MTR", "MTK", "MTQ", "KWH", "SET", "ROL"],
    Field(
        description=N_(
            "UN/ECE Recommendation 20: H87 pieces, KGM kilograms. What is traced by serial is counted in pieces."
        )
    ),
]
ShelfLife = (
    Annotated[Whole, Field(ge=1, le=LONGEST_SHELF_LIFE, description=N_("In days; null for none."))] | None
)
Public = Annotated[Flag, Field(description=N_("Anyone who scans a label may see what it is."))]


TemplateId = (
    Annotated[
        Whole,
        Field(ge=1, le=LARGEST_ID, description=N_("The template that describes it; null for none.")),
    ]
    | None
)
Gtin = Annotated[
    Line,
    Field(
        max_length=20,
        examples=["09506000134352"],
        description=N_("GTIN with its check digit; its GS1 Digital Links then open this product."),
    ),
]


Conversions = Annotated[
    Line,
    Field(
        max_length=300,
        examples=["BX = 12, KGM = 0.5"],
        description=N_("How many of the product's unit one of each further unit is, by UN/ECE codes."),
    ),
]


class Product(Told):
    __doc__ = N_("A part number.")

    id: int
    epc: str = Field(examples=["hdl:88.118.1001/7Q2K9XW4M3ABCDEF"])
    part_number: str = Field(examples=["CELL-100"])
    name_zh: str
    name_en: str
    unit: str
    tracing: str
    shelf_life_days: int | None
    gtin: str = Field("", description=N_("In 14 digits; empty when it has none."))
    conversions: str = Field("", examples=["BX = 12, KGM = 0.5"])
    template_id: int | None
    public: bool
    active: bool
    record_time: datetime


class ProductPage(Page[Product]):
    pass


class AskedProducts(AskedAfterText):
    q: Annotated[Line, Field(max_length=200)] = Field(
        "", description=N_("Part of the part number or of a name.")
    )
    active: bool = Field(False, description=N_("Only those in use."))


class NewProduct(Sent):
    __doc__ = N_("A name is needed in one of the two languages.")

    part_number: Annotated[Line, Field(min_length=1, max_length=100, examples=["CELL-100"])]
    name_zh: NameZh = ""
    name_en: NameEn = ""
    tracing: Tracing = "serial"
    unit: Unit = "H87"
    shelf_life_days: ShelfLife = None
    gtin: Gtin = ""
    conversions: Conversions = ""
    template_id: TemplateId = None
    public: Public = True
    suffix: Suffix = ""


class ProductChange(Change):
    __doc__ = N_(
        "What is not sent stays as it is. Unit and tracing change only while nothing of it has been minted."
    )

    name_zh: NameZh = ""
    name_en: NameEn = ""
    tracing: Tracing = "serial"
    unit: Unit = "H87"
    shelf_life_days: ShelfLife = None
    gtin: Gtin = ""
    conversions: Conversions = ""
    template_id: TemplateId = None
    public: Public = True
    active: Flag = True


@blueprint.get("/products")
@edge.require("browse")
@blueprint.doc(summary=N_("Products of my organisation, by part number"))
@blueprint.input(AskedProducts, location="query", arg_name="asked")
@blueprint.output(ProductPage)
def index(asked: AskedProducts) -> Response:
    with edge.reading() as session:
        found, following = masterdata.products(
            session,
            edge.actor(),
            text=asked.q,
            after=asked.after,
            limit=asked.limit,
            active_only=asked.active,
        )
        told = _told(session, found)
    return page(ProductPage, told, following)


@blueprint.post("/products")
@edge.require("master")
@blueprint.doc(summary=N_("Create a product"))
@blueprint.input(NewProduct, arg_name="sent")
@blueprint.output(Product, 201)
@idempotent
def create(session: Session, sent: NewProduct) -> Made:
    values = sent.model_dump(exclude={"template_id"}) | {"suffix": sent.suffix.strip()}
    created = masterdata.create_product(session, edge.actor(), now=edge.now(), **values)
    templating.assign(session, edge.actor(), created, sent.template_id, edge.now())
    return Made(_told(session, [created])[0])


@blueprint.get(f"/products/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("One product"))
@blueprint.output(Product)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(_told(session, [masterdata.product_of(session, edge.actor(), id)])[0])


@blueprint.patch(f"/products/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Change a product"))
@blueprint.input(ProductChange, arg_name="sent")
@blueprint.output(Product)
def change(id: int, sent: ProductChange) -> Response:  # noqa: A002
    with edge.writing() as session:
        row = masterdata.product_of(session, edge.actor(), id)
        kept = {name: getattr(row, name) for name in ProductChange.model_fields if name != "gtin"}
        values = kept | changes(sent)
        template_id = values.pop("template_id")
        masterdata.change_product(session, edge.actor(), id, edge.now(), **values)
        templating.assign(session, edge.actor(), row, template_id, edge.now())
        return answer(_told(session, [row])[0])


def _told(session: Session, rows: Sequence[masterdata.Product]) -> list[Product]:
    known = gtins.of(session, rows)
    return [
        Product.model_validate(row).model_copy(update={"gtin": known.get(row.id or 0, "")}) for row in rows
    ]
