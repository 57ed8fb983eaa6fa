"""Minting: new identifiers, and what was minted lately."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app import jobs
from app.domain import identifiers
from app.errors import N_
from app.services import listing
from app.services.cards import Card
from app.services.mint_requests import MOST
from app.services.minting import MintRequest, checked, mint
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, also, idempotent, page
from app.web.api.v1.items import Code, url_of
from app.web.api.v1.jobs import Job
from app.web.api.v1.models import Asked, Day, Id, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("minting", "Items")

AT_ONCE = 2_000  # more than this is a job
Number = Annotated[Line, Field(max_length=80)]


class NewItems(Sent):
    __doc__ = N_("What to mint. Lots and serials need a product, logistic units none.")

    level: Literal["serial", "lot", "logistic"]
    count: Whole = Field(
        1, ge=1, le=MOST, description=N_("Lots are minted one at a time. More than 2,000 are a job.")
    )
    product: Code = Field("", description=N_("Identifier of the product."))
    lot: Number = Field("", description=N_("The lot number that stands on the batch papers."))
    serial_start: Number = Field(
        "",
        examples=["SN-0001"],
        description=N_("Serial numbers for people count on from here; the identifiers are random."),
    )
    produced_on: Day | None = None
    expires_on: Day | None = Field(None, description=N_("Else the product's shelf life decides."))
    suffix: Annotated[Line, Field(max_length=200)] = Field(
        "", description=N_("A hand-chosen suffix, for one identifier only.")
    )
    activate_at: Code = Field("", description=N_("Identifier of one of your sites: activates at once."))
    quantity: Annotated[Decimal, Field(gt=0, le=10**11, decimal_places=6)] | None = Field(
        None,
        examples=["500"],
        description=N_("How much the lot holds, in the product's unit; needed to activate a lot."),
    )
    order: Number = Field("", description=N_("Order number, for search."))
    prefix: Annotated[Line, Field(max_length=64)] = Field(
        "", description=N_("One of your prefixes; else the one your organisation is called by.")
    )
    range: Id | None = Field(None, description=N_("Id of a range that was reserved for your organisation."))
    values: dict[str, Any] = Field(
        {},
        examples=[{"chemistry": "LFP", "capacity": 105}],
        description=N_("Values of the product's template, by the names of its fields; see its JSON Schema."),
    )


class MintedItem(Told):
    __doc__ = N_("A new identifier.")

    epc: str
    identifier: str
    url: str
    lot: str
    serial: str


class Minted(Told):
    __doc__ = N_("What was minted, in the order of serial numbers.")

    count: int
    batch: str = Field(
        examples=["17-18"], description=N_("Send it as `batch` to list these again or to print their labels.")
    )
    items: list[MintedItem]


class AskedBatches(Asked):
    limit: int = Field(20, ge=1, le=100, description=N_("How many at most."))


class BatchOfItems(Told):
    __doc__ = N_("What one mint made.")

    batch: str = Field(examples=["17-18"])
    minted: datetime
    count: int
    level: str
    part_number: str
    lot: str


class BatchPage(Page[BatchOfItems]):
    pass


@blueprint.post("/items")
@edge.require("mint")
@blueprint.doc(
    summary=N_("Mint identifiers"),
    description=N_("All or none. More than 2,000 are minted by a job, whose result is a CSV file."),
    responses=also(202, N_("A job mints them."), {"application/json": {"schema": Job}}),
)
@blueprint.input(NewItems, arg_name="sent")
@blueprint.output(Minted, 201)
@idempotent
def create(session: Session, sent: NewItems) -> Made:
    wanted = _request_of(sent)
    actor, now = edge.actor(), edge.now()
    if wanted.count > AT_ONCE:
        wanted, _ = checked(session, actor, wanted)
        parameters = {name: _plain(value) for name, value in asdict(wanted).items()}
        job_id = jobs.request(session, actor, "mint", parameters, i18n.language(), now)
        return Made(Job.of(jobs.job_of(session, actor, job_id)), 202, job_id=job_id)
    epcs = mint(session, actor, wanted, now)
    first, last = listing.batch_of(session, epcs)
    cards, _ = listing.things(session, actor, listing.Filter(batch=(first, last)), len(epcs))
    parts = {card.epc: _part(card) for card in cards}
    items = [MintedItem(url=url_of(epc), **parts[epc]) for epc in epcs]
    return Made(Minted(count=len(items), batch=f"{first}-{last}", items=items))


@blueprint.get("/batches")
@edge.require("browse")
@blueprint.doc(
    summary=N_("What was minted lately"), description=N_("The newest mints of what one prints labels for.")
)
@blueprint.input(AskedBatches, location="query", arg_name="asked")
@blueprint.output(BatchPage)
def batches(asked: AskedBatches) -> Response:
    with edge.reading() as session:
        found = listing.batches(session, edge.actor(), asked.limit)
    rows = [
        BatchOfItems(
            batch=f"{row.first}-{row.last}",
            minted=row.minted,
            count=row.count,
            level=row.level,
            part_number=row.product.part_number if row.product else "",
            lot=row.lot,
        )
        for row in found
    ]
    return page(BatchPage, rows)


def _request_of(sent: NewItems) -> MintRequest:
    values = {name: getattr(sent, name) for name in NewItems.model_fields if name not in {"product", "range"}}
    values["activate_at"] = _epc(sent.activate_at)
    return MintRequest(product_epc=_epc(sent.product), range_id=sent.range, **values)


def _epc(name: str) -> str:
    return identifiers.parse(name).epc if name else ""


def _part(card: Card) -> dict[str, str]:
    return {name: getattr(card, name) for name in ("epc", "identifier", "lot", "serial")}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value
