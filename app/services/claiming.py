"""Blank labels: printed before anybody knew for what, and claimed for a thing when the first one is at hand.

What a blank becomes is an event of the log, and so the same in every rebuild; that it is blank is judged by custody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Refused
from app.services import aliasing, filling, mint_events, mint_requests, minting
from app.services.capturing import capture, unknown_identifier
from app.services.cards import Card, card_of
from app.services.mint_requests import MintRequest
from app.store import database, items
from app.store import printing as labels
from app.store.tables import Product, Thing

BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a blank label is for: a lot or a piece of `product` (its epc), or without one a logistic unit.

    With `place` (the epc of a site) it is put into use there at once; a lot then needs its quantity.
    """

    identifier: str
    product: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    quantity: Decimal | None = None
    place: str = ""
    order: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def blank_of(session: Session, actor: Actor, code: str) -> Thing:
    """The blank that a scanned code names. Raises Unknown for what is not the actor's, Refused for what is no blank."""
    actor.require("scan")
    name = aliasing.named(session, actor, code)
    thing = items.find(session, name)
    if thing is None or thing.organisation_id != actor.organisation_id:
        raise unknown_identifier(str(name))
    if thing.level != BLANK:
        raise Refused(
            "already-claimed",
            N_("{item} is no blank label: it belongs to something already."),
            N_("Take another blank label."),
            item=thing.epc.removeprefix("hdl:"),
        )
    return thing


def claim(session: Session, actor: Actor, wanted: Claim, now: datetime) -> Card:
    """Says what a blank label is, and puts it into use where `place` is given. Whoever may scan may do so.

    Raises as a mint would for what the thing cannot be, Conflict for a lot or serial number that is in use.
    """
    database.lock_log(session)  # two may scan the same label at once
    thing = blank_of(session, actor, wanted.identifier)
    product = minting.product_of(session, actor, wanted.product) if wanted.product else None
    request = _request(session, wanted, product)
    event = mint_events.claimed(session, actor, request, product, thing.epc, wanted.serial.strip(), now)
    try:
        with session.begin_nested():
            capture(session, event, actor, now)
    except database.Taken:
        raise _taken(request, wanted) from None
    if wanted.place:
        mint_events.commission(session, actor, request, product, [thing.epc], now)
    labels.mark_applied(session, thing.epc, actor.organisation_id, actor.name, now)
    return card_of(session, actor, thing)


def _request(session: Session, wanted: Claim, product: Product | None) -> MintRequest:
    """The claim as a mint of one would say it, and checked as such."""
    if product is None and (wanted.lot or wanted.serial or wanted.produced_on or wanted.expires_on):
        raise Malformed(
            "product-missing",
            N_("A number or a date belongs to a product."),
            N_("Choose the product, or leave them out for a carton or a pallet."),
            field="product",
        )
    request = mint_requests.tidied(
        MintRequest(
            product.tracing if product else "logistic",
            product_epc=wanted.product,
            lot=wanted.lot,
            produced_on=wanted.produced_on,
            expires_on=wanted.expires_on,
            activate_at=wanted.place,
            quantity=wanted.quantity,
            order=wanted.order,
        )
    )
    mint_requests.check_number(wanted.serial)
    mint_requests.check(request, product, 1)
    if wanted.serial and request.level != "serial":
        raise Malformed(
            "serial-of-a-lot",
            N_("A lot has no serial number."),
            N_("Leave the serial number out."),
            field="serial",
        )
    values, template = filling.fitted(session, product, wanted.values)
    return replace(request, values=values, template=template)


def _taken(request: MintRequest, wanted: Claim) -> Conflict:
    return Conflict(
        "identifier-taken",
        N_("'{name}' is in use already; an identifier, lot or serial number is never given twice."),
        N_("Choose another, or search for the existing one."),
        name=request.lot if request.level == "lot" else wanted.serial,
    )
