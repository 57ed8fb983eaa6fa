"""Things: the list of them, one of them, minting new ones, and taking one out of use."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from flask import Response
from flask_babel import gettext
from pydantic import Field
from sqlmodel import Session

from app.domain import identifiers
from app.errors import N_
from app.services import describing, listing, scanning, voiding
from app.services.cards import Card
from app.services.describing import Described
from app.services.holding import WITHOUT_WORDS
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, answer, idempotent, page
from app.web.api.v1.models import (
    AskedAfter,
    AskedId,
    Line,
    Page,
    Quantity,
    Sent,
    Text,
    Told,
)

blueprint = blueprint_of("items", "Items")

AT_ONCE = 2_000  # more than this is a job
Code = Annotated[Line, Field(max_length=2_000, examples=["88.118.1001/7Q2K9XW4M3ABCDEF"])]
Number = Annotated[Line, Field(max_length=80)]
Batch = Annotated[str, Field(pattern=r"^\d{1,15}-\d{1,15}$", examples=["17-18"])]


class Item(Told):
    __doc__ = N_("A thing as the caller's organisation sees it now.")

    epc: str = Field(examples=["hdl:88.118.1001/7Q2K9XW4M3ABCDEF"])
    identifier: str = Field(examples=["88.118.1001/7Q2K9XW4M3ABCDEF"])
    url: str = Field(
        description=N_("What its label says."), examples=["HTTPS://EXAMPLE.COM/88.118.1001/7Q2K9XW4M3ABCDEF"]
    )
    level: str = Field(description=N_("serial, lot, logistic, product or location."))
    title_zh: str
    title_en: str
    part_number: str
    lot: str
    serial: str
    produced_on: date | None
    expires_on: date | None
    lifecycle: str = Field(description=N_("reserved, active, void or retired."))
    disposition: str = Field(description=N_("EPCIS disposition, for example in_transit."))
    holder: str = Field(description=N_("Prefix of the organisation that has it."))
    to: str = Field(description=N_("Prefix of the organisation it is on its way to."))
    site: str
    site_zh: str
    site_en: str
    container: str
    held: str = Field(description=N_("Why it is on hold; empty when it is not."))
    quantity: Quantity | None = Field(description=N_("How much of a lot the organisation has, in the unit."))
    unit: str
    next_steps: list[str] = Field(description=N_("The steps that can follow."))
    template: str = Field("", description=N_("The template it was minted with; empty when there is none."))
    template_version: int | None = None
    attributes: dict[str, Any] = Field(
        {},
        examples=[{"chemistry": "LFP", "capacity": 105}],
        description=N_(
            "Its values by the names of the template's fields, as far as the caller may know them."
        ),
    )


class ItemPage(Page[Item]):
    pass


class AskedItems(AskedAfter):
    level: Literal["serial", "lot", "logistic"] | None = None
    product: AskedId | None = Field(None, description=N_("The product's id."))
    lifecycle: Literal["reserved", "active", "void", "retired"] | None = None
    batch: Batch | None = Field(None, description=N_("What these entries of the log minted: first-last."))


class VoidItem(Sent):
    identifier: Code
    reason: Annotated[Text, Field(min_length=1, max_length=500, examples=["Label spoiled"])]


@blueprint.get("/items")
@edge.require("browse")
@blueprint.doc(
    summary=N_("Items, lots and logistic units, newest first"),
    description=N_("What my organisation minted, has, or is sent."),
)
@blueprint.input(AskedItems, location="query", arg_name="asked")
@blueprint.output(ItemPage)
def index(asked: AskedItems) -> Response:
    wanted = listing.Filter(
        level=asked.level or "",
        product_id=asked.product,
        lifecycle=asked.lifecycle or "",
        batch=batch_of(asked.batch),
        after=asked.after,
    )
    with edge.reading() as session:
        cards, following = listing.things(session, edge.actor(), wanted, asked.limit)
        told = items_of(session, cards)
    return page(ItemPage, told, following)


@blueprint.get("/items/<prefix>/<path:suffix>")
@edge.require("browse")
@blueprint.doc(summary=N_("One item by its identifier"))
@blueprint.output(Item)
def show(prefix: str, suffix: str) -> Response:
    with edge.reading() as session:
        card = scanning.look(session, edge.actor(), named(prefix, suffix))
        return answer(items_of(session, [card])[0])


@blueprint.post("/items/void")
@edge.require("void")
@blueprint.doc(summary=N_("Take an identifier out of use for ever"))
@blueprint.input(VoidItem, arg_name="sent")
@blueprint.output(Item)
@idempotent
def void(session: Session, sent: VoidItem) -> Made:
    name = voiding.void(session, edge.actor(), sent.identifier, sent.reason, edge.now())
    return Made(items_of(session, [scanning.look(session, edge.actor(), name)])[0], 200)


@blueprint.post("/items/retire")
@edge.require("void")
@blueprint.doc(summary=N_("Take what has done its time out of use for good"))
@blueprint.input(VoidItem, arg_name="sent")
@blueprint.output(Item)
@idempotent
def retire(session: Session, sent: VoidItem) -> Made:
    name = voiding.retire(session, edge.actor(), sent.identifier, sent.reason, edge.now())
    return Made(items_of(session, [scanning.look(session, edge.actor(), name)])[0], 200)


def items_of(session: Session, cards: Sequence[Card]) -> list[Item]:
    """With the values of their templates."""
    known = describing.of_epcs(session, [card.epc for card in cards], edge.actor())
    return [_item(card, known.get(card.epc)) for card in cards]


def _item(card: Card, described: Described | None) -> Item:
    held = gettext(WITHOUT_WORDS[card.held]) if card.held in WITHOUT_WORDS else card.held
    values: dict[str, Any] = asdict(card) | {"url": url_of(card.epc), "held": held}
    if described is not None:
        values |= {
            "template": described.template,
            "template_version": described.version,
            "attributes": described.as_json(),
        }
    return Item.model_validate(values)


def named(prefix: str, suffix: str) -> str:
    """A handle or a GS1 Digital Link out of a path, as the URL by which the parser knows either."""
    return f"https://this.node/{quote(prefix)}/{quote(suffix)}"


def batch_of(text: str | None) -> tuple[int, int] | None:
    """'17-18' as numbers."""
    if not text:
        return None
    first, _, last = text.partition("-")
    return int(first), int(last)


def url_of(epc: str) -> str:
    return identifiers.short_url(edge.node().settings.base_url, identifiers.from_epc(epc))
