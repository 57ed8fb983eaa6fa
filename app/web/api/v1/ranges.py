"""Ranges of identifiers that an owner reserves for a supplier, and what was minted in them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import reserving
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, page
from app.web.api.v1.items import ItemPage, items_of
from app.web.api.v1.models import AskedAfter, AskedPage, Change, Id, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("ranges", "Registry")

Quota = Annotated[Whole, Field(ge=1, le=reserving.LARGEST, description=N_("How many can be minted in it."))]


class Range(Told):
    __doc__ = N_("A reserved range.")

    id: int
    prefix: str = Field(examples=["88.118.1001"])
    start: str = Field(examples=["S7-"], description=N_("What its suffixes begin with."))
    owner: str = Field(description=N_("Prefix of the organisation that reserved it."))
    supplier: str = Field(description=N_("Prefix of the organisation that mints in it."))
    product: str = Field(description=N_("Identifier of the product."))
    part_number: str
    quota: int
    used: int
    left: int
    state: str = Field(description=N_("open or closed."))
    record_time: datetime

    @classmethod
    def of(cls, told: reserving.Told) -> "Range":
        row = told.row
        return cls(
            id=row.id or 0,
            prefix=row.prefix,
            start=row.start,
            owner=told.owner.prefix,
            supplier=told.supplier.prefix,
            product=told.product.epc,
            part_number=told.product.part_number,
            quota=row.quota,
            used=row.used,
            left=told.left,
            state=row.state,
            record_time=row.record_time,
        )


class RangePage(Page[Range]):
    pass


class NewRange(Sent):
    __doc__ = N_("The supplier mints within it for this product and for no other.")

    supplier: Annotated[Line, Field(max_length=64, examples=["88.118.1002"])]
    product_id: Id
    start: Annotated[Line, Field(max_length=30, examples=["S7-"])]
    quota: Quota
    prefix: Annotated[Line, Field(max_length=64)] = Field(
        "", description=N_("One of your prefixes; else your first.")
    )


class RangeChange(Change):
    __doc__ = N_("What is not sent stays as it is.")

    quota: Quota = 1
    state: Literal["open", "closed"] = "open"


class AskedMinted(AskedPage):
    after: Annotated[Line, Field(max_length=300)] = Field("", description=N_("`next` of the page before."))


@blueprint.get("/ranges")
@edge.require("browse")
@blueprint.doc(summary=N_("Ranges my organisation reserved or may mint in, newest first"))
@blueprint.input(AskedAfter, location="query", arg_name="asked")
@blueprint.output(RangePage)
def index(asked: AskedAfter) -> Response:
    with edge.reading() as session:
        found, following = reserving.ranges(session, edge.actor(), after=asked.after, limit=asked.limit)
    return page(RangePage, [Range.of(told) for told in found], following)


@blueprint.post("/ranges")
@edge.require("master")
@blueprint.doc(summary=N_("Reserve a range for a supplier"))
@blueprint.input(NewRange, arg_name="sent")
@blueprint.output(Range, 201)
@idempotent
def create(session: Session, sent: NewRange) -> Made:
    told = reserving.reserve(session, edge.actor(), now=edge.now(), **sent.model_dump())
    return Made(Range.of(told))


@blueprint.get(f"/ranges/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("One range"))
@blueprint.output(Range)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(Range.of(reserving.range_of(session, edge.actor(), id)))


@blueprint.patch(f"/ranges/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Change the quota of a range, close it or open it again"))
@blueprint.input(RangeChange, arg_name="sent")
@blueprint.output(Range)
def change(id: int, sent: RangeChange) -> Response:  # noqa: A002
    with edge.writing() as session:
        row = reserving.range_of(session, edge.actor(), id).row
        values: dict[str, Any] = {"quota": row.quota, "state": row.state} | changes(sent)
        return answer(Range.of(reserving.change(session, edge.actor(), id, edge.now(), **values)))


@blueprint.get(f"/ranges/{ID}/items")
@edge.require("browse")
@blueprint.doc(summary=N_("What was minted in a range, by name"))
@blueprint.input(AskedMinted, location="query", arg_name="asked")
@blueprint.output(ItemPage)
def items(id: int, asked: AskedMinted) -> Response:  # noqa: A002
    with edge.reading() as session:
        told = reserving.range_of(session, edge.actor(), id)
        cards, following = reserving.minted_in(
            session, edge.actor(), told, after=asked.after, limit=asked.limit
        )
        rows = items_of(session, cards)
    return page(ItemPage, rows, following)
