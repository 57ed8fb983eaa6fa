"""Blank labels: what one is for, said when it is first used."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from app.domain import identifiers
from app.errors import N_
from app.services import claiming
from app.services.claiming import Claim
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import Made, idempotent
from app.web.api.v1.items import Code, Item, items_of
from app.web.api.v1.models import Day, Line, Sent

blueprint = blueprint_of("label_claims", "Labels")

Number = Annotated[Line, Field(max_length=80)]


class NewClaim(Sent):
    __doc__ = N_(
        "What a blank label is for: a lot or a piece of a product, or without one a carton or pallet."
    )

    identifier: Code
    product: Code = Field("", description=N_("Identifier of the product."))
    lot: Number = ""
    serial: Number = ""
    produced_on: Day | None = None
    expires_on: Day | None = Field(None, description=N_("Else the product's shelf life decides."))
    quantity: Annotated[Decimal, Field(gt=0, le=10**11, decimal_places=6)] | None = Field(
        None, examples=["500"], description=N_("How much the lot holds; needed to activate a lot.")
    )
    activate_at: Code = Field("", description=N_("Identifier of one of your sites: activates at once."))
    order: Number = ""
    values: dict[str, Any] = Field({}, description=N_("Values of the product's template."))


@blueprint.post("/labels/claims")
@edge.require("scan")
@blueprint.doc(
    summary=N_("Say what a blank label is for"),
    description=N_(
        "An event of the log: once, and for good. A label that is claimed by mistake is declared void."
    ),
)
@blueprint.input(NewClaim, arg_name="sent")
@blueprint.output(Item, 201)
@idempotent
def create(session: Session, sent: NewClaim) -> Made:
    values = sent.model_dump(exclude={"activate_at", "product"})
    product, place = (
        identifiers.parse(name).epc if name else "" for name in (sent.product, sent.activate_at)
    )
    card = claiming.claim(session, edge.actor(), Claim(**values, product=product, place=place), edge.now())
    return Made(items_of(session, [card])[0])
